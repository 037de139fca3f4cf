// The object after which the next page begins is deleted while a list is read.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { takeLog } = require('./lib/asked');

const CHARGES = 3000; // with runs of 256 in one second

test('the object of a cursor is deleted', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', String(CHARGES)], import: 'LIMIT TO (charges, payment_methods)', server: { page_size: 20 } });
  const { simulator } = stack;
  const loseAfter = (path, nth) => nth.map((at) => ({ match: { path, query: { starting_after: null }, nth: at }, action: { delete_cursor: true } }));

  for (const concurrency of [1, 8]) {
    await t.test(`with ${concurrency} in flight`, async (t2) => {
      await stack.query(`ALTER SERVER stripe OPTIONS (${concurrency === 1 ? 'ADD' : 'SET'} concurrency '${concurrency}')`);
      for (const nth of [[1], [2], [7, 8], [3, 9, 20, 21, 22, 23, 40, 60, 61], Array.from({ length: 30 }, (_, at) => at + 1)]) {
        await t2.test(`at page ${nth.join(', ')}`, async () => {
          await simulator.reset();
          const all = (await simulator.objects('charges')).map(({ id }) => id);
          await simulator.faults(loseAfter('/v1/charges', nth));
          const found = await stack.column('SELECT id FROM stripe.charges');
          const log = await takeLog(simulator);
          const lost = log.filter(({ status }) => status === 400);
          assert.ok(lost.length > 0, 'cursors were lost');
          // What was deleted had come before; nothing else is missing, and nothing comes twice.
          assert.deepStrictEqual(found.sort(), all.sort());
          const resumed = log.filter(({ query }) => query.some(([name]) => name === 'created[lte]') && !query.some(([name]) => name === 'starting_after'));
          assert.ok(resumed.length >= lost.length, 'it went on from a time');
        });
      }
    });
  }

  await t.test("within the query's own bounds and order", async () => {
    await simulator.reset();
    const all = await simulator.objects('charges');
    const [newest, oldest] = [all[100].created, all[2900].created];
    const inside = all.filter(({ created }) => created >= oldest && created <= newest).map(({ id, created }) => ({ id, created: String(created) }));
    await simulator.faults(loseAfter('/v1/charges', [2, 5, 11, 12, 30]));
    const { rows } = await stack.query(`SELECT id, extract(epoch FROM created)::bigint AS created FROM stripe.charges
      WHERE created BETWEEN to_timestamp(${oldest}) AND to_timestamp(${newest}) ORDER BY created DESC`);
    assert.deepStrictEqual(rows.map(({ created }) => created), inside.map(({ created }) => created));
    assert.deepStrictEqual(new Set(rows.map(({ id }) => id)), new Set(inside.map(({ id }) => id)));
  });

  await t.test('where no time can be asked for it is an error that tells', async () => {
    await simulator.reset();
    await simulator.faults(loseAfter('/v1/payment_methods', [2]));
    await assert.rejects(stack.query('SELECT id FROM stripe.payment_methods'), (error) => {
      assert.match(error.message, /the list changed while it was being read: the object "pm_\w+", after which the next page begins, has been deleted/);
      assert.match(error.code, /^HV/);
      return true;
    });
    assert.ok(Number(await stack.value('SELECT count(*) FROM stripe.payment_methods')) > 100, 'the next query is fine');
  });

  await t.test('a server that knows none of its own objects is given up', async () => {
    await simulator.reset();
    const missing = { error: { type: 'invalid_request_error', code: 'resource_missing', param: 'starting_after', message: 'No such charge' } };
    await simulator.faults([{ match: { path: '/v1/charges', query: { starting_after: null } }, action: { status: 400, body: missing } }]);
    // Without a cursor each page can still be asked for by its time, but not a run in one second.
    await assert.rejects(stack.query('SELECT id FROM stripe.charges'), /the list changed while it was being read/);
  });
});
