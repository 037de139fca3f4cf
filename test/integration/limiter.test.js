// Requests are paced: all backends together keep to the limits, share them equally, and learn what they are.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { hammer, countBy, rateOf, refusedShare } = require('./lib/hammer');
const { until } = require('./lib/until');

const REASONS = ['global-rate', 'global-concurrency', 'endpoint-rate', 'endpoint-concurrency'];

// Small pages: many requests, cheap ones.
const OPTIONS = { page_size: 10, concurrency: 8, rate_limit: 100, endpoint_rate_limit: 25 };
const PRELOADED = { settings: { shared_preload_libraries: 'stripe_fdw', jit: 'off' } };
const STRIPES = { global: 100, endpoint: 25 };

// The backend of a request, told by its page size.
const pageSize = (entry) => entry.query.find(([name]) => name === 'limit')[1];

test('limits, shared by all backends', async (t) => {
  const stack = await startStack(t, { cluster: PRELOADED, simulator: ['--charges', '2000'], server: OPTIONS });
  for (let i = 0; i < 4; i++) {
    await stack.query(`CREATE SCHEMA b${i}; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER stripe INTO b${i};
      ALTER FOREIGN TABLE b${i}.charges OPTIONS (ADD page_size '${10 + i}')`);
  }

  const clear = async (limits) => {
    await stack.simulator.faults([]);
    await stack.simulator.config({ limits });
    await stack.query('SELECT stripe_stats_reset()');
  };

  await t.test('where they are counted is shown', async () => {
    assert.match(await stack.value('SELECT stripe_fdw_version()'), /, limits: preloaded$/);
  });

  await t.test('four backends on four endpoints use what there is in all, and no more', async () => {
    await clear(STRIPES);
    const tables = ['charges', 'payment_intents', 'balance_transactions', 'invoices'];
    const log = await hammer(stack, tables.map((table) => `SELECT count(*) FROM stripe.${table}`), 4);
    assert.strictEqual(refusedShare(log), 0, 'nothing is refused');
    assert.ok(rateOf(log) <= 115, `${rateOf(log)} requests a second`);
    assert.ok(rateOf(log) >= 20, `${rateOf(log)} requests a second`);
    assert.strictEqual(countBy(log, (entry) => entry.path).size, 4);
  });

  await t.test('four backends on one endpoint share its limit equally', async () => {
    await clear(STRIPES);
    const log = await hammer(stack, [0, 1, 2, 3].map((i) => `SELECT count(*) FROM b${i}.charges`), 5);
    assert.strictEqual(refusedShare(log), 0, 'nothing is refused');
    assert.ok(rateOf(log) <= 30, `${rateOf(log)} requests a second`);
    assert.ok(rateOf(log) >= 10, `${rateOf(log)} requests a second`);
    const counts = [...countBy(log, pageSize).values()];
    const mean = log.length / 4;
    assert.strictEqual(counts.length, 4);
    for (const count of counts) assert.ok(Math.abs(count - mean) <= 0.2 * mean + 2, `requests of each: ${counts}`);
  });

  await t.test('a lower limit than it was told is found, with few refusals', async () => {
    await stack.query("ALTER SERVER stripe OPTIONS (SET rate_limit '400', SET endpoint_rate_limit '100')");
    await clear({ endpoint: 40 });
    const log = await hammer(stack, ['SELECT count(*) FROM stripe.charges', 'SELECT count(*) FROM b1.charges'], 8);
    await stack.query("ALTER SERVER stripe OPTIONS (SET rate_limit '100', SET endpoint_rate_limit '25')");
    const refused = log.filter((entry) => entry.status === 429).length;
    assert.ok(refused > 0, 'some are refused');
    assert.ok(refusedShare(log) < 0.05, `${refused} of ${log.length} are refused`);
    assert.ok(rateOf(log) <= 46, `${rateOf(log)} requests a second`);
    assert.ok(rateOf(log) >= 10, `${rateOf(log)} requests a second`);
    const { rows: [line] } = await stack.query("SELECT * FROM stripe_stats WHERE endpoint = 'GET /v1/charges'");
    // Of the last request of each backend only the simulator knows the answer.
    assert.ok(refused - Number(line.limited_endpoint_rate) <= 2, `${line.limited_endpoint_rate} of ${refused} are counted`);
    assert.ok(Number(line.allowed_rate) < 60, `${line.allowed_rate} allowed`);
  });

  await t.test('too many at once are refused once, then there are fewer', async () => {
    await stack.query("ALTER SERVER stripe OPTIONS (SET rate_limit '10000', SET endpoint_rate_limit '10000')");
    await stack.simulator.config({ latency: { fixed_ms: 50 } });
    await clear({ concurrency: 6 });
    const tables = ['invoices', 'payment_intents', 'balance_transactions', 'invoice_payments'];
    const log = await hammer(stack, tables.map((table) => `SELECT count(*) FROM stripe.${table}`), 4);
    await stack.simulator.config({ latency: { fixed_ms: 0 } });
    await stack.query("ALTER SERVER stripe OPTIONS (SET rate_limit '100', SET endpoint_rate_limit '25')");
    const refused = log.filter((entry) => entry.status === 429).length;
    assert.ok(refused > 0, 'some are refused');
    const late = log.slice(log.length / 2);
    assert.ok(refusedShare(late) < 0.05, `${refused} of ${log.length} are refused, later on a share of ${refusedShare(late)}`);
    assert.strictEqual(countBy(log, (entry) => entry.path).size, 4, 'nobody starves');
  });

  await t.test('each reason is counted, and a 429 without one teaches nothing', async () => {
    await clear('off');
    const allowed = () => stack.value("SELECT allowed_rate FROM stripe_stats WHERE endpoint = 'GET /v1/refunds'");
    await stack.query('SELECT id FROM stripe.refunds LIMIT 5');
    const before429 = await allowed();
    await stack.simulator.faults([{ match: { path: '/v1/refunds', count: 1 }, action: { status: 429 } }]);
    await stack.query('SELECT id FROM stripe.refunds LIMIT 5');
    assert.strictEqual(await allowed(), before429);
    for (const reason of REASONS) {
      await stack.simulator.faults([{ match: { path: '/v1/refunds', count: 1 },
        action: { status: 429, headers: { 'Stripe-Rate-Limited-Reason': reason } } }]);
      assert.strictEqual((await stack.column('SELECT id FROM stripe.refunds LIMIT 5')).length, 5);
    }
    const { rows: [line] } = await stack.query("SELECT * FROM stripe_stats WHERE endpoint = 'GET /v1/refunds'");
    for (const reason of [...REASONS, 'other']) assert.strictEqual(line[`limited_${reason.replace('-', '_')}`], '1', reason);
    assert.strictEqual(line.retries, '5');
    assert.ok(Number(line.allowed_rate) < Number(before429));
    assert.strictEqual(line.in_flight, '0');
  });

  await t.test('a backend that is cancelled or ends gives back what it had in flight', async () => {
    await clear('off');
    const inFlight = () => stack.value("SELECT in_flight FROM stripe_stats WHERE endpoint = 'GET /v1/plans'");
    await stack.query('SELECT count(*) FROM stripe.plans');
    for (const [how, code] of [['pg_cancel_backend', '57014'], ['pg_terminate_backend', '57P01']]) {
      const client = await stack.connect();
      const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
      await stack.simulator.faults([{ match: { path: '/v1/plans', count: 1 }, action: { hang: true } }]);
      const failure = client.query('SELECT count(*) FROM stripe.plans').then(() => null, (error) => error);
      await until('it is in flight', async () => (await inFlight()) === '1');
      await stack.query(`SELECT ${how}(${pid})`);
      assert.strictEqual((await failure).code, code);
      await until(`${how}: it is not in flight any more`, async () => (await inFlight()) === '0', 10);
    }
  });

  await t.test('a cursor that is left alone does not hold up the others', async () => {
    await clear('off');
    const alone = await stack.connect();
    const other = await stack.connect();
    // One at once is all that this endpoint is known to take.
    await stack.simulator.faults([{ match: { path: '/v1/refunds', count: 1 }, action: { status: 429, headers: { 'Stripe-Rate-Limited-Reason': 'endpoint-concurrency' } } }]);
    await alone.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM stripe.refunds');
    const inFlight = () => stack.value("SELECT in_flight FROM stripe_stats WHERE endpoint = 'GET /v1/refunds'");
    await stack.simulator.config({ latency: { fixed_ms: 100 } });
    do assert.strictEqual((await alone.query('FETCH 10 FROM c')).rows.length, 10); while ((await inFlight()) === '0');
    await stack.simulator.config({ latency: { fixed_ms: 0 } });
    assert.strictEqual(await stack.value("SELECT allowed_in_flight FROM stripe_stats WHERE endpoint = 'GET /v1/refunds'"), '1');
    await other.query("SET statement_timeout = '15s'");
    assert.strictEqual((await other.query('SELECT id FROM stripe.refunds LIMIT 5')).rows.length, 5);
    assert.notStrictEqual((await alone.query('FETCH 20 FROM c')).rows.length, 0, 'and it goes on');
    await alone.query('ROLLBACK');
    assert.strictEqual(await inFlight(), '0');
    await Promise.all([alone.end(), other.end()]);
  });

  await t.test('a connection that breaks in mid-query gives back as well', async () => {
    await clear('off');
    const client = await stack.connect();
    const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
    await stack.query('SELECT count(*) FROM stripe.plans');
    await client.query("BEGIN; DECLARE c CURSOR FOR SELECT * FROM stripe.charges; FETCH 50 FROM c");
    client.connection.stream.destroy();
    await until('the backend is gone', async () =>
      (await stack.value('SELECT count(*) FROM pg_stat_activity WHERE pid = $1', [pid])) === '0');
    assert.strictEqual(await stack.value('SELECT coalesce(sum(in_flight), 0) FROM stripe_stats'), '0');
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_activity'), '0');
  });

  await t.test('waiting for the limit can be cancelled, and times out', async () => {
    await stack.query("ALTER SERVER stripe OPTIONS (SET rate_limit '1', ADD timeout '2000')");
    await clear('off');
    const client = await stack.connect();
    await client.query("SET statement_timeout = '700ms'");
    await assert.rejects(client.query('SELECT count(*) FROM stripe.charges'), { code: '57014' });
    await client.query('RESET statement_timeout');
    const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
    const failure = client.query('SELECT count(*) FROM stripe.charges').then(() => null, (error) => error);
    await until('it waits', async () =>
      (await stack.value('SELECT count(*) FROM stripe_activity WHERE pid = $1', [pid])) === '1');
    await stack.query('SELECT pg_cancel_backend($1)', [pid]);
    assert.strictEqual((await failure).code, '57014');

    // Waiting for one's turn is not Stripe's time: "timeout" is shorter than this takes.
    const { rows } = await client.query('SELECT id FROM stripe.coupons LIMIT 1');
    assert.strictEqual(rows.length, 1);
    await client.query('SELECT count(*) FROM (SELECT id FROM stripe.charges LIMIT 30) c');
    await client.end();
    await stack.query("ALTER SERVER stripe OPTIONS (SET rate_limit '100', DROP timeout)");
  });

  await t.test('more accounts and endpoints than there is room for', async () => {
    await clear('off');
    await stack.query(`CREATE SCHEMA crowd;
      DO $$ BEGIN FOR i IN 1..1100 LOOP
        EXECUTE format('CREATE FOREIGN TABLE crowd.t%s (id text) SERVER stripe OPTIONS (object %L, account %L)', i, 'coupons', 'acct_' || i);
      END LOOP; END $$`);
    const refused = await stack.query(`CREATE FUNCTION crowd.refused() RETURNS int LANGUAGE plpgsql AS $$
      DECLARE refused int := 0;
      BEGIN
        FOR i IN 1..1100 LOOP
          BEGIN EXECUTE format('SELECT FROM crowd.t%s', i);
          EXCEPTION WHEN insufficient_privilege THEN refused := refused + 1; END;
        END LOOP;
        RETURN refused;
      END $$`).then(() => stack.value('SELECT crowd.refused()'));
    assert.strictEqual(refused, '1100', 'the simulator knows none of these accounts');
    assert.strictEqual(await stack.value('SELECT count(*) FROM stripe_stats'), '1024');
    assert.strictEqual(await stack.value('SELECT sum(in_flight) FROM stripe_stats'), '0');
    assert.strictEqual((await stack.column('SELECT id FROM stripe.charges LIMIT 5')).length, 5);
  });

  await t.test('LIMIT and a first FETCH ask once, at once', async () => {
    await clear(STRIPES);
    await stack.requests();
    await stack.query('SELECT id FROM stripe.charges LIMIT 10');
    await stack.query('BEGIN; DECLARE c CURSOR FOR SELECT * FROM stripe.charges; FETCH 10 FROM c; COMMIT');
    assert.strictEqual((await stack.requests()).length, 2);
  });
});

test('without preloading, backends share limits where the server has named segments', async (t) => {
  const stack = await startStack(t, { server: { rate_limit: null, endpoint_rate_limit: null }, import: 'LIMIT TO (charges, coupons)' });
  const shared = Number(await stack.value('SHOW server_version_num')) >= 170000;
  assert.match(await stack.value('SELECT stripe_fdw_version()'), shared ? /, limits: segment$/ : /, limits: backend$/);
  await stack.query('SELECT count(*) FROM stripe.charges');
  assert.strictEqual(await stack.value('SELECT counted_in FROM stripe_stats'), shared ? 'segment' : 'backend');
  assert.strictEqual(await stack.value('SELECT allowed_rate FROM stripe_stats'), '25');
  const other = await stack.connect();
  const { rows } = await other.query('SELECT * FROM stripe_stats');
  assert.strictEqual(rows.length, shared ? 1 : 0);
});
