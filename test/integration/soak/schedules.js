// Random schedules of what goes wrong between us and Stripe, under random queries.
//
// Whatever it is, a query answers exactly what it answers when nothing does,
// or it is an error, within its time; never anything else.  And the session that
// had the error goes on: same backend, no descriptor more, no key in a message,
// no internal error (XX000).  Some queries are cancelled at a random moment on
// top, and under some of them objects are created and deleted.
'use strict';

const assert = require('node:assert');
const { startStack, openFiles, peakMemory, API_KEY } = require('../lib');
const { randomSource } = require('../lib/random');

const QUERIES = [
  'SELECT md5(string_agg(c::text, chr(10) ORDER BY id)), count(*) FROM stripe.charges c',
  'SELECT id, created FROM stripe.customers ORDER BY created DESC, id LIMIT 250',
  'SELECT created FROM stripe.charges ORDER BY created DESC',
  'SELECT created FROM stripe.balance_transactions ORDER BY created DESC LIMIT 700',
  "SELECT currency, count(*), sum(amount) FROM stripe.payment_intents WHERE created >= '2000-01-01' GROUP BY 1 ORDER BY 1",
  "SELECT count(*) FROM stripe.subscriptions WHERE status = 'canceled'",
  "SELECT count(*), min(total), max(total) FROM stripe.invoices WHERE status = 'paid'",
  'SELECT name, email FROM stripe.customers WHERE id = (SELECT max(customer) FROM stripe.charges)',
  'SELECT count(*) FROM stripe.charges c JOIN stripe.customers k ON k.id = c.customer',
  'SELECT count(data) FROM stripe.events',
  // :charges and :customers are ids, one of them of nothing
  'SELECT id, amount FROM stripe.charges WHERE id IN (:charges) ORDER BY id',
  'SELECT id, amount FROM stripe.charges WHERE customer IN (:customers) ORDER BY id',
  'SELECT k.id, k.email FROM (VALUES :rows) v (id) JOIN stripe.customers k USING (id) ORDER BY 1',
];
const TABLES = ['charges', 'customers', 'payment_intents', 'balance_transactions', 'subscriptions', 'invoices', 'events'];

// Objects come and go in these, in live mode only, whose objects the queries
// above don't see; payment_methods has no filter by time.
const CHANGING = ['charges', 'balance_transactions', 'payment_methods'];
const LIVE_KEY = 'sk_live_stripe_fdw_sim';

const SERVER = { timeout: '1000', connect_timeout: '1000', max_retries: '2', concurrency: '8', page_size: '100' };

const IDLE = 16; // connections that a backend keeps

// ms in which any query ends, with all its pages, retries and pauses: far more than it needs.
const WATCHDOG = 60000;

const REASONS = ['global-rate', 'global-concurrency', 'endpoint-rate', 'endpoint-concurrency', 'resource-specific'];

// None of these leaves a complete and well-formed answer that is not Stripe's.
const actions = ({ pick, integer, random }) => [
  () => ({ status: pick([500, 502, 503, 504]) }),
  () => ({ status: 503, headers: { 'Retry-After': pick(['0', '1']) } }),
  () => ({ status: 429, headers: { 'Retry-After': pick(['0', '1']) } }),
  () => ({ status: 429, headers: { 'Stripe-Rate-Limited-Reason': pick(REASONS) } }),
  () => ({ status: pick([400, 401, 402, 403, 404, 408, 409, 424]) }),
  () => ({ status: pick([400, 500, 503]), headers: { 'Stripe-Should-Retry': pick(['true', 'false']) } }),
  () => ({ status: pick([301, 302, 307]), headers: { Location: 'http://127.0.0.1:9/' } }),
  () => ({ html: true, status: pick([200, 502]) }),
  () => ({ garbage: integer(1, 5000) }),
  () => ({ body: pick(['', '{', 'null', '[]', '{}', '{"data": 1}', '{"object": "list", "data": {}}']) }),
  () => ({ delay_ms: integer(1, 300) }),
  () => ({ delay_after_headers_ms: integer(1, 300) }),
  () => ({ cut_body_at: random() }),
  () => ({ truncate_at: random() * 0.99 }),
  () => ({ wrong_content_length: pick([-1000, -1, 1, 1000]) }),
  () => ({ drip: pick([{ bytes: 4096, interval_ms: 1 }, { bytes: 100, interval_ms: 20 }]) }),
  () => ({ reset: pick(['connect', 'headers', 'body']) }),
  () => ({ empty_page: {} }),
  () => ({ bad_gzip: true }),
  () => ({ hang: true }),
];

class Schedules {
  constructor(seed) {
    this.seed = seed;
    this.random = randomSource(seed);
    this.pick = (list) => list[Math.floor(this.random() * list.length)];
    this.integer = (from, to) => from + Math.floor(this.random() * (to - from + 1));
    this.actions = actions(this);
    this.outcomes = { right: 0 };
    this.count = 0;
    this.longest = 0; // ms that a query took
  }

  async start(t) {
    // JIT would take more memory than all else.
    this.stack = await startStack(t, { cluster: { settings: { jit: 'off' } }, server: SERVER, import: `LIMIT TO (${TABLES.join(', ')})` });
    await this.stack.query(`CREATE SERVER changing FOREIGN DATA WRAPPER stripe_fdw OPTIONS (${this.options({ ...SERVER, api_base: this.stack.simulator.url, rate_limit: 10000, endpoint_rate_limit: 10000 })});
      CREATE USER MAPPING FOR CURRENT_USER SERVER changing OPTIONS (api_key '${LIVE_KEY}');
      CREATE SCHEMA changing; IMPORT FOREIGN SCHEMA stripe LIMIT TO (${CHANGING.join(', ')}) FROM SERVER changing INTO changing`);
    this.client = await this.stack.connect();
    this.other = await this.stack.connect();
    this.pid = (await this.client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    this.queries = await this.fill(QUERIES);
    this.right = new Map();
    for (const sql of this.queries) this.right.set(sql, await this.answer(sql));
    this.files = openFiles(this.pid);
    this.memory = peakMemory(this.pid);
  }

  options(given, set = '') {
    return Object.entries(given).map(([name, value]) => `${set} ${name} '${value}'`).join(', ');
  }

  // The queries with ids in them.
  async fill(queries) {
    const some = async (table) => {
      const ids = (await this.stack.simulator.objects(`${table}?query=`)).map(({ id }) => id);
      return [...Array.from({ length: 9 }, () => this.pick(ids)), `${ids[0]}x`].map((id) => `'${id}'`);
    };
    const [charges, customers] = [await some('charges'), await some('customers')];
    const known = customers.slice(0, -1); // Stripe does not filter by a customer that it does not know
    return queries.map((sql) => sql.replace(':charges', charges.join(', ')).replace(':customers', known.join(', '))
      .replace(':rows', customers.map((id) => `(${id})`).join(', ')));
  }

  // The rows of a query, which must end in time.
  async run(sql) {
    let timer;
    const watchdog = new Promise((resolve, reject) => {
      timer = setTimeout(async () => {
        const { rows } = await this.other.query('SELECT wait_event FROM pg_stat_activity WHERE pid = $1', [this.pid]);
        const log = (await this.stack.simulator.log()).slice(-10).map(({ time, path, query, status, duration, fault }) => JSON.stringify({ time, path, query, status, duration, fault }));
        reject(new assert.AssertionError({ message: `no end within ${WATCHDOG} ms, waiting for ${rows[0]?.wait_event}: ${this.story}\n${sql}\n${log.join('\n')}` }));
      }, WATCHDOG);
    });
    const began = Date.now();
    try {
      return (await Promise.race([this.client.query({ text: sql, rowMode: 'array' }), watchdog])).rows;
    } finally {
      clearTimeout(timer);
      this.longest = Math.max(this.longest, Date.now() - began);
    }
  }

  async answer(sql) {
    return JSON.stringify(await this.run(sql));
  }

  rules(tables) {
    return Array.from({ length: this.integer(0, 3) }, () => ({
      match: this.pick([
        () => ({ nth: this.integer(1, 12) }),
        () => ({ after: this.integer(0, 10), count: this.integer(1, 4) }),
        () => ({ path: `/v1/${this.pick(tables)}`, count: this.integer(1, 3) }),
        () => ({ probability: this.random() * 0.3 }),
      ])(),
      action: this.pick(this.actions)(),
    }));
  }

  // Cancels the query after some ms, unless the returned function is called before.
  cancelSoon(ms) {
    let sent = Promise.resolve();
    const timer = setTimeout(() => { sent = this.other.query('SELECT pg_cancel_backend($1)', [this.pid]); }, ms);
    return async () => {
      clearTimeout(timer);
      await sent;
    };
  }

  // One schedule; throws if a query has given anything but the right answer or an error.
  async next() {
    const changing = this.random() < 0.3;
    const options = { concurrency: this.pick([1, 2, 8, 16]), page_size: this.pick([20, 50, 100]) };
    await this.other.query(`ALTER SERVER ${changing ? 'changing' : 'stripe'} OPTIONS (${this.options(options, 'SET')})`);
    const tables = changing ? CHANGING : TABLES;
    const rules = this.rules(tables);
    if (changing && this.random() < 0.5) {
      rules.push({ match: { query: { starting_after: null }, nth: this.integer(1, 8) }, action: { delete_cursor: true } });
    }
    this.story = `schedule ${this.count} of seed ${this.seed}: ${JSON.stringify(options)}\nfaults: ${JSON.stringify(rules)}`;
    this.count++;
    const before = changing ? new Map(await Promise.all(CHANGING.map(async (table) => [table, await this.ids(table)]))) : null;
    await this.stack.simulator.faults(rules);
    const settled = this.random() < 0.1 ? this.cancelSoon(this.integer(0, 100)) : async () => {};
    try {
      if (changing) await this.whileChanging(this.pick(CHANGING), before);
      else {
        const sql = this.pick(this.queries);
        this.story += `\n${sql}`;
        assert.strictEqual(await this.answer(sql), this.right.get(sql), `a wrong answer: ${this.story}`);
      }
      this.outcomes.right++;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.checkError(error);
    }
    // A cancel that came too late must not strike what follows.
    await settled();
    await this.client.query('SELECT 1').catch((error) => assert.strictEqual(error.code, '57014'));
  }

  checkError(error) {
    const text = [error.message, error.detail, error.hint, error.where].join('\n');
    assert.match(error.code ?? '', /^[0-9A-Z]{5}$/, `the connection broke: ${error.stack}\n${this.story}`);
    assert.notStrictEqual(error.code, 'XX000', `an internal error: ${text}\n${this.story}`);
    assert.ok(!text.includes(API_KEY), `the key is in a message: ${text}`);
    this.outcomes[error.code] = (this.outcomes[error.code] ?? 0) + 1;
  }

  // What a plain list of the changing table shows now.
  async ids(table) {
    return (await this.stack.simulator.objects(`${table}?livemode=true&query=`)).map(({ id }) => id);
  }

  // Reads a table while objects are created and deleted.
  async whileChanging(table, beforeAll) {
    const before = beforeAll.get(table);
    const { simulator } = this.stack;
    const wanted = new Set(before);
    const read = this.pick([
      () => `SELECT id FROM changing.${table}`,
      () => `SELECT id, extract(epoch FROM created) FROM changing.${table} ORDER BY created DESC`,
      () => {
        const ids = Array.from({ length: 10 }, () => this.pick(before));
        wanted.clear();
        for (const id of ids) wanted.add(id);
        return `SELECT id FROM changing.${table} WHERE id IN (${ids.map((id) => `'${id}'`).join(', ')})`;
      },
    ])();
    const ordered = read.includes('ORDER BY');
    const lookup = read.includes(' IN ');
    this.story += `\n${read}, while objects come and go`;
    let running = true;
    const change = async () => {
      while (running) {
        await new Promise((resolve) => { setTimeout(resolve, this.integer(0, 5)); });
        if (this.random() < 0.5) await simulator.control('POST', `/_sim/objects/${table}?livemode=true`, {});
        else await simulator.control('POST', `/_sim/objects/${table}/${this.pick(before)}/delete?livemode=true`).catch(() => {}); // it may be gone
      }
    };
    const changed = change();
    let rows;
    try {
      rows = await this.run(read);
    } finally {
      running = false;
      await changed;
    }
    const found = rows.map(([id]) => id);
    const after = new Set(await this.ids(table));
    const seen = new Set(found);
    assert.strictEqual(seen.size, found.length, `a row came twice: ${this.story}`);
    assert.deepStrictEqual([...wanted].filter((id) => after.has(id) && !seen.has(id)), [], `rows are missing: ${this.story}`);
    const known = lookup ? wanted : new Set([...before, ...after]);
    assert.deepStrictEqual(found.filter((id) => !known.has(id)), [], `rows from nowhere: ${this.story}`);
    if (ordered) assert.ok(rows.every(([, at], i) => i === 0 || Number(at) <= Number(rows[i - 1][1])), `not newest first: ${this.story}`);
  }

  async finish() {
    await this.stack.simulator.faults([]);
    for (const sql of this.queries) assert.strictEqual(await this.answer(sql), this.right.get(sql), `after all, a wrong answer to ${sql}`);
    assert.strictEqual((await this.client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid, this.pid);
    assert.ok(openFiles(this.pid) <= this.files + IDLE, `${openFiles(this.pid)} descriptors are open; ${this.files} at first`);
    assert.deepStrictEqual(await this.run('SELECT sum(in_flight) FROM stripe_stats'), [['0']], 'nothing is left in flight');
    return `seed ${this.seed}: ${this.count} schedules, outcomes ${JSON.stringify(this.outcomes)}; `
      + `longest query: ${this.longest} ms; descriptors: ${this.files} at first, ${openFiles(this.pid)} at the end; `
      + `peak memory: ${this.memory} KiB at first, ${peakMemory(this.pid)} KiB at the end`;
  }
}

module.exports = { Schedules };
