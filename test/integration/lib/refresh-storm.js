// Queries that need a refresh, stopped at random moments: whatever becomes of
// them, the mapping holds a pair of tokens that works.
'use strict';

const assert = require('node:assert');
const { randomSource } = require('./random');
const { startOAuthStack, signIn, storedOptions, takeExchanges, configure } = require('./oauth');

const WAYS = ['cancel', 'terminate', 'terminate worker', 'timeout', 'none'];

// How a query is made that meets an expired token.
const FRAMES = [
  ['SELECT count(*) FROM stripe.charges'],
  ['BEGIN', 'SELECT count(*) FROM stripe.charges', 'ROLLBACK'],
  ['BEGIN READ ONLY', 'SELECT count(*) FROM stripe.charges', 'COMMIT'],
  ['BEGIN', 'SAVEPOINT a', 'SELECT count(*) FROM stripe.charges', 'ROLLBACK TO a', 'COMMIT'],
  ["SELECT * FROM stripe_oauth_refresh_access_token('stripe')"],
];

class RefreshStorm {
  constructor(seed) {
    this.seed = seed;
    this.random = randomSource(seed);
    this.outcomes = {};
    this.count = 0;
    this.offset = 0;
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  async start(t) {
    this.stack = await startOAuthStack(t, { simulator: ['--charges', '10'], server: { timeout: '5000', max_retries: '1' } });
    await signIn(this.stack, 'app');
    this.expected = await this.stack.value('SELECT count(*) FROM stripe.charges');
    await takeExchanges(this.stack);
    this.other = await this.stack.connect();
  }

  // The stored pair works, and there has been one exchange: this query's own, if
  // what was stopped had not come so far.  A worker that has yet to start finds
  // nothing to do.
  async check() {
    const { rows } = await this.stack.query('SELECT count(*) AS n FROM stripe.charges').catch((error) => { throw new Error(`${error.message}: ${this.story}`); });
    assert.strictEqual(rows[0].n, this.expected);
    const stored = await storedOptions(this.stack);
    const known = (await this.stack.simulator.control('GET', '/_sim/oauth/tokens')).find(({ refresh_token: token }) => token === stored.oauth_refresh_token);
    const story = `${this.story}\nstored ${JSON.stringify(stored)}, at Stripe ${JSON.stringify(known)}`;
    assert.ok(known?.refresh_token_works && known.access_token_works, `a token is lost: ${story}`);
    assert.strictEqual(known.access_token, stored.oauth_access_token, `the tokens are no pair: ${story}`);
    const exchanges = await takeExchanges(this.stack);
    assert.ok(exchanges.length === 1 && !exchanges[0].error, `not one exchange: ${JSON.stringify(exchanges)} ${story}`);
  }

  async stop(way, pid) {
    const workers = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'stripe_fdw token refresh'";
    if (way === 'cancel') await this.other.query('SELECT pg_cancel_backend($1)', [pid]);
    else if (way === 'terminate') await this.other.query('SELECT pg_terminate_backend($1)', [pid]);
    else if (way === 'terminate worker') await this.other.query(workers);
  }

  // One query (and others beside it), stopped some ms after it has begun.
  async next() {
    const way = this.pick(WAYS);
    const delay = this.random() * 60;
    const answer = Math.floor(this.random() * 30);
    const frame = this.pick(FRAMES);
    this.story = `round ${this.count} of seed ${this.seed}: ${way} after ${delay.toFixed(1)} ms, answer after ${answer} ms: ${frame}`;
    this.count++;
    // Half of the time the token is refused, otherwise it is known to have expired.
    if (this.random() < 0.5) this.offset += 3601;
    else await this.other.query("ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '2020-01-01T00:00:00Z')");
    await configure(this.stack, { offset_seconds: this.offset, answer_delay_ms: answer });
    const clients = await Promise.all(Array.from({ length: 1 + Math.floor(this.random() * 3) }, () => this.stack.connect()));
    const pids = await Promise.all(clients.map(async (client) => Number((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid)));
    if (way === 'timeout') await clients[0].query(`SET statement_timeout = '${Math.ceil(delay)}ms'`);
    const outcomes = clients.map(async (client) => {
      try {
        for (const sql of frame) await client.query(sql);
        return 'right';
      } catch (error) {
        return error.code ?? 'connection lost';
      }
    });
    await new Promise((resolve) => { setTimeout(resolve, delay); });
    await this.stop(way, pids[0]);
    for (const outcome of await Promise.all(outcomes)) this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await this.check();
  }

  tell() {
    return `seed ${this.seed}: ${this.count} rounds, outcomes ${JSON.stringify(this.outcomes)}`;
  }
}

module.exports = { RefreshStorm };
