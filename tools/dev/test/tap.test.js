'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { TapCounter } = require('../tap.js');

// Returns [passed, failed, skipped] and the printed lines.
function count(text) {
  const printed = [];
  const counter = new TapCounter((line) => printed.push(line));
  for (const line of text.split('\n')) counter.line(line);
  counter.end();
  return { counts: [counter.passed, counter.failed, counter.skipped], printed };
}

test('flat results are counted', () => {
  const { counts } = count('TAP version 13\n1..4\nok 1 - a\nnot ok 2 - b\nok 3\nok 4 - c # SKIP no network');
  assert.deepStrictEqual(counts, [2, 1, 1]);
});

test('subtests are counted instead of their parent', () => {
  const { counts } = count('# Subtest: file\n    ok 1 - a\n    ok 2 - b\n    1..2\nok 1 - file\n1..1');
  assert.deepStrictEqual(counts, [2, 0, 0]);
});

test('a parent that fails because of a subtest counts once', () => {
  const { counts } = count('    ok 1 - a\n    not ok 2 - b\n    1..2\nnot ok 1 - file\n1..1');
  assert.deepStrictEqual(counts, [1, 1, 0]);
});

test('a parent that fails although its subtests passed is a failure', () => {
  const { counts } = count('    ok 1 - a\n    1..1\nnot ok 1 - file\n1..1');
  assert.deepStrictEqual(counts, [1, 1, 0]);
});

test('fewer tests than planned is a failure', () => {
  assert.deepStrictEqual(count('1..3\nok 1\nok 2').counts, [2, 1, 0]);
  assert.deepStrictEqual(count('    ok 1 - a\n    1..2\nok 1 - file\n1..1').counts, [1, 1, 0]);
});

test('the plans of streams that follow one another add up', () => {
  assert.deepStrictEqual(count('1..1\nok 1\nok 1\nok 2\n1..2').counts, [3, 0, 0]);
  assert.deepStrictEqual(count('1..1\nok 1\nok 1\n1..2').counts, [2, 1, 0]);
});

test('ending within a subtest is a failure', () => {
  assert.deepStrictEqual(count('    ok 1 - a').counts, [1, 1, 0]);
});

test('bailing out is a failure', () => {
  assert.deepStrictEqual(count('ok 1\nBail out! no server').counts, [1, 1, 0]);
});

test('no test at all is a failure', () => {
  assert.deepStrictEqual(count('compiling …').counts, [0, 1, 0]);
});

test('what looks like a result within diagnostics is none', () => {
  const { counts, printed } = count("not ok 1 - a\n  ---\n  error: |-\n    ok 2 - b\n  ...\nok 2 - c\n1..2");
  assert.deepStrictEqual(counts, [1, 1, 0]);
  assert.deepStrictEqual(printed, ['not ok 1 - a', '  ---', '  error: |-', '    ok 2 - b', '  ...']);
});

test('comments after a failure are shown, others are not', () => {
  const { printed } = count('ok 1\n# fine\nnot ok 2 - b\n# why\n# where\n# Subtest: c\nok 3 - c\n# fine\n1..3');
  assert.deepStrictEqual(printed, ['not ok 2 - b', '# why', '# where']);
});
