// stripe_stats and stripe_activity: what they count is what Stripe was asked, and who may see it.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { until } = require('./lib/until');

const PRELOADED = { settings: { shared_preload_libraries: 'stripe_fdw', jit: 'off' } };
const ACCOUNT = 'acct_1SimPlatform0001';

const sum = (list, of) => list.reduce((total, entry) => total + of(entry), 0);

test('statistics', async (t) => {
  const stack = await startStack(t, { cluster: PRELOADED, simulator: ['--charges', '3000'], server: { concurrency: 8 } });
  const stats = async (endpoint) => {
    const { rows } = await stack.query('SELECT * FROM stripe_stats WHERE endpoint = $1', [endpoint]);
    return rows;
  };
  // What the simulator has seen of an endpoint since the statistics were reset.
  const log = async (path) => (await stack.simulator.log()).filter((entry) => entry.path.startsWith(path));
  const reset = async () => {
    await stack.simulator.faults([]);
    await stack.simulator.clearLog();
    await stack.query('SELECT stripe_stats_reset()');
  };

  await t.test('requests, retries, rows and bytes are what the simulator has seen', async () => {
    await reset();
    await stack.simulator.faults([{ match: { path: '/v1/charges', nth: 3 }, action: { status: 500, headers: { 'Retry-After': '1' } } }]);
    await stack.query('SELECT count(*) FROM stripe.charges');
    await stack.query('SELECT id FROM stripe.charges LIMIT 7');
    const [line, ...others] = await stats('GET /v1/charges');
    const seen = await log('/v1/charges');
    assert.strictEqual(others.length, 0);
    assert.strictEqual(Number(line.requests), seen.length);
    assert.strictEqual(Number(line.rows), sum(seen, (entry) => (entry.status === 200 ? entry.rows : 0)));
    assert.strictEqual(Number(line.bytes), sum(seen, (entry) => entry.bytes));
    assert.strictEqual(line.retries, '1');
    assert.ok(Number(line.wire_seconds) > 0);
    assert.ok(Number(line.wait_seconds) >= 1, `the retry waited, ${line.wait_seconds} s`);
    assert.deepStrictEqual([line.server, line.user_name, line.account, line.mode, line.in_flight, line.counted_in],
      ['stripe', 'postgres', null, 'test', '0', 'preloaded']);
  });

  await t.test('EXPLAIN ANALYZE shows the same for one scan', async () => {
    await reset();
    await stack.query('SELECT id FROM stripe.charges LIMIT 1'); // connects
    const shown = async (how = '') => {
      const lines = await stack.explain('SELECT count(*) FROM stripe.charges', `ANALYZE, COSTS OFF${how}`);
      return new Map(lines.map((line) => /^ *(Stripe [^:]+): ([\d.]+)(?: ms)?$/.exec(line)).filter(Boolean).map(([, name, value]) => [name, Number(value)]));
    };
    await reset();
    const quiet = await shown();
    assert.deepStrictEqual([...quiet.keys()], ['Stripe Requests', 'Stripe Retries', 'Stripe Rows Fetched', 'Stripe Bytes',
      'Stripe Wait Time', 'Stripe Wire Time', 'Stripe Delay Time']);
    assert.ok(![...(await shown(', TIMING OFF')).keys()].some((name) => name.endsWith('Time')), 'no times with TIMING OFF');

    await reset();
    const refused = (nth, headers) => ({ match: { path: '/v1/charges', nth }, action: { status: 429, headers } });
    await stack.simulator.faults([refused(1, { 'Retry-After': '1' }), refused(2, { 'Stripe-Rate-Limited-Reason': 'endpoint-rate' }),
      refused(3, { 'Stripe-Rate-Limited-Reason': 'endpoint-rate' }), refused(4, { 'Stripe-Rate-Limited-Reason': 'global-concurrency' })]);
    const limited = await shown();
    const [line] = await stats('GET /v1/charges');
    assert.deepStrictEqual(Object.fromEntries([...limited].filter(([name]) => name.includes('Limited'))),
      { 'Stripe Limited Global Concurrency': 1, 'Stripe Limited Endpoint Rate': 2, 'Stripe Limited Other': 1 });
    for (const [name, column] of [['Requests', 'requests'], ['Retries', 'retries'], ['Rows Fetched', 'rows'], ['Bytes', 'bytes']]) {
      assert.strictEqual(limited.get(`Stripe ${name}`), Number(line[column]), name);
    }
    for (const [name, column] of [['Wire Time', 'wire_seconds'], ['Delay Time', 'wait_seconds']]) {
      assert.ok(Math.abs(limited.get(`Stripe ${name}`) - 1000 * line[column]) < 1, `${name}: ${limited.get(`Stripe ${name}`)} ms, ${line[column]} s`);
    }
    assert.ok(limited.get('Stripe Delay Time') >= 1000, 'Retry-After counts');
    assert.ok(limited.get('Stripe Wire Time') > 0);
    await stack.simulator.faults([]);

    const [{ Plan: { Plans: [scan] } }] = JSON.parse(await stack.value('EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM stripe.charges'));
    for (const reason of ['Global Rate', 'Global Concurrency', 'Endpoint Rate', 'Endpoint Concurrency', 'Other']) {
      assert.strictEqual(scan[`Stripe Limited ${reason}`], 0, reason);
    }
  });

  await t.test('look-ups of all ids are one endpoint', async () => {
    await reset();
    const ids = await stack.column('SELECT id FROM stripe.customers LIMIT 3');
    for (const id of ids) await stack.query('SELECT * FROM stripe.customers WHERE id = $1', [id]);
    const [line] = await stats('GET /v1/customers/{id}');
    assert.deepStrictEqual([line.requests, line.rows], ['3', '3']);
  });

  await t.test('accounts, users and modes have lines of their own', async () => {
    await reset();
    await stack.query(`CREATE ROLE reader LOGIN; CREATE ROLE monitor LOGIN; GRANT pg_read_all_stats TO monitor;
      GRANT USAGE ON SCHEMA stripe TO reader; GRANT SELECT ON stripe.charges TO reader;
      CREATE USER MAPPING FOR reader SERVER stripe OPTIONS (api_key 'sk_live_stripe_fdw_sim', account '${ACCOUNT}')`);
    const reader = await stack.connect({ user: 'reader' });
    await reader.query('SELECT id FROM stripe.charges LIMIT 1');
    await stack.query('SELECT id FROM stripe.charges LIMIT 1');
    const { rows } = await stack.query('SELECT user_name, account, mode, requests FROM stripe_stats ORDER BY 1');
    assert.deepStrictEqual(rows.map((row) => Object.values(row)),
      [['postgres', null, 'test', '1'], ['reader', ACCOUNT, 'live', '1']]);

    const seenBy = async (user) => {
      const client = await stack.connect({ user });
      const answer = await client.query('SELECT user_name FROM stripe_stats ORDER BY 1');
      return answer.rows.map((row) => row.user_name);
    };
    assert.deepStrictEqual(await seenBy('reader'), ['reader']);
    assert.deepStrictEqual(await seenBy('monitor'), ['postgres', 'reader']);
    await assert.rejects(reader.query('SELECT stripe_stats_reset()'), { code: '42501' });
    const monitor = await stack.connect({ user: 'monitor' });
    await assert.rejects(monitor.query('SELECT stripe_stats_reset()'), { code: '42501' });
  });

  await t.test('another database has its own', async () => {
    await stack.query('CREATE DATABASE other');
    const other = await stack.connect({ database: 'other' });
    await other.query('CREATE EXTENSION stripe_fdw');
    await other.query('SELECT stripe_stats_reset()');
    assert.strictEqual((await other.query('SELECT * FROM stripe_stats')).rows.length, 0);
    assert.notStrictEqual((await stack.query('SELECT * FROM stripe_stats')).rows.length, 0);
  });

  await t.test('no secret is in them', async () => {
    const { rows } = await stack.query('SELECT s::text FROM stripe_stats s');
    for (const row of rows) assert.ok(!row.s.includes(API_KEY) && !row.s.includes('sk_'), row.s);
  });

  await t.test('a scan that begins again goes on to be shown', async () => {
    const client = await stack.connect();
    await client.query(`BEGIN; DECLARE c CURSOR FOR SELECT (SELECT count(*) FROM stripe.coupons k WHERE k.name > g::text) FROM generate_series(1, 3) g;
      FETCH 2 FROM c`);
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_activity WHERE pid = $1', [client.processID]), '1');
    await client.query('COMMIT');
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_activity WHERE pid = $1', [client.processID]), '0');
    await client.end();
  });

  await t.test('a scan shows while it runs, with its progress', async () => {
    await reset();
    await stack.simulator.config({ latency: { fixed_ms: 100 } });
    await stack.query("ALTER SERVER stripe OPTIONS (ADD page_size '20')");
    const client = await stack.connect();
    const activity = async () => (await stack.query('SELECT * FROM stripe_activity WHERE pid = $1', [client.processID])).rows;
    const query = client.query('SELECT count(*) FROM stripe.charges WHERE created >= (SELECT min(created) FROM stripe.charges)');
    const seen = [];
    let done = false;
    query.finally(() => { done = true; }).catch(() => {});
    while (!done) seen.push(...(await activity()));
    await query;
    await stack.simulator.config({ latency: { fixed_ms: 0 } });
    await stack.query('ALTER SERVER stripe OPTIONS (DROP page_size)');
    assert.ok(seen.length > 0);
    assert.ok(seen.every((line) => line.table === 'stripe.charges' && line.user_name === 'postgres'));
    assert.ok(seen.some((line) => Number(line.in_flight) > 1), 'several requests in flight');
    assert.ok(seen.every((line) => Number(line.in_flight) >= 0 && Number(line.in_flight) <= 8), 'never more than "concurrency"');
    assert.ok(seen.some((line) => Number(line.pages) > 0 && Number(line.rows) > 0));
    const shares = seen.map((line) => line.done).filter((share) => share !== null).map(Number);
    assert.ok(shares.some((share) => share > 0 && share < 1), 'the share done is seen to grow');
    assert.ok(shares.every((share) => share >= 0 && share <= 1));
    assert.deepStrictEqual(await activity(), []);
  });

  await t.test('a scan is gone from it with its cursor, transaction or error', async () => {
    const client = await stack.connect();
    const tables = async () => stack.column('SELECT "table" FROM stripe_activity WHERE pid = $1 ORDER BY 1', [client.processID]);
    await client.query('BEGIN; DECLARE a CURSOR FOR SELECT * FROM stripe.charges; DECLARE b CURSOR FOR SELECT * FROM stripe.customers');
    assert.deepStrictEqual(await tables(), [], 'nothing before the first row');
    await client.query('FETCH 1 FROM a; FETCH 1 FROM b');
    assert.deepStrictEqual(await tables(), ['stripe.charges', 'stripe.customers']);
    await client.query('CLOSE a');
    assert.deepStrictEqual(await tables(), ['stripe.customers']);
    await client.query('ROLLBACK');
    assert.deepStrictEqual(await tables(), []);
    await assert.rejects(client.query('SELECT 1 / (amount - amount) FROM stripe.charges'), { code: '22012' });
    await until('it is gone after the error', async () => (await tables()).length === 0); // which is reported first
    await client.query('BEGIN; DECLARE a CURSOR FOR SELECT * FROM stripe.charges; FETCH 1 FROM a');
    assert.deepStrictEqual(await tables(), ['stripe.charges']);
    await stack.query('SELECT pg_terminate_backend($1)', [client.processID]);
    await until('it is gone with its backend', async () => (await tables()).length === 0);
  });

  await t.test('a rescan is one scan', async () => {
    const client = await stack.connect();
    await client.query(`BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off;
      DECLARE a CURSOR FOR SELECT k.id FROM generate_series(1, 3) i, LATERAL (SELECT * FROM stripe.coupons OFFSET i * 0) k`);
    await client.query('FETCH 20 FROM a');
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_activity WHERE pid = $1', [client.processID]), '1');
    await client.query('ROLLBACK');
  });

  await t.test('they outlive the backends, and a crash takes them', async () => {
    await reset();
    await stack.query('SELECT id FROM stripe.charges LIMIT 1');
    const client = await stack.connect();
    await client.query('BEGIN; DECLARE a CURSOR FOR SELECT * FROM stripe.charges; FETCH 1 FROM a');
    stack.cluster.crash(client.processID);
    await until('the crash is noticed', () => stack.cluster.serverLog().includes('all server processes terminated; reinitializing'));
    stack.client = null;
    await until('the server is up again', () => stack.query('SELECT 1').catch(() => { stack.client = null; }), 60);
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_stats'), '0');
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_activity'), '0');
    await stack.query('SELECT id FROM stripe.charges LIMIT 1');
    assert.strictEqual(await stack.value('SELECT requests FROM stripe_stats'), '1');
    assert.strictEqual(await stack.value('SELECT in_flight FROM stripe_stats'), '0');
  });
});
