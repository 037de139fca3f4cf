'use strict';

const assert = require('node:assert');
const test = require('node:test');
const rules = require('../lint-rules.js');

const tree = (files) => new Map(Object.entries(files));

test('a lower layer must not include a higher one, nor a neighbour', () => {
  const breaches = rules.layering(tree({
    'src/http/http.c': '#include "http/http.h"\n#include "base/secret.h"\n#include "stripe/catalog.h"\n',
    'src/json/json.c': '#include "http/url.h"\n#include "utils/jsonb.h"\n',
    'src/fdw/scan.c': '#include "auth/credentials.h"\n#include "json/json.h"\n',
    'src/stripe/catalog.h': '',
    'src/http/http.h': '',
    'src/http/url.h': '',
    'src/json/json.h': '',
    'src/auth/credentials.h': '',
    'src/base/secret.h': '',
  }));
  assert.deepStrictEqual(breaches, [
    'src/http/http.c includes stripe/catalog.h: src/http must not know src/stripe',
    'src/json/json.c includes http/url.h: src/json must not know src/http',
  ]);
});

test('the program for signing in sees itself, libpq and the version', () => {
  const breaches = rules.layering(tree({
    'login/key.c': '#include "libpq-fe.h"\n#include "base/version.h"\n#include "message.h"\n#include "base/secret.h"\n#include "postgres.h"\n',
    'login/message.h': '',
    'src/base/secret.h': '',
    'src/base/version.h': '',
  }));
  assert.deepStrictEqual(breaches, [
    'login/key.c includes base/secret.h: login must not know the extension',
    'login/key.c includes postgres.h: login must not know the extension',
  ]);
});

test('planning is followed through headers', () => {
  const files = tree({
    'src/fdw/plan.c': '#include "fdw/spec.h"\n#include "http/url.h"\n',
    'src/fdw/spec.h': '#include "stripe/page.h"\n',
    'src/stripe/page.h': '#include "http/http.h"\n',
    'src/http/http.h': '',
    'src/http/url.h': '',
    'src/fdw/scan.c': '#include "http/http.h"\n',
  });
  assert.deepStrictEqual(rules.planningIsInnocent(files), [
    'planning reaches src/http/http.h: src/fdw/plan.c → src/fdw/spec.h → src/stripe/page.h → src/http/http.h',
  ]);
});

test('foreign libraries and version tests have one home', () => {
  const files = tree({
    'src/http/http.c': '#include <curl/curl.h>\n',
    'src/http/retry.c': '#include <curl/curl.h>\n',
    'src/fdw/scan.c': '#if PG_VERSION_NUM >= 170000\n',
    'src/base/compat.h': '#if PG_VERSION_NUM >= 170000\n',
  });
  assert.strictEqual(rules.oneHome(files).length, 2);
});

test('lock files with addresses are found', () => {
  assert.strictEqual(rules.locksHoldNoAddress(tree({ 'a/package-lock.json': '{"resolved": "x"}' })).length, 1);
  assert.strictEqual(rules.locksHoldNoAddress(tree({ 'a/package-lock.json': '{"integrity": "x"}' })).length, 0);
});

test('references outside are found, but in the optional comparisons', () => {
  const text = 'readFile("../../shared/facts.tsv"); // ../shared';
  assert.strictEqual(rules.standsAlone(tree({ 'tools/catalog/generate.js': text })).length, 1);
  assert.strictEqual(rules.standsAlone(tree({ 'tools/catalog/compare-kinds.js': text })).length, 0);
  assert.strictEqual(rules.standsAlone(tree({ 'doc/a.md': 'a network/work/load', 'a.js': "require('../shared.js')" })).length, 0);
});

test('white space at line ends and missing newlines are found', () => {
  assert.strictEqual(rules.whitespace(tree({ 'a.c': 'x \n', 'b.c': 'x', 'c.c': 'x\n', 'expected/a.out': 'x ' })).length, 2);
});

test('long lines are found, tabs counted as four, messages excepted', () => {
  const long = 'x'.repeat(97);
  assert.strictEqual(rules.lineLength(tree({ 'src/a/a.c': `\t${long}\n${long}\n\t\t"${long}"\n` })).length, 1);
});

test("departures from PostgreSQL's style are found, but not in strings and comments", () => {
  const bad = 'if(x)\n    y();\nif (x) {\n} else\n// z\n';
  const good = 'f("if(x) // y", \'"\');\n/*\n    if(x)\n */\n\tif (x)\n\t{\n\t}\n\t  + 1;\nint\tx[] = {\n';
  assert.strictEqual(rules.cStyle(tree({ 'src/a/a.c': bad })).length, 5);
  assert.deepStrictEqual(rules.cStyle(tree({ 'src/a/a.c': good })), []);
});

test('strings that are not ASCII are found, comments may be anything', () => {
  assert.strictEqual(rules.asciiStrings(tree({ 'src/a/a.c': 'f("…"); /* "…" */ g("...");\n' })).length, 1);
});
