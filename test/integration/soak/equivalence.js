// Generated queries, each with pushdown on and off.
//
//   node test/integration/soak/equivalence.js [--queries 3000] [--seed N] [--from N]
//
// Prints its seed; the same seed makes the same queries, and --from begins with
// one of them.  A query whose answers differ is shrunk and printed, and the
// status is 1.
'use strict';

const { parseArgs } = require('node:util');
const { startEquivalence, runQueries } = require('../lib/equivalence');

const { values: flags } = parseArgs({
  options: {
    queries: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    from: { type: 'string', default: '0' },
  },
});

async function main() {
  const [seed, count, from] = [flags.seed, flags.queries, flags.from].map(Number);
  console.log(`seed ${seed}, ${count} queries`);
  const began = Date.now();
  const equivalence = await startEquivalence(null, seed);
  try {
    const { ran, failures } = await runQueries(equivalence, { seed, count, from, found: (failure) => console.log(`\n${failure}\n`) });
    console.log(`${ran} queries in ${Math.round((Date.now() - began) / 1000)} s, ${failures.length} differ`);
    process.exitCode = failures.length ? 1 : 0;
  } finally {
    await equivalence.stack.stop();
  }
}

main();
