// Checks the rules of lint-rules.js over the source tree; prints TAP.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const rules = require('./lint-rules.js');

const root = path.join(__dirname, '..', '..');
const NOT_SOURCES = new Set(['.git', 'node_modules', 'build', 'results', 'tmp_check', '.demo']);
const TEXT = /(^|\/)(Makefile|LICENSE|\.[a-z-]+|[^/]+\.(c|h|js|mjs|cjs|json|tsv|sh|sql|out|md|control|txt|yml))$/;

function readTree(folder, files) {
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.posix.join(folder, entry.name);
    if (NOT_SOURCES.has(entry.name)) continue;
    if (entry.isDirectory()) readTree(name, files);
    else if (entry.isFile() && TEXT.test(name)) files.set(name, fs.readFileSync(path.join(root, name), 'utf8'));
  }
  return files;
}

function parses(files) {
  const breaches = [];
  for (const name of files.keys()) {
    if (!/\.(js|mjs|cjs)$/.test(name)) continue;
    const run = spawnSync(process.execPath, ['--check', path.join(root, name)], { encoding: 'utf8' });
    if (run.status !== 0) breaches.push(`${name}: ${run.stderr}`);
  }
  return breaches;
}

const CHECKS = [
  ['includes point one way: fdw → auth, stripe → json, http → base', rules.layering],
  ['planning reaches neither the network nor a secret', rules.planningIsInnocent],
  ['curl.h, json-c, OpenSSL and PG_VERSION_NUM stay in their one home', rules.oneHome],
  ['C outside comments is ASCII', rules.messagesAreAscii],
  ['lock files hold no download address', rules.locksHoldNoAddress],
  ['no file refers to a folder outside the project', rules.standsAlone],
  ['line ends and white space', rules.whitespace],
  ['strings in C are ASCII', rules.asciiStrings],
  ["C is in PostgreSQL's style", rules.cStyle],
  ['lines of C have at most 100 columns', rules.lineLength],
  ['JavaScript parses', parses],
];

const files = readTree('', new Map());
CHECKS.forEach(([description, rule], index) => {
  const breaches = rule(files);
  console.log(`${breaches.length ? 'not ok' : 'ok'} ${index + 1} - ${description}`);
  for (const breach of breaches) console.log(breach.replace(/^/gm, '# '));
});
console.log(`1..${CHECKS.length}`);
