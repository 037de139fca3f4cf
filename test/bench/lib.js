// Shared by the benchmarks.
'use strict';

const { cpuSeconds } = require('../integration/lib');

const QUERIES = {
  'stripe_fdw, every column': 'SELECT count(c) FROM stripe.charges c',
  'stripe_fdw, three columns': 'SELECT count(amount) FROM (SELECT amount, currency, created FROM stripe.charges OFFSET 0) c',
};

function median(numbers) {
  const sorted = numbers.slice().sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// A client with its backend's pid, after one small query has opened the connection to Stripe.
async function warmBackend(stack) {
  const client = await stack.connect();
  await client.query('SELECT id FROM stripe.charges LIMIT 1');
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return { client, pid: Number(rows[0].pid) };
}

async function runQuery({ client, pid }, sql) {
  const cpu = cpuSeconds(pid);
  const began = process.hrtime.bigint();
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return { rows: Number(rows[0][0]), seconds, cpuSeconds: cpuSeconds(pid) - cpu };
}

module.exports = { QUERIES, median, warmBackend, runQuery };
