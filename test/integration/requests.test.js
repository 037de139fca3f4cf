// What Stripe is asked, to the last parameter, and that the answer stays the same.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { conditions, takeLog } = require('./lib/asked');
const { startServer } = require('./lib/raw-server');

const CHARGES = 20000;
const DAY = 86400;

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

test('requests', async (t) => {
  // One after the other, so that what is asked is known to the last page; parallel.test.js has the rest.
  const stack = await startStack(t, {
    simulator: ['--charges', String(CHARGES)], server: { concurrency: 1 }, import: 'LIMIT TO (charges, customers, subscriptions)',
  });
  const { simulator } = stack;
  const charges = await simulator.objects('charges'); // newest first
  const taken = () => takeLog(simulator);
  const asked = async () => (await taken()).map(({ path, query }) => [path, ...query.map(([name, value]) => `${name}=${value}`)].join(' '));

  // Runs one statement and returns the requests that it caused.
  async function asks(sql, values) {
    await simulator.clearLog();
    await stack.query(sql, values);
    return asked();
  }

  await t.test('LIMIT 10 asks for one page of 10', async () => {
    assert.deepStrictEqual(await asks('SELECT id, amount FROM stripe.charges LIMIT 10'), ['/v1/charges limit=10']);
    const { rows } = await stack.query('SELECT id FROM stripe.charges LIMIT 10');
    assert.deepStrictEqual(rows.map(({ id }) => id), charges.slice(0, 10).map(({ id }) => id));
  });

  await t.test('SELECT * LIMIT 10 asks for one page of 10 with what is sent on demand', async () => {
    assert.deepStrictEqual(await asks('SELECT * FROM stripe.charges LIMIT 10'), ['/v1/charges expand[]=data.refunds limit=10']);
  });

  await t.test('OFFSET counts towards the page', async () => {
    assert.deepStrictEqual(await asks('SELECT id FROM stripe.charges LIMIT 10 OFFSET 15'), ['/v1/charges limit=25']);
  });

  await t.test('a LIMIT that is a parameter is known when the scan starts', async () => {
    const client = await stack.connect();
    await client.query('SET plan_cache_mode = force_generic_plan; PREPARE q(bigint, bigint) AS SELECT id FROM stripe.charges ORDER BY created DESC LIMIT $1 OFFSET $2');
    const plan = (await client.query('EXPLAIN (COSTS OFF) EXECUTE q(5, 2)')).rows.map((row) => Object.values(row)[0]).join('\n');
    assert.match(plan, /GET \/v1\/charges\?limit=\$1$/m);
    for (const [values, rows, requests] of [['5, 2', 5, ['limit=7']], ['5, NULL', 5, ['limit=5']], ['120, 0', 120, ['limit=100', 'limit=100']], ['0, 3', 0, []], ['1, 1', 1, ['limit=2']]]) {
      await simulator.clearLog();
      assert.strictEqual((await client.query(`EXECUTE q(${values})`)).rows.length, rows);
      assert.deepStrictEqual((await asked()).map((request) => /limit=\d+/.exec(request)[0]), requests, values);
    }
    await assert.rejects(client.query('EXECUTE q(-1, 0)'), { code: '2201W' });
    await client.end();
  });

  await t.test('WITH TIES asks for what the ties take', async () => {
    const rows = await stack.column('SELECT created FROM stripe.charges ORDER BY created DESC FETCH FIRST 3 ROWS WITH TIES');
    const [, , third] = charges;
    assert.strictEqual(rows.length, charges.filter(({ created }) => created >= third.created).length);
    assert.deepStrictEqual(await asks('SELECT id FROM stripe.charges ORDER BY created DESC FETCH FIRST 3 ROWS WITH TIES'), ['/v1/charges limit=100']);
  });

  await t.test('a sub-select asks for what its own LIMIT takes', async () => {
    assert.deepStrictEqual(await asks('SELECT count(*) FROM (SELECT id FROM stripe.charges LIMIT 7) s'), ['/v1/charges limit=7']);
    assert.deepStrictEqual(await asks('SELECT EXISTS (SELECT FROM stripe.charges)'), ['/v1/charges limit=1']);
    assert.deepStrictEqual(await asks('SELECT id FROM stripe.charges UNION ALL SELECT id FROM stripe.customers LIMIT 5'), ['/v1/charges limit=5']);
    assert.deepStrictEqual(await asks('SELECT id, generate_series(1, amount - amount) FROM stripe.charges WHERE customer = $1 LIMIT 5', ['cus_none']), ['/v1/charges customer=cus_none limit=100']);
  });

  await t.test('each table of a family keeps its order, whatever is said of NULLs', async () => {
    const customers = await simulator.objects('customers');
    const newest = [...charges, ...customers].map(({ created }) => created).sort((a, b) => b - a).slice(0, 5);
    for (const nulls of ['FIRST', 'LAST']) {
      const sql = `SELECT extract(epoch FROM created)::bigint FROM (SELECT created FROM stripe.charges UNION ALL SELECT created FROM stripe.customers) s ORDER BY created DESC NULLS ${nulls} LIMIT 5`;
      assert.deepStrictEqual((await asks(sql)).sort(), ['/v1/charges limit=5', '/v1/customers limit=5'], nulls);
      assert.deepStrictEqual(await stack.column(sql), newest.map(String));
    }
    // Sorted together, each is read to its end: a page that is cut to the LIMIT would be one too many.
    const counts = new Map();
    for (const { customer } of charges) counts.set(customer, (counts.get(customer) ?? 0) + 1);
    const [customer] = [...counts].find(([id, count]) => id !== null && count > 2 && count < 100);
    await stack.query(`CREATE TABLE paid (id text, created timestamptz, customer text); INSERT INTO paid VALUES ('local', NULL, 'cus_local');
      CREATE FOREIGN TABLE paid_here () INHERITS (paid) SERVER stripe OPTIONS (object 'charges');
      CREATE FOREIGN TABLE paid_there () INHERITS (paid) SERVER stripe OPTIONS (object 'charges')`);
    const sql = `SELECT id FROM paid WHERE customer = ${quoted(customer)} ORDER BY created DESC LIMIT 2`;
    assert.deepStrictEqual(await asks(sql), Array(2).fill(`/v1/charges customer=${customer} limit=100`));
    const [{ id }] = charges.filter((charge) => charge.customer === customer);
    assert.deepStrictEqual(await stack.column(sql), [id, id]);
    await stack.query('DROP TABLE paid CASCADE');
  });

  await t.test('a sub-query that stays one keeps the order too', async () => {
    await stack.query("CREATE VIEW guarded WITH (security_barrier) AS SELECT id, created FROM stripe.charges WHERE currency <> 'none'");
    const newest = charges.slice(0, 10).map(({ id }) => id);
    for (const from of ['guarded', '(SELECT * FROM stripe.charges OFFSET 0) c']) {
      const sql = `SELECT id FROM ${from} ORDER BY created DESC LIMIT 10`;
      assert.deepStrictEqual(await asks(sql), ['/v1/charges limit=100'], from);
      assert.deepStrictEqual(await stack.column(sql), newest, from);
    }
    await stack.query('DROP VIEW guarded');

    // A partition's order would be one of its own, of which the family knows nothing.
    await stack.query(`CREATE TABLE parted (id text, object text, customer text, created timestamptz) PARTITION BY LIST (object);
      CREATE FOREIGN TABLE parted_charges PARTITION OF parted FOR VALUES IN ('charge') SERVER stripe OPTIONS (object 'charges')`);
    const { customer } = charges.find((charge) => charge.customer);
    const own = charges.filter((charge) => charge.customer === customer).map(({ id }) => id);
    assert.deepStrictEqual(await stack.column(`SELECT id FROM (SELECT * FROM parted WHERE customer = '${customer}' OFFSET 0) p ORDER BY created DESC`), own);
    await stack.query('DROP TABLE parted');
  });

  await t.test('a LIMIT over several pages stops in time and is exact', async () => {
    await simulator.clearLog();
    const ids = await stack.column('SELECT id FROM stripe.charges LIMIT 250');
    assert.deepStrictEqual(ids, charges.slice(0, 250).map(({ id }) => id));
    assert.strictEqual((await taken()).length, 3);
  });

  await t.test('FETCH 10 from a cursor asks for one page', async () => {
    await simulator.clearLog();
    await stack.query('BEGIN; DECLARE c CURSOR FOR SELECT * FROM stripe.charges');
    assert.strictEqual((await asked()).length, 0, 'nothing before the first row is asked for');
    const { rows } = await stack.query('FETCH 10 FROM c');
    assert.strictEqual(rows.length, 10);
    assert.strictEqual((await asked()).length, 1);
    await stack.query('CLOSE c; COMMIT');
    assert.strictEqual((await asked()).length, 0);
  });

  await t.test('count(*) asks for 200 pages, each after the last row of the one before', async () => {
    await simulator.clearLog();
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe.charges'), String(CHARGES));
    const pages = Array.from({ length: CHARGES / 100 }, (_, page) =>
      `/v1/charges limit=100${page ? ` starting_after=${charges[page * 100 - 1].id}` : ''}`);
    assert.deepStrictEqual(await asked(), pages);
  });

  await t.test('with several requests in flight a scan has the same rows for little more', async () => {
    await stack.query('ALTER SERVER stripe OPTIONS (DROP concurrency)');
    await simulator.clearLog();
    const ids = await stack.column('SELECT id FROM stripe.charges');
    assert.ok((await taken()).length <= (CHARGES / 100) * 1.1);
    assert.deepStrictEqual(ids.sort(), charges.map(({ id }) => id).sort());
    assert.deepStrictEqual(await asks('SELECT * FROM stripe.charges LIMIT 10'), ['/v1/charges expand[]=data.refunds limit=10']);
    await stack.query('BEGIN; DECLARE c CURSOR FOR SELECT * FROM stripe.charges');
    assert.strictEqual((await asks('FETCH 10 FROM c')).length, 1);
    await stack.query("ROLLBACK; ALTER SERVER stripe OPTIONS (ADD concurrency '1')");
  });

  await t.test('id = asks for the object itself', async () => {
    assert.deepStrictEqual(await asks(`SELECT amount FROM stripe.charges WHERE id = ${quoted(charges[5000].id)}`), [`/v1/charges/${charges[5000].id}`]);
    assert.deepStrictEqual(await stack.column(`SELECT amount FROM stripe.charges WHERE id = ${quoted(charges[5000].id)}`), [String(charges[5000].amount)]);
  });

  await t.test('an id is only ever one segment of the path', async (t2) => {
    const seen = [];
    const { url, close } = await startServer((request, response) => {
      seen.push(request.url);
      const list = /^\/v1\/charges\?/.test(request.url);
      response.writeHead(list ? 200 : 404, { 'content-type': 'application/json' });
      response.end(list ? '{"object":"list","data":[],"has_more":false,"url":"/v1/charges"}'
        : '{"error":{"type":"invalid_request_error","code":"resource_missing","param":"id","message":"No such charge"}}');
    });
    t2.after(close);
    await stack.query(`CREATE SERVER raw FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${url}');
      CREATE USER MAPPING FOR CURRENT_USER SERVER raw OPTIONS (api_key 'sk_test_raw');
      CREATE SCHEMA raw; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER raw INTO raw`);
    for (const id of ['../customers/cus_1', '..', '.', '%2e%2e', 'a/b', 'a\\b', 'ch_1?expand[]=customer', 'ch_1#x', 'ch%2F1', 'ch 1', 'ch\r\nX: y', 'ch_é', '', '%']) {
      seen.length = 0;
      assert.deepStrictEqual(await stack.column('SELECT id FROM raw.charges WHERE id = $1', [id]), [], id);
      // What is left of it once the dots are resolved, as servers and proxies do: a look-up,
      // or the list for what can't be one.
      for (const url of seen) assert.match(new URL(url, 'http://localhost').pathname, /^\/v1\/charges(\/[^/?#\s]+)?$/, id);
    }
  });

  await t.test('nothing is asked where nothing is needed', async () => {
    const client = await stack.connect();
    await simulator.clearLog();
    for (const sql of [
      'EXPLAIN SELECT * FROM stripe.charges', 'EXPLAIN (VERBOSE, COSTS) SELECT count(*) FROM stripe.charges c JOIN stripe.customers u ON c.customer = u.id',
      'PREPARE q AS SELECT * FROM stripe.charges WHERE customer = $1', "EXPLAIN EXECUTE q('cus_1')",
      'SELECT * FROM stripe.charges WHERE 1 = 0', 'SELECT * FROM stripe.charges LIMIT 0', 'SELECT TRUE AS "_" FROM stripe.charges WHERE 1 <> 1 LIMIT 0',
      'SELECT * FROM stripe.charges WHERE customer = NULL', 'EXECUTE q(NULL)', 'SELECT * FROM stripe.charges WHERE id = NULL',
      "SELECT * FROM stripe.charges WHERE customer = 'cus_1' AND customer = 'cus_2'",
      "SELECT * FROM stripe.charges WHERE created > '2026-01-02' AND created < '2026-01-01'",
      "SELECT * FROM stripe.charges WHERE created = '2026-01-01 00:00:00.5+00'", "SELECT * FROM stripe.charges WHERE created > 'infinity'",
      'BEGIN', 'DECLARE c CURSOR FOR SELECT * FROM stripe.charges', 'FETCH 0 FROM c', 'CLOSE c', 'COMMIT',
      "SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = 'stripe.charges'::regclass", "SELECT pg_relation_size('stripe.charges')",
      "SELECT * FROM information_schema.columns WHERE table_name = 'charges'", 'CREATE VIEW stripe.v AS SELECT * FROM stripe.charges', 'DROP VIEW stripe.v',
    ]) {
      await client.query(sql);
      assert.deepStrictEqual(await asked(), [], sql);
    }
    await client.end();
  });

  await t.test('one connection serves all pages and queries of a backend, compressed', async () => {
    const client = await stack.connect();
    await simulator.clearLog();
    await client.query('SELECT count(*) FROM (SELECT id FROM stripe.charges LIMIT 500) s');
    await client.query('SELECT id FROM stripe.customers LIMIT 3');
    await client.query(`SELECT id FROM stripe.charges WHERE id = ${quoted(charges[7].id)}`);
    await client.query("SELECT id FROM stripe.charges WHERE id = 'ch_none'");
    const log = await taken();
    assert.strictEqual(log.length, 8);
    assert.strictEqual(new Set(log.map(({ connection }) => connection)).size, 1);
    for (const { headers } of log) assert.match(headers['accept-encoding'], /\bgzip\b/);
    assert.ok(log[0].bytes * 2 < JSON.stringify(charges.slice(0, 100)).length, 'the answer came compressed');
    await client.end();
  });

  await t.test('each request names the version, and nobody else gets the key', async () => {
    await simulator.clearLog();
    await stack.query('SELECT id FROM stripe.charges LIMIT 1');
    const [{ headers }] = await taken();
    assert.strictEqual(headers['stripe-version'], require('../sim/catalog.json').api_version);
    assert.strictEqual(headers['stripe-account'], undefined);
    assert.match(headers['user-agent'], /stripe_fdw/);
  });

  await t.test('columns not asked for are not expanded', async () => {
    assert.deepStrictEqual(await asks('SELECT count(*) FROM (SELECT amount, refunds IS NULL FROM stripe.charges LIMIT 1) s'), ['/v1/charges limit=1']);
    assert.match((await asks('SELECT refunds FROM stripe.charges LIMIT 1'))[0], /expand\[\d*\]=data\.refunds/);
  });

  await t.test('hidden rows are asked for', async () => {
    for (const [sql, status] of [['', 'all'], [" WHERE status = 'canceled'", 'canceled'], [" WHERE status = 'active'", 'active'], [" WHERE status <> 'active'", 'all']]) {
      await simulator.clearLog();
      const found = await stack.value(`SELECT count(*) FROM stripe.subscriptions${sql}`);
      const log = await taken();
      assert.ok(log.every(({ query }) => conditions(query).status === status), sql);
      assert.ok(Number(found) > 0, sql);
    }
  });

  // A second in which more objects were created than a page holds.
  const perSecond = new Map();
  for (const { created } of charges) perSecond.set(created, (perSecond.get(created) ?? 0) + 1);
  const burst = [...perSecond].filter(([, count]) => count > 100).map(([second]) => second).sort((a, b) => b - a)[0];

  await t.test('conditions', async (t2) => {
    // PostgreSQL's own answer, from a copy read with a plain list.
    await stack.query('SET stripe_fdw.enable_pushdown = off');
    await simulator.clearLog();
    await stack.query('CREATE SCHEMA copy; CREATE TABLE copy.charges AS SELECT * FROM stripe.charges');
    assert.ok((await taken()).every(({ query }) => Object.keys(conditions(query)).join() === 'expand'), 'a plain list');
    await stack.query('SET stripe_fdw.enable_pushdown = on');
    assert.ok(burst, 'the simulator has bursts longer than a page');

    const at = (seconds, fraction = '') => `'${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}+00'`;
    const { customer, payment_intent: intent } = charges.find((charge) => charge.customer && charge.payment_intent);
    const other = charges.find((charge) => charge.customer && charge.customer !== customer).customer;
    const lower = `created >= ${at(burst - 2 * DAY)}`;
    const between = (from, to) => ({ created: [from, to] });
    const local = (zone, text) => stack.value(`SELECT extract(epoch FROM '${text}'::timestamp AT TIME ZONE '${zone}')::bigint`).then(Number);

    // [condition, what the request must say; null: nothing is asked; undefined: only the answer counts, time zone]
    const cases = [
      // the burst's second, from every side
      [`created = ${at(burst)}`, between(burst, burst)],
      [`${at(burst)} = created`, between(burst, burst)],
      [`created >= ${at(burst)} AND created <= ${at(burst)}`, between(burst, burst)],
      [`created >= ${at(burst)} AND created < ${at(burst + 1)}`, between(burst, burst)],
      [`created > ${at(burst - 1)} AND created < ${at(burst + 1)}`, between(burst, burst)],
      [`created > ${at(burst)} AND created < ${at(burst + DAY)}`, between(burst + 1, burst + DAY - 1)],
      [`created < ${at(burst)} AND ${lower}`, between(burst - 2 * DAY, burst - 1)],
      [`created <= ${at(burst)} AND ${lower}`, between(burst - 2 * DAY, burst)],
      [`created BETWEEN ${at(burst)} AND ${at(burst + 3600)}`, between(burst, burst + 3600)],
      // one range or another: from the first to the last of them
      [`created BETWEEN SYMMETRIC ${at(burst)} AND ${at(burst + 3600)}`, between(burst, burst + 3600)],
      [`created BETWEEN SYMMETRIC ${at(burst + 3600, '.5')} AND ${at(burst - 1, '.5')}`, between(burst, burst + 3600)],
      [`created BETWEEN SYMMETRIC (SELECT to_timestamp(${burst + 3600})) AND (SELECT to_timestamp(${burst}))`, between(burst, burst + 3600)],
      [`created BETWEEN SYMMETRIC ${at(burst)} AND 'infinity' AND created < ${at(burst + DAY)}`, between(burst, burst + DAY - 1)],
      [`created BETWEEN SYMMETRIC ${at(burst)} AND '-infinity' AND ${lower}`, between(burst - 2 * DAY, burst)],
      [`created BETWEEN SYMMETRIC 'infinity' AND 'infinity'`, null],
      [`created BETWEEN SYMMETRIC NULL AND NULL`, null],
      [`(created > ${at(burst - DAY)} AND created < ${at(burst)}) OR (created >= ${at(burst + 1)} AND created <= ${at(burst + DAY)} AND amount > 500)`, between(burst - DAY, burst + DAY)],
      [`(created > ${at(burst - DAY)} AND created < ${at(burst)}) OR created IN (${at(burst + 60)}, ${at(burst + 3600)})`, between(burst - DAY, burst + 3600)],
      [`((created > ${at(burst - DAY)} AND created < ${at(burst)}) OR created > ${at(burst + DAY)}) AND ${lower}`, between(burst - 2 * DAY, null)],
      [`((created > ${at(burst - DAY)} AND created < ${at(burst)}) OR amount < 500) AND ${lower}`, between(burst - 2 * DAY, null)],
      [`created::date BETWEEN SYMMETRIC '2026-03-09' AND '2026-03-08'`, undefined, 'America/Los_Angeles'],
      [`(date_trunc('month', created) >= '2026-02-01' AND date_trunc('month', created) < '2026-03-01') OR (created > '2026-03-08' AND created < '2026-03-09')`, undefined, 'Asia/Kolkata'],
      [`extract(year from created) BETWEEN SYMMETRIC 2025 AND 2024`, undefined, 'Asia/Kolkata'],
      [`created NOT BETWEEN ${at(burst)} AND ${at(burst + 3600)} AND ${lower} AND created < ${at(burst + DAY)}`, undefined],
      [`created IN (${at(burst)}, ${at(charges[0].created)})`, undefined],
      [`created <> ${at(burst)} AND ${lower} AND created < ${at(burst + DAY)}`, between(burst - 2 * DAY, burst + DAY - 1)],
      // fractions of a second
      [`created >= ${at(burst, '.5')} AND created < ${at(burst + DAY)}`, between(burst + 1, burst + DAY - 1)],
      [`created > ${at(burst, '.5')} AND created < ${at(burst + DAY)}`, between(burst + 1, burst + DAY - 1)],
      [`created < ${at(burst, '.5')} AND ${lower}`, between(burst - 2 * DAY, burst)],
      [`created <= ${at(burst, '.5')} AND ${lower}`, between(burst - 2 * DAY, burst)],
      [`created > ${at(burst - 1, '.999999')} AND created < ${at(burst, '.000001')}`, between(burst, burst)],
      [`created >= ${at(burst, '.000001')} AND created < ${at(burst + 1)}`, null],
      [`created BETWEEN ${at(burst - 1, '.25')} AND ${at(burst, '.75')}`, between(burst, burst)],
      [`created = ${at(burst, '.000001')}`, null],
      // several bounds, and none
      [`created >= ${at(burst - 5 * DAY)} AND ${lower} AND created < ${at(burst)} AND created < ${at(burst - DAY)}`, between(burst - 2 * DAY, burst - DAY - 1)],
      [`created > ${at(burst)} AND created < ${at(burst)}`, null],
      [`created > ${at(burst)} AND created < ${at(burst + 1)}`, null],
      [`created < 'infinity' AND ${lower}`, between(burst - 2 * DAY, null)],
      [`created < '-infinity'`, null],
      [`created >= '1969-12-31 23:59:59+00' AND customer = ${quoted(customer)}`, undefined],
      [`created <= '294000-01-01 00:00:00+00' AND customer = ${quoted(customer)}`, undefined],
      [`created >= '4713-01-01 00:00:00+00 BC' AND customer = ${quoted(customer)}`, undefined],
      [`(created >= ${at(burst)} OR amount < 0) AND ${lower}`, between(burst - 2 * DAY, null)],
      [`NOT (created < ${at(burst)}) AND created < ${at(burst + DAY)}`, undefined],
      // not constants, but known before the scan
      [`created >= to_timestamp(${burst}) AND created < to_timestamp(${burst}) + interval '1 hour'`, between(burst, burst + 3599)],
      [`created BETWEEN (SELECT to_timestamp(${burst})) AND (SELECT to_timestamp(${burst}.9))`, between(burst, burst)],
      [`created >= date_trunc('day', to_timestamp(${burst})) AND created < ${at(burst + 1)}`, undefined],
      [`created > now() - interval '30 days'`, undefined],
      // dates and timestamps without a zone, in the session's
      ...(await Promise.all(['UTC', 'America/Los_Angeles', 'Asia/Kolkata'].flatMap((zone) => [
        ['2026-02-01', '2026-02-03', 'DATE'],
        ['2026-02-01 10:11:12.5', '2026-02-03 00:00:00', 'TIMESTAMP'],
        ['2026-03-08 01:59:59', '2026-03-08 03:00:01', 'TIMESTAMP'], // Los Angeles leaps forward
        ['2026-03-08 02:30:00', '2026-03-09 02:30:00', 'TIMESTAMP'], // … over this time
        ['2025-11-02 01:30:00', '2025-11-02 02:00:00', 'TIMESTAMP'], // … and back: this time is twice
        ['2025-11-02', '2025-11-03', 'DATE'],
      ].map(async ([from, to, type]) => [
        `created >= (${type} '${from}') AND created < (${type} '${to}')`,
        between(Math.ceil(await local(zone, from)), (await local(zone, to)) - 1), zone])))),
      [`created >= '2026-03-08 00:00' AND created < '2026-03-09 00:00'`,
        between(await local('America/Los_Angeles', '2026-03-08'), (await local('America/Los_Angeles', '2026-03-09')) - 1), 'America/Los_Angeles'],
      [`CAST(created AS date) = DATE '2026-03-08' AND ${lower.replace(at(burst - 2 * DAY), at(1772800000))} AND created < ${at(1773200000)}`, undefined, 'America/Los_Angeles'],
      [`created AT TIME ZONE 'Asia/Tokyo' >= TIMESTAMP '2026-11-20' AND created > '2026-11-01'`, undefined, 'Asia/Kolkata'],
      [`extract(hour FROM created) = 3 AND created >= '2026-11-01'`, undefined, 'Asia/Kolkata'],
      // equality
      [`customer = ${quoted(customer)}`, { customer }],
      [`${quoted(customer)} = customer`, { customer }],
      [`customer = ${quoted(customer)} AND ${lower}`, { customer, created: [burst - 2 * DAY, null] }],
      [`customer = ${quoted(customer)} AND amount > 1000`, { customer }],
      [`payment_intent = ${quoted(intent)}`, { payment_intent: intent }],
      [`customer = ${quoted(customer)} AND payment_intent = ${quoted(intent)}`, { customer, payment_intent: intent }],
      [`customer = (SELECT ${quoted(customer)})`, { customer }],
      [`customer = upper('x') || substr(${quoted(customer)}, 1)`, undefined],
      [`customer IS NOT DISTINCT FROM ${quoted(customer)} AND ${lower}`, { customer, created: [burst - 2 * DAY, null] }],
      [`customer = ${quoted(customer)} OR customer = ${quoted(other)}`, undefined],
      [`customer IN (${quoted(customer)}, ${quoted(other)}, 'cus_none', NULL)`, undefined],
      [`customer = ANY (ARRAY[${quoted(customer)}, ${quoted(other)}])`, undefined],
      [`customer <> ${quoted(customer)} AND ${lower}`, between(burst - 2 * DAY, null)],
      [`customer IS NULL AND ${lower}`, between(burst - 2 * DAY, null)],
      [`customer LIKE ${quoted(`${customer.slice(0, 7)}%`)} AND ${lower}`, between(burst - 2 * DAY, null)],
      [`upper(customer) = upper(${quoted(customer)}) AND ${lower}`, between(burst - 2 * DAY, null)],
      [`customer = 'cus_nobody'`, undefined],
      [`customer = '' AND ${lower}`, undefined],
      [`transfer_group = 'no such & group=1' AND ${lower}`, undefined],
      [`id = ${quoted(charges[300].id)} AND customer = 'cus_nobody'`, undefined],
      [`id IN (${charges.slice(10, 13).map(({ id }) => quoted(id)).join()})`, undefined],
      [`id = ${quoted(charges[300].id)} AND created < '2000-01-01'`, undefined],
    ];
    for (const [condition, expected, zone = 'UTC'] of cases) {
      await t2.test(`${condition}${zone === 'UTC' ? '' : ` in ${zone}`}`, async () => {
        await stack.query(`SET timezone = '${zone}'`);
        await simulator.clearLog();
        const found = await stack.column(`SELECT id FROM stripe.charges WHERE ${condition}`);
        const log = await taken();
        assert.deepStrictEqual(found.sort(), await stack.column(`SELECT id FROM copy.charges WHERE ${condition} ORDER BY id COLLATE "C"`));
        if (expected === null) assert.deepStrictEqual(log, []);
        if (!expected) return;
        for (const { path, query } of log) {
          assert.strictEqual(path, '/v1/charges');
          assert.deepStrictEqual(conditions(query), expected);
          assert.deepStrictEqual(query.filter(([name]) => name === 'limit'), [['limit', '100']]);
        }
        assert.ok(log.length >= 1 && log.slice(0, -1).every(({ rows }) => rows === 100), 'full pages');
        const rows = log.reduce((sum, page) => sum + page.rows, 0);
        assert.strictEqual(log.length, Math.max(1, Math.ceil(rows / 100)), 'no page too many');
      });
    }

    await t2.test('the same with pushdown off', async () => {
      await stack.query("SET timezone = 'America/Los_Angeles'; SET stripe_fdw.enable_pushdown = off");
      for (const condition of [`customer = ${quoted(customer)} AND created >= DATE '2024-03-10'`, `id = ${quoted(charges[300].id)}`]) {
        await simulator.clearLog();
        const found = await stack.column(`SELECT id FROM stripe.charges WHERE ${condition}`);
        assert.deepStrictEqual(found.sort(), await stack.column(`SELECT id FROM copy.charges WHERE ${condition} ORDER BY id COLLATE "C"`));
        const log = await taken();
        assert.strictEqual(log.length, CHARGES / 100);
        assert.deepStrictEqual(conditions(log[0].query), {});
      }
      await stack.query('RESET stripe_fdw.enable_pushdown');
    });

    await t2.test('a prepared statement asks for what it is given each time', async () => {
      const client = await stack.connect();
      for (const mode of ['force_generic_plan', 'force_custom_plan']) {
        await client.query(`SET plan_cache_mode = ${mode}`);
        await client.query('DEALLOCATE ALL; PREPARE q AS SELECT id FROM stripe.charges WHERE customer = $1 AND created >= $2');
        for (const [who, from] of [[customer, '2025-01-01 00:00:00.5+00'], [other, '2026-01-01 00:00:00+00'], [customer, '2026-06-01 00:00:00+05:30']]) {
          await simulator.clearLog();
          const { rows } = await client.query(`EXECUTE q(${quoted(who)}, '${from}')`);
          const log = await taken();
          assert.deepStrictEqual(conditions(log[0].query), { customer: who, created: [Math.ceil(Date.parse(from.replace(' ', 'T').replace(/\+(\d\d)$/, '+$1:00')) / 1000), null] }, mode);
          assert.deepStrictEqual(rows.map(({ id }) => id).sort(),
            await stack.column(`SELECT id FROM copy.charges WHERE customer = ${quoted(who)} AND created >= '${from}' ORDER BY id COLLATE "C"`));
        }
        for (const nothing of [`NULL, '2025-01-01'`, `${quoted(customer)}, NULL`, `${quoted(customer)}, 'infinity'`]) {
          await simulator.clearLog();
          assert.deepStrictEqual((await client.query(`EXECUTE q(${nothing})`)).rows, []);
          assert.deepStrictEqual(await taken(), []);
        }
      }
      await client.end();
    });
  });
});
