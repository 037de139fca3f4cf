'use strict';
/* The comparisons find what differs, and no more. */
const test = require('node:test');
const assert = require('node:assert');
const kinds = require('../compare-kinds');
const endpoints = require('../compare-endpoints');
const { report } = require('../lib/compare');

const explanations = (rows) => {
  const used = new Set();
  return {
    get: (...key) => {
      const row = rows[key.join(' ')];
      if (row) used.add(key.join(' '));
      return row;
    },
    stale: () => Object.keys(rows).filter((k) => !used.has(k)),
  };
};
const quiet = () => {};

test('an unexplained difference fails, an explained one passes', () => {
  const found = [{ key: ['A', 'x'], ours: 'integer', theirs: 'timestamp' }];
  assert.strictEqual(report(found, explanations({}), quiet), 1);
  assert.strictEqual(report(found, explanations({ 'A x': { ours: 'integer', theirs: 'timestamp' } }), quiet), 0);
  assert.strictEqual(report(found, explanations({ '* x': { ours: 'integer', theirs: 'timestamp' } }), quiet), 0);
});

test('an explanation of something else, or of nothing, fails', () => {
  const found = [{ key: ['A', 'x'], ours: 'integer', theirs: 'timestamp' }];
  assert.strictEqual(report(found, explanations({ 'A x': { ours: 'integer', theirs: 'decimal' } }), quiet), 1);
  assert.strictEqual(report([], explanations({ 'A x': { ours: 'a', theirs: 'b' } }), quiet), 1);
});

test('kinds: wrong, missing and new fields, also in nested types', () => {
  const field = (name, kind, rest = {}) => ({ name, kind, element: null, type: null, ...rest });
  const catalog = {
    types: {
      Thing: { object: 'thing', fields: [field('a', 'integer'), field('b', 'enum'), field('sub', 'object', { type: 'Thing.Sub' }), field('fresh', 'string')] },
      'Thing.Sub': { object: null, fields: [field('when', 'integer')] },
    },
  };
  const classes = new Map([
    ['Ns.Thing', { object: 'thing', fields: new Map([['a', 'timestamp'], ['b', 'string'], ['sub', 'object:ThingSub'], ['old', 'string']]) }],
    ['Ns.ThingSub', { object: '', fields: new Map([['when', 'timestamp']]) }],
  ]);
  assert.deepStrictEqual(
    kinds.compare(catalog, classes).found.map((d) => [...d.key, d.ours, d.theirs]),
    [
      ['Thing', 'a', 'integer', 'timestamp'],
      ['Thing', 'fresh', 'string', '-'],
      ['Thing', 'old', '-', 'string'],
      ['Thing.Sub', 'when', 'integer', 'timestamp'],
    ]
  );
});

test('endpoints: their filters are flattened as ours are', () => {
  const text = 'created:integer|range; scope!:object{type!:enum(open)[b|a],user?:string}; ids:array<string>; customer!:string';
  assert.deepStrictEqual(
    [...endpoints.theirFilters(text)],
    [['created', 'range'], ['scope[type]', 'enum a|b!'], ['scope[user]', 'string'], ['ids', 'any_of string'], ['customer', 'string!']]
  );
});
