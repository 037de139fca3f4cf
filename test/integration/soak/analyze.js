// How well ANALYZE counts uneven lists: of each size, so many of them.
//
//   node test/integration/soak/analyze.js [--lists 20] [--seed N] [--sizes 20000,60000,…]
//
// Prints each size's lists within 25 % of the truth, and those that are not.
// The status is 1 if they are more than one in ten, or if one took more than
// 30 requests.
'use strict';

const { parseArgs } = require('node:util');
const { startStack } = require('../lib');
const { startSimulator } = require('../lib/simulator');

const NOW = 1795392000; // pins the data
const MOST_REQUESTS = 30;
const TOLERANCE = 0.25;

const { values: flags } = parseArgs({
  options: {
    lists: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    sizes: { type: 'string', default: '5000,20000,60000,200000,1000000' },
  },
});

// ANALYZEs one list: {requests, off}, off: what is found over what is there, less 1.
async function analyze(stack, size, seed) {
  const simulator = await startSimulator(null, ['--charges', String(size), '--now', String(NOW), '--uneven', '--seed', String(seed)]);
  try {
    await stack.query(`ALTER SERVER stripe OPTIONS (SET api_base '${simulator.url}')`);
    await stack.query('ANALYZE stripe.charges');
    const rows = Number(await stack.value("SELECT reltuples FROM pg_class WHERE oid = 'stripe.charges'::regclass"));
    const log = await simulator.log();
    return { requests: log.filter(({ path }) => path.startsWith('/v1/')).length, off: rows / size - 1 };
  } finally {
    await simulator.stop();
  }
}

const percent = (share) => `${share > 0 ? '+' : ''}${Math.round(100 * share)} %`;

async function main() {
  const stack = await startStack(null, { import: 'LIMIT TO (charges)' });
  try {
    for (const size of flags.sizes.split(',').map(Number)) {
      const results = [];
      for (let i = 0; i < Number(flags.lists); i++) {
        const seed = Number(flags.seed) + i;
        results.push({ seed, ...(await analyze(stack, size, seed)) });
      }
      const outside = results.filter(({ off }) => Math.abs(off) > TOLERANCE);
      const most = Math.max(...results.map(({ requests }) => requests));
      const mean = Math.sqrt(results.reduce((sum, { off }) => sum + off * off, 0) / results.length);
      const tell = outside.map(({ seed, off }) => `, seed ${seed}: ${percent(off)}`).join('');
      console.log(`${size} charges: ${results.length - outside.length} of ${results.length} lists within 25 %, ${Math.round(100 * mean)} % off on average, ${most} requests at most${tell}`);
      if (outside.length > results.length / 10 || most > MOST_REQUESTS) process.exitCode = 1;
    }
  } finally {
    await stack.stop();
  }
}

main();
