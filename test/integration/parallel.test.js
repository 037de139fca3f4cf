// Several requests in flight: which, how many, and that every row comes once.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, openFiles, API_KEY } = require('./lib');
const { until } = require('./lib/until');
const { conditions, takeLog } = require('./lib/asked');
const { failure, assertTells } = require('./lib/faulty');
const catalog = require('../sim/catalog.json');

const CHARGES = 10000;
const PAGES = CHARGES / 100;

const mostInFlight = (log) => Math.max(...log.map(({ in_flight: number }) => number));

test('several requests in flight', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', String(CHARGES)], server: { concurrency: 8 } });
  const { simulator } = stack;
  // The same again, one request after the other.
  await stack.query(`CREATE SERVER plain FOREIGN DATA WRAPPER stripe_fdw
      OPTIONS (api_base '${simulator.url}', concurrency '1', rate_limit '10000', endpoint_rate_limit '10000');
    CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (api_key '${API_KEY}');
    CREATE SCHEMA plain; IMPORT FOREIGN SCHEMA stripe FROM SERVER plain INTO plain`);
  const charges = await simulator.objects('charges'); // newest first
  const ids = charges.map(({ id }) => id);
  await simulator.config({ latency: { fixed_ms: 25 } });

  async function logOf(run) {
    await simulator.clearLog();
    await run();
    return takeLog(simulator);
  }

  await t.test('a full scan: every row once, few requests more than needed', async () => {
    let found;
    const log = await logOf(async () => { found = await stack.column('SELECT id FROM stripe.charges'); });
    assert.deepStrictEqual(found.sort(), ids.slice().sort());
    assert.ok(log.length <= PAGES * 1.1 + 6, `${log.length} requests for ${PAGES} pages`);
    assert.ok(mostInFlight(log) > 4 && mostInFlight(log) <= 8, `${mostInFlight(log)} in flight`);
    assert.deepStrictEqual(log[0].query, [['limit', '100']], 'the first request has no bounds');
  });

  await t.test('a cursor keeps what it was begun with', async () => {
    const log = await logOf(() => stack.query('SELECT id FROM stripe.charges'));
    const began = new Map(); // by its last row: what the page's cursor was begun with
    const position = new Map(ids.map((id, at) => [id, at]));
    const begun = [];
    for (const { query } of log) {
      const asked = JSON.stringify(conditions(query));
      const after = query.find(([name]) => name === 'starting_after');
      if (!after) begun.push(asked);
      else assert.ok(begun.includes(asked), `${after[1]} with ${asked}`);
      if (after) assert.ok(position.has(after[1]));
      began.set(after?.[1], asked);
    }
    assert.strictEqual(new Set(begun).size, begun.length, 'each window is begun once');
  });

  await t.test('what stops early asks for no more', async () => {
    const count = async (sql) => (await logOf(() => stack.query(sql))).length;
    assert.strictEqual(await count('SELECT * FROM stripe.charges LIMIT 10'), 1);
    assert.strictEqual(await count('SELECT id FROM stripe.charges LIMIT 100'), 1);
    assert.strictEqual(await count('SELECT id FROM stripe.charges ORDER BY created DESC LIMIT 10'), 1);
    assert.strictEqual(await count('SELECT id FROM stripe.charges LIMIT 250'), 3);
    assert.ok(await count('SELECT id FROM stripe.charges LIMIT 900 OFFSET 100') <= 11, 'a page is cut short where a range ends');
    assert.strictEqual(await count('SELECT id FROM stripe.payment_methods LIMIT 250'), 3);
    await stack.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM stripe.charges');
    assert.strictEqual(await count('FETCH 10 FROM c'), 1);
    assert.strictEqual(await count('FETCH 90 FROM c'), 0);
    assert.strictEqual(await count('FETCH 10 FROM c'), 1);
    await stack.query('ROLLBACK');
  });

  await t.test('a LIMIT that local tests keep from being reached does not hold it back', async () => {
    const none = "id || '' = 'ch_none'";
    for (const sql of [
      `SELECT id FROM stripe.charges WHERE ${none} LIMIT 1`,
      `SELECT id FROM stripe.charges WHERE ${none} ORDER BY created DESC LIMIT 1`,
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM stripe.charges WHERE ${none})`,
      `SELECT id FROM stripe.charges WHERE id IN (${ids.slice(0, 30).map((id) => `'${id}'`)}) AND ${none} LIMIT 1`,
    ]) {
      let found;
      const log = await logOf(async () => { found = await stack.column(sql); });
      assert.strictEqual(found.length, 0, sql);
      assert.ok(mostInFlight(log) > 4 && mostInFlight(log) <= 8, `${mostInFlight(log)} in flight: ${sql}`);
    }
  });

  await t.test('where answers come sooner than the limit lets the next one go, there is one at a time', async () => {
    await simulator.config({ latency: { fixed_ms: 0 } });
    // So low that they do on a busy machine, too.
    await stack.query("ALTER SERVER stripe OPTIONS (SET endpoint_rate_limit '5')");
    const log = await logOf(() => stack.query(`SELECT count(*) FROM stripe.charges WHERE created >= to_timestamp(${charges[1249].created})`));
    await stack.query("ALTER SERVER stripe OPTIONS (SET endpoint_rate_limit '10000')");
    await simulator.config({ latency: { fixed_ms: 25 } });
    assert.strictEqual(log.length, 13);
    assert.strictEqual(mostInFlight(log), 1);
  });

  await t.test('concurrency, of the server and of the table', async () => {
    const read = 'SELECT count(*) FROM plain.charges';
    assert.strictEqual(mostInFlight(await logOf(() => stack.query(read))), 1);
    await stack.query("ALTER FOREIGN TABLE plain.charges OPTIONS (ADD concurrency '3')");
    assert.strictEqual(mostInFlight(await logOf(() => stack.query(read))), 3);
    await stack.query('ALTER FOREIGN TABLE plain.charges OPTIONS (DROP concurrency)');
    await assert.rejects(stack.query("ALTER SERVER plain OPTIONS (SET concurrency '0')"), /invalid value for option "concurrency"/);
    await assert.rejects(stack.query("ALTER SERVER plain OPTIONS (SET concurrency '65')"), { detail: 'It is an integer from 1 to 64.' });
  });

  await t.test('a list out of order is an error that says how to read it all the same', async (t2) => {
    t2.after(() => simulator.faults([]));
    // In the fourth page of the first cursor, which has no bounds that the row would be outside of.
    await simulator.faults([{ match: { path: '/v1/charges', query: { starting_after: ids[299] } }, action: { replace_field: { path: 'data.50.created', value: 1 } } }]);
    const error = await failure(stack.client, 'SELECT id FROM stripe.charges');
    assertTells(error, 'HV000', 'not in the order of their creation', 'Stripe request: GET /v1/charges');
    assert.match(error.hint, /"concurrency" .* to 1/);
    const found = await stack.column('SELECT id FROM plain.charges');
    assert.deepStrictEqual(found.sort(), ids.slice().sort(), 'as it says');
  });

  await t.test('with pushdown off there is one request after the other', async () => {
    await stack.query('SET stripe_fdw.enable_pushdown = off');
    const log = await logOf(() => stack.query("SELECT count(*) FROM stripe.charges WHERE created > '2000-01-01'"));
    await stack.query('RESET stripe_fdw.enable_pushdown');
    assert.strictEqual(mostInFlight(log), 1);
    assert.strictEqual(log.length, PAGES);
    assert.ok(log.every(({ query }) => Object.keys(conditions(query)).length === 0));
  });

  await t.test("within the query's own bounds", async () => {
    const [newest, oldest] = [charges[300].created, charges[9200].created];
    const inside = charges.filter(({ created }) => created >= oldest && created <= newest).map(({ id }) => id);
    let found;
    const log = await logOf(async () => {
      found = await stack.column(`SELECT id FROM stripe.charges WHERE created BETWEEN to_timestamp(${oldest}) AND to_timestamp(${newest})`);
    });
    assert.deepStrictEqual(found.sort(), inside.sort());
    assert.ok(mostInFlight(log) > 1);
    assert.ok(log.length <= (inside.length / 100) * 1.05 + 4, `${log.length} requests for ${inside.length} rows`);
    for (const { query } of log) {
      const { created: [from, to] } = conditions(query);
      assert.ok(from >= oldest && to <= newest, `${from} to ${to}`);
    }
  });

  await t.test('newest first, where the plan promises it', async () => {
    const sql = 'SELECT id, extract(epoch FROM created)::bigint AS at FROM stripe.charges ORDER BY created DESC';
    assert.ok(!(await stack.explain(sql)).some((line) => line.includes('Sort')), 'it is not sorted locally');
    let rows;
    const log = await logOf(async () => { ({ rows } = await stack.query(sql)); });
    assert.deepStrictEqual(rows.map(({ at }) => Number(at)), charges.map(({ created }) => created));
    assert.deepStrictEqual(rows.map(({ id }) => id).sort(), ids.slice().sort());
    assert.ok(mostInFlight(log) > 1, 'in parallel');
    assert.ok(log.length <= PAGES * 1.1 + 6, `${log.length} requests for ${PAGES} pages`);
    // Where a bound lies long before the first object, its time is not gone through.
    const bounded = await logOf(() => stack.query("SELECT id FROM stripe.charges WHERE created >= '1980-01-01' ORDER BY created DESC"));
    assert.ok(bounded.length <= PAGES * 1.1 + 6, `${bounded.length} requests for ${PAGES} pages`);
  });

  await t.test('EXPLAIN ANALYZE counts what was asked', async () => {
    let plan;
    const log = await logOf(async () => { plan = await stack.explain('SELECT count(*) FROM stripe.charges', 'ANALYZE, COSTS OFF'); });
    const shown = (name) => Number(new RegExp(`Stripe ${name}: ([0-9.]+)`).exec(plan.join('\n'))[1]);
    assert.strictEqual(shown('Requests'), log.length);
    assert.strictEqual(shown('Rows Fetched'), log.reduce((sum, { rows }) => sum + rows, 0));
    assert.strictEqual(shown('Bytes'), log.reduce((sum, { bytes }) => sum + bytes, 0));
    const executed = Number(/Execution Time: ([0-9.]+)/.exec(plan.join('\n'))[1]);
    assert.ok(shown('Wait Time') > 0 && shown('Wait Time') <= executed, 'waits that overlap count once');
  });

  await t.test('two cursors at once in one backend', async () => {
    const client = await stack.connect();
    await client.query('BEGIN; DECLARE a CURSOR FOR SELECT id FROM stripe.charges; DECLARE b CURSOR FOR SELECT id FROM stripe.charges');
    const found = { a: [], b: [] };
    for (let round = 0; round < 12; round++) {
      for (const name of ['a', 'b']) found[name].push(...(await client.query(`FETCH ${450 + 20 * round} FROM ${name}`)).rows);
    }
    for (const name of ['a', 'b']) found[name].push(...(await client.query(`FETCH ALL FROM ${name}`)).rows);
    await client.query('COMMIT');
    for (const name of ['a', 'b']) assert.deepStrictEqual(found[name].map(({ id }) => id).sort(), ids.slice().sort());
    await client.end();
  });

  await t.test('a cursor that was left alone for longer than the timeout goes on', async () => {
    await stack.query("ALTER SERVER stripe OPTIONS (ADD timeout '800')");
    await simulator.config({ latency: { fixed_ms: 200 } });
    const client = await stack.connect();
    await client.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM stripe.charges');
    const { rows } = await client.query('FETCH 350 FROM c');
    await new Promise((resolve) => { setTimeout(resolve, 2000); }); // time itself is what is tested
    rows.push(...(await client.query('FETCH ALL FROM c')).rows);
    await client.query('COMMIT');
    assert.deepStrictEqual(rows.map(({ id }) => id).sort(), ids.slice().sort());
    await client.end();
    await simulator.config({ latency: { fixed_ms: 25 } });
    await stack.query('ALTER SERVER stripe OPTIONS (DROP timeout)');
  });

  await t.test('interrupted with several in flight', async (t2) => {
    const IN_FLIGHT = 2; // at least, however slow the machine: the scan has no more than it needs
    const client = await stack.connect();
    const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    const read = 'SELECT count(*) FROM stripe.charges';
    await client.query(read);
    const files = openFiles(pid);
    const strikes = { match: { path: '/v1/charges', after: 60 } };
    for (const [what, action] of Object.entries({
      'before the first byte': { hang: true },
      'between headers and body': { delay_after_headers_ms: 60000 },
      'in the body': { drip: { bytes: 100, interval_ms: 50 } },
      'backing off': { status: 503, headers: { 'Retry-After': '50' } },
    })) {
      await t2.test(what, async () => {
        for (let round = 0; round < 2; round++) {
          await simulator.faults([{ ...strikes, action }]);
          await simulator.clearLog();
          const query = client.query(read).then(() => null, (error) => error);
          await until('several are struck', async () => (await simulator.log()).filter(({ fault }) => fault).length >= IN_FLIGHT);
          const before = Date.now();
          await stack.query('SELECT pg_cancel_backend($1)', [pid]);
          assert.strictEqual((await query).code, '57014');
          assert.ok(Date.now() - before < 5000, 'soon'); // far below every timeout
          await simulator.faults([]);
          assert.deepStrictEqual((await client.query(read)).rows, [{ count: String(CHARGES) }]);
        }
      });
    }
    await t2.test('waiting for the limiter', async () => {
      await stack.query("ALTER SERVER stripe OPTIONS (SET endpoint_rate_limit '1')");
      await client.query("SET statement_timeout = '2s'");
      await assert.rejects(client.query(read), { code: '57014' });
      await client.query('RESET statement_timeout');
      await stack.query("ALTER SERVER stripe OPTIONS (SET endpoint_rate_limit '10000')");
      assert.deepStrictEqual((await client.query(read)).rows, [{ count: String(CHARGES) }]);
    });
    assert.ok(openFiles(pid) <= files + 1, `${openFiles(pid)} descriptors, ${files} before`);
    await client.end();
  });

  await simulator.config({ latency: { fixed_ms: 0 } });
  await t.test('every table, in pages so small that there are many', async (t2) => {
    await stack.query("ALTER SERVER stripe OPTIONS (ADD page_size '7')");
    for (const { name, filters } of catalog.resources) {
      if (filters.some(({ required }) => required) || ['charges', 'payment_intents', 'balance_transactions', 'customers'].includes(name)) continue;
      await t2.test(name, async () => {
        const read = async (schema) => (await stack.column(`SELECT id FROM ${schema}.${name}`)).sort();
        const expected = await read('plain');
        assert.deepStrictEqual(await read('stripe'), expected);
      });
    }
  });
});
