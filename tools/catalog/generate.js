#!/usr/bin/env node
'use strict';
/*
 * Generates the catalogue of Stripe's API:
 *   node generate.js           writes src/stripe/catalog_data.c, test/sim/catalog.json and doc/catalog.md
 *   node generate.js --check   writes nothing; exits 1 and shows the first lines
 *                              that differ when the files aren't what it would write
 */
const fs = require('node:fs');
const path = require('node:path');
const { buildCatalog } = require('./lib/model');
const { loadOverlay } = require('./lib/overlay');
const { emitC } = require('./lib/emit_c');
const { emitDoc } = require('./lib/emit_doc');
const { emitJson } = require('./lib/emit_json');

const ROOT = path.join(__dirname, '..', '..');
const SHOWN = 10;

/** The generated files: path from the repository's root → text. */
function generate() {
  const packageDir = path.join(__dirname, 'node_modules', 'stripe');
  if (!fs.existsSync(packageDir)) throw new Error('run "npm ci" in tools/catalog first');
  const catalog = buildCatalog(packageDir, loadOverlay(path.join(__dirname, 'overlay')));
  return new Map([
    ['src/stripe/catalog_data.c', emitC(catalog)],
    ['test/sim/catalog.json', emitJson(catalog)],
    ['doc/catalog.md', emitDoc(catalog)],
  ]);
}

/** The first lines in which two texts differ, as in a diff. */
function differences(committed, generated) {
  const [a, b] = [committed.split('\n'), generated.split('\n')];
  const out = [];
  for (let i = 0; i < Math.max(a.length, b.length) && out.length < SHOWN; i++) {
    if (a[i] === b[i]) continue;
    out.push(`  line ${i + 1}:`, `  - ${a[i] ?? '(nothing)'}`, `  + ${b[i] ?? '(nothing)'}`);
  }
  return out;
}

function main(args) {
  if (args.some((a) => a !== '--check') || args.length > 1) {
    console.error('usage: node generate.js [--check]');
    return 2;
  }
  let status = 0;
  for (const [file, text] of generate()) {
    const full = path.join(ROOT, file);
    if (args[0] !== '--check') {
      fs.mkdirSync(path.dirname(full), { recursive: true });
      fs.writeFileSync(full, text);
      console.log(`wrote ${file} (${text.length} characters)`);
      continue;
    }
    const committed = fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : '';
    if (committed === text) console.log(`${file} is up to date`);
    else {
      status = 1;
      console.log(`${file} differs from what is generated (- committed, + generated):`);
      console.log(differences(committed, text).join('\n'));
    }
  }
  return status;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));

module.exports = { generate };
