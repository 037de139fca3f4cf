// Access tokens that run out: one exchange, whose result stays whatever becomes of the query.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { failure, told, assertTells } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');
const { until } = require('./lib/until');
const { startServer, stopServer, runAs, makeFolder, serverUser } = require('./lib/processes');
const { startOAuthStack, mappingOptions, signIn, storedOptions, takeExchanges, configure } = require('./lib/oauth');
const { RefreshStorm } = require('./lib/refresh-storm');

const COUNT = 'SELECT count(*)::int AS n FROM stripe.charges';
const PAST = '2020-01-01T00:00:00Z';

test('access tokens that run out', async (t) => {
  const stack = await startOAuthStack(t, { simulator: ['--charges', '900'], server: { max_retries: '1', timeout: '5000' }, cluster: { settings: { max_connections: '60' } } });
  const { simulator } = stack;
  await signIn(stack, 'app');
  const client = await stack.connect();
  const alter = (sql) => stack.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (${sql})`);
  // The token has ended as far as we know; as far as Stripe knows it has not.
  const known = () => alter(`SET oauth_expires_at '${PAST}'`);
  // The token has ended as far as Stripe knows.
  let offset = 0;
  const unknown = () => configure(stack, { offset_seconds: offset += 3601 });
  const renewed = async (work) => {
    const before = await storedOptions(stack);
    await takeExchanges(stack);
    await takeLog(simulator);
    const result = await work();
    const exchanges = await takeExchanges(stack);
    assert.strictEqual(exchanges.length, 1, JSON.stringify(exchanges));
    const after = await storedOptions(stack);
    assert.strictEqual(exchanges[0].presented, before.oauth_refresh_token);
    assert.strictEqual(after.oauth_refresh_token, exchanges[0].answer.refresh_token);
    assert.strictEqual(after.oauth_access_token, exchanges[0].answer.access_token);
    assert.ok(new Date(after.oauth_expires_at) > new Date(Date.now() + 3500e3));
    return result;
  };
  const kept = async (work) => {
    const before = await storedOptions(stack);
    await takeExchanges(stack);
    const result = await work();
    assert.deepStrictEqual(await takeExchanges(stack), []);
    assert.deepStrictEqual(await storedOptions(stack), before);
    return result;
  };
  const expected = (await client.query(COUNT)).rows[0].n;
  assert.ok(Number(expected) > 100);
  const right = async (connection = client) => assert.strictEqual((await connection.query(COUNT)).rows[0].n, expected);

  await t.test('known to have ended: refreshed before the first request', async () => {
    await known();
    await renewed(right);
    assert.ok((await takeLog(simulator)).every(({ status }) => status === 200));
    await kept(right);
  });

  await t.test('refused with 401: refreshed, and the request repeated', async () => {
    await unknown();
    await renewed(right);
    assert.strictEqual((await takeLog(simulator)).filter(({ status }) => status === 401).length, 1);
    await kept(right);
  });

  await t.test('ended in the middle of a scan', async () => {
    const ids = (await client.query('SELECT id FROM stripe.charges ORDER BY id')).rows.map(({ id }) => id);
    await client.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM stripe.charges');
    const rows = (await client.query('FETCH 50 FROM c')).rows;
    await unknown();
    await renewed(async () => rows.push(...(await client.query('FETCH ALL FROM c')).rows));
    await client.query('COMMIT');
    assert.deepStrictEqual(rows.map(({ id }) => id).sort(), ids.sort());
  });

  await t.test('ended in the middle of a scan, after another account has signed in: rows are not mixed', async () => {
    const { oauth_account: before } = await storedOptions(stack);
    await client.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM stripe.charges');
    await client.query('FETCH 50 FROM c');
    await unknown();
    const other = await stack.connect();
    await signIn(stack, 'app', { client: other, account: 'acct_1SimOther0002' });
    const error = await failure(client, 'FETCH ALL FROM c');
    await client.query('ROLLBACK');
    assertTells(error, '28000');
    await signIn(stack, 'app', { client: other, account: before });
    await other.end();
  });

  await t.test('in a look-up by id, EXPLAIN ANALYZE, ANALYZE and the test of the connection', async () => {
    const id = (await client.query('SELECT id FROM stripe.charges LIMIT 1')).rows[0].id;
    for (const sql of [`SELECT * FROM stripe.charges WHERE id = '${id}'`, `EXPLAIN ANALYZE ${COUNT}`, 'ANALYZE stripe.charges', "SELECT * FROM stripe_test_connection('stripe')"]) {
      await unknown();
      await renewed(() => client.query(sql));
    }
  });

  await t.test('EXPLAIN alone asks nothing', async () => {
    await known();
    await kept(() => client.query(`EXPLAIN ${COUNT}`));
    await renewed(right);
  });

  await t.test('20 backends at once: one exchange', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => stack.connect()));
    await configure(stack, { answer_delay_ms: 200 });
    for (const end of [known, unknown]) {
      await end();
      await renewed(() => Promise.all(clients.map(right)));
    }
    await configure(stack, { answer_delay_ms: 0 });
    await Promise.all(clients.map((each) => each.end()));
  });

  await t.test('whatever becomes of the transaction, the tokens stay', async () => {
    for (const sql of [
      `BEGIN; ${COUNT}; ROLLBACK`, `BEGIN READ ONLY; ${COUNT}; COMMIT`, `BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; ${COUNT}; COMMIT`,
      `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; ${COUNT}; ROLLBACK`, `BEGIN; SAVEPOINT a; ${COUNT}; ROLLBACK TO a; COMMIT`,
      `DO $$ BEGIN PERFORM count(*) FROM stripe.charges; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $$`,
    ]) {
      for (const end of [known, unknown]) {
        await end();
        await renewed(() => client.query(sql));
      }
    }
    await known();
    await renewed(async () => assertTells(await failure(client, `SELECT 1 / (count(*) - ${expected}) FROM stripe.charges`), '22012'));
    await known();
    await client.query('SET default_transaction_read_only = on');
    await renewed(right);
    await client.query('RESET default_transaction_read_only');
  });

  await t.test('a cursor that stays open through it', async () => {
    await client.query('BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id FROM stripe.charges');
    await unknown();
    await renewed(() => client.query('COMMIT'));
    assert.strictEqual((await client.query('FETCH ALL FROM c')).rows.length, Number(expected));
    await client.query('CLOSE c');
  });

  await t.test('by hand', async () => {
    const result = await renewed(() => client.query("BEGIN; SELECT * FROM stripe_oauth_refresh_access_token('stripe'); ROLLBACK"));
    const [row] = result[1].rows;
    assert.ok(new Date(row.expires_at) > new Date(Date.now() + 3500e3));
    assert.match(row.account, /^acct_/);
    await kept(right);
  });

  await t.test('oauth_refresh off: never by itself', async () => {
    await alter("ADD oauth_refresh 'off'");
    await known();
    await kept(right);
    await unknown();
    await kept(async () => assertTells(await failure(client, COUNT), '28000', /Expired API Key/));
    await renewed(() => client.query("SELECT * FROM stripe_oauth_refresh_access_token('stripe')"));
    await right();
    await alter('DROP oauth_refresh');
  });

  await t.test('before its end a failure is a warning', async () => {
    await alter(`SET oauth_expires_at '${new Date(Date.now() + 60e3).toISOString().replace(/\.\d+/, '')}'`);
    await simulator.faults([{ match: { path: '/v1/oauth/token' }, action: { delay_ms: 60000 } }]);
    const notices = [];
    const listen = (notice) => notices.push(notice);
    client.on('notice', listen);
    await client.query("SET statement_timeout = '20s'");
    await right();
    await client.query('RESET statement_timeout');
    client.off('notice', listen);
    await simulator.faults([]);
    assert.strictEqual(notices.length, 1);
    assert.match(told(notices[0]), /in time[^]*refreshing the access token/);
    await renewed(right);
  });

  await t.test('a refused refresh token', async () => {
    const { oauth_refresh_token: good } = await storedOptions(stack);
    await alter("SET oauth_refresh_token 'rt_madeup0123456789'");
    await known();
    const error = await failure(client, COUNT);
    assertTells(error, '28000', /Refresh token does not exist: rt_\*\*\*/, /Sign in again/, 'refreshing the access token of a user mapping: Stripe request: POST /v1/oauth/token');
    assert.ok(!told(error).includes('madeup'));
    await alter(`SET oauth_refresh_token '${good}'`);
    await renewed(right);
  });

  await t.test('the secret is missing', async () => {
    const { oauth_client_secret: secret } = await storedOptions(stack);
    await alter('DROP oauth_client_secret');
    await known();
    await kept(async () => assertTells(await failure(client, COUNT), '28000', /lacks the client secret/));
    await alter(`ADD oauth_client_secret '${secret}'`);
    await renewed(right);
  });

  await t.test('in the transaction that has changed the mapping', async () => {
    await client.query(`BEGIN; ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '${PAST}')`);
    await kept(async () => assertTells(await failure(client, COUNT), '55000', /in the transaction that has changed the mapping/, 'Commit first'));
    await client.query('ROLLBACK');
    await kept(right);
  });

  await t.test('while another transaction changes the mapping', async () => {
    await known();
    const other = await stack.connect();
    await other.query("BEGIN; ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (ADD oauth_scope 'read_only')");
    await renewed(async () => {
      const waiting = client.query(COUNT);
      await until('the worker waits', async () => (await stack.query("SELECT FROM pg_stat_activity WHERE backend_type = 'stripe_fdw token refresh' AND wait_event_type = 'Lock'")).rows.length === 1);
      await other.query('COMMIT');
      assert.strictEqual((await waiting).rows[0].n, expected);
    });
    assert.strictEqual((await storedOptions(stack)).oauth_scope, 'read_only');
  });

  await t.test('while the mapping is dropped or changed', async () => {
    await configure(stack, { answer_delay_ms: 300 });
    const other = await stack.connect();
    await other.query('CREATE ROLE victim LOGIN SUPERUSER');
    const victim = await stack.connect({ user: 'victim' });
    const options = Object.entries(mappingOptions('app')).map(([name, value]) => `${name} '${value}'`).join(', ');
    await victim.query(`CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (${options})`);
    await signIn(stack, 'app', { client: victim });
    await takeExchanges(stack);
    const exchanging = () => until('the exchange is under way', async () => (await simulator.control('GET', '/_sim/oauth/exchanges')).length === 1);
    const waits = (pid) => until('it waits', async () => (await other.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [pid])).rows.length > 0);
    const changer = await stack.connect();
    const pid = (await changer.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;

    const manual = victim.query("SELECT * FROM stripe_oauth_refresh_access_token('stripe')");
    await exchanging();
    const dropped = changer.query('DROP USER MAPPING FOR victim SERVER stripe');
    await waits(pid);
    await Promise.all([manual.catch((error) => assertTells(error, '42704', 'user mapping not found')), dropped]);
    await configure(stack, { answer_delay_ms: 0 });
    await kept(right);
  });

  await t.test("PUBLIC's mapping, used by somebody who may not change it", async () => {
    await stack.query('CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA stripe TO reader; GRANT SELECT ON stripe.charges TO reader; GRANT USAGE ON FOREIGN SERVER stripe TO reader');
    const mine = await storedOptions(stack);
    const literal = Object.entries(mine).map(([name, value]) => `${name} '${value}'`).join(', ');
    await stack.query(`DROP USER MAPPING FOR CURRENT_USER SERVER stripe; CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (${literal})`);
    const reader = await stack.connect({ user: 'reader' });
    await stack.query(`ALTER USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (SET oauth_expires_at '${PAST}')`);
    await takeExchanges(stack);
    await right(reader);
    assert.strictEqual((await takeExchanges(stack)).length, 1);
    assertTells(await failure(reader, "SELECT * FROM stripe_oauth_refresh_access_token('stripe')"), '42501', 'PUBLIC');
    const stored = await storedOptions(stack, { user: 'public' });
    assert.ok(new Date(stored.oauth_expires_at) > new Date());
    const back = Object.entries(stored).map(([name, value]) => `${name} '${value}'`).join(', ');
    await stack.query(`DROP USER MAPPING FOR PUBLIC SERVER stripe; CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (${back})`);
  });

  await t.test('Stripe fails, and does not', async () => {
    await known();
    await simulator.faults([{ match: { path: '/v1/oauth/token' }, action: { reset: 'headers' } }]);
    await kept(async () => assertTells(await failure(client, COUNT), '08006', /2 attempts/));
    await simulator.faults([]);
    await renewed(right);
  });

  await t.test('what runs is a background worker with a name, and no secret in sight', async () => {
    await known();
    await configure(stack, { answer_delay_ms: 500 });
    await renewed(async () => {
      const waiting = client.query(COUNT);
      const { rows: [worker] } = await until('the worker is there', async () => {
        const found = await stack.query("SELECT * FROM pg_stat_activity WHERE backend_type = 'stripe_fdw token refresh'");
        return found.rows.length && found;
      });
      const secrets = await simulator.control('GET', '/_sim/oauth/secrets');
      for (const file of ['cmdline', 'environ']) {
        const text = fs.readFileSync(`/proc/${worker.pid}/${file}`, 'latin1') + JSON.stringify(worker);
        for (const secret of secrets) assert.ok(!text.includes(secret));
      }
      await waiting;
    });
    await configure(stack, { answer_delay_ms: 0 });
  });

  await t.test('while another transaction keeps the mapping', async () => {
    await known();
    const other = await stack.connect();
    await other.query("BEGIN; ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_scope 'read_write')");
    await kept(async () => assertTells(await failure(client, COUNT), '55P03', /is being changed[^]*has not committed/));
    await other.query('ROLLBACK');
    await renewed(right);
  });

  await t.test('an answer that is lost: asked for again under the same key', async () => {
    await configure(stack, { idempotent: true });
    await known();
    await simulator.faults([{ match: { path: '/v1/oauth/token', nth: 1 }, action: { cut_body_at: 0.3 } }]);
    await renewed(right);
    await simulator.faults([]);
    const keys = (await takeLog(simulator)).filter(({ path: asked }) => asked === '/v1/oauth/token').map(({ headers }) => headers['idempotency-key']);
    assert.strictEqual(keys.length, 2);
    assert.strictEqual(keys[0], keys[1]);
    assert.match(keys[0], /^stripe_fdw-[A-Za-z0-9_-]{43}$/);
    // A failure would be repeated under its key: the next try has another.
    await known();
    await simulator.faults([{ match: { path: '/v1/oauth/token', nth: 1 }, action: { status: 500 } }]);
    await configure(stack, { idempotent: false });
    await failure(client, COUNT); // this simulator has used the refresh token up
    await simulator.faults([]);
    const others = (await takeLog(simulator)).filter(({ path: asked }) => asked === '/v1/oauth/token').map(({ headers }) => headers['idempotency-key']);
    assert.strictEqual(others[1], `${others[0]}-1`);
    await signIn(stack, 'app');
    await right();
  });

  // Ends the worker as a power cut would, between the exchange and its answer.
  async function crash() {
    await known();
    await configure(stack, { answer_delay_ms: 1000 });
    await takeExchanges(stack);
    const victim = await stack.connect();
    const outcome = failure(victim, COUNT);
    await until('the exchange has happened', async () => (await simulator.control('GET', '/_sim/oauth/exchanges')).length === 1);
    const { rows: [{ pid }] } = await stack.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'stripe_fdw token refresh'");
    stack.cluster.crash(Number(pid));
    await outcome;
    await configure(stack, { answer_delay_ms: 0 });
    stack.client = await until('the server is back', async () => stack.connect().catch(() => null));
    stack.admin = null;
    return stack.client;
  }

  await t.test('a crash after the exchange, and Stripe repeats its answer: nothing is lost', async () => {
    await configure(stack, { idempotent: true });
    const fresh = await crash();
    await right(fresh);
    await configure(stack, { idempotent: false });
    await right(fresh);
  });

  await t.test('a crash after the exchange, and it does not: the error says to sign in again', async () => {
    const fresh = await crash();
    assertTells(await failure(fresh, COUNT), '28000', /already been used/, /Sign in again/);
    await signIn(stack, 'app');
    await right(fresh);
  });
});

test('no background worker is free', async (t) => {
  const stack = await startOAuthStack(t, { simulator: ['--charges', '10'], cluster: { settings: { max_worker_processes: '0', max_parallel_workers: '0' } } });
  await signIn(stack, 'app');
  await stack.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '${PAST}')`);
  const error = await failure(stack.client, COUNT);
  assert.strictEqual(error.code, '53000');
  assert.match(told(error), /max_worker_processes/);
});

test('a standby', async (t) => {
  const stack = await startOAuthStack(t, { simulator: ['--charges', '10'] });
  await signIn(stack, 'app');
  const { cluster } = stack;
  const user = serverUser();
  const folder = makeFolder('stripe_fdw_standby.', user);
  const bin = execFileSync(process.env.PG_CONFIG || 'pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  const data = path.join(folder, 'data');
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  runAs(user, path.join(bin, 'pg_basebackup'), ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '-h', cluster.socketDir, '-p', String(cluster.port), '-U', 'postgres']);
  fs.appendFileSync(path.join(data, 'postgresql.conf'), `unix_socket_directories = '${folder}'\n`);
  const { child } = await startServer({
    user, signal: 'QUIT', command: path.join(bin, 'postgres'), args: ['-D', data, '-p', '5433'], logPath: path.join(folder, 'log'), cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, ready: (log) => log.includes('ready to accept read-only connections'),
  });
  t.after(() => stopServer(child, 'SIGQUIT'));
  const standby = await cluster.connect({ host: folder, port: 5433 });
  const count = async () => Number((await standby.query(COUNT)).rows[0].n);
  const caughtUp = () => until('the standby has caught up', async () => {
    const { rows: [{ lsn }] } = await stack.query('SELECT pg_current_wal_lsn() AS lsn');
    return (await standby.query('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS yes', [lsn])).rows[0].yes === 't';
  });

  await caughtUp();
  const expected = await count();
  // Near its end: the old token will do.
  await stack.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '${new Date(Date.now() + 60e3).toISOString().replace(/\.\d+/, '')}')`);
  await caughtUp();
  await takeExchanges(stack);
  assert.strictEqual(await count(), expected);
  // At its end: the primary must.
  await stack.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '${PAST}')`);
  await caughtUp();
  for (const sql of [COUNT, "SELECT stripe_oauth_refresh_access_token('stripe')"]) {
    assertTells(await failure(standby, sql), '25006', /on a standby/, "SELECT stripe_oauth_refresh_access_token('stripe'); on the primary");
  }
  for (const call of ["stripe_oauth_get_access_token('stripe', 'ac_1', 'x')", "stripe_oauth_deauthorize('stripe')", "stripe_set_secret('stripe', 'api_key', 'x')", 'stripe_rotate_secrets()']) {
    assertTells(await failure(standby, `SELECT ${call}`), '25006');
  }
  assert.deepStrictEqual(await takeExchanges(stack), []);
  await stack.query("SELECT stripe_oauth_refresh_access_token('stripe')");
  await caughtUp();
  assert.strictEqual(await count(), expected);
  await configure(stack, { offset_seconds: 3601 });
  assertTells(await failure(standby, COUNT), '25006', /on a standby/);
});

test('stopped at random moments, the mapping keeps a working pair', async (t) => {
  const storm = new RefreshStorm(20261125);
  await storm.start(t);
  for (let i = 0; i < 40; i++) await storm.next();
  t.diagnostic(storm.tell());
  assert.ok(storm.outcomes['57014'] > 0 && storm.outcomes['57P01'] > 0, 'some were cancelled, some terminated');
});
