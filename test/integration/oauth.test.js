// Signing in with OAuth by the SQL functions: what is stored, and what is refused.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { failure, told } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');
const { startOAuthStack, mappingOptions, pointTo, stateOf, consent, signIn, storedOptions, takeExchanges, configure, CLIENTS, REDIRECT_URI } = require('./lib/oauth');

// Fails unless an error tells why, and nothing of the secrets.
function refused(error, why, ...secrets) {
  assert.strictEqual(error.code, '28000', told(error));
  assert.match(told(error), why);
  for (const secret of secrets) assert.ok(!JSON.stringify(error).includes(secret) && !told(error).includes(secret), `"${secret}" in: ${told(error)}`);
}

// An Authorization header as the simulator's log has it.
const logged = (scheme, value) => `${scheme} \u2026${value.slice(-4)}`;

test('signing in with OAuth', async (t) => {
  const stack = await startOAuthStack(t, { flow: 'connect', simulator: ['--charges', '40'] });
  const { simulator } = stack;
  const pristine = await storedOptions(stack);
  const count = async () => Number(await stack.value('SELECT count(*) FROM stripe.charges'));
  const reset = async (flow) => {
    await stack.query('DROP USER MAPPING FOR CURRENT_USER SERVER stripe');
    const options = Object.entries(mappingOptions(flow)).map(([name, value]) => `${name} '${value}'`).join(', ');
    await stack.query(`CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (${options})`);
  };
  const newState = async () => stateOf(await stack.value("SELECT stripe_oauth_authorization_url('stripe')"));
  const exchange = (code, state) => failure(stack.client, 'SELECT * FROM stripe_oauth_get_access_token($1, $2, $3)', ['stripe', code, state]);

  await t.test('before it, a query says how', async () => {
    const error = await failure(stack.client, 'SELECT * FROM stripe.charges');
    refused(error, /not signed in[^]*stripe_oauth_authorization_url\('stripe'\)/);
  });

  await t.test('the address', async () => {
    const url = new URL(await stack.value("SELECT stripe_oauth_authorization_url('stripe', scope => 'read_only')"));
    assert.strictEqual(url.origin + url.pathname, `${simulator.url}/oauth/authorize`);
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
      response_type: 'code', client_id: CLIENTS.connect.id, scope: 'read_only', redirect_uri: REDIRECT_URI, state: url.searchParams.get('state'),
    });
    assert.strictEqual((await fetch(url)).status, 200, 'Stripe shows its page');
    const other = new URL(await stack.value("SELECT stripe_oauth_authorization_url('stripe', 'http://localhost:1/a?b=c&d=\u00e9')"));
    assert.strictEqual(other.searchParams.get('redirect_uri'), 'http://localhost:1/a?b=c&d=\u00e9');
    assert.notStrictEqual(other.searchParams.get('state'), url.searchParams.get('state'));
  });

  await t.test('connect: a token of the account', async () => {
    const signedIn = await signIn(stack, 'connect');
    assert.strictEqual(signedIn.account, signedIn.owner);
    assert.deepStrictEqual({ scope: signedIn.scope, livemode: signedIn.livemode, expires_at: signedIn.expires_at, access_token: signedIn.access_token },
      { scope: 'read_only', livemode: 'f', expires_at: null, access_token: null });
    const stored = await storedOptions(stack);
    const [tokens] = await simulator.control('GET', '/_sim/oauth/tokens');
    assert.deepStrictEqual(stored, { ...pristine, oauth_account: signedIn.owner, oauth_access_token: tokens.access_token, oauth_refresh_token: tokens.refresh_token });
    await takeLog(simulator);
    assert.ok(await count() > 0);
    for (const { headers } of await takeLog(simulator)) {
      assert.strictEqual(headers.authorization, logged('Bearer', tokens.access_token));
      assert.strictEqual(headers['stripe-account'], undefined);
    }
  });

  await t.test('connect: the platform\'s key and an account', async () => {
    await configure(stack, { only_account: true });
    await reset('connect');
    const signedIn = await signIn(stack, 'connect');
    await configure(stack, { only_account: false });
    assert.deepStrictEqual(await storedOptions(stack), { ...pristine, oauth_account: signedIn.owner });
    await takeLog(simulator);
    assert.ok(await count() > 0);
    for (const { headers } of await takeLog(simulator)) {
      assert.strictEqual(headers.authorization, logged('Bearer', CLIENTS.connect.secret));
      assert.strictEqual(headers['stripe-account'], signedIn.owner);
    }
    // A table's own account is narrower.
    await stack.query("ALTER FOREIGN TABLE stripe.charges OPTIONS (ADD account 'acct_1SimPlatform0001')");
    await count();
    for (const { headers } of await takeLog(simulator)) assert.strictEqual(headers['stripe-account'], 'acct_1SimPlatform0001');
    await stack.query('ALTER FOREIGN TABLE stripe.charges OPTIONS (DROP account)');
    // A server's is wider.
    await stack.query("ALTER SERVER stripe OPTIONS (ADD account 'acct_1SimPlatform0001')");
    await count();
    for (const { headers } of await takeLog(simulator)) assert.strictEqual(headers['stripe-account'], signedIn.owner);
    await stack.query('ALTER SERVER stripe OPTIONS (DROP account)');
  });

  await t.test('app: tokens that end', async () => {
    await reset('app');
    const url = new URL(await stack.value("SELECT stripe_oauth_authorization_url('stripe')"));
    assert.strictEqual(url.pathname, '/oauth/v2/authorize');
    assert.strictEqual(url.searchParams.get('response_type'), null);
    await takeExchanges(stack);
    await takeLog(simulator);
    const before = Date.now();
    const signedIn = await signIn(stack, 'app');
    const [{ path, headers, body }] = (await takeLog(simulator)).filter(({ method }) => method === 'POST');
    assert.strictEqual(path, '/v1/oauth/token');
    assert.strictEqual(headers.authorization, logged('Basic', Buffer.from(`${CLIENTS.app.secret}:`).toString('base64')));
    assert.strictEqual(headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepStrictEqual(body, [['grant_type', 'authorization_code'], ['code', signedIn.code]]);
    const end = new Date(signedIn.expires_at).getTime() - before;
    assert.ok(end > 3590e3 && end < 3700e3, `it lives for an hour: ${end} ms`);
    const stored = await storedOptions(stack);
    assert.match(stored.oauth_expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(await count() > 0);
    const { rows: [tested] } = await stack.query("SELECT * FROM stripe_test_connection('stripe')");
    assert.deepStrictEqual({ ...tested, display_name: null, permissions: null, round_trip_ms: null },
      { account: signedIn.owner, display_name: null, livemode: 'f', auth_scheme: 'oauth', permissions: null, round_trip_ms: null });
    assert.match(tested.permissions, /charges/);
    assert.ok(Number(tested.round_trip_ms) > 0);
  });

  await t.test('the token is shown only when asked for', async () => {
    await reset('app');
    const { code } = await consent(stack, 'app');
    const { rows: [row] } = await stack.query('SELECT * FROM stripe_oauth_get_access_token($1, $2, $3, show_token => true)', ['stripe', code, await newState()]);
    assert.strictEqual(row.access_token, (await storedOptions(stack)).oauth_access_token);
  });

  await t.test('what is refused stores nothing', async (t2) => {
    await reset('app');
    const before = await storedOptions(stack);
    const unchanged = async () => assert.deepStrictEqual(await storedOptions(stack), before);
    const { code } = await consent(stack, 'app');

    await t2.test('no state, another one, a changed one', async () => {
      await takeExchanges(stack);
      const good = await newState();
      const states = [null, '', 'x', good.slice(0, -1), `${good}A`, good.toUpperCase(), `A${good.slice(1, -1)}`];
      for (let at = 0; at < good.length; at += 5) states.push(good.slice(0, at) + (good[at] === 'B' ? 'C' : 'B') + good.slice(at + 1));
      for (const state of states) refused(await exchange(code, state), /state is not one that was made for this user/, code);
      assert.deepStrictEqual(await takeExchanges(stack), [], 'Stripe was not asked');
      await unchanged();
    });

    await t2.test('a state of another server, user, database or client', async () => {
      await stack.query(`CREATE SERVER second FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${simulator.url}')`);
      await pointTo(stack, 'second');
      const options = Object.entries(mappingOptions('app')).map(([name, value]) => `${name} '${value}'`).join(', ');
      await stack.query(`CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (${options})`);
      const elsewhere = [stateOf(await stack.value("SELECT stripe_oauth_authorization_url('second')"))];
      await stack.query('CREATE ROLE other LOGIN SUPERUSER');
      const other = await stack.connect({ user: 'other' });
      await stack.query('CREATE DATABASE other TEMPLATE template0');
      elsewhere.push(stateOf((await other.query("SELECT stripe_oauth_authorization_url('second') AS url")).rows[0].url));
      for (const state of elsewhere) refused(await exchange(code, state), /state is not one/);
      // The mapping of both is PUBLIC's, and still one user's state is not the other's.
      const mine = stateOf(await stack.value("SELECT stripe_oauth_authorization_url('second')"));
      refused(await failure(other, 'SELECT stripe_oauth_get_access_token($1, $2, $3)', ['second', code, mine]), /state is not one/);
      const before2 = await newState();
      await stack.query("ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_client_id 'ca_another')");
      refused(await exchange(code, before2), /state is not one/);
      await stack.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_client_id '${CLIENTS.app.id}')`);
      await unchanged();
    });

    await t2.test('a state that has expired', async () => {
      await stack.query("SET stripe_fdw.oauth_state_lifetime = '1s'");
      const state = await newState();
      await stack.query('RESET stripe_fdw.oauth_state_lifetime');
      await stack.query("SELECT pg_sleep_until(now() + '2.1s')");
      refused(await exchange(code, state), /state has expired[^]*stripe_oauth_authorization_url/, code);
      await unchanged();
    });

    await t2.test('a code that does not exist, is none, or has expired', async () => {
      refused(await exchange('ac_thisdoesnotexist', await newState()), /Authorization code does not exist: ac_\*\*\*[^]*Sign in again/, 'ac_thisdoesnotexist');
      refused(await exchange('odd-code-0123456789', await newState()), /does not exist: \*\*\*/, 'odd-code-0123456789');
      assert.strictEqual((await exchange('ac_1\r\nx: y', await newState())).code, '22023');
      assert.strictEqual((await exchange('', await newState())).code, '22023');
      assert.strictEqual((await exchange('x'.repeat(2000), await newState())).code, '22023');
      assert.strictEqual((await exchange(null, await newState())).code, '22004');
      await configure(stack, { offset_seconds: 301 });
      refused(await exchange(code, await newState()), /code expired: ac_\*\*\*/, code);
      await configure(stack, { offset_seconds: 0 });
      await unchanged();
    });

    await t2.test('a code for another application', async () => {
      const { code: foreign } = await consent(stack, 'connect');
      refused(await exchange(foreign, await newState()), /does not exist/, foreign);
      await unchanged();
    });

    await t2.test('an answer without a token', async () => {
      for (const body of ['{}', '{"access_token": ""}', '{"access_token": "a b"}', '{"access_token": "tok_1\\r\\nx: y"}', '[]', 'null', '<html>']) {
        await simulator.faults([{ match: { path: '/v1/oauth/token' }, action: { status: 200, body } }]);
        const error = await exchange(code, await newState());
        assert.strictEqual(error.code, 'HV000', told(error));
      }
      await simulator.faults([]);
      await unchanged();
    });

    await t2.test('no answer: a code is not sent twice', async () => {
      await stack.query("SELECT stripe_test_connection('stripe')").catch(() => {}); // a connection that is open
      await takeLog(simulator);
      await simulator.faults([{ match: { path: '/v1/oauth/token' }, action: { reset: 'headers' } }]);
      assert.strictEqual((await exchange(code, await newState())).code, '08006');
      assert.strictEqual((await takeLog(simulator)).length, 1);
      await simulator.faults([]);
      await unchanged();
    });

    await t2.test('a code used twice', async () => {
      const { code: once } = await consent(stack, 'app');
      const state = await newState();
      await stack.query('SELECT stripe_oauth_get_access_token($1, $2, $3)', ['stripe', once, state]);
      const stored = await storedOptions(stack);
      refused(await exchange(once, state), /already been used/, once);
      assert.deepStrictEqual(await storedOptions(stack), stored);
      await reset('app');
    });

    await t2.test('a secret that does not belong to the client', async () => {
      await stack.query("ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_client_secret 'sk_test_not_the_developers')");
      refused(await exchange(code, await newState()), /invalid_client|oauth_client_secret/, 'sk_test_not_the_developers');
      await reset('app');
    });

    await t2.test('a read-only transaction', async () => {
      await stack.query('BEGIN READ ONLY');
      assert.strictEqual((await exchange(code, await newState())).code, '25006');
      await stack.query('ROLLBACK');
    });
  });

  await t.test('giving the access back', async () => {
    for (const flow of ['connect', 'app']) {
      await reset(flow);
      const before = await storedOptions(stack);
      await signIn(stack, flow);
      assert.ok(await count() > 0);
      await stack.query("SELECT stripe_oauth_deauthorize('stripe')");
      assert.deepStrictEqual(await storedOptions(stack), before);
      assert.ok((await simulator.control('GET', '/_sim/oauth/tokens')).filter(({ client_id: id }) => id === CLIENTS[flow].id).every((token) => !token.refresh_token_works));
      refused(await failure(stack.client, 'SELECT * FROM stripe.charges'), /not signed in/);
      refused(await failure(stack.client, "SELECT stripe_oauth_deauthorize('stripe')"), /lacks the option "oauth_account"/);
    }
  });

  await t.test('consent taken back at Stripe', async () => {
    await reset('connect');
    const { owner } = await signIn(stack, 'connect');
    await simulator.control('POST', '/_sim/oauth/disconnect', { client_id: CLIENTS.connect.id, account: owner });
    refused(await failure(stack.client, 'SELECT * FROM stripe.charges'), /./);
  });
});

test('who may', async (t) => {
  const stack = await startOAuthStack(t, { flow: 'app', simulator: ['--charges', '10'] });
  await stack.query('CREATE ROLE plain LOGIN');
  const plain = await stack.connect({ user: 'plain' });
  const fails = async (sql, code, why) => {
    const error = await failure(plain, sql);
    assert.strictEqual(error.code, code, told(error));
    assert.match(told(error), why);
  };
  const functions = ["stripe_test_connection('stripe')", "stripe_oauth_authorization_url('stripe')", "stripe_oauth_get_access_token('stripe', 'ac_1', 'x')",
    "stripe_oauth_refresh_access_token('stripe')", "stripe_oauth_deauthorize('stripe')", "stripe_set_secret('stripe', 'api_key', 'sk_test_1')"];

  for (const call of functions) await fails(`SELECT ${call}`, '42501', /permission denied for foreign server stripe/);
  await stack.query('GRANT USAGE ON FOREIGN SERVER stripe TO plain');
  for (const call of functions) await fails(`SELECT ${call}`, '42704', /user mapping not found/);
  await stack.query(`CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key 'sk_test_stripe_fdw_sim')`);
  for (const call of functions.slice(2)) await fails(`SELECT ${call}`, '42501', /user mapping for PUBLIC of server "stripe"/);
  assert.strictEqual((await plain.query("SELECT auth_scheme FROM stripe_test_connection('stripe')")).rows[0].auth_scheme, 'api_key');
  await fails('SELECT stripe_rotate_secrets()', '42501', /permission denied for function/);
  await plain.query("CREATE USER MAPPING FOR CURRENT_USER SERVER stripe");
  await plain.query("SELECT stripe_set_secret('stripe', 'api_key', 'sk_test_stripe_fdw_sim')");
  assert.deepStrictEqual(await storedOptions(stack, { user: 'plain' }), { api_key: 'sk_test_stripe_fdw_sim' });
  await plain.query("SELECT stripe_set_secret('stripe', 'api_key', NULL)");
  assert.deepStrictEqual(await storedOptions(stack, { user: 'plain' }), {});
  await stack.query('CREATE EXTENSION postgres_fdw; CREATE SERVER pg FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR PUBLIC SERVER pg; GRANT USAGE ON FOREIGN SERVER pg TO plain');
  for (const call of functions) await fails(`SELECT ${call.replace("'stripe'", "'pg'")}`, '42809', /not a server of stripe_fdw/);
  await fails("SELECT stripe_test_connection('none')", '42704', /does not exist/);
});
