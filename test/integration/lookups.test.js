// Look-ups of several ids, and lists for several values: how many are under way, and that each is asked once.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { takeLog } = require('./lib/asked');

const CONCURRENCY = 8;
const LOOKUP = '/v1/charges/*';

const array = (ids) => `'{${ids.join(',')}}'`;
const mostInFlight = (log) => Math.max(...log.map(({ in_flight: number }) => number));

test('look-ups of several ids', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '20000'], import: 'LIMIT TO (charges, customers)' });
  const { simulator } = stack;
  // The same again, one request after the other.
  await stack.query(`CREATE SERVER plain FOREIGN DATA WRAPPER stripe_fdw
      OPTIONS (api_base '${simulator.url}', concurrency '1', rate_limit '10000', endpoint_rate_limit '10000');
    CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (api_key '${API_KEY}');
    CREATE SCHEMA plain; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER plain INTO plain`);
  const charges = await simulator.objects('charges');
  const ids = charges.filter((_, at) => at % 400 === 7).map(({ id }) => id); // 50 of them
  const read = (some, rest = '') => `SELECT id FROM stripe.charges WHERE id = ANY (${array(some)}) ${rest}`;
  const paths = (log) => log.map(({ path }) => path).sort();
  const lookups = (some) => some.map((id) => `/v1/charges/${id}`).sort();
  await simulator.config({ latency: { fixed_ms: 40 } });

  async function logOf(run) {
    await simulator.clearLog();
    await run();
    return takeLog(simulator);
  }

  await t.test('several are under way, after one has been', async () => {
    let found;
    const log = await logOf(async () => { found = await stack.column(read(ids)); });
    assert.deepStrictEqual(found.sort(), ids.slice().sort());
    assert.deepStrictEqual(paths(log), lookups(ids), 'each once');
    assert.deepStrictEqual(log.slice(0, 3).map(({ in_flight: number }) => number), [1, 1, 2]);
    assert.ok(mostInFlight(log) > CONCURRENCY / 2 && mostInFlight(log) <= CONCURRENCY, `${mostInFlight(log)} in flight`);
  });

  await t.test('no more than the table or the server allows', async () => {
    const log = await logOf(async () => {
      assert.deepStrictEqual(await stack.column(`SELECT id FROM plain.charges WHERE id = ANY (${array(ids)})`), ids.slice().sort(), 'in their order');
    });
    assert.strictEqual(mostInFlight(log), 1);
    await stack.query("ALTER FOREIGN TABLE plain.charges OPTIONS (ADD concurrency '3')");
    assert.strictEqual(mostInFlight(await logOf(() => stack.query(`SELECT id FROM plain.charges WHERE id = ANY (${array(ids)})`))), 3);
  });

  await t.test('none but the list with pushdown off', async () => {
    await stack.query('SET stripe_fdw.enable_pushdown = off');
    const log = await logOf(() => stack.query(read(ids.slice(0, 2))));
    await stack.query('RESET stripe_fdw.enable_pushdown');
    assert.deepStrictEqual([...new Set(paths(log))], ['/v1/charges']);
  });

  await t.test('a query that stops early has asked for little', async () => {
    const count = async (sql) => (await logOf(() => stack.query(sql))).length;
    const twenty = ids.slice(0, 20);
    assert.strictEqual(await count(read(twenty, 'LIMIT 1')), 1);
    assert.strictEqual(await count(read(twenty, 'LIMIT 5')), 5);
    assert.strictEqual(await count(read(twenty, 'OFFSET 2 LIMIT 5')), 7);
    assert.strictEqual(await count(`SELECT EXISTS (${read(twenty)})`), 1);
    await stack.query(`BEGIN; DECLARE c CURSOR FOR ${read(twenty)}`);
    assert.strictEqual(await count('FETCH 1 FROM c'), 1);
    assert.strictEqual(await count('FETCH 1 FROM c'), 2);
    await stack.query('ROLLBACK');
  });

  await t.test('a LIMIT takes rows that are there and pass', async () => {
    const some = ['ch_none1', 'ch_none2', ...ids.slice(0, 10)];
    assert.strictEqual((await stack.column(read(some, 'LIMIT 4'))).length, 4);
    const amounts = charges.filter(({ id }) => ids.includes(id)).map(({ amount }) => amount).sort((a, b) => b - a);
    const filtered = await stack.column(read(ids, `AND amount >= ${amounts[2]} LIMIT 3`));
    assert.strictEqual(filtered.length, 3);
  });

  await t.test('ids that nobody has are no rows, and one given twice is asked once', async () => {
    const some = ['ch_none1', ids[0], 'ch_none2', ids[1], ids[0], 'ch_none3', ids[1]];
    let found;
    const log = await logOf(async () => { found = await stack.column(read(some)); });
    assert.deepStrictEqual(found.sort(), ids.slice(0, 2).sort());
    assert.deepStrictEqual(paths(log), lookups([...new Set(some)]));
    assert.deepStrictEqual(await stack.column(read(['ch_none1', 'ch_none2', 'ch_none3'])), []);
  });

  await t.test('deleted objects are no rows', async () => {
    const customers = (await simulator.objects('customers')).slice(0, 6).map(({ id }) => id);
    for (const id of customers.slice(0, 3)) await simulator.deleteObject('customers', id);
    assert.deepStrictEqual((await stack.column(`SELECT id FROM stripe.customers WHERE id = ANY (${array(customers)})`)).sort(), customers.slice(3).sort());
  });

  await t.test('an object of another id or another kind', async () => {
    const { id, ...rest } = charges[0];
    const strike = (body) => simulator.faults([{ match: { path: `/v1/charges/${ids[1]}` }, action: { body } }]);
    await strike({ id, ...rest });
    assert.deepStrictEqual((await stack.column(read([id, ...ids.slice(0, 3)]))).sort(), [id, ids[0], ids[2]].sort());
    await strike({ id: ids[1], object: 'refund' });
    await assert.rejects(stack.query(read(ids)), /is not of the kind "charge"/);
    await simulator.faults([]);
  });

  await t.test('a failure of one is passing, or fails the query', async () => {
    await stack.query("ALTER SERVER stripe OPTIONS (ADD max_retries '1')");
    await simulator.faults([{ match: { path: `/v1/charges/${ids[12]}`, count: 1 }, action: { status: 500 } }]);
    assert.deepStrictEqual((await stack.column(read(ids))).sort(), ids.slice().sort());
    await simulator.faults([{ match: { path: `/v1/charges/${ids[12]}` }, action: { status: 500 } }]);
    await assert.rejects(stack.query(read(ids)), { code: 'HV00M' });
    await simulator.faults([{ match: { path: `/v1/charges/${ids[12]}` }, action: { status: 404, html: true } }]);
    await assert.rejects(stack.query(read(ids)), { code: 'HV00R' });
    await simulator.faults([]);
    await stack.query('ALTER SERVER stripe OPTIONS (DROP max_retries)');
    assert.strictEqual((await stack.column(read(ids))).length, ids.length);
  });

  await t.test('cancelled with several under way', async () => {
    const client = await stack.connect();
    const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    await client.query(read(ids));
    for (const action of [{ hang: true }, { drip: { bytes: 100, interval_ms: 50 } }, { status: 503, headers: { 'Retry-After': '50' } }]) {
      await simulator.faults([{ match: { path: LOOKUP, after: 20 }, action }]);
      await simulator.clearLog();
      const query = client.query(read(ids)).then(() => null, (error) => error);
      while ((await simulator.log()).filter(({ fault }) => fault).length < CONCURRENCY);
      await stack.query('SELECT pg_cancel_backend($1)', [pid]);
      assert.strictEqual((await query).code, '57014');
      await simulator.faults([]);
      assert.strictEqual((await client.query(read(ids))).rows.length, ids.length);
    }
    await client.end();
  });

  await t.test('EXPLAIN ANALYZE and stripe_stats count them', async () => {
    const some = [...ids.slice(0, 10), 'ch_none'];
    await stack.query('SELECT stripe_stats_reset()');
    const plan = (await stack.explain(read(some), 'ANALYZE, COSTS OFF')).join('\n');
    assert.match(plan, /Stripe Requests: 11/);
    assert.match(plan, /Stripe Rows Fetched: 10/);
    const { rows } = await stack.query('SELECT endpoint, requests, rows, in_flight FROM stripe_stats');
    assert.deepStrictEqual(rows, [{ endpoint: 'GET /v1/charges/{id}', requests: '11', rows: '10', in_flight: '0' }]);
  });

  await t.test('a nested loop asks for one id at a time', async () => {
    await stack.query(`CREATE TABLE wanted AS SELECT unnest(${array(ids.slice(0, 5))}::text[]) AS id; ANALYZE wanted`);
    const log = await logOf(async () => {
      assert.strictEqual(await stack.value('SELECT count(amount) FROM wanted JOIN stripe.charges USING (id)'), '5');
    });
    assert.deepStrictEqual(paths(log), lookups(ids.slice(0, 5)));
  });

  // Values of a filter: a list for each.
  const customers = [...new Set(charges.map(({ customer }) => customer).filter(Boolean))].slice(0, 24);
  const ofCustomers = charges.filter(({ customer }) => customers.includes(customer)).map(({ id }) => id).sort();
  const lists = (rest = '') => `SELECT id FROM stripe.charges WHERE customer = ANY (${array(customers)}) ${rest}`;

  await t.test('lists for several values: the next ones are under way', async () => {
    let found;
    const log = await logOf(async () => { found = await stack.column(lists()); });
    assert.deepStrictEqual(found.sort(), ofCustomers);
    assert.strictEqual(log.length, customers.length);
    assert.strictEqual(log[0].in_flight, 1);
    assert.ok(mostInFlight(log) > 2 && mostInFlight(log) <= CONCURRENCY, `${mostInFlight(log)} in flight`);
  });

  await t.test('small pages, so that each list has several', async () => {
    await stack.query("ALTER SERVER stripe OPTIONS (ADD page_size '3')");
    let found;
    const log = await logOf(async () => { found = await stack.column(lists()); });
    assert.deepStrictEqual(found.sort(), ofCustomers);
    assert.ok(mostInFlight(log) > 2 && mostInFlight(log) <= CONCURRENCY, `${mostInFlight(log)} in flight`);
    await stack.query('ALTER SERVER stripe OPTIONS (DROP page_size)');
  });

  await t.test('a LIMIT that the first value satisfies asks for no other', async () => {
    assert.strictEqual((await logOf(() => stack.query(lists('LIMIT 1')))).length, 1);
    assert.deepStrictEqual((await stack.column(lists(`LIMIT ${ofCustomers.length}`))).sort(), ofCustomers);
  });

  await t.test('a failure of one of them fails the query', async () => {
    await simulator.faults([{ match: { path: '/v1/charges', query: { customer: customers[15] } }, action: { status: 403 } }]);
    await assert.rejects(stack.query(lists()), { code: '42501' });
    await simulator.faults([]);
    assert.strictEqual((await stack.column(lists())).length, ofCustomers.length);
  });
});
