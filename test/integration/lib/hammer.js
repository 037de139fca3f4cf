// Backends that ask Stripe as fast as they may, and what the simulator saw of it.
'use strict';

const { until } = require('./until');

const CANCELLED = '57014';

// Runs each query over and over in a backend of its own for so many seconds,
// and cancels what is running then.  Resolves to the simulator's log of it.
async function hammer(stack, queries, seconds) {
  const clients = await Promise.all(queries.map(() => stack.connect()));
  await Promise.all(clients.map((client) => client.query('SELECT id FROM stripe.coupons LIMIT 1'))); // connects to Stripe
  const pids = clients.map((client) => client.processID);
  await stack.simulator.clearLog();
  const end = Date.now() + seconds * 1000;
  let running = clients.length;
  const runs = clients.map(async (client, i) => {
    try {
      while (Date.now() < end) await client.query(queries[i]);
    } catch (error) {
      if (error.code !== CANCELLED) throw error;
    } finally {
      running--;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await until('all are cancelled', async () => {
    await stack.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) pid', [pids]);
    return running === 0;
  });
  await Promise.all(runs);
  await Promise.all(clients.map((client) => client.end()));
  return (await stack.simulator.log()).filter((entry) => entry.path.startsWith('/v1/'));
}

// How many entries of a log each key has, in a Map.
function countBy(log, key) {
  const counts = new Map();
  for (const entry of log) counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1);
  return counts;
}

// Requests a second, between the first second and the end: the burst at the beginning left out.
function rateOf(log) {
  const begin = log[0].time + 1000;
  const end = log.at(-1).time;
  return log.filter((entry) => entry.time >= begin).length / ((end - begin) / 1000);
}

// The share of answers 429.
const refusedShare = (log) => log.filter((entry) => entry.status === 429).length / log.length;

module.exports = { hammer, countBy, rateOf, refusedShare };
