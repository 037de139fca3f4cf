// CPU and time per row of this tree beside those of an older commit, by taking turns in one
// run, in a full scan without latency or limits.
//
//   node test/bench/before.js COMMIT [--rows 20000] [--rounds 9]
//
// The commit is built in build/bench, and its library used from there by a second database.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { startStack, API_KEY } = require('../integration/lib');
const { QUERIES, median, runQuery, warmBackend } = require('./lib');

const ROOT = path.join(__dirname, '..', '..');

const { values: flags, positionals: [commit] } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '9' } },
});

// Builds a commit; returns its library.
function build(name) {
  const folder = path.join(ROOT, 'build', 'bench', execFileSync('git', ['-C', ROOT, 'rev-parse', '--short', name], { encoding: 'utf8' }).trim());
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-x', '-C', folder], { input: execFileSync('git', ['-C', ROOT, 'archive', name], { maxBuffer: 1 << 30 }) });
  execFileSync('make', ['-C', folder, '-s', '-j2', 'all'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path.join(folder, 'stripe_fdw.so');
}

// A database in which the older library answers.
async function connectBefore(stack, library) {
  await stack.query('CREATE DATABASE before');
  const before = { connect: () => stack.connect({ database: 'before' }) };
  const client = await before.connect();
  await client.query(`CREATE FUNCTION handler() RETURNS fdw_handler AS '${library}', 'stripe_fdw_handler' LANGUAGE C STRICT;
    CREATE FUNCTION validator(text[], oid) RETURNS void AS '${library}', 'stripe_fdw_validator' LANGUAGE C STRICT;
    CREATE FOREIGN DATA WRAPPER stripe_fdw HANDLER handler VALIDATOR validator;
    CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${stack.simulator.url}');
    CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (api_key '${API_KEY}');
    CREATE SCHEMA stripe; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER stripe INTO stripe`);
  await client.end();
  return warmBackend(before);
}

async function main() {
  const library = build(commit);
  fs.chmodSync(library, 0o755);
  const stack = await startStack(null, { simulator: ['--charges', flags.rows], import: 'LIMIT TO (charges)' });
  try {
    const backends = { now: await warmBackend(stack), before: await connectBefore(stack, library) };
    for (const [name, sql] of Object.entries(QUERIES)) {
      const runs = { now: [], before: [] };
      for (let round = 0; round < Number(flags.rounds); round++) {
        for (const [which, backend] of Object.entries(backends)) runs[which].push(await runQuery(backend, sql));
      }
      const cpu = (which) => median(runs[which].map((run) => (run.cpuSeconds / run.rows) * 1e6));
      const speed = (which) => median(runs[which].map((run) => run.rows / run.seconds));
      console.log(`${name}: CPU ${cpu('now').toFixed(1)} µs a row, before ${cpu('before').toFixed(1)}: ratio ${(cpu('now') / cpu('before')).toFixed(2)}; `
        + `${speed('now').toFixed(0)} rows/s, before ${speed('before').toFixed(0)}: ratio ${(speed('now') / speed('before')).toFixed(2)}`);
    }
  } finally {
    await stack.stop();
  }
}

main();
