// Random faults under random queries, for a while: see schedules.js.
//
//   node test/integration/soak/faults.js [--seconds 60] [--schedules 500] [--seed N]
//
// Runs for so many seconds, and longer if there have been fewer schedules.
// Prints its seed; the same seed does the same again, as far as time allows.
'use strict';

const { parseArgs } = require('node:util');
const { Schedules } = require('./schedules');

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    schedules: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

async function main() {
  console.log(`seed ${flags.seed}, ${flags.seconds} s, ${flags.schedules} schedules at least`);
  const schedules = new Schedules(Number(flags.seed));
  await schedules.start(null);
  try {
    const end = Date.now() + Number(flags.seconds) * 1000;
    while (Date.now() < end || schedules.count < Number(flags.schedules)) await schedules.next();
    console.log(await schedules.finish());
  } finally {
    await schedules.stack.stop();
  }
}

main();
