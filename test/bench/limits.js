// The benchmark of the limiter: backends that share memory, against a
// simulator that enforces Stripe's limits (100 requests/s, 25 an endpoint).
//
//   node test/bench/limits.js [--seconds 10] [--settle 60]
'use strict';

const { parseArgs } = require('node:util');
const { startStack } = require('../integration/lib');
const { hammer, countBy, rateOf, refusedShare } = require('../integration/lib/hammer');

const { values: flags } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, settle: { type: 'string', default: '60' } },
});

const TABLES = ['charges', 'payment_intents', 'balance_transactions', 'invoices'];

// Backends by their page size.
const pageSize = (entry) => entry.query.find(([name]) => name === 'limit')[1];

function print(what, log, more = '') {
  console.log(`${what.padEnd(48)} ${rateOf(log).toFixed(1).padStart(6)} requests/s, ${(100 * refusedShare(log)).toFixed(1)} % refused${more}`);
}

async function main() {
  const stack = await startStack(null, {
    cluster: { settings: { shared_preload_libraries: 'stripe_fdw' } },
    simulator: ['--charges', '2000'],
    server: { page_size: 10, concurrency: 8, rate_limit: 100, endpoint_rate_limit: 25 },
  });
  try {
    for (let i = 0; i < 4; i++) {
      await stack.query(`CREATE SCHEMA b${i}; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER stripe INTO b${i};
        ALTER FOREIGN TABLE b${i}.charges OPTIONS (ADD page_size '${10 + i}')`);
    }
    const seconds = Number(flags.seconds);
    await stack.simulator.config({ limits: { global: 100, endpoint: 25 } });
    print('four backends, four endpoints (100/s in all)',
      await hammer(stack, TABLES.map((table) => `SELECT count(*) FROM stripe.${table}`), seconds));
    const one = await hammer(stack, [0, 1, 2, 3].map((i) => `SELECT count(*) FROM b${i}.charges`), seconds);
    print('four backends, one endpoint (25/s)', one, `, shares ${[...countBy(one, pageSize).values()].join(' ')}`);
    await stack.simulator.config({ limits: { endpoint: 10 } });
    print('told 25/s where 10/s are allowed', await hammer(stack, ['SELECT count(*) FROM stripe.charges'], Number(flags.settle)));
  } finally {
    await stack.stop();
  }
}

main();
