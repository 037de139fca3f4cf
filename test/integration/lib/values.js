// The text that PostgreSQL must show for a value of Stripe's.
'use strict';

const assert = require('node:assert');

// Column type of each kind of value (DESIGN: column types).
const TYPE_OF_KIND = {
  string: 'text', enum: 'text', expandable: 'text', boolean: 'boolean', integer: 'bigint',
  decimal: 'numeric', decimal_string: 'numeric', timestamp: 'timestamp with time zone', datetime: 'timestamp with time zone',
  object: 'jsonb', list: 'jsonb', array: 'jsonb', map: 'jsonb', any: 'jsonb',
};

// A decimal without what doesn't change its value: '-1.50e2' and '-150' are both '-150'.
function canonicalDecimal(text) {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  assert.ok(match, `a decimal, not ${text}`);
  const [, sign, whole, fraction, exponent = '0'] = match;
  const digits = whole + fraction;
  const shift = Number(exponent) - fraction.length;
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '');
  if (significant === '') return '0';
  const power = shift + (digits.length - digits.replace(/0+$/, '').length);
  return `${sign === '-' ? '-' : ''}${significant}e${power}`;
}

// A timestamptz shown in UTC with DateStyle ISO, as microseconds since 1970.
function microseconds(text) {
  const match = /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  assert.ok(match, `a timestamp in UTC, not ${text}`);
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  return BigInt(Date.UTC(year, month - 1, day, hour, minute, second)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

// RFC 3339 as microseconds since 1970.
function microsecondsOfDatetime(text) {
  const [, head, fraction = '', zone] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i.exec(text);
  return BigInt(Date.parse(head + zone)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

// What is compared: [what PostgreSQL showed, what Stripe's value is], each made comparable.
const COMPARABLE = {
  text: (shown, value) => [shown, value !== null && typeof value === 'object' ? value.id : value],
  boolean: (shown, value) => [shown, value ? 't' : 'f'],
  bigint: (shown, value) => [shown, String(value)],
  numeric: (shown, value) => [canonicalDecimal(shown), canonicalDecimal(String(value))],
  'timestamp with time zone': (shown, value) => [
    microseconds(shown), typeof value === 'number' ? BigInt(value) * 1000000n : microsecondsOfDatetime(value)],
  jsonb: (shown, value) => [JSON.parse(shown), value],
};

// Throws unless the text shown (null: NULL) for a column of a type is the value (undefined: absent).
function assertShown(shown, type, value, what) {
  if (shown === null || value === null || value === undefined) {
    assert.strictEqual(shown ?? null, value ?? null, what);
    return;
  }
  const [actual, expected] = COMPARABLE[type](shown, value);
  assert.deepStrictEqual(actual, expected, what);
}

module.exports = { TYPE_OF_KIND, assertShown };
