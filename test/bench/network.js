// The benchmark of the network: a full scan of charges spread unevenly over
// five years (empty months, thousands in one second) at 250 ms a request under
// Stripe's limits, beside the same with one request after the other and the
// auto-paging of Stripe's own package.
//
//   node test/bench/network.js [--rows 100000] [--seed 1] [--only parallel]
//
// The limit's own time is what the requests take at the rate that Stripe allows
// to one endpoint.  The two sequential ones take 250 ms a page: with 100,000
// rows more than four minutes each.
'use strict';

const { execFile } = require('node:child_process');
const path = require('node:path');
const { parseArgs, promisify } = require('node:util');
const { startStack, API_KEY } = require('../integration/lib');
const { takeLog } = require('../integration/lib/asked');

const LATENCY = 250;
const RATE = 25;
const LIMITS = { global: 100, endpoint: RATE, concurrency: 25 };

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

const QUERY = 'SELECT count(*) AS rows, count(DISTINCT id) AS ids FROM stripe.charges';

async function scan(stack, concurrency) {
  await stack.query(`ALTER SERVER stripe OPTIONS (SET concurrency '${concurrency}')`);
  const client = await stack.connect();
  const { rows: [{ rows, ids }] } = await client.query(QUERY);
  await client.end();
  return rows === ids ? Number(rows) : `${rows} (${ids} different)`;
}

const RUNS = {
  parallel: ['stripe_fdw', (stack) => scan(stack, 8)],
  sequential: ['stripe_fdw, concurrency 1', (stack) => scan(stack, 1)],
  package: ['stripe package, auto-paging', async (stack) => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, 'stripe-package.js'), stack.simulator.url, API_KEY]);
    return JSON.parse(stdout).rows;
  }],
};

async function main() {
  const rows = Number(flags.rows);
  const least = Math.ceil(rows / 100);
  const stack = await startStack(null, {
    simulator: ['--charges', flags.rows, '--uneven', '--sale-seconds', '1', '--latency', String(LATENCY), '--seed', flags.seed],
    server: { rate_limit: LIMITS.global, endpoint_rate_limit: RATE, concurrency: 8 },
    import: 'LIMIT TO (charges)',
  });
  try {
    console.log(`${rows} charges, ${least} pages, ${LATENCY} ms a request; the limit's own time: ${(least / RATE).toFixed(1)} s`);
    console.log(`${''.padEnd(28)} ${'rows'.padStart(8)} ${'seconds'.padStart(8)} ${'rows/s'.padStart(8)} ${'× limit'.padStart(8)} ${'requests'.padStart(9)} ${'429s'.padStart(5)} ${'at once'.padStart(8)}`);
    for (const [name, [title, run]] of Object.entries(RUNS)) {
      if (flags.only && flags.only !== name) continue;
      await stack.simulator.config({ limits: LIMITS });
      await stack.simulator.clearLog();
      const began = process.hrtime.bigint();
      const found = await run(stack);
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      const log = await takeLog(stack.simulator);
      console.log([
        title.padEnd(28),
        String(found).padStart(8),
        seconds.toFixed(1).padStart(8),
        (rows / seconds).toFixed(0).padStart(8),
        (seconds / (least / RATE)).toFixed(2).padStart(8),
        String(log.length).padStart(9),
        String(log.filter(({ status }) => status === 429).length).padStart(5),
        String(Math.max(...log.map(({ in_flight: number }) => number))).padStart(8),
      ].join(' '));
    }
  } finally {
    await stack.stop();
  }
}

main();
