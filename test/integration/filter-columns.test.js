// Columns that are there for a filter's sake: what is asked for, what comes back, and what they show.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { takeLog } = require('./lib/asked');
const catalog = require('../sim/catalog.json');

const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text) => `'${String(text).replaceAll("'", "''")}'`;
const CANDIDATES = 60;

test('filter columns', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '400'] });
  const { simulator } = stack;
  await stack.query(`SET timezone = 'UTC'; CREATE SCHEMA wide;
    IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO wide OPTIONS (filters 'true')`);

  // What the simulator itself answers to a query of the list: ids in their order.
  async function ask(path, pairs) {
    const found = [];
    for (let after = []; ;) {
      const query = new URLSearchParams([...pairs, ['limit', '100'], ...after]);
      const response = await fetch(new URL(`${path}?${query}`, simulator.url), { headers: { authorization: 'Bearer sk_test_stripe_fdw_sim' } });
      const body = await response.json();
      if (!response.ok) return null;
      found.push(...body.data.map(({ id }) => id));
      if (!body.has_more) return found;
      after = [['starting_after', found.at(-1)]];
    }
  }

  // The parameters of the first request, but for those of paging and defaults.
  async function sent(resource) {
    const [{ query }] = await takeLog(simulator);
    const own = resource.defaults.map(({ param, value }) => `${param}=${value}`);
    return query.map((pair) => pair.join('=')).filter((pair) => !pair.startsWith('limit=') && !own.includes(pair)).sort();
  }

  const withColumns = catalog.resources.filter(({ filters }) => filters.some(({ column, pushed }) => column && pushed));

  await t.test('stripe_columns() and the import have the same', async () => {
    for (const { name, filters } of withColumns) {
      const listed = await stack.column(`SELECT name || ' ' || type FROM stripe_columns('${name}') ORDER BY name COLLATE "C"`);
      const imported = await stack.column(`SELECT attname || ' ' || replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz')
        FROM pg_attribute WHERE attrelid = 'wide.${name}'::regclass AND attnum > 0 ORDER BY attname COLLATE "C"`);
      assert.deepStrictEqual(listed, imported, name);
      for (const { column } of filters.filter(({ column: own, pushed }) => own && pushed)) assert.ok(listed.some((line) => line.startsWith(`${column} `)), `${name}.${column}`);
    }
  });

  // Values to try: for ids those of the objects that the parameter is named after.
  async function candidates(resource, filter) {
    if (filter.enum) return filter.enum;
    if (filter.kind === 'boolean') return ['true', 'false'];
    if (filter.kind === 'array') return ['[{"type": "custom_line_item", "quantity": 2, "tax_rates": ["txr_1"]}, {"type": "a b&c=[d]"}]'];
    if (filter.kind === 'integer') return Array.from({ length: CANDIDATES }, (_, at) => String(at));
    if (filter.kind === 'timestamp') return (await simulator.objects(resource.name)).map(({ created, date }) => String(created ?? date ?? 1767225600));
    const noun = filter.param.replace(/\]$/, '').split('[').pop();
    const target = catalog.resources.find(({ object, name }) => object === noun || `_${name}`.endsWith(`_${noun}s`));
    const own = (await simulator.objects(resource.name)).map((row) => filter.field?.split('.').reduce((inner, name) => inner?.[name], row)).filter((value) => typeof value === 'string');
    const named = target ? (await simulator.objects(target.name)).map(({ id }) => id) : [];
    return [...new Set([...own, ...named, ...Array.from({ length: 9 }, (_, at) => `value_${at + 1}`)])];
  }

  // The same value as SQL has it, and as the parameters that say it.
  const asSql = ({ kind }, value) => (kind === 'timestamp' ? `to_timestamp(${value})` : quoteText(value));
  const flat = (name, value) => (typeof value === 'object' ? Object.entries(value).flatMap(([key, inner]) => flat(`${name}[${key}]`, inner)) : [[name, String(value)]]);
  function asParams({ param, kind, op, with: companions }, value) {
    const own = kind === 'array' ? flat(param, JSON.parse(value)) : op === 'range' ? [[`${param}[gte]`, value], [`${param}[lte]`, value]] : [[param, value]];
    return [...own, ...companions.map((companion) => [companion.param, companion.value])];
  }

  for (const resource of withColumns) {
    await t.test(resource.name, async (t2) => {
      for (const filter of resource.filters.filter(({ column, pushed }) => column && pushed)) {
        await t2.test(filter.column, async () => {
          const scope = [];
          for (const needed of resource.filters.filter((other) => other.required && other !== filter)) scope.push({ filter: needed, value: (await candidates(resource, needed))[0] });
          const scopeParams = scope.flatMap((one) => asParams(one.filter, one.value));
          const scopeSql = scope.map((one) => `${quoteName(one.filter.column ?? one.filter.field)} = ${asSql(one.filter, one.value)} AND `).join('');
          let tried = 0;
          for (const value of (await candidates(resource, filter)).slice(0, CANDIDATES)) {
            const params = [...scopeParams, ...asParams(filter, value)];
            // Alone, some values are an error: owner[type]=customer.
            const expected = await ask(resource.list, [...params, ...resource.defaults.map(({ param, value: own }) => [param, own])]);
            if (expected === null) continue;
            const column = quoteName(filter.column);
            await simulator.clearLog();
            const sql = `SELECT id, ${column} = ${asSql(filter, value)} AS "same" FROM wide.${resource.name} WHERE ${scopeSql}${column} = ${asSql(filter, value)}`;
            const { rows } = await stack.query(sql);
            assert.deepStrictEqual(await sent(resource), params.map((pair) => pair.join('=')).sort(), sql);
            // Where a field is shown, PostgreSQL tests it once more: shipping_rates.currency matches other currencies too.
            if (filter.superset) assert.deepStrictEqual(rows.filter(({ id }) => !expected.includes(id)), [], sql);
            else assert.deepStrictEqual(rows.map(({ id }) => id).sort(), expected.slice().sort(), sql);
            assert.ok(rows.every(({ same }) => same === 't'), sql);
            if (++tried === 4 || (expected.length > 0 && tried > 1)) break;
          }
          assert.ok(tried > 0, 'no value was taken');
        });
      }
    });
  }

  const asked = async (sql) => {
    await simulator.clearLog();
    const { rows } = await stack.query({ text: sql, rowMode: 'array' });
    return [rows, (await takeLog(simulator)).map(({ query }) => query.map((pair) => pair.join('=')).filter((pair) => !pair.startsWith('limit=')).join('&'))];
  };
  const count = async (sql) => {
    const [[[number]], requests] = await asked(sql);
    return [Number(number), requests];
  };

  await t.test('an array of one value is one value', async () => {
    const price = (await simulator.objects('subscriptions'))[0].items.data[0].price.id;
    const [subscribed, requests] = await count(`SELECT count(*) FROM wide.subscriptions WHERE price = '${price}'`);
    assert.ok(subscribed > 0);
    for (const array of [`ARRAY['${price}']`, `(SELECT ARRAY['${price}'])::text[]`, `'{${price},NULL}'::text[]`]) {
      assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.subscriptions WHERE price = ANY (${array}) AND price LIKE 'price%'`), [subscribed, requests], array);
    }
    const customer = (await simulator.objects('customers'))[0].id;
    assert.deepStrictEqual((await asked(`SELECT DISTINCT customer FROM wide.entitlements_active_entitlements WHERE customer = ANY ('{${customer}}')`))[1], [`customer=${customer}`]);
    assert.deepStrictEqual(await count("SELECT count(*) FROM wide.subscriptions WHERE price = ANY ('{}')"), [0, []]);
    // Which of two it is Stripe doesn't say: one may have both.
    await assert.rejects(stack.query(`SELECT FROM wide.subscriptions WHERE price = ANY ('{${price},price_2}')`), /column "price" of foreign table "subscriptions" has no value in this query/);
    await assert.rejects(stack.query(`SELECT FROM wide.subscriptions WHERE price IN ('${price}', 'price_2') AND customer = 'cus_1'`), /has no value in this query/);
    await assert.rejects(stack.query(`SELECT FROM wide.credit_notes_preview_lines WHERE invoice = 'in_1' AND lines = ANY (ARRAY['[{"a": 1}]'::jsonb])`), /has no value in this query/);
  });

  await t.test('tax IDs belong to one owner, and a plain list has the account’s own', async () => {
    const all = await simulator.objects('tax_ids');
    const owned = (type) => all.filter(({ owner }) => owner.type === type);
    const { id, owner: { customer } } = owned('customer')[0];
    assert.deepStrictEqual(await count('SELECT count(*) FROM wide.tax_ids'), [owned('self').length, ['']]);
    assert.deepStrictEqual(await count("SELECT count(*) FROM wide.tax_ids WHERE owner_type = 'application'"), [owned('application').length, ['owner[type]=application']]);
    const own = owned('customer').filter(({ owner }) => owner.customer === customer).length;
    assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.tax_ids WHERE owner_customer = '${customer}' AND owner_type = 'customer'`), [own, [`owner[customer]=${customer}&owner[type]=customer`]]);

    // No tax ID has two owners.
    assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.tax_ids WHERE owner_customer = '${customer}' AND owner_type = 'self'`), [0, []]);
    assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.tax_ids WHERE owner_customer = '${customer}' AND owner_account = 'acct_1'`), [0, []]);
    assert.deepStrictEqual(await count("SELECT count(*) FROM wide.tax_ids WHERE owner_customer = 'cus_none'"), [0, ['owner[customer]=cus_none&owner[type]=customer']]);
    assert.deepStrictEqual(await count("SELECT count(*) FROM wide.tax_ids WHERE owner_customer = ''"), [0, []]);

    // What a plain list leaves out a look-up doesn't bring either: a join would depend on its plan.
    assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.tax_ids WHERE id = '${id}'`), [0, ['']]);
    assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.tax_ids WHERE id = '${id}' AND owner_customer = '${customer}'`), [1, [`owner[customer]=${customer}&owner[type]=customer`]]);
    await assert.rejects(stack.query("SELECT FROM wide.tax_ids WHERE owner_type = 'customer'"), /Missing required param: owner\[customer\]/);

    // A request for each customer, of those that have any.
    const [joined, requests] = await asked(`SELECT x.owner_customer, count(*) FROM (VALUES ('${customer}'), ('cus_none'), (NULL), ('${customer}')) v (id)
      JOIN wide.tax_ids x ON x.owner_customer = v.id GROUP BY 1`);
    assert.deepStrictEqual(joined, [[customer, String(2 * own)]]);
    assert.ok(requests.length <= 3 && requests.every((request) => request.endsWith('&owner[type]=customer')), requests.join(' '));

    // A nested loop is the only way, switched off or not, though a list would take fewer requests.
    await stack.query(`CREATE TABLE buyers AS SELECT '${customer}' AS id UNION ALL SELECT 'cus_none_' || n FROM generate_series(1, 50) n; ANALYZE buyers; SET enable_nestloop = off`);
    assert.strictEqual(await stack.value('SELECT count(*) FROM buyers b JOIN wide.tax_ids x ON x.owner_customer = b.id'), String(own));
    await stack.query('RESET enable_nestloop');
  });

  await t.test('columns that equal the same column are all asked for', async () => {
    await stack.query(`CREATE TABLE paid AS SELECT id FROM stripe.payouts ORDER BY id LIMIT 3; ANALYZE paid;
      CREATE TABLE settled AS SELECT b.id, b.source, p.id AS payout FROM paid p JOIN wide.balance_transactions b ON b.payout = p.id; ANALYZE settled`);
    const expected = await stack.column('SELECT s.id FROM paid p JOIN settled s ON s.source = p.id AND s.payout = p.id ORDER BY 1');
    assert.ok(expected.length > 0);
    for (const on of ['b.source = p.id AND b.payout = p.id', 'b.payout = p.id AND b.source = p.id', 'b.source = p.id AND b.payout = b.source']) {
      assert.deepStrictEqual(await stack.column(`SELECT b.id FROM paid p JOIN wide.balance_transactions b ON ${on} ORDER BY 1`), expected, on);
    }
    // Values of two tables, while a third has nothing that must be sent.
    await stack.query(`CREATE TABLE sold AS SELECT id FROM stripe.prices; ANALYZE sold;
      CREATE TABLE bought AS SELECT s.id, s.customer, s.price FROM sold p JOIN wide.subscriptions s ON s.price = p.id;
      CREATE TABLE one AS SELECT price AS id FROM bought GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1; ANALYZE one`);
    const kept = await stack.column('SELECT b.id FROM one JOIN bought b ON b.price = one.id WHERE EXISTS (SELECT FROM stripe.invoices i WHERE i.customer = b.customer AND i.id <> b.id) ORDER BY 1');
    assert.ok(kept.length > 0);
    const third = `SELECT s.id FROM one p, one q, wide.subscriptions s WHERE s.price = p.id AND s.plan = q.id AND p.id || '' = q.id || ''
      AND EXISTS (SELECT FROM stripe.invoices i WHERE i.customer = s.customer AND i.id <> s.id) ORDER BY 1`;
    assert.deepStrictEqual(await stack.column(third), kept);
    const plan = await stack.explain('SELECT b.id FROM paid p JOIN wide.balance_transactions b ON b.source = p.id AND b.payout = p.id');
    assert.ok(plan.some((line) => /payout=\$\d/.test(line)), plan.join('\n'));
  });

  await t.test('a parameter that must be accompanied is, unless the companion is asked for otherwise', async () => {
    const [{ payment: { payment_intent: intent } }] = (await simulator.objects('invoice_payments')).filter(({ payment }) => payment.type === 'payment_intent');
    const of = `FROM stripe.invoice_payments WHERE payment ->> 'payment_intent' = '${intent}'`;
    const one = `payment[payment_intent]=${intent}&payment[type]=payment_intent`;
    assert.deepStrictEqual(await count(`SELECT count(*) ${of}`), [1, [one]]);
    assert.deepStrictEqual(await count(`SELECT count(*) ${of} AND payment ->> 'type' = 'payment_intent'`), [1, [one]]);
    assert.deepStrictEqual((await count(`SELECT count(*) ${of} AND payment ->> 'type' = 'charge'`))[0], 0);
    assert.deepStrictEqual((await count(`SELECT count(*) ${of} AND payment ->> 'payment_record' = 'pr_1'`)), [0, [one]]);
    assert.deepStrictEqual(await count(`SELECT count(*) FROM stripe.invoice_payments WHERE payment ->> 'payment_intent' IN ('${intent}', 'pi_none')`), [1, [one, one.replaceAll(intent, 'pi_none')]]);
    await stack.query(`CREATE TABLE intents AS SELECT '${intent}' AS id UNION ALL SELECT 'pi_none'; ANALYZE intents`);
    const [joined, asks] = await asked("SELECT i.id, p.payment ->> 'payment_intent' FROM intents i JOIN stripe.invoice_payments p ON p.payment ->> 'payment_intent' = i.id");
    assert.deepStrictEqual([joined, asks.sort()], [[[intent, intent]], [one, one.replaceAll(intent, 'pi_none')].sort()]);
    const lines = await stack.explain(`SELECT FROM stripe.invoice_payments p WHERE payment ->> 'payment_intent' = (SELECT '${intent}' OFFSET 0)`);
    assert.ok(lines.some((line) => line.includes('payment[payment_intent]=$1&payment[type]=payment_intent')), lines.join('\n'));
  });

  await t.test('a parameter that changes the order', async () => {
    await stack.query(`CREATE FOREIGN TABLE posted (id text, financial_account text, status text, order_by text, created timestamptz,
      posted timestamptz OPTIONS (path 'status_transitions.posted_at')) SERVER stripe OPTIONS (object 'treasury_transactions')`);
    const account = (await simulator.objects('treasury_transactions'))[0].financial_account;
    const from = `FROM posted WHERE financial_account = '${account}'`;
    const [plain] = await asked(`SELECT id, created ${from} ORDER BY created DESC, id`);
    const [reordered, requests] = await asked(`SELECT id, created ${from} AND order_by = 'posted_at' ORDER BY created DESC, id`);
    assert.ok(plain.length > 1);
    assert.deepStrictEqual(reordered, plain);
    assert.deepStrictEqual(requests, [`financial_account=${account}&order_by=posted_at`]);
    const latest = await stack.explain(`SELECT id ${from} AND order_by = 'posted_at' ORDER BY created DESC LIMIT 1`);
    assert.ok(latest.some((line) => /Sort Key: created DESC/.test(line)) && !latest.some((line) => /Stripe Order/.test(line)), latest.join('\n'));

    const since = "posted >= '2000-01-01'";
    const together = `financial_account=${account}&status_transitions[posted_at][gte]=946684800&status=posted&order_by=posted_at`;
    const [whole] = await asked(`SELECT id ${from} AND (${since}) IS NOT FALSE AND posted IS NOT NULL ORDER BY id`);
    assert.deepStrictEqual(await asked(`SELECT id ${from} AND ${since} ORDER BY id`), [whole, [together]]);
    assert.deepStrictEqual(await asked(`SELECT id ${from} AND ${since} AND status = 'posted' ORDER BY id`), [whole, [`financial_account=${account}&status=posted&status_transitions[posted_at][gte]=946684800&order_by=posted_at`]]);
    assert.deepStrictEqual((await asked(`SELECT id ${from} AND ${since} AND status = 'open'`))[1], [`financial_account=${account}&status=open`]);
    assert.deepStrictEqual((await asked(`SELECT id ${from} AND ${since} AND order_by = 'created' ORDER BY id`)), [whole, [`financial_account=${account}&order_by=created`]]);

    // It may look like the order of creation for long: one cursor all the same, however many pages.
    const [{ created: last }] = await simulator.objects('treasury_transactions');
    for (let at = 1; at <= 40; at++) {
      await simulator.createObject('treasury_transactions', {
        financial_account: account, created: last + 3600 * at, status: 'posted', status_transitions: { posted_at: last + 3600 * (at > 15 ? at : 15 - at), void_at: null },
      });
    }
    await simulator.config({ latency: { fixed_ms: 10 } });
    const paged = `SELECT id ${from} AND order_by = 'posted_at' ORDER BY id`;
    const [all] = await asked(paged);
    await stack.query("ALTER FOREIGN TABLE posted OPTIONS (ADD page_size '2')");
    const [byTwo, pages] = await asked(paged);
    assert.deepStrictEqual(byTwo, all);
    await simulator.config({ latency: { fixed_ms: 0 } });
    assert.ok(all.length > 40 && pages.length >= all.length / 2);
    assert.ok(pages.every((page) => !page.includes('created[')), pages.join(' '));
  });

  await t.test('a time that only Stripe knows', async () => {
    const offers = 'FROM wide.product_catalog_trial_offers';
    const [all] = await count(`SELECT count(*) ${offers}`);
    const [late, requests] = await count(`SELECT count(*) ${offers} WHERE created >= '2026-01-01'`);
    const [early] = await count(`SELECT count(*) ${offers} WHERE NOT created >= '2026-01-01'`);
    assert.deepStrictEqual(requests, ['created[gte]=1767225600']);
    assert.ok(late > 0 && early > 0);
    assert.strictEqual(late + early, all);
    assert.deepStrictEqual(await asked(`SELECT created ${offers} WHERE created >= '2026-01-01'`), [Array(late).fill([null]), requests]);
    assert.deepStrictEqual((await count(`SELECT count(*) ${offers} WHERE created BETWEEN '2026-01-01' AND '2026-02-01' AND id IS NOT NULL`))[1], ['created[gte]=1767225600&created[lte]=1769904000']);
    assert.deepStrictEqual(await count(`SELECT count(*) ${offers} WHERE created = '2026-01-01 00:00:00.5'`), [0, []]);
    for (const [condition, rows] of [["> '5874897-12-31'::date", 0], ["< '5874897-12-31'::date", all], ["= '5874897-12-31'::date", 0], ["> 'infinity'", 0], ["> '-infinity'::date", all], ["< '1900-01-01'", 0], [">= '1900-01-01'", all],
      [">= '2025-12-31 23:59:59.5'", late], ["> '2025-12-31 23:59:59.5'", late], ["<= '2025-12-31 23:59:59.5'", early], ["< '2025-12-31 23:59:59.5'", early]]) {
      assert.strictEqual((await count(`SELECT count(*) ${offers} WHERE created ${condition}`))[0], rows, condition);
    }
    assert.deepStrictEqual((await count(`SELECT count(*) ${offers} WHERE created > '2026-01-01' AND id = 'ptrial_none'`)), [0, ['created[gt]=1767225600']]);
    const perRow = `SELECT v.since, count(*) FROM (VALUES ('2026-01-01'::timestamptz), ('2100-01-01')) v (since), LATERAL (SELECT ${offers} o WHERE o.created >= v.since OFFSET 0) o GROUP BY 1`;
    assert.strictEqual((await asked(perRow))[0][0][1], String(late));
    // Nobody has said which one is wanted.
    for (const sql of [`SELECT max(created) ${offers} WHERE created > '2026-01-01'`, `SELECT FROM (SELECT ${offers} WHERE created > '2026-01-01' ORDER BY created) o`,
      `SELECT ${offers} WHERE created > '2026-01-01' OR created < '2020-01-01'`, `SELECT ${offers} WHERE created > '2026-01-01' AND extract(year FROM created) = 2026`]) {
      await assert.rejects(stack.query(sql), /column "created" of foreign table "product_catalog_trial_offers" has no value in this query/, sql);
    }
  });

  await t.test('a time that is shown is the one asked for, whatever it is written like', async () => {
    const [since, until] = [1577836800, 1767225600];
    const before = async (seconds) => (await count(`SELECT count(*) FROM wide.product_catalog_trial_offers WHERE created <= to_timestamp(${seconds})`))[0];
    let [low, high] = [since, until];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await before(middle) > 0) high = middle;
      else low = middle + 1;
    }
    await stack.query("SET timezone = 'Asia/Kolkata'; SET datestyle = 'SQL, DMY'"); // as text it is IST, which is read as Israel's
    try {
      const rows = await stack.column(`SELECT created = to_timestamp(${low}) FROM wide.product_catalog_trial_offers WHERE created = to_timestamp(${low})`);
      assert.deepStrictEqual([...new Set(rows)], ['t']);
    } finally {
      await stack.query("SET timezone = 'UTC'; RESET datestyle");
    }
  });

  await t.test('a field that has moved is tested locally too', async () => {
    await stack.query('CREATE TABLE periods AS SELECT id, current_period_end FROM wide.subscriptions');
    const { rows: [{ id, first, middle, last }] } = await stack.query(`SELECT min(id) AS id, min(current_period_end) AS first,
      percentile_disc(0.5) WITHIN GROUP (ORDER BY current_period_end) AS middle, max(current_period_end) AS last FROM periods`);
    const clauses = [`current_period_end > '${middle}'`, `current_period_end = '${middle}'`, `current_period_end IN ('${first}', '${last}')`, `current_period_end > '2999-01-01'`,
      `current_period_end = '${first}' OR current_period_end = '${last}'`, `current_period_end::date > '${middle}'`, `date_trunc('month', current_period_end) > '${middle}'`,
      `id = '${id}' AND current_period_end > '2999-01-01'`];
    for (const pushdown of ['on', 'off']) {
      await stack.query(`SET stripe_fdw.enable_pushdown = ${pushdown}`);
      for (const clause of clauses) {
        const [expected, found] = [await stack.column(`SELECT id FROM periods WHERE ${clause} ORDER BY id`), await stack.column(`SELECT id FROM wide.subscriptions WHERE ${clause} ORDER BY id`)];
        assert.deepStrictEqual(found, expected, `${pushdown}: ${clause}`);
      }
    }
    await stack.query('RESET stripe_fdw.enable_pushdown');
  });

  await t.test('a time that only Stripe knows, in joins', async () => {
    const offers = 'wide.product_catalog_trial_offers';
    await stack.query("CREATE TABLE since (name text, at timestamptz); INSERT INTO since VALUES ('a', '2026-01-01'), ('b', '2100-01-01'), ('c', NULL)");
    const [late] = await count(`SELECT count(*) FROM ${offers} WHERE created > '2026-01-01'`);
    const [early] = await count(`SELECT count(*) FROM ${offers} WHERE created > '2026-01-01' AND created < '2026-02-01'`);
    assert.ok(late > early && early > 0);
    const rows = async (sql) => (await asked(sql))[0].map((row) => row.join(' '));
    assert.deepStrictEqual(await rows(`SELECT s.name, count(o.id) FROM since s LEFT JOIN ${offers} o ON o.created > s.at GROUP BY 1 ORDER BY 1`), [`a ${late}`, 'b 0', 'c 0']);
    assert.deepStrictEqual(await rows(`SELECT s.name, count(o.id) FROM since s LEFT JOIN ${offers} o ON o.created > '2026-01-01' GROUP BY 1 ORDER BY 1`), [`a ${late}`, `b ${late}`, `c ${late}`]);
    // One of the conditions is the same for all: that alone is no answer.
    assert.deepStrictEqual(await rows(`SELECT s.name, count(o.id) FROM since s LEFT JOIN ${offers} o ON o.created > s.at AND o.created < '2026-02-01' AND s.name < 'c' GROUP BY 1 ORDER BY 1`), [`a ${early}`, 'b 0', 'c 0']);
    assert.deepStrictEqual(await rows(`SELECT s.name FROM since s WHERE NOT EXISTS (SELECT FROM ${offers} o WHERE o.created > s.at) ORDER BY 1`), ['b', 'c']);
    assert.deepStrictEqual(await rows(`SELECT s.name FROM since s LEFT JOIN ${offers} o ON o.created > s.at WHERE o.created IS NULL ORDER BY 1`), ['b', 'c']);
    // Values of two tables together.
    assert.deepStrictEqual(await rows(`SELECT s.name, u.name, count(*) FROM since s, since u, ${offers} o WHERE o.created > s.at AND o.created < u.at GROUP BY 1, 2`), [`a b ${late}`]);
    await stack.query("CREATE TABLE reasons (reason text); INSERT INTO reasons VALUES ('duplicate')");
    await simulator.clearLog();
    await stack.query('SELECT FROM since s, reasons r, wide.credit_notes_preview_lines p WHERE p.invoice = s.name AND p.reason = r.reason');
    const previews = await takeLog(simulator);
    assert.ok(previews.length > 0 && previews.every(({ query }) => query.some(([name]) => name === 'reason')));
    // It is tested where nobody has told Stripe, or shown to what tests it.
    for (const sql of [`SELECT FROM ${offers} o LEFT JOIN since s ON o.created > s.at`, `SELECT FROM ${offers} o FULL JOIN since s ON s.name = o.id AND o.created > '2026-01-01'`,
      `SELECT FROM ${offers} o, LATERAL (SELECT WHERE o.created IS NULL OFFSET 0) l WHERE o.created > '2026-01-01'`, `SELECT l FROM ${offers} o, LATERAL coalesce(o.created, 'epoch') l WHERE o.created > '2026-01-01'`,
      `SELECT l FROM ${offers} o, LATERAL (VALUES (o.created IS NULL)) l WHERE o.created > '2026-01-01'`,
      `SELECT FROM ${offers} o WHERE o::text LIKE '%2026%' AND created > '2026-01-01'`, `SELECT to_jsonb(o) ->> 'created' IS NULL FROM ${offers} o WHERE created > '2026-01-01'`,
      `WITH m AS MATERIALIZED (SELECT o FROM ${offers} o) SELECT FROM m WHERE (o).created > '2026-01-01'`]) {
      await assert.rejects(stack.query(sql), /column "created" of foreign table "product_catalog_trial_offers" has no value in this query/, sql);
    }
    // What only shows it, or locks the row, asks for nothing.
    assert.strictEqual((await rows(`SELECT o FROM ${offers} o WHERE created > '2026-01-01'`)).length, late);
    assert.strictEqual((await rows(`SELECT id FROM ${offers} o WHERE created > '2026-01-01' FOR UPDATE`)).length, late);
    await stack.query(`UPDATE since s SET name = s.name FROM ${offers} o WHERE o.id = s.name AND o.created > '2026-01-01'`);

    // Met exactly, in every way to write a time: IST is India's too.
    let newest = 1767225600;
    for (let step = 2 ** 28; step >= 1; step /= 2) if ((await count(`SELECT count(*) FROM ${offers} WHERE created >= to_timestamp(${newest + step})`))[0] > 0) newest += step;
    const [exact] = await count(`SELECT count(*) FROM ${offers} WHERE created = to_timestamp(${newest})`);
    assert.ok(exact > 0);
    await stack.query("SET timezone = 'Asia/Kolkata'; SET datestyle = 'SQL, DMY'");
    for (const value of [`to_timestamp(${newest})`, `to_timestamp(${newest})::timestamp`]) assert.deepStrictEqual((await count(`SELECT count(*) FROM ${offers} WHERE created = ${value}`))[0], exact, value);
    await stack.query("SET timezone = 'UTC'; SET datestyle = 'ISO'");
  });

  await t.test('a field that has moved is tested locally too', async () => {
    for (const field of ['current_period_start', 'current_period_end']) {
      const [all] = await count('SELECT count(*) FROM wide.subscriptions');
      const value = await stack.value(`SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ${field}) FROM wide.subscriptions`);
      const [some] = await count(`SELECT count(*) FROM wide.subscriptions WHERE ${field} > '${value}'`);
      assert.ok(some > 0 && some < all);
      const id = await stack.value(`SELECT id FROM wide.subscriptions ORDER BY ${field} LIMIT 1`);
      assert.deepStrictEqual(await count(`SELECT count(*) FROM wide.subscriptions WHERE id = '${id}' AND ${field} > '${value}'`), [0, ['']]);
      await stack.query('SET stripe_fdw.enable_pushdown = off');
      assert.strictEqual((await count(`SELECT count(*) FROM wide.subscriptions WHERE ${field} > '${value}'`))[0], some);
      await stack.query('RESET stripe_fdw.enable_pushdown');
    }
  });

  await t.test('a column of a type by which it can’t be asked for', async () => {
    await stack.query(`CREATE DOMAIN name_of_account AS varchar;
      CREATE FOREIGN TABLE by_hand (id text, owner_customer char(30), owner_account name_of_account) SERVER stripe OPTIONS (object 'tax_ids');
      CREATE FOREIGN TABLE by_day (id text, created date) SERVER stripe OPTIONS (object 'product_catalog/trial_offers')`);
    const hints = [["by_hand WHERE owner_customer = 'cus_1'", 'Give column "owner_customer" the type text, by which it can be asked for.'],
      ["by_day WHERE created > '2026-01-01'", 'Give column "created" the type timestamptz, by which it can be asked for.'],
      ['by_hand WHERE owner_account IS NULL', "Write SELECT ... FROM by_hand WHERE owner_account = '...'."]];
    for (const [from, hint] of hints) await assert.rejects(stack.query(`SELECT FROM ${from}`), (error) => error.hint === hint, from);
    assert.deepStrictEqual((await asked("SELECT owner_account FROM by_hand WHERE owner_account = 'acct_none'").catch((error) => error.message)), 'Stripe refused the request: No such account: \'acct_none\'');
  });

  await t.test('JSON and other values as parameters', async () => {
    const { id: invoice } = (await simulator.objects('invoices'))[0];
    const preview = (rest) => `SELECT lines, memo, effective_at FROM wide.credit_notes_preview_lines WHERE invoice = '${invoice}' AND ${rest}`;
    const [, [json]] = await asked(preview(`lines = '[{"quantity": 2, "tax_rates": ["txr_1", "txr_2"], "description": ""}]'`));
    assert.strictEqual(json, `invoice=${invoice}&lines[0][quantity]=2&lines[0][tax_rates][0]=txr_1&lines[0][tax_rates][1]=txr_2&lines[0][description]=`);
    assert.deepStrictEqual((await asked(preview("memo = '5 % off*, \"és\"'")))[1], [`invoice=${invoice}&memo=5 % off*, "és"`]);
    assert.deepStrictEqual((await asked(preview("effective_at = '2026-01-01'")))[1], [`invoice=${invoice}&effective_at=1767225600`]);
    assert.deepStrictEqual(await asked(preview("effective_at = '2026-01-01 00:00:00.5'")), [[], []]);
    // What can't be sent is never left out in silence.
    const unsendable = ['[]', '{}', 'null', '"x"', '[null]', '[{}]', '[{"type": null}]', '[{"a]&b=[": 1}]', '[{"": 1}]', JSON.stringify([{ description: 'x'.repeat(501) }]), JSON.stringify(Array.from({ length: 500 }, () => ({ quantity: 1 })))];
    for (const value of unsendable) await assert.rejects(asked(preview(`lines = '${value}'`)), /can't be read with this value of column "lines"/, value);
    for (const value of ["''", "repeat('x', 501)"]) await assert.rejects(asked(preview(`memo = ${value}`)), /can't be read with this value of column "memo"/, value);
    // As parameters a number and a text are the same; as values they are not.
    const [, twice] = await asked(`SELECT p.lines FROM (VALUES ('[{"a": 1}]'::jsonb), ('[{"a": "1"}]'), ('[{"a": "1"}]')) v (lines),
      LATERAL (SELECT lines FROM wide.credit_notes_preview_lines WHERE invoice = '${invoice}' AND lines = v.lines OFFSET 0) p`);
    assert.deepStrictEqual(twice, Array(2).fill(`invoice=${invoice}&lines[0][a]=1`));
  });

  await t.test('two columns of one time are both in the list’s order', async () => {
    for (const column of ['created', 'date']) {
      const [[[latest]], requests] = await asked(`SELECT max(${column})::text FROM wide.invoiceitems`);
      assert.deepStrictEqual(requests.length, 1);
      assert.strictEqual(latest, await stack.value('SELECT max(created)::text FROM (SELECT created FROM wide.invoiceitems OFFSET 0) i'));
    }
    const plan = await stack.explain('SELECT id FROM wide.invoiceitems ORDER BY created DESC LIMIT 10');
    assert.ok(plan.some((line) => line.endsWith('GET /v1/invoiceitems?limit=10')), plan.join('\n'));
  });
});
