// The benchmark: a full scan through the extension beside the auto-paging of
// Stripe's own package for Node, on the same simulator without latency or
// limits; and the peak memory of a backend by number of rows.
//
//   node test/bench/run.js [--rows 20000] [--rounds 5] [--memory-rows 200000]
//
// The two take turns, so that what else the machine does meets both.  Printed
// are medians.  CPU time is that of the backend, or of the package's process
// (after a warm-up of one page); the simulator's is in neither.
'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { startStack, peakMemory, API_KEY } = require('../integration/lib');
const { QUERIES, median, warmBackend, runQuery } = require('./lib');

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    'memory-rows': { type: 'string', default: '200000' },
  },
});

const PACKAGE = 'stripe package, auto-paging';

function runPackage(url) {
  const out = execFileSync(process.execPath, [path.join(__dirname, 'stripe-package.js'), url, API_KEY], { encoding: 'utf8' });
  return JSON.parse(out);
}

async function compareSpeed(rows, rounds) {
  const stack = await startStack(null, { simulator: ['--charges', String(rows)], import: 'LIMIT TO (charges)' });
  try {
    const backend = await warmBackend(stack);
    const runs = new Map([...Object.keys(QUERIES), PACKAGE].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, sql] of Object.entries(QUERIES)) runs.get(name).push(await runQuery(backend, sql));
      runs.get(PACKAGE).push(runPackage(stack.simulator.url));
    }
    return runs;
  } finally {
    await stack.stop();
  }
}

function printSpeed(runs) {
  const base = median(runs.get(PACKAGE).map((run) => run.rows / run.seconds));
  const baseCpu = median(runs.get(PACKAGE).map((run) => run.cpuSeconds / run.rows));
  console.log(`${'median of alternating runs'.padEnd(30)} ${'rows'.padStart(8)} ${'rows/s'.padStart(9)} ${'ratio'.padStart(6)} ${'CPU µs/row'.padStart(11)} ${'ratio'.padStart(6)}`);
  for (const [name, list] of runs) {
    const speed = median(list.map((run) => run.rows / run.seconds));
    const cpu = median(list.map((run) => run.cpuSeconds / run.rows));
    console.log([
      name.padEnd(30),
      String(list[0].rows).padStart(8),
      speed.toFixed(0).padStart(9),
      (speed / base).toFixed(2).padStart(6),
      (cpu * 1e6).toFixed(1).padStart(11),
      (cpu / baseCpu).toFixed(2).padStart(6),
    ].join(' '));
  }
}

// Peak memory in KiB of a fresh backend that has read this many rows.
async function memoryFor(rows) {
  const stack = await startStack(null, { simulator: ['--charges', String(rows)], import: 'LIMIT TO (charges)' });
  try {
    const backend = await warmBackend(stack);
    const { rows: read } = await runQuery(backend, QUERIES['stripe_fdw, every column']);
    return { rows: read, peak: peakMemory(backend.pid) };
  } finally {
    await stack.stop();
  }
}

async function main() {
  const rows = Number(flags.rows);
  printSpeed(await compareSpeed(rows, Number(flags.rounds)));
  console.log();
  const few = await memoryFor(rows);
  const many = await memoryFor(Number(flags['memory-rows']));
  for (const { rows: read, peak } of [few, many]) {
    console.log(`peak memory of a backend, ${String(read).padStart(7)} rows: ${(peak / 1024).toFixed(1)} MiB`);
  }
  console.log(`difference: ${((many.peak / few.peak - 1) * 100).toFixed(1)} %`);
}

main();
