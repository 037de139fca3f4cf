// Pushdown never changes the answer: a part of what soak/equivalence.js runs,
// always the same one, and what it rests on.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startEquivalence, runQueries } = require('./lib/equivalence');
const { difference, compare } = require('./lib/equivalence/compare');
const { shrink } = require('./lib/equivalence/shrink');
const { takeLog } = require('./lib/asked');

const SEED = 20261123;
const QUERIES = 600;

const plain = (condition) => ({
  shape: 'plain', table: 'charges', source: 'stripe.charges', columns: ['id', 'amount'], where: condition, other: [], order: [], cursor: false, limit: null,
  offset: null, zone: 'Asia/Kolkata', planMode: 'auto', settings: [], extra: {},
});
const equals = (column, text, how = 'literal') => ({ sql: '{c} = {0}', column, values: [{ type: 'text', text, how }] });

test('what counts as a difference', () => {
  const all = [['3', 'a'], ['2', 'b'], ['2', 'c'], ['1', 'd']];
  const of = (rows, how = {}) => difference(rows, all, { keys: 0, limit: null, offset: null, ...how });
  assert.strictEqual(of([all[3], all[0], all[2], all[1]]), null, 'a multiset');
  assert.match(of([all[0], all[1], all[1], all[3]]), /should not be there/);
  assert.match(of(all.slice(1)), /3 rows instead of 4/);
  assert.match(of([all[3], all[0], all[2], all[1]], { keys: 1 }), /row 0 is ordered as/);
  assert.strictEqual(of([all[0], all[2], all[1], all[3]], { keys: 1 }), null, 'equal keys in any order');
  assert.strictEqual(of([all[0], all[2]], { keys: 1, limit: 2 }), null, 'either of the equal ones');
  assert.match(of([all[0], all[0]], { limit: 2 }), /should not be there/);
  assert.match(of([all[0]], { limit: 2 }), /1 rows instead of 2/);
  assert.strictEqual(of([all[3]], { keys: 1, limit: 5, offset: 3 }), null);
  assert.strictEqual(of([], { limit: 5, offset: 9 }), null);
});

test('a query that differs becomes as small as it can', async () => {
  const guilty = equals('customer', 'cus_1', 'param');
  const query = {
    ...plain([equals('status', 'paid'), { or: [guilty, equals('id', 'x')] }, { not: equals('currency', 'usd') }]),
    shape: 'union', source: 'local.view_charges', order: [{ sql: '{t}.id', how: '' }], limit: 5, settings: ['enable_sort'],
  };
  const differs = async (candidate) => (JSON.stringify(candidate.where).includes('cus_1') ? 'differs' : null);
  const { query: smallest } = await shrink(query, 'differs', differs);
  assert.deepStrictEqual(smallest, {
    ...plain([{ ...guilty, values: [{ ...guilty.values[0], how: 'literal' }] }]), columns: ['id'], zone: 'UTC',
  });
});

test('generated queries', async (t) => {
  const equivalence = await startEquivalence(t, SEED);
  const { stack } = equivalence;

  await t.test('what is compared is pushed down on one side only', async () => {
    const client = await stack.connect();
    const query = plain([equals('customer', 'cus_nobody')]);
    await takeLog(stack.simulator);
    assert.strictEqual(await compare(client, query), null);
    const log = await takeLog(stack.simulator);
    assert.deepStrictEqual(log.map(({ query: asked }) => asked.some(([name]) => name === 'customer')).slice(0, 2), [true, false]);
    // … and an answer that is another one is seen: the list that has the filter is empty, and says so.
    const { rows: [{ customer }] } = await client.query('SELECT customer FROM stripe.charges WHERE customer IS NOT NULL LIMIT 1');
    await stack.simulator.faults([{ match: { query: { customer: null } }, action: { body: { object: 'list', url: '/v1/charges', has_more: false, data: [] } } }]);
    assert.match((await compare(client, plain([equals('customer', customer)]))).what, /^0 rows instead of \d+$/);
    await stack.simulator.faults([]);
    await client.end();
  });

  await t.test(`${QUERIES} queries of seed ${SEED}`, async () => {
    const { ran, failures } = await runQueries(equivalence, { seed: SEED, count: QUERIES });
    assert.deepStrictEqual(failures, [], failures.join('\n\n'));
    assert.strictEqual(ran, QUERIES);
  });
});
