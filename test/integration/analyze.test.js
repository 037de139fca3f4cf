// ANALYZE: how much is asked, how well the rows are counted, and who never causes it.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { takeLog } = require('./lib/asked');

const MOST_REQUESTS = 30;
const NOW = 1795392000; // pins the data, and with them the estimates
const TABLES = 'LIMIT TO (charges, balance_transactions, payment_methods, tax_codes, customers)';

async function startWith(t, charges, flags = [], options = {}) {
  return startStack(t, { simulator: ['--charges', String(charges), '--now', String(NOW), ...flags], import: TABLES, ...options });
}

// ANALYZEs a table; returns the requests it took and the rows it found.
async function analyze(stack, table) {
  await stack.simulator.clearLog();
  await stack.query(`ANALYZE stripe.${table}`);
  const log = await takeLog(stack.simulator);
  const rows = Number(await stack.value(`SELECT reltuples FROM pg_class WHERE oid = 'stripe.${table}'::regclass`));
  return { log, rows };
}

function assertNear(found, real, what) {
  assert.ok(Math.abs(found / real - 1) <= 0.25, `${what}: ${found} rows found, ${real} are there`);
}

test('even trade', async (t) => {
  const stack = await startWith(t, 50000);

  await t.test('a long list is estimated within 30 requests', async () => {
    const { log, rows } = await analyze(stack, 'charges');
    assert.ok(log.length <= MOST_REQUESTS, `${log.length} requests`);
    assertNear(rows, 50000, 'charges');
  });

  await t.test('no row is twice in the sample, and it is spread over time', async () => {
    const { rows: [{ distinct, oldest, newest }] } = await stack.query(`
      SELECT (SELECT n_distinct FROM pg_stats WHERE schemaname = 'stripe' AND tablename = 'charges' AND attname = 'id') AS distinct,
        extract(epoch FROM min(t)) AS oldest, extract(epoch FROM max(t)) AS newest
      FROM pg_stats, unnest(histogram_bounds::text::timestamptz[]) t
      WHERE schemaname = 'stripe' AND tablename = 'charges' AND attname = 'created'`);
    assert.strictEqual(distinct, '-1');
    assert.ok(NOW - oldest > 2.5 * 365 * 86400 && NOW - newest < 30 * 86400, `from ${oldest} to ${newest}`);
  });

  await t.test('conditions are estimated by the statistics', async () => {
    const planned = async (condition) => {
      const [{ Plan }] = JSON.parse(await stack.value(`EXPLAIN (FORMAT JSON) SELECT * FROM stripe.charges WHERE ${condition}`));
      return Plan['Plan Rows'];
    };
    const since = (seconds) => `created >= to_timestamp(${NOW - seconds})`;
    const year = 365 * 86400;
    assertNear(await planned(since(year)), 50000 / 3, 'the last of three years');
    assertNear(await planned(since(2 * year)), (50000 / 3) * 2, 'the last two of three years');
    assertNear(await planned('paid'), 50000 * 0.9, 'nine in ten');
  });

  await t.test('a list that can not be entered by time is read from its beginning, within the bound', async () => {
    const { log, rows } = await analyze(stack, 'payment_methods');
    assert.strictEqual(log.length, MOST_REQUESTS);
    assert.ok(rows >= MOST_REQUESTS * 100, `${rows} rows`);
    for (const { query } of log) assert.ok(query.every(([name]) => !name.startsWith('created')));
  });

  await t.test('and counted, if it ends', async () => {
    const { log, rows } = await analyze(stack, 'tax_codes');
    assert.deepStrictEqual([log.length, rows], [3, 250]);
  });
});

// Some lists of each size; soak/analyze.js says how many of any there are.
for (const [size, seeds] of [[20000, [1, 2, 3]], [60000, [1, 2, 3, 4, 5]], [200000, [1, 2, 3]], [1000000, [1, 2]]]) {
  for (const seed of seeds) {
    test(`uneven trade, ${size} charges, seed ${seed}`, async (t) => {
      const stack = await startWith(t, size, ['--uneven', '--seed', String(seed)]);
      const { log, rows } = await analyze(stack, 'charges');
      assert.ok(log.length <= MOST_REQUESTS, `${log.length} requests`);
      assertNear(rows, size, 'charges');
    });
  }
}

test('rows that a scan leaves out are not in the sample, nor in the total', async (t) => {
  const stack = await startWith(t, 3000);
  // On a test clock, as Stripe's plain list has none.
  await stack.simulator.faults([{ match: { path: '/v1/customers' }, action: { replace_field: { path: 'data.*.test_clock', value: 'clock_1' } } }]);
  assert.strictEqual(await stack.value('SELECT count(*) FROM stripe.customers'), '0');
  assert.strictEqual((await analyze(stack, 'customers')).rows, 0);
  await stack.simulator.faults([{ match: { path: '/v1/customers' }, action: { replace_field: { path: 'data.7.test_clock', value: 'clock_1' } } }]);
  const there = Number(await stack.value('SELECT count(*) FROM stripe.customers'));
  assert.ok(there > 200 && there % 100 > 0, `${there} rows`);
  assert.strictEqual((await analyze(stack, 'customers')).rows, there);
  assert.strictEqual(await stack.value("SELECT null_frac FROM pg_stats WHERE schemaname = 'stripe' AND tablename = 'customers' AND attname = 'test_clock'"), '1');
});

test('an empty list', async (t) => {
  const stack = await startWith(t, 0);
  const { log, rows } = await analyze(stack, 'charges');
  assert.deepStrictEqual([log.length, rows], [1, 0]);
});

test('tries count towards the bound, and a cancel ends it', async (t) => {
  const stack = await startWith(t, 50000);
  await stack.simulator.faults([{ match: { path: '/v1/charges', count: 2 }, action: { status: 500 } }]);
  const { log } = await analyze(stack, 'charges');
  assert.ok(log.length <= MOST_REQUESTS, `${log.length} requests`);
  await stack.simulator.faults([{ match: { path: '/v1/charges', after: 3 }, action: { hang: true } }]);
  const client = await stack.connect();
  await client.query("SET statement_timeout = '1s'");
  await assert.rejects(client.query('ANALYZE stripe.charges'), /statement timeout/);
  await stack.simulator.faults([]);
  await client.query('RESET statement_timeout');
  await client.query('ANALYZE stripe.tax_codes');
  await client.end();
});

test('odd tables and odd answers', async (t) => {
  const stack = await startWith(t, 5000);
  const columns = { created: 'id text, created timestamptz', 'no created': 'id text, amount numeric(12,2)', 'no id': 'created date, meta jsonb OPTIONS (path \'metadata\')', 'no column': '' };
  let number = 0;
  const create = async (definition, options = '') => {
    const name = `odd_${++number}`;
    await stack.query(`CREATE FOREIGN TABLE stripe.${name} (${definition}) SERVER stripe OPTIONS (object 'charges'${options})`);
    return name;
  };
  for (const [what, definition] of Object.entries(columns)) {
    await t.test(what, async () => assertNear((await analyze(stack, await create(definition))).rows, 5000, what));
  }
  for (const size of [1, 2, 10]) {
    await t.test(`pages of ${size}`, async () => {
      const { log, rows } = await analyze(stack, await create(columns.created, `, page_size '${size}'`));
      assert.ok(log.length <= MOST_REQUESTS && rows >= MOST_REQUESTS * size * 0.5, `${log.length} requests, ${rows} rows`);
    });
  }
  const strike = (action, match = {}) => stack.simulator.faults([{ match: { path: '/v1/charges', ...match }, action }]);
  for (const [what, raw] of Object.entries({ 'all in one second': '1700000000', 'before Stripe was': '5', 'before time was': '-62135596800', 'at the end of time': '9223372036854775807', 'at its beginning': '-9223372036854775808', 'no time at all': 'null' })) {
    await t.test(`created: ${what}`, async () => {
      await strike({ replace_field: { path: 'data.*.created', raw } });
      const { log, rows } = await analyze(stack, await create('id text'));
      assert.ok(log.length <= MOST_REQUESTS && rows >= 2500, `${log.length} requests, ${rows} rows`);
    });
  }
  await t.test('what fails in the midst of it is an error, and leaves the session fine', async () => {
    for (const [action, code] of [[{ status: 403 }, '42501'], [{ empty_page: {} }, 'HV000'], [{ status: 401 }, '28000']]) {
      await strike(action, { after: 5 });
      await assert.rejects(stack.query('ANALYZE stripe.charges'), { code });
      await stack.simulator.faults([]);
    }
    await strike({ status: 429 }, { count: 2 });
    const { log, rows } = await analyze(stack, 'charges');
    assert.ok(log.length <= MOST_REQUESTS, `${log.length} requests`);
    assertNear(rows, 5000, 'charges');
    assert.ok(log.every(({ in_flight: number }) => number === 1));
  });
  await t.test('a value that does not fit its column is an error that names it', async () => {
    const name = await create('id text, amount smallint');
    await assert.rejects(stack.query(`ANALYZE stripe.${name}`), (error) => error.code === '22003' && /column "amount"/.test(error.where));
  });
});

test('autovacuum asks nothing, nor does ANALYZE of the database', async (t) => {
  const stack = await startWith(t, 1000, [], { cluster: { settings: { autovacuum_naptime: '1s', autovacuum_analyze_threshold: '10' } } });
  await stack.simulator.clearLog();
  await stack.query(`CREATE TABLE parent (id text, amount bigint);
    CREATE FOREIGN TABLE child () INHERITS (parent) SERVER stripe OPTIONS (object 'charges');
    INSERT INTO parent SELECT i::text, i FROM generate_series(1, 1000) i`);
  // Autovacuum has analyzed the local table once its statistics are there; those with its children come along.
  for (;;) {
    if ((await stack.value("SELECT autoanalyze_count > 0 FROM pg_stat_user_tables WHERE relname = 'parent'")) === 't') break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.deepStrictEqual(await takeLog(stack.simulator), []);
  await stack.query('ANALYZE');
  const paths = new Set((await takeLog(stack.simulator)).map(({ path }) => path));
  assert.deepStrictEqual([...paths], ['/v1/charges'], 'only the child of a local table');
  assert.strictEqual(await stack.value("SELECT reltuples FROM pg_class WHERE oid = 'stripe.charges'::regclass"), '-1');
});
