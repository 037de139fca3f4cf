// One backend through many queries, half of them cancelled: it keeps nothing of them.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { startStack, openFiles } = require('./lib');

const QUERIES = 1000;
const CHARGES = 300;

// The resident size now, in KiB, without the memory that backends share.
const ownMemory = (pid) => Number(/^RssAnon:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

test(`${QUERIES} queries, of which half are cancelled`, async (t) => {
  const stack = await startStack(t, {
    cluster: { settings: { jit: 'off' } }, simulator: ['--charges', String(CHARGES)], server: { page_size: 50 }, import: 'LIMIT TO (charges)',
  });
  const { simulator } = stack;
  const client = await stack.connect();
  const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
  const read = 'SELECT count(*) FROM stripe.charges';

  async function run(queries) {
    for (let at = 0; at < queries; at++) {
      if (at % 2 === 0) {
        assert.deepStrictEqual((await client.query(read)).rows, [{ count: String(CHARGES) }]);
        continue;
      }
      // One of its six pages never comes.
      await simulator.faults([{ match: { path: '/v1/charges', nth: 1 + (at >> 1) % 6 }, action: { hang: true } }]);
      await client.query("SET statement_timeout = '20ms'");
      await assert.rejects(client.query(read), { code: '57014' });
      await client.query('RESET statement_timeout');
      await simulator.faults([]);
    }
  }

  await run(QUERIES / 5);
  const [files, memory] = [openFiles(pid), ownMemory(pid)];
  await run((QUERIES * 4) / 5);
  assert.ok(openFiles(pid) <= files + 8, `${openFiles(pid)} descriptors, ${files} after a fifth of the queries`);
  assert.ok(ownMemory(pid) <= memory * 1.2, `${ownMemory(pid)} KiB, ${memory} KiB after a fifth of the queries`);
});
