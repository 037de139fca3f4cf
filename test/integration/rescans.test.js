// Scans that begin again: what they need not ask again, and when the list is read instead.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { takeLog } = require('./lib/asked');

const CHARGES = 2000;
const PAGES = CHARGES / 100;

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

test('rescans', async (t) => {
  const stack = await startStack(t, {
    simulator: ['--charges', String(CHARGES)], server: { concurrency: 1 },
    import: 'LIMIT TO (charges, customers, subscriptions, subscription_items, prices, payment_methods, coupons, promotion_codes)',
  });
  const { simulator } = stack;
  const charges = await simulator.objects('charges');
  const customers = [...new Set(charges.map(({ customer }) => customer))].filter(Boolean);
  // Of two customers whose charges fit a page, in turn and in a row
  const counts = new Map();
  for (const { customer } of charges) counts.set(customer, (counts.get(customer) ?? 0) + 1);
  const [one, other] = customers.filter((customer) => counts.get(customer) < 100);
  const local = (name, type, values) => stack.query(`CREATE TABLE ${name} (n serial, v ${type});
    INSERT INTO ${name} (v) VALUES ${values.map((value) => `(${value === null ? 'NULL' : quoted(String(value))})`).join(', ')}; ANALYZE ${name}`);
  await stack.query('SET stripe_fdw.enable_pushdown = off');
  await stack.query('CREATE TABLE charges AS SELECT * FROM stripe.charges; CREATE TABLE customers AS SELECT * FROM stripe.customers');
  await stack.query('RESET stripe_fdw.enable_pushdown');
  await local('pairs', 'text', [one, one, one, other, other, null, null, one]);
  await local('amounts', 'bigint', [0, 1000, 5000, 100000]);
  await local('ids', 'text', charges.filter((_, at) => at % 2 === 0).map(({ id }) => id));
  await local('five', 'text', charges.slice(0, 5).map(({ id }) => id));
  await local('many_customers', 'text', [...customers, ...customers, ...customers]);
  // As an outer side that was thought to have one row
  const unknown = (name) => stack.query(`CREATE OR REPLACE FUNCTION few_${name}() RETURNS SETOF ${name} LANGUAGE sql STABLE ROWS 1 AS 'SELECT * FROM ${name}';
    ALTER FUNCTION few_${name}() SET work_mem = '4MB'`); // a function with settings is not inlined
  for (const name of ['ids', 'five', 'many_customers']) await unknown(name);

  // Runs a query over Stripe's tables; the answer must be that of the copies in public.
  async function asks(sql, settings = '') {
    const client = await stack.connect();
    await client.query(`BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off; ${settings}`);
    await simulator.clearLog();
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    const log = await takeLog(simulator);
    await client.query('ROLLBACK');
    await client.end();
    const { rows: expected } = await stack.query({ text: sql.replaceAll('stripe.', 'public.'), rowMode: 'array' });
    const sorted = (list) => list.map((row) => JSON.stringify(row)).sort();
    assert.deepStrictEqual(sorted(rows), sorted(expected), sql);
    return log;
  }
  const count = async (sql, settings) => (await asks(sql, settings)).length;

  await t.test('a parameter that only a local test has asks nothing again', async () => {
    assert.strictEqual(await count('SELECT o.n, (SELECT count(*) FROM stripe.charges c WHERE c.amount > o.v) FROM amounts o'), PAGES);
    assert.strictEqual(await count('SELECT o.n, (SELECT count(*) + o.v FROM stripe.charges c) FROM amounts o'), PAGES);
    assert.strictEqual(await count(`SELECT o.n, (SELECT count(*) FROM stripe.charges c WHERE c.customer = ${quoted(one)} AND c.amount > o.v) FROM amounts o`), 1);
    assert.strictEqual(await count('SELECT o.n, s.id FROM amounts o, LATERAL (SELECT c.id FROM stripe.charges c WHERE c.amount > o.v OFFSET 0) s'), PAGES);
    assert.strictEqual(await count('SELECT o.n FROM amounts o WHERE EXISTS (SELECT FROM stripe.charges c WHERE c.amount > o.v * 1000000 OFFSET 0)'), PAGES);
  });

  await t.test('kept rows fit any work_mem', async () => {
    assert.strictEqual(await count('SELECT o.n, (SELECT count(c.*::text) FROM stripe.charges c WHERE c.amount > o.v) FROM amounts o', "SET LOCAL work_mem = '64kB'"), PAGES);
  });

  await t.test('the same value in a row asks once', async () => {
    // one, other, (NULL asks nothing), one
    assert.strictEqual(await count('SELECT o.n, (SELECT count(*) FROM stripe.charges c WHERE c.customer = o.v) FROM pairs o'), 3);
    assert.strictEqual(await count('SELECT o.n, c.id FROM pairs o JOIN stripe.charges c ON c.customer = o.v', 'SET LOCAL enable_memoize = off; SET LOCAL enable_sort = off'), 3);
    assert.strictEqual(await count(`SELECT o.n, (SELECT c.id FROM stripe.charges c WHERE c.customer = o.v ORDER BY c.created DESC, c.id LIMIT 1) FROM pairs o`), 3);
    assert.strictEqual(await count('SELECT o.n, s.id FROM pairs o, LATERAL (SELECT c.id FROM stripe.charges c WHERE c.id = (SELECT min(v) FROM five) AND o.v = c.customer OFFSET 0) s'), 1);
  });

  await t.test('what a reading left unread is asked for when it is wanted', async () => {
    const sql = (limits) => `SELECT g.n, (SELECT count(*) FROM (SELECT c.id FROM stripe.charges c LIMIT g.n) s) FROM (VALUES ${limits}) g(n)`;
    assert.strictEqual(await count(sql('(150), (10), (101), (250), (400), (1)')), 4);
  });

  await t.test('a plain scan keeps nothing', async () => {
    const client = await stack.connect();
    await client.query("SET work_mem = '64kB'; SET log_temp_files = 0; SET client_min_messages = log");
    const spilled = [];
    client.on('notice', ({ message }) => { if (message.startsWith('temporary file')) spilled.push(message); });
    await client.query('SELECT count(c.*::text) FROM stripe.charges c');
    await client.query('WITH s AS (SELECT 1 FROM stripe.charges c OFFSET 0) SELECT (SELECT count(c.*::text) FROM stripe.charges c), (SELECT count(*) FROM amounts)');
    assert.deepStrictEqual(spilled, []);
    await client.query('SELECT o.n, (SELECT count(c.*::text) FROM stripe.charges c WHERE c.amount > o.v) FROM amounts o');
    assert.ok(spilled.length > 0, 'this is what would be seen');
    await client.end();
  });

  await t.test('columns that echo a filter have the value of their own scan', async () => {
    const { rows } = await stack.query(`SELECT v.id, i.subscription FROM (SELECT id FROM stripe.subscriptions LIMIT 3) v,
      LATERAL (SELECT subscription FROM stripe.subscription_items i WHERE i.subscription = v.id OFFSET 0) i`);
    assert.ok(rows.length >= 3);
    for (const { id, subscription } of rows) assert.strictEqual(subscription, id);
  });

  await t.test('few look-ups stay look-ups, however short the list', async () => {
    const log = await asks('SELECT o.n, c.amount FROM few_five() o JOIN stripe.charges c ON c.id = o.v');
    assert.deepStrictEqual(log.map(({ path }) => path).sort(), charges.slice(0, 5).map(({ id }) => `/v1/charges/${id}`).sort());
  });

  await t.test('many that nobody expected give way to the list', async () => {
    await stack.query(`UPDATE pg_class SET reltuples = ${CHARGES}, relpages = 1 WHERE oid = 'stripe.charges'::regclass`);
    const log = await asks('SELECT o.n, c.amount FROM few_ids() o JOIN stripe.charges c ON c.id = o.v');
    assert.strictEqual(log.filter(({ path }) => path === '/v1/charges').length, PAGES, 'the list once');
    assert.strictEqual(log.length, 2 * PAGES, 'twice the better way');
    const [outer, semi, anti, scalar] = [
      await count('SELECT o.n, c.amount FROM few_ids() o LEFT JOIN stripe.charges c ON c.id = o.v AND c.amount > 2000'),
      await count('SELECT o.n FROM few_ids() o WHERE EXISTS (SELECT FROM stripe.charges c WHERE c.id = o.v AND c.amount > 2000 OFFSET 0)'),
      await count('SELECT o.n FROM few_ids() o WHERE NOT EXISTS (SELECT FROM stripe.charges c WHERE c.id = o.v AND c.amount > 2000)'),
      await count('SELECT o.n, (SELECT amount FROM stripe.charges c WHERE c.id = o.v) FROM ids o'),
    ];
    for (const asked of [outer, semi, anti, scalar]) assert.ok(asked >= PAGES && asked <= 2 * PAGES + 1, `${asked} requests`);
  });

  await t.test('… whatever else is asked for stays with the list', async () => {
    const log = await asks(`SELECT o.n, c.amount FROM few_ids() o JOIN stripe.charges c ON c.id = o.v AND c.customer = ${quoted(one)}`);
    const lists = log.filter(({ path }) => path === '/v1/charges');
    assert.strictEqual(lists.length, 1);
    assert.ok(lists[0].query.some(([name, value]) => name === 'customer' && value === one));
    assert.ok(log.length <= 12);
  });

  await t.test('… and so does its order', async () => {
    const asked = await count(`SELECT o.n, (SELECT c.created FROM stripe.charges c WHERE c.customer = o.v ORDER BY c.created DESC LIMIT 1) FROM many_customers o`);
    assert.ok(asked <= 3 * PAGES, `${asked} requests`);
  });

  await t.test('a list that is longer than was thought gets no more than its turn', async () => {
    await stack.query(`UPDATE pg_class SET reltuples = 100, relpages = 1 WHERE oid = 'stripe.charges'::regclass`);
    const log = await asks('SELECT o.n, c.amount FROM (SELECT * FROM few_ids() ORDER BY n LIMIT 14) o JOIN stripe.charges c ON c.id = o.v');
    assert.strictEqual(log.filter(({ path }) => path !== '/v1/charges').length, 14);
    assert.ok(log.length <= 14 + 15, `${log.length} requests`);
    const asked = await count('SELECT o.n, c.amount FROM few_ids() o JOIN stripe.charges c ON c.id = o.v');
    assert.ok(asked <= 3 * PAGES, `${asked} requests`);
    await stack.query(`UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = 'stripe.charges'::regclass`);
  });

  await t.test('the list may wait for its turn with requests in flight', async () => {
    await stack.query(`ALTER SERVER stripe OPTIONS (DROP concurrency); UPDATE pg_class SET reltuples = 100, relpages = 1 WHERE oid = 'stripe.charges'::regclass`);
    const asked = await count('SELECT o.n, c.amount FROM few_ids() o JOIN stripe.charges c ON c.id = o.v');
    assert.ok(asked <= 4 * PAGES, `${asked} requests`);
    const client = await stack.connect();
    await client.query('SET enable_hashjoin = off; SET enable_mergejoin = off; BEGIN; DECLARE c CURSOR FOR SELECT o.n, c.id = o.v FROM few_ids() o JOIN stripe.charges c ON c.id = o.v');
    // … and the cursor that reads on may be in a subtransaction that fails
    let rows = (await client.query({ text: 'FETCH 12 FROM c', rowMode: 'array' })).rows;
    await client.query('SAVEPOINT s');
    rows = rows.concat((await client.query({ text: 'FETCH 15 FROM c', rowMode: 'array' })).rows);
    await assert.rejects(client.query('SELECT 1 / 0'));
    await client.query('ROLLBACK TO s');
    rows = rows.concat((await client.query({ text: 'FETCH ALL FROM c', rowMode: 'array' })).rows);
    assert.deepStrictEqual(rows, Array.from({ length: CHARGES / 2 }, (_, at) => [String(at + 1), 't']));
    await client.query('ROLLBACK');
    await client.query('BEGIN; DECLARE c CURSOR FOR SELECT o.n FROM few_ids() o JOIN stripe.charges c ON c.id = o.v; FETCH 12 FROM c; CLOSE c; COMMIT');
    assert.strictEqual(await stack.value('SELECT sum(in_flight) FROM stripe_stats'), '0');
    await client.end();
    await stack.query(`ALTER SERVER stripe OPTIONS (ADD concurrency '1'); UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = 'stripe.charges'::regclass`);
  });

  await t.test('a value that no row has asks for nothing, not even the list', async () => {
    const sql = `SELECT v, (SELECT amount FROM stripe.charges c WHERE c.id = v) FROM (SELECT v FROM ids WHERE n <= 10 UNION ALL SELECT NULL FROM generate_series(1, 50)) x`;
    await stack.query(`UPDATE pg_class SET reltuples = 100, relpages = 1 WHERE oid = 'stripe.charges'::regclass`);
    assert.strictEqual(await count(sql), 10);
    await stack.query(`UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = 'stripe.charges'::regclass`);
  });

  await t.test('an error in the middle of the list is an error, and the next query starts anew', async () => {
    await simulator.faults([{ match: { path: '/v1/charges', query: { starting_after: null } }, action: { status: 400, body: { error: { type: 'invalid_request_error', message: 'Not this page' } } } }]);
    await assert.rejects(asks('SELECT o.n, c.amount FROM few_ids() o JOIN stripe.charges c ON c.id = o.v'), /Not this page/);
    await simulator.faults([]);
    await count('SELECT o.n, c.amount FROM few_ids() o JOIN stripe.charges c ON c.id = o.v');
  });
});
