// Memory does not grow with the number of rows, and what is not wanted any more is not asked for.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { startStack, startSimulator, API_KEY } = require('./lib');
const { takeLog } = require('./lib/asked');

const SMALL = 20000;
const LARGE = 200000;

// The largest resident size that a process had, in kB.
const peak = (pid) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

test('memory', async (t) => {
  // Without JIT: LLVM alone takes twice the memory of all else, and would hide what grows.
  const cluster = { settings: { jit: 'off' } };
  const stack = await startStack(t, { cluster, simulator: ['--charges', String(SMALL)], import: 'LIMIT TO (charges)' });
  const large = await startSimulator(t, ['--charges', String(LARGE)]);
  await stack.query(`CREATE SERVER large FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${large.url}', rate_limit '10000', endpoint_rate_limit '10000');
    CREATE USER MAPPING FOR CURRENT_USER SERVER large OPTIONS (api_key '${API_KEY}');
    CREATE SCHEMA large; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER large INTO large`);

  // Peak memory of a fresh backend in which run(client) has read a table.
  async function peakOf(run) {
    const client = await stack.connect();
    const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
    await run(client);
    const found = peak(pid);
    await client.end();
    return found;
  }

  function assertFlat(small, great) {
    assert.ok(great < small * 1.2, `${great} kB for ${LARGE} rows, ${small} kB for ${SMALL}`);
  }

  // Both at once: the simulator then makes each page once.
  await t.test('count(*), and a cursor over all columns, read in portions', async () => {
    const count = (schema, rows) => peakOf(async (client) => {
      const { rows: [{ count: found }] } = await client.query(`SELECT count(*) FROM ${schema}.charges`);
      assert.strictEqual(found, String(rows));
    });
    const columns = await stack.value(`SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
      WHERE attrelid = 'stripe.charges'::regclass AND attnum > 0 AND attname <> 'refunds'`); // refunds: other requests
    const read = (schema, rows) => peakOf(async (client) => {
      await client.query(`BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT ${columns} FROM ${schema}.charges`);
      let seen = 0;
      for (let last = -1; seen !== last;) {
        last = seen;
        seen += (await client.query('MOVE 5000 FROM c')).rowCount;
        seen += (await client.query('FETCH 100 FROM c')).rowCount;
      }
      assert.strictEqual(seen, rows);
      await client.query('COMMIT');
    });
    const [smallCount, smallRead] = await Promise.all([count('stripe', SMALL), read('stripe', SMALL)]);
    const [largeCount, largeRead] = await Promise.all([count('large', LARGE), read('large', LARGE)]);
    assertFlat(smallCount, largeCount);
    assertFlat(smallRead, largeRead);
  });

  await t.test('many small scans in one backend', async () => {
    const scans = (count) => peakOf(async (client) => {
      const limits = Array.from({ length: count }, (_, at) => (at % 7) + 1);
      for (const limit of limits) await client.query(`SELECT * FROM stripe.charges LIMIT ${limit}`);
    });
    const few = await scans(20);
    const many = await scans(1500);
    assert.ok(many < few * 1.2, `${many} kB after 1500 scans, ${few} kB after 20`);
  });

  await t.test('rescans in one statement', async () => {
    const rescans = (count) => peakOf(async (client) => {
      await client.query(`SELECT count(c.id) FROM generate_series(1, ${count}) g, LATERAL (SELECT id FROM stripe.charges LIMIT (g % 5) + 1) c`);
    });
    const few = await rescans(20);
    const many = await rescans(1500);
    assert.ok(many < few * 1.2, `${many} kB after 1500 rescans, ${few} kB after 20`);
  });

  await t.test('a closed cursor asks for no more', async () => {
    const client = await stack.connect();
    for (const end of ['CLOSE c; COMMIT', 'ROLLBACK', 'COMMIT']) {
      await stack.simulator.clearLog();
      await client.query('BEGIN; DECLARE c CURSOR FOR SELECT * FROM stripe.charges');
      await client.query('FETCH 150 FROM c');
      await client.query(end);
      await client.query('SELECT 1');
      assert.strictEqual((await takeLog(stack.simulator)).length, 2, end);
    }
    await client.end();
  });
});
