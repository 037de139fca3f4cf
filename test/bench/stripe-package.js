// Reads all charges with Stripe's own package; prints rows, seconds and CPU
// seconds as JSON.
//
//   node stripe-package.js URL KEY
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

const requireThere = createRequire(path.join(__dirname, '..', 'integration', 'package.json'));

async function main([url, key]) {
  const loaded = requireThere('stripe');
  const Stripe = loaded.default ?? loaded;
  const { hostname, port, protocol } = new URL(url);
  const stripe = new Stripe(key, {
    host: hostname,
    port: Number(port),
    protocol: protocol.replace(':', ''),
    maxNetworkRetries: 0,
    telemetry: false,
  });
  await stripe.charges.list({ limit: 100 });

  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  let rows = 0;
  for await (const charge of stripe.charges.list({ limit: 100 })) rows += charge.id ? 1 : 0;
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ rows, seconds, cpuSeconds: (user + system) / 1e6 }));
}

main(process.argv.slice(2));
