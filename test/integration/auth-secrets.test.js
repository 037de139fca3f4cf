// A log that tells everything, pg_stat_statements and pg_stat_activity, searched
// for every secret that was used while signing in in all ways.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { randomBytes } = require('node:crypto');
const { API_KEY } = require('./lib');
const { failure, told } = require('./lib/faulty');
const { DOCUMENTED, logEntries, leaksIn } = require('./lib/leaks');
const { startOAuthStack, mappingOptions, consent, stateOf, signIn, storedOptions, configure, CLIENTS } = require('./lib/oauth');

const PAST = '2020-01-01T00:00:00Z';

test('every way to sign in, under a log that tells everything', async (t) => {
  const stack = await startOAuthStack(t, {
    flow: 'app',
    simulator: ['--charges', '20'],
    server: { max_retries: '1', timeout: '3000' },
    cluster: { settings: {
      shared_preload_libraries: 'pg_stat_statements,stripe_fdw', 'pg_stat_statements.track': 'all', compute_query_id: 'on',
      log_min_messages: 'debug5', log_statement: 'all', log_error_verbosity: 'verbose', log_min_duration_statement: '0',
      debug_print_parse: 'on', debug_print_rewritten: 'on', debug_print_plan: 'on', log_lock_waits: 'on', track_activity_query_size: '65536',
    } },
  });
  const { simulator, cluster } = stack;
  await stack.query('CREATE EXTENSION pg_stat_statements');
  const client = await stack.connect();
  const notices = [];
  client.on('notice', (notice) => notices.push(told(notice)));
  const shown = [];
  // Runs a statement; its outcome must not show a secret.
  async function run(sql, values) {
    const outcome = await client.query(sql, values).catch((error) => error);
    const results = outcome instanceof Error ? [] : [outcome].flat();
    shown.push(outcome instanceof Error ? `${told(outcome)} ${JSON.stringify(outcome)}` : JSON.stringify(results.map(({ rows }) => rows)));
    return outcome;
  }
  const secretsUsed = [API_KEY, CLIENTS.app.secret, 'sk_test_mistyped_0123456789', 'rt_mistyped_0123456789', 'ac_mistyped_0123456789', 'rk_test_in_a_block_0123456789'];
  const keyFile = path.join(cluster.folder, 'keys');
  const keys = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  secretsUsed.push(...keys);
  fs.writeFileSync(keyFile, `${keys[0]}\n`, { mode: 0o600 });
  const { uid, gid } = fs.statSync(cluster.folder);
  fs.chownSync(keyFile, uid, gid);
  const expire = () => run(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '${PAST}')`);
  const count = 'SELECT count(*) FROM stripe.charges';
  let offset = 0;

  // Plain, then encrypted.
  for (const file of ['', keyFile]) {
    await run(`ALTER SYSTEM SET stripe_fdw.encryption_key_file = '${file}'`);
    await run('SELECT pg_reload_conf()');
    while ((await run("SELECT setting FROM pg_settings WHERE name = 'stripe_fdw.encryption_key_file'")).rows[0].setting !== file);
    for (const flow of ['connect', 'app']) {
      const options = Object.entries(mappingOptions(flow)).map(([name, value]) => `${name} '${value}'`).join(', ');
      await run(`DROP USER MAPPING FOR CURRENT_USER SERVER stripe; CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (${options})`);
      await run("SELECT stripe_set_secret('stripe', 'oauth_client_secret', $1)", [CLIENTS[flow].secret]);
      await signIn(stack, flow, { client });
      await run(count);
      await run(`EXPLAIN (ANALYZE, VERBOSE, SETTINGS) ${count}`);
      await run("SELECT * FROM stripe_test_connection('stripe')");
      await run("SELECT stripe_oauth_refresh_access_token('stripe')");
      await expire();
      await run(count);
      await configure(stack, { offset_seconds: offset += 3601 });
      await run(count);
      // Wrong codes, refresh tokens and secrets, as literals and as parameters.
      const { code } = await consent(stack, flow);
      const state = stateOf((await client.query("SELECT stripe_oauth_authorization_url('stripe') AS url")).rows[0].url);
      await run(`SELECT stripe_oauth_get_access_token('stripe', '${code}', 'x')`);
      await run(`SELECT stripe_oauth_get_access_token('stripe', 'ac_mistyped_0123456789', '${state}')`);
      await run('SELECT stripe_oauth_get_access_token($1, $2, $3)', ['stripe', 'ac_mistyped_0123456789', state]);
      await run("SELECT stripe_set_secret('stripe', 'oauth_refresh_token', 'rt_mistyped_0123456789')");
      await expire();
      assert.ok((await run(count)) instanceof Error || flow === 'connect');
      await run("SELECT stripe_oauth_refresh_access_token('stripe')");
      for (const action of [{ reset: 'headers' }, { status: 500 }, { body: '{"access_token": 1}' }, { html: true }, { cut_body_at: 0.5 }, { status: 400, body: `{"error":"invalid_grant","error_description":"no ${code}"}` }]) {
        await simulator.faults([{ match: { path: flow === 'app' ? '/v1/oauth/token' : '/oauth/token' }, action }]);
        await run(count);
        await run("SELECT stripe_oauth_refresh_access_token('stripe')");
        await run('SELECT stripe_oauth_get_access_token($1, $2, $3)', ['stripe', code, state]);
      }
      await simulator.faults([]);
      await signIn(stack, flow, { client });
      await run("SELECT stripe_oauth_deauthorize('stripe')");
    }
  }
  assert.match((await storedOptions(stack)).oauth_client_secret, /^aes256gcm:/);
  fs.writeFileSync(keyFile, `${keys[1]}\n${keys[0]}\n`);
  await run('SELECT stripe_rotate_secrets()');
  await run(`CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key 'sk_test_mistyped_0123456789', apikey 'x')`);
  await run(`CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (api_key 'sk_test_mistyped_0123456789')`);
  await run(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (ADD api_key 'sk_test_mistyped_0123456789', SET auth_scheme 'none')`);
  await run(`SELECT 1; CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key 'sk_test_mistyped_0123456789'); SELECT 2`);
  await run("DO $$ BEGIN EXECUTE 'ALTER USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (SET api_key ''rk_test_in_a_block_0123456789'')'; END $$");
  await run("DO $$ BEGIN ALTER USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (SET api_key 'rk_test_in_a_block_0123456789'); END $$");
  // A literal that goes on after a newline, with its escapes.
  const continued = await run("ALTER USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (SET api_key E'sk_test_it' -- isn't\n '\\'sk_test_mistyped_0123456789')");
  assert.ok(!(continued instanceof Error), told(continued));
  await run("SELECT stripe_set_secret('stripe', 'api_key', 'sk_test_mistyped_0123456789')");
  await run("SELECT stripe_set_secret('stripe', 'apikey', 'sk_test_mistyped_0123456789')");

  const secrets = [...secretsUsed, ...await simulator.control('GET', '/_sim/oauth/secrets')];
  assert.ok(secrets.length > 20, 'many were used');
  const holds = (text) => secrets.find((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)) || text.includes(Buffer.from(`${secret}:`).toString('base64')));
  const found = (texts) => texts.filter(holds).map((text) => text.slice(0, 500));

  await t.test('what clients were told', () => assert.deepStrictEqual(found([...shown, ...notices]), []));

  await t.test('pg_stat_statements', async () => {
    const queries = await stack.column('SELECT query FROM pg_stat_statements');
    assert.ok(queries.some((query) => /CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS \(auth_scheme '\*\*\*'/.test(query)), 'mappings are made, and seen');
    assert.ok(queries.some((query) => /^DO \$\$/.test(query)));
    assert.ok(queries.some((query) => /stripe_set_secret/.test(query)));
    assert.deepStrictEqual(found(queries), []);
  });

  await t.test('pg_stat_activity, while such statements are under way and after', async () => {
    const seen = [];
    const statements = [
      "ALTER USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (SET api_key 'sk_test_mistyped_0123456789')",
      "SELECT stripe_set_secret('stripe', 'api_key', 'sk_test_mistyped_0123456789')",
      "SELECT stripe_oauth_get_access_token('stripe', 'ac_mistyped_0123456789', 'x')",
    ];
    for (const sql of statements) {
      await run(sql);
      seen.push(...await stack.column('SELECT query FROM pg_stat_activity'));
    }
    assert.ok(seen.some((query) => query.includes("stripe_set_secret('***', '***', '***')")));
    assert.ok(seen.some((query) => query.includes("(SET api_key '***')")));
    assert.deepStrictEqual(found(seen), []);
  });

  await t.test('the server log, but for statements that it logs as they came', () => {
    const bodies = logEntries(cluster.serverLog()).map(({ body }) => body);
    assert.ok(bodies.some((body) => body.startsWith('DEBUG')), 'it tells everything');
    assert.deepStrictEqual(leaksIn(cluster.serverLog(), holds), []);
    assert.ok(bodies.some((body) => DOCUMENTED.test(body) && holds(body)), 'the search finds what is there');
  });

  await t.test('the data directory after all is encrypted', async () => {
    const stored = await storedOptions(stack);
    for (const [name, value] of Object.entries(stored)) if (/secret|token|key$/.test(name)) assert.match(value, /^aes256gcm:/, name);
  });
});

test('a session that has not loaded the extension: an error does not log the secret', async (t) => {
  const stack = await startOAuthStack(t, { simulator: ['--charges', '1'], import: false, cluster: { settings: { log_statement: 'none' } } });
  for (const sql of [
    "CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key 'sk_test_mistyped_0123456789', apikey 'x')",
    "ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (ADD api_key 'sk_test_mistyped_0123456789', SET auth_scheme 'none')",
    "CREATE SERVER other FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_key 'sk_test_mistyped_0123456789')",
    "SELECT stripe_set_secret('stripe', 'apikey', 'sk_test_mistyped_0123456789')",
    "ALTER SERVER stripe OPTIONS (ADD account 'sk_test_mistyped_0123456789')",
    "ALTER SERVER stripe OPTIONS (SET api_base 'https://sk_test_mistyped_0123456789@api.stripe.com')",
    "ALTER SERVER stripe OPTIONS (ADD timeout 'sk_test_mistyped_0123456789')",
  ]) {
    const client = await stack.connect();
    await failure(client, sql);
    await client.end();
  }
  const log = stack.cluster.serverLog();
  assert.strictEqual(log.match(/STATEMENT: .*'\*\*\*'/g).length, 7);
  assert.ok(!log.includes('mistyped'), 'the key is not in the log');
});
