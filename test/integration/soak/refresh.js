// Queries that need a refresh, stopped at random moments: see lib/refresh-storm.js.
//
//   node test/integration/soak/refresh.js [--rounds 200] [--seed N]
//
// Prints its seed; the same seed does the same again, as far as time allows.
'use strict';

const { parseArgs } = require('node:util');
const { RefreshStorm } = require('../lib/refresh-storm');

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

async function main() {
  console.log(`seed ${flags.seed}, ${flags.rounds} rounds`);
  const storm = new RefreshStorm(Number(flags.seed));
  await storm.start(null);
  try {
    while (storm.count < Number(flags.rounds)) await storm.next();
    console.log(storm.tell());
  } finally {
    await storm.stack.stop();
  }
}

main();
