'use strict';

const assert = require('node:assert');
const { after, before, beforeEach, describe, test } = require('node:test');
const { start, KEY } = require('./support');

const CONNECT = 'ca_test_stripe_fdw_sim';
const APP = 'ca_test_stripe_fdw_sim_app';
const DEVELOPER_KEY = 'sk_test_stripe_fdw_sim_developer';
const HERE = 'http://127.0.0.1:4242/callback';

let sim;
before(async () => {
  sim = await start();
});
after(() => sim.close());
beforeEach(() => sim.control('POST', 'reset'));

const bearer = (key) => ({ authorization: `Bearer ${key}` });
const basic = (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

async function post(path, fields, headers = {}) {
  const response = await fetch(`${sim.address}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' });
  const text = await response.text();
  return { status: response.status, location: response.headers.get('location'), body: text && JSON.parse(text) };
}

const code = async (what) => (await sim.control('POST', 'oauth/code', { redirect_uri: HERE, ...what })).body;
const connect = (fields, headers = bearer(KEY)) => post('/oauth/token', fields, headers);
const app = (fields, headers = basic(DEVELOPER_KEY)) => post('/v1/oauth/token', fields, headers);
const exchange = (value) => ({ grant_type: 'authorization_code', code: value });
const refresh = (value) => ({ grant_type: 'refresh_token', refresh_token: value });

/** The page as a browser sees it: the form's address, its hidden fields and its choices. */
async function page(path, parameters) {
  const response = await fetch(`${sim.address}${path}?${new URLSearchParams(parameters)}`, { redirect: 'manual' });
  const html = await response.text();
  return {
    status: response.status, type: response.headers.get('content-type'), location: response.headers.get('location'), html,
    action: (/<form method="post" action="([^"]+)"/.exec(html) || [])[1],
    hidden: Object.fromEntries(Array.from(html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g), ([, name, value]) => [name, value.replace(/&amp;/g, '&').replace(/&quot;/g, '"')])),
    accounts: Array.from(html.matchAll(/<option value="([^"]+)">/g), ([, id]) => id),
  };
}

describe('consent', () => {
  for (const [flow, path, parameters, scope] of [
    ['connect', '/oauth/authorize', { client_id: CONNECT, response_type: 'code', scope: 'read_only' }, 'read_only'],
    ['app', '/oauth/v2/authorize', { client_id: APP }, 'stripe_apps'],
  ]) {
    test(`${flow}: the page, and both of its buttons`, async () => {
      const state = 'a"b&c=d +<';
      const shown = await page(path, { ...parameters, redirect_uri: HERE, state });
      assert.strictEqual(shown.status, 200);
      assert.match(shown.type, /^text\/html/);
      assert.ok(!shown.html.includes(state), 'escaped');
      const agreed = await post(shown.action, { ...shown.hidden, state, account: shown.accounts[1], decision: 'connect' });
      assert.strictEqual(agreed.status, 303);
      const url = new URL(agreed.location);
      assert.strictEqual(`${url.origin}${url.pathname}`, HERE);
      assert.deepStrictEqual([url.searchParams.get('state'), url.searchParams.get('scope')], [state, scope]);
      const tokens = await (flow === 'app' ? app : connect)(exchange(url.searchParams.get('code')));
      assert.strictEqual(tokens.body.stripe_user_id, shown.accounts[1]);
      const refused = new URL((await post(shown.action, { ...shown.hidden, state, decision: 'cancel' })).location).searchParams;
      assert.deepStrictEqual([refused.get('error'), refused.get('error_description'), refused.get('state')], ['access_denied', 'The user denied your request', state]);
      assert.strictEqual(refused.get('code'), null);
    });
  }

  test('where it may redirect to', async () => {
    const asked = (client, uri) => page('/oauth/authorize', { client_id: client, response_type: 'code', redirect_uri: uri }).then(({ status }) => status);
    assert.strictEqual(await asked(CONNECT, 'http://localhost:1/x?y=1'), 200);
    assert.strictEqual(await asked(CONNECT, 'http://localhost.example.com/'), 400);
    assert.strictEqual(await asked(CONNECT, 'http://127.0.0.1@example.com/'), 400);
    assert.strictEqual(await asked(CONNECT, 'https://mine.example.com/back'), 400);
    await sim.control('POST', 'oauth/clients', { [CONNECT]: { redirect_uris: ['https://mine.example.com/back'] } });
    assert.strictEqual(await asked(CONNECT, 'https://mine.example.com/back'), 200);
    assert.strictEqual(await asked('ca_live_stripe_fdw_sim', HERE), 400);
    assert.strictEqual(await asked('ca_live_stripe_fdw_sim', 'https://reports.example.com/stripe/callback'), 200);
    assert.strictEqual(await asked('ca_nobody', HERE), 400);
    assert.strictEqual(await asked(APP, HERE), 400);
  });

  test('a wrong scope or response type goes back to the application', async () => {
    for (const [wrong, error] of [[{ scope: 'everything' }, 'invalid_scope'], [{ response_type: 'token' }, 'unsupported_response_type']]) {
      const { location } = await page('/oauth/authorize', { client_id: CONNECT, response_type: 'code', redirect_uri: HERE, state: 's', ...wrong });
      assert.strictEqual(new URL(location).searchParams.get('error'), error);
      assert.strictEqual(new URL(location).searchParams.get('state'), 's');
    }
  });
});

describe('connect', () => {
  test('a code for tokens that read the account’s data, whichever way the key comes', async () => {
    for (const [fields, headers] of [[{}, bearer(KEY)], [{}, basic(KEY)], [{ client_secret: KEY }, {}]]) {
      const { code: value, account } = await code({ client_id: CONNECT, scope: 'read_write' });
      const { status, body } = await connect({ ...exchange(value), ...fields }, headers);
      assert.strictEqual(status, 200);
      assert.deepStrictEqual(Object.keys(body).sort(), ['access_token', 'livemode', 'refresh_token', 'scope', 'stripe_publishable_key', 'stripe_user_id', 'token_type']);
      assert.deepStrictEqual([body.livemode, body.scope, body.token_type, body.stripe_user_id], [false, 'read_write', 'bearer', account]);
      const own = await sim.get('/v1/charges?limit=3', bearer(body.access_token));
      const viaPlatform = await sim.get('/v1/charges?limit=3', { 'stripe-account': account });
      assert.deepStrictEqual(own.body, viaPlatform.body);
      assert.strictEqual((await sim.get('/v1/account', bearer(body.access_token))).body.id, account);
      assert.strictEqual((await sim.get('/v1/charges', { ...bearer(body.access_token), 'stripe-account': sim.sim.world.account })).status, 403);
    }
  });

  test('its access tokens do not expire and its refresh tokens stay', async () => {
    const { code: value } = await code({ client_id: CONNECT });
    const { body } = await connect(exchange(value));
    await sim.control('POST', 'oauth/config', { offset_seconds: 5 * 365 * 86400 });
    assert.strictEqual((await sim.get('/v1/charges?limit=1', bearer(body.access_token))).status, 200);
    for (let i = 0; i < 2; i++) assert.strictEqual((await connect(refresh(body.refresh_token))).body.refresh_token, body.refresh_token);
  });

  test('the answer that holds the account alone', async () => {
    await sim.control('POST', 'oauth/config', { only_account: true });
    const { code: value, account } = await code({ client_id: CONNECT });
    assert.deepStrictEqual((await connect(exchange(value))).body, { stripe_user_id: account });
    assert.strictEqual((await sim.get('/v1/charges?limit=1', { 'stripe-account': account })).status, 200);
  });

  test('deauthorization', async () => {
    const { code: value, account } = await code({ client_id: CONNECT });
    const { body } = await connect(exchange(value));
    const gone = await post('/oauth/deauthorize', { client_id: CONNECT, stripe_user_id: account }, bearer(KEY));
    assert.deepStrictEqual([gone.status, gone.body], [200, { stripe_user_id: account }]);
    const refused = await sim.get('/v1/charges', bearer(body.access_token));
    assert.deepStrictEqual([refused.status, refused.body.error.code], [401, 'platform_api_key_expired']);
    assert.strictEqual((await sim.get('/v1/charges', { 'stripe-account': account })).status, 403);
    assert.strictEqual((await connect(refresh(body.refresh_token))).body.error, 'invalid_grant');
    const again = await post('/oauth/deauthorize', { client_id: CONNECT, stripe_user_id: account }, bearer(KEY));
    assert.strictEqual(again.status, 401, 'it is not connected any more');
    assert.strictEqual(again.body.error, 'invalid_client');
    await connect(exchange((await code({ client_id: CONNECT, account })).code));
    assert.strictEqual((await sim.get('/v1/charges?limit=1', { 'stripe-account': account })).status, 200);
  });
});

describe('app', () => {
  test('if told so, an exchange under the same Idempotency-Key gets the same answer', async () => {
    const { code: value } = await code({ client_id: APP });
    const { body: first } = await app(exchange(value));
    await sim.control('POST', 'oauth/config', { idempotent: true });
    const under = (key, token) => app(refresh(token), { ...basic(DEVELOPER_KEY), 'idempotency-key': key });
    const { body: second } = await under('a', first.refresh_token);
    assert.deepStrictEqual((await under('a', first.refresh_token)).body, second);
    assert.strictEqual((await under('b', first.refresh_token)).body.error, 'invalid_grant');
    assert.notStrictEqual((await under('b', second.refresh_token)).body.refresh_token, second.refresh_token);
    assert.strictEqual((await sim.control('GET', 'oauth/exchanges')).body.length, 4, 'a repetition is no exchange');
  });

  test('each exchange retires the refresh token', async () => {
    const { code: value, account } = await code({ client_id: APP });
    const first = (await app(exchange(value))).body;
    assert.deepStrictEqual([first.stripe_user_id, first.scope, first.token_type], [account, 'stripe_apps', 'bearer']);
    const second = (await app(refresh(first.refresh_token))).body;
    assert.notStrictEqual(second.refresh_token, first.refresh_token);
    const retired = await app(refresh(first.refresh_token));
    assert.deepStrictEqual([retired.status, retired.body.error], [400, 'invalid_grant']);
    assert.ok(retired.body.error_description.includes(first.refresh_token), 'the description echoes the token');
    assert.strictEqual((await app(refresh(second.refresh_token))).status, 200);
    const works = (await sim.control('GET', 'oauth/tokens')).body.map((pair) => pair.refresh_token_works);
    assert.deepStrictEqual(works, [false, false, true]);
  });

  test('an access token lives an hour, a refresh token a year', async () => {
    const { code: value } = await code({ client_id: APP });
    const { body } = await app(exchange(value));
    const ask = () => sim.get('/v1/charges?limit=1', bearer(body.access_token));
    assert.strictEqual((await ask()).status, 200);
    await sim.control('POST', 'oauth/config', { offset_seconds: 3590 });
    assert.strictEqual((await ask()).status, 200);
    await sim.control('POST', 'oauth/config', { offset_seconds: 3601 });
    const { status, body: refused } = await ask();
    assert.deepStrictEqual([status, refused.error.code], [401, 'api_key_expired']);
    assert.ok(!JSON.stringify(refused).includes(body.access_token));
    await sim.control('POST', 'oauth/config', { offset_seconds: 366 * 86400 });
    assert.match((await app(refresh(body.refresh_token))).body.error_description, /^Refresh token expired/);
  });

  test('a life that a test sets', async () => {
    await sim.control('POST', 'oauth/config', { access_token_seconds: 0 });
    const { code: value } = await code({ client_id: APP });
    const { body } = await app(exchange(value));
    assert.strictEqual((await sim.get('/v1/charges', bearer(body.access_token))).status, 401);
  });
});

describe('errors', () => {
  const refused = async (answer, status, error, description) => {
    const { status: got, body } = await answer;
    assert.deepStrictEqual([got, body.error], [status, error]);
    assert.match(body.error_description, description);
  };

  test('codes: unknown, of another application, expired, used twice', async () => {
    await refused(connect(exchange('ac_none')), 400, 'invalid_grant', /^Authorization code does not exist: ac_none$/);
    const others = (await code({ client_id: APP })).code;
    await refused(connect(exchange(others)), 400, 'invalid_grant', new RegExp(`does not exist: ${others}`));
    const late = (await code({ client_id: CONNECT })).code;
    await sim.control('POST', 'oauth/config', { offset_seconds: 301 });
    await refused(connect(exchange(late)), 400, 'invalid_grant', new RegExp(`expired: ${late}`));
    const { code: twice } = await code({ client_id: CONNECT });
    const { body } = await connect(exchange(twice));
    await refused(connect(exchange(twice)), 400, 'invalid_grant', /already been used. All tokens issued with this code have been revoked/);
    assert.strictEqual((await sim.get('/v1/charges', bearer(body.access_token))).status, 401);
  });

  test('another redirect_uri than the one that the code was issued for', async () => {
    const { code: value } = await code({ client_id: CONNECT });
    await refused(connect({ ...exchange(value), redirect_uri: 'http://127.0.0.1:1/' }), 400, 'invalid_grant', /redirect_uri/);
    assert.strictEqual((await connect({ ...exchange(value), redirect_uri: HERE })).status, 200);
  });

  test('keys, grant types, missing parameters', async () => {
    await refused(connect(exchange('ac_x'), {}), 401, 'invalid_client', /did not provide/);
    await refused(connect(exchange('ac_x'), bearer('sk_test_wrong_key_1234')), 401, 'invalid_client', /^Invalid API Key provided: sk_test_\*+1234$/);
    await refused(app(exchange('ac_x'), basic(KEY)), 401, 'invalid_client', /Invalid API Key/);
    await refused(app({ ...exchange('ac_x'), client_secret: DEVELOPER_KEY }, {}), 401, 'invalid_client', /did not provide/);
    await refused(connect({ grant_type: 'password' }), 400, 'unsupported_grant_type', /password/);
    await refused(connect({ code: 'ac_x' }), 400, 'invalid_request', /grant_type/);
    await refused(connect({ grant_type: 'authorization_code' }), 400, 'invalid_request', /code/);
    await refused(connect({ grant_type: 'refresh_token' }), 400, 'invalid_request', /refresh_token/);
    await refused(connect({ ...exchange('ac_x'), client_id: APP }), 401, 'invalid_client', /client identifier/);
    await refused(post('/oauth/deauthorize', { client_id: CONNECT }, bearer(KEY)), 400, 'invalid_request', /stripe_user_id/);
  });
});

describe('what a test sets and reads', () => {
  test('a client of its own', async () => {
    await sim.control('POST', 'oauth/clients', { ca_mine: { flow: 'app', secrets: ['sk_test_mine_of_my_own'], redirect_uris: ['https://mine.example.com/'] } });
    const { code: value } = await code({ client_id: 'ca_mine' });
    assert.strictEqual((await app(exchange(value), basic('sk_test_mine_of_my_own'))).status, 200);
    assert.strictEqual((await sim.get('/v1/charges?limit=1', bearer('sk_test_mine_of_my_own'))).status, 200);
  });

  test('the exchanges, every secret handed out, and that reset forgets them', async () => {
    const { code: value } = await code({ client_id: APP });
    const { body } = await app(exchange(value));
    await app(refresh('rt_none'));
    const { body: log } = await sim.control('GET', 'oauth/exchanges');
    assert.deepStrictEqual(log.map(({ flow, grant_type: grant, presented, error }) => [flow, grant, presented, error]),
      [['app', 'authorization_code', value, undefined], ['app', 'refresh_token', 'rt_none', 'invalid_grant']]);
    assert.deepStrictEqual(log[0].answer, body);
    assert.deepStrictEqual((await sim.control('GET', 'oauth/secrets')).body.sort(), [value, body.access_token, body.refresh_token].sort());
    await sim.control('POST', 'reset');
    assert.deepStrictEqual((await sim.control('GET', 'oauth/exchanges')).body, []);
    assert.strictEqual((await app(refresh(body.refresh_token))).status, 400);
  });

  test('an exchange has happened before its answer leaves; faults reach it', async () => {
    await sim.control('POST', 'oauth/config', { answer_delay_ms: 60000 });
    const { code: value } = await code({ client_id: APP });
    const giveUp = new AbortController();
    const asked = fetch(`${sim.address}/v1/oauth/token`, { method: 'POST', headers: basic(DEVELOPER_KEY), body: new URLSearchParams(exchange(value)), signal: giveUp.signal });
    while ((await sim.control('GET', 'oauth/exchanges')).body.length === 0);
    giveUp.abort();
    await assert.rejects(asked);
    const [pair] = (await sim.control('GET', 'oauth/tokens')).body;
    assert.ok(pair.refresh_token_works && pair.access_token_works);
    await sim.control('POST', 'oauth/config', { answer_delay_ms: 0 });
    await sim.control('POST', 'faults', [{ match: { path: '/v1/oauth/token' }, action: { status: 503 } }]);
    assert.strictEqual((await app(refresh(pair.refresh_token))).status, 503);
  });

  test('mistakes are told', async () => {
    assert.strictEqual((await sim.control('POST', 'oauth/config', { acess_token_seconds: 1 })).status, 400);
    assert.strictEqual((await sim.control('POST', 'oauth/clients', { x: { colour: 'red' } })).status, 400);
    assert.strictEqual((await sim.control('POST', 'oauth/code', { client_id: 'ca_nobody' })).status, 400);
  });
});
