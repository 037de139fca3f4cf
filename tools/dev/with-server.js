// Runs a command beside a throwaway PostgreSQL server and the simulator.
//
//   node with-server.js COMMAND [ARGUMENT…]
//
// The command finds the server by PGHOST, PGPORT, PGUSER and PGDATABASE, and
// the simulator by STRIPE_API_BASE.  Both end with it; its status is ours.
'use strict';

const { spawnSync } = require('node:child_process');
const { startCluster } = require('../../test/integration/lib/cluster');
const { startSimulator } = require('../../test/integration/lib/simulator');

async function main([command, ...args]) {
  const cluster = await startCluster(null);
  const simulator = await startSimulator(null);
  const { status, signal, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...cluster.environment, STRIPE_API_BASE: simulator.url },
  });
  await cluster.stop();
  await simulator.stop();
  if (error) throw error;
  process.exitCode = signal ? 1 : status;
}

main(process.argv.slice(2));
