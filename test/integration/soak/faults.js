// Random faults under random queries, for a while.
//
//   node test/integration/soak/faults.js [--seconds 60] [--seed N]
//
// Whatever goes wrong between us and Stripe, a query answers exactly what it
// answers when nothing does, or it is an error; never anything else.  And the
// session that had the error goes on: same backend, no descriptor more, no key
// in a message, no internal error (XX000).  Some queries are cancelled at a
// random moment on top.  Prints its seed; the same seed does the same again, as
// far as time allows.
'use strict';

const assert = require('node:assert');
const { parseArgs } = require('node:util');
const { startStack, openFiles, peakMemory, API_KEY } = require('../lib');

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

const QUERIES = [
  'SELECT md5(string_agg(c::text, chr(10) ORDER BY id)), count(*) FROM stripe.charges c',
  'SELECT id, created FROM stripe.customers ORDER BY created DESC, id LIMIT 250',
  "SELECT currency, count(*), sum(amount) FROM stripe.payment_intents WHERE created >= '2000-01-01' GROUP BY 1 ORDER BY 1",
  "SELECT count(*) FROM stripe.subscriptions WHERE status = 'canceled'",
  "SELECT count(*), min(total), max(total) FROM stripe.invoices WHERE status = 'paid'",
  'SELECT name, email FROM stripe.customers WHERE id = (SELECT max(customer) FROM stripe.charges)',
  'SELECT count(*) FROM stripe.charges c JOIN stripe.customers k ON k.id = c.customer',
  'SELECT count(data) FROM stripe.events',
];
const TABLES = ['charges', 'customers', 'payment_intents', 'subscriptions', 'invoices', 'events'];

// mulberry32: small, seeded.
function randomSource(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomSource(Number(flags.seed));
const pick = (list) => list[Math.floor(random() * list.length)];
const integer = (from, to) => from + Math.floor(random() * (to - from + 1));

// None of these leaves a complete and well-formed answer that is not Stripe's.
const ACTIONS = [
  () => ({ status: pick([500, 502, 503, 504]) }),
  () => ({ status: 429, headers: { 'Retry-After': pick(['0', '1']) } }),
  () => ({ status: pick([400, 401, 402, 403, 404, 409]) }),
  () => ({ status: pick([301, 302, 307]), headers: { Location: 'http://127.0.0.1:9/' } }),
  () => ({ html: true, status: pick([200, 502]) }),
  () => ({ garbage: integer(1, 5000) }),
  () => ({ body: pick(['', '{', 'null', '[]', '{}', '{"data": 1}', '{"object": "list", "data": {}}']) }),
  () => ({ delay_ms: integer(1, 300) }),
  () => ({ delay_after_headers_ms: integer(1, 300) }),
  () => ({ cut_body_at: random() }),
  () => ({ truncate_at: random() * 0.99 }),
  () => ({ wrong_content_length: pick([-1000, -1, 1, 1000]) }),
  () => ({ drip: { bytes: 4096, interval_ms: 1 } }),
  () => ({ reset: pick(['connect', 'headers', 'body']) }),
  () => ({ empty_page: {} }),
  () => ({ bad_gzip: true }),
  () => ({ hang: true }),
];

function randomRules() {
  return Array.from({ length: integer(0, 3) }, () => ({
    match: pick([
      { nth: integer(1, 12) },
      { after: integer(0, 10), count: integer(1, 4) },
      { path: `/v1/${pick(TABLES)}`, count: integer(1, 3) },
      { probability: random() * 0.3 },
    ]),
    action: pick(ACTIONS)(),
  }));
}

const answer = async (client, sql) => JSON.stringify((await client.query({ text: sql, rowMode: 'array' })).rows);

// Cancels the backend's query after some ms, unless the returned function is called before.
function cancelSoon(other, pid, ms) {
  let sent = Promise.resolve();
  const timer = setTimeout(() => { sent = other.query('SELECT pg_cancel_backend($1)', [pid]); }, ms);
  return async () => {
    clearTimeout(timer);
    await sent;
  };
}

async function soak(stack) {
  const client = await stack.connect();
  const other = await stack.connect();
  const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const right = new Map();
  for (const sql of QUERIES) right.set(sql, await answer(client, sql));
  const files = openFiles(pid);
  const memory = peakMemory(pid);

  const counts = { right: 0 };
  const end = Date.now() + Number(flags.seconds) * 1000;
  while (Date.now() < end) {
    const sql = pick(QUERIES);
    const rules = randomRules();
    const story = () => `${sql}\nfaults: ${JSON.stringify(rules)}`;
    await stack.simulator.faults(rules);
    const settled = random() < 0.1 ? cancelSoon(other, pid, integer(0, 100)) : async () => {};
    try {
      assert.strictEqual(await answer(client, sql), right.get(sql), `a wrong answer to ${story()}`);
      counts.right++;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      const text = [error.message, error.detail, error.hint, error.where].join('\n');
      assert.match(error.code ?? '', /^[0-9A-Z]{5}$/, `the connection broke: ${text}\n${story()}`);
      assert.notStrictEqual(error.code, 'XX000', `an internal error: ${text}\n${story()}`);
      assert.ok(!text.includes(API_KEY), `the key is in a message: ${text}`);
      counts[error.code] = (counts[error.code] ?? 0) + 1;
    }
    // A cancel that came too late must not strike what follows.
    await settled();
    await client.query('SELECT 1').catch((error) => assert.strictEqual(error.code, '57014'));
  }

  await stack.simulator.faults([]);
  for (const sql of QUERIES) assert.strictEqual(await answer(client, sql), right.get(sql), `after all, a wrong answer to ${sql}`);
  assert.strictEqual((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid, pid);
  assert.ok(openFiles(pid) <= files + 2, `${openFiles(pid)} descriptors are open; ${files} at first`);
  console.log(`outcomes: ${JSON.stringify(counts)}`);
  console.log(`descriptors: ${files} at first, ${openFiles(pid)} at the end; `
    + `peak memory: ${memory} KiB at first, ${peakMemory(pid)} KiB at the end`);
}

async function main() {
  console.log(`seed ${flags.seed}, ${flags.seconds} s`);
  const stack = await startStack(null, {
    server: { timeout: '1000', connect_timeout: '1000', max_retries: '2' },
    import: `LIMIT TO (${TABLES.join(', ')})`,
  });
  try {
    await soak(stack);
  } finally {
    await stack.stop();
  }
}

main();
