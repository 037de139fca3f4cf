// Random schedules of what goes wrong between us and Stripe, under random queries.
//
// Whatever it is, a query answers exactly what it answers when nothing does,
// or it is an error; never anything else.  And the session that had the error
// goes on: same backend, no descriptor more, no key in a message, no internal
// error (XX000).  Some queries are cancelled at a random moment on top, and
// under some of them objects are created and deleted.
'use strict';

const assert = require('node:assert');
const { startStack, openFiles, peakMemory, API_KEY } = require('../lib');
const { randomSource } = require('../lib/random');

const QUERIES = [
  'SELECT md5(string_agg(c::text, chr(10) ORDER BY id)), count(*) FROM stripe.charges c',
  'SELECT id, created FROM stripe.customers ORDER BY created DESC, id LIMIT 250',
  'SELECT created FROM stripe.charges ORDER BY created DESC',
  "SELECT currency, count(*), sum(amount) FROM stripe.payment_intents WHERE created >= '2000-01-01' GROUP BY 1 ORDER BY 1",
  "SELECT count(*) FROM stripe.subscriptions WHERE status = 'canceled'",
  "SELECT count(*), min(total), max(total) FROM stripe.invoices WHERE status = 'paid'",
  'SELECT name, email FROM stripe.customers WHERE id = (SELECT max(customer) FROM stripe.charges)',
  'SELECT count(*) FROM stripe.charges c JOIN stripe.customers k ON k.id = c.customer',
  'SELECT count(data) FROM stripe.events',
];
// Objects come and go in these only; the second has no filter by time.
const CHANGING = ['balance_transactions', 'payment_methods'];
const TABLES = ['charges', 'customers', 'payment_intents', 'subscriptions', 'invoices', 'events', ...CHANGING];

const SERVER = { timeout: '1000', connect_timeout: '1000', max_retries: '2', concurrency: '8', page_size: '100' };

const REASONS = ['global-rate', 'global-concurrency', 'endpoint-rate', 'endpoint-concurrency', 'resource-specific'];

// None of these leaves a complete and well-formed answer that is not Stripe's.
const actions = ({ pick, integer, random }) => [
  () => ({ status: pick([500, 502, 503, 504]) }),
  () => ({ status: 503, headers: { 'Retry-After': pick(['0', '1']) } }),
  () => ({ status: 429, headers: { 'Retry-After': pick(['0', '1']) } }),
  () => ({ status: 429, headers: { 'Stripe-Rate-Limited-Reason': pick(REASONS) } }),
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

class Schedules {
  constructor(seed) {
    this.seed = seed;
    this.random = randomSource(seed);
    this.pick = (list) => list[Math.floor(this.random() * list.length)];
    this.integer = (from, to) => from + Math.floor(this.random() * (to - from + 1));
    this.actions = actions(this);
    this.outcomes = { right: 0 };
    this.count = 0;
  }

  async start(t) {
    this.stack = await startStack(t, { server: SERVER, import: `LIMIT TO (${TABLES.join(', ')})` });
    this.client = await this.stack.connect();
    this.other = await this.stack.connect();
    this.pid = (await this.client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    this.right = new Map();
    for (const sql of QUERIES) this.right.set(sql, await this.answer(sql));
    this.files = openFiles(this.pid);
    this.memory = peakMemory(this.pid);
  }

  async answer(sql) {
    return JSON.stringify((await this.client.query({ text: sql, rowMode: 'array' })).rows);
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
    await this.other.query(`ALTER SERVER stripe OPTIONS (${Object.entries(options).map(([name, value]) => `SET ${name} '${value}'`).join(', ')})`);
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
        const sql = this.pick(QUERIES);
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

  // What a plain list of the table shows now.
  async ids(table) {
    return (await this.stack.simulator.objects(`${table}?query=`)).map(({ id }) => id);
  }

  // Reads a table while objects are created and deleted.
  async whileChanging(table, beforeAll) {
    const before = beforeAll.get(table);
    const { simulator } = this.stack;
    let running = true;
    const change = async () => {
      while (running) {
        await new Promise((resolve) => { setTimeout(resolve, this.integer(0, 5)); });
        if (this.random() < 0.5) await simulator.createObject(table, {});
        else await simulator.deleteObject(table, this.pick(before)).catch(() => {}); // it may be gone
      }
    };
    const changed = change();
    let found;
    try {
      found = (await this.client.query(`SELECT id FROM stripe.${table}`)).rows.map(({ id }) => id);
    } finally {
      running = false;
      await changed;
    }
    const after = new Set(await this.ids(table));
    const seen = new Set(found);
    const story = `${this.story}\n${table} while objects come and go`;
    assert.strictEqual(seen.size, found.length, `a row came twice: ${story}`);
    assert.deepStrictEqual(before.filter((id) => after.has(id) && !seen.has(id)), [], `rows are missing: ${story}`);
    const known = new Set([...before, ...after]);
    assert.deepStrictEqual(found.filter((id) => !known.has(id)), [], `rows from nowhere: ${story}`);
  }

  async finish() {
    await this.stack.simulator.faults([]);
    for (const sql of QUERIES) assert.strictEqual(await this.answer(sql), this.right.get(sql), `after all, a wrong answer to ${sql}`);
    assert.strictEqual((await this.client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid, this.pid);
    assert.ok(openFiles(this.pid) <= this.files + 8, `${openFiles(this.pid)} descriptors are open; ${this.files} at first`);
    return `seed ${this.seed}: ${this.count} schedules, outcomes ${JSON.stringify(this.outcomes)}; `
      + `descriptors: ${this.files} at first, ${openFiles(this.pid)} at the end; `
      + `peak memory: ${this.memory} KiB at first, ${peakMemory(this.pid)} KiB at the end`;
  }
}

module.exports = { Schedules };
