// The web application of doc/examples/web-sign-in, in a browser.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const path = require('node:path');
const { startStack } = require('./lib');
const { CHROMIUM, Run, start, openChromium } = require('./lib/login');
const { answerConsent } = require('./lib/consent');

const EXAMPLE = path.join(__dirname, '..', '..', 'doc', 'examples', 'web-sign-in', 'server.js');
const CLIENT = { id: 'ca_of_the_web_application', secret: 'sk_test_of_the_web_application' };

test('signing in from a web application', async (t) => {
  const stack = await startStack(t, { cluster: { settings: { log_statement: 'all', log_parameter_max_length: '0', log_min_messages: 'debug2' } }, import: false });
  const { simulator, cluster } = stack;
  await simulator.control('POST', '/_sim/oauth/clients', { [CLIENT.id]: { secrets: [CLIENT.secret] } });
  // As the example's README says.
  await stack.query(`DROP USER MAPPING FOR CURRENT_USER SERVER stripe;
    ALTER SERVER stripe OPTIONS (ADD connect_base '${simulator.url}');
    CREATE ROLE reports LOGIN;
    GRANT USAGE ON FOREIGN SERVER stripe TO reports;
    CREATE USER MAPPING FOR reports SERVER stripe OPTIONS (auth_scheme 'oauth', oauth_flow 'connect', oauth_client_id '${CLIENT.id}')`);
  const reports = await cluster.connect({ user: 'reports' });
  await reports.query("SELECT stripe_set_secret('stripe', 'oauth_client_secret', $1)", [CLIENT.secret]);

  const application = new Run(start(process.execPath, [EXAMPLE], {
    PATH: process.env.PATH, NODE_PATH: path.join(__dirname, 'node_modules'), ...cluster.environment, PGUSER: 'reports', PORT: '0',
  }));
  t.after(async () => {
    application.child.kill();
    await application.ended;
  });
  const [, address] = await application.see(/listening on (\S+)/);
  const tokens = () => stack.column("SELECT option_name FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE usename = 'reports' AND option_name ~ 'token|account' ORDER BY 1");
  const account = async () => (await reports.query("SELECT account FROM stripe_test_connection('stripe')")).rows[0].account;

  // Node 18 takes localhost for ::1 alone.
  const request = (url, options) => fetch(url.replace('//localhost:', '//127.0.0.1:'), options);

  // Begins without a browser: Stripe's address, and the cookie that belongs to it.
  const begin = async () => {
    const response = await request(`${address}/connect`, { redirect: 'manual' });
    const [cookie] = response.headers.get('set-cookie').split(';');
    return { url: response.headers.get('location'), cookie };
  };
  const comeBack = async (location, cookie) => {
    const response = await request(location, { headers: cookie ? { cookie } : {} });
    return { status: response.status, text: await response.text() };
  };

  const MISHAPS = [
    ['denied consent', async ({ url, cookie }) => comeBack((await answerConsent(url, 'cancel')).location, cookie), 400, /The user denied your request/],
    ['another browser', async ({ url }) => comeBack((await answerConsent(url)).location), 400, /not begun in this browser/],
    ['the state of another sign-in', async ({ url }) => {
      const other = await begin();
      return comeBack((await answerConsent(url)).location, other.cookie);
    }, 400, /not begun in this browser/],
    ['an expired code', async ({ url, cookie }) => {
      const { location } = await answerConsent(url);
      await simulator.control('POST', '/_sim/oauth/config', { offset_seconds: 301 });
      return comeBack(location, cookie);
    }, 502, /Authorization code expired: ac_\*\*\*/],
    ['a code used twice', async ({ url, cookie }) => {
      const { location } = await answerConsent(url);
      const code = new URL(location).searchParams.get('code');
      await request(`${simulator.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, client_secret: CLIENT.secret }) });
      return comeBack(location, cookie);
    }, 502, /authorization code has already been used/],
  ];
  for (const [what, go, status, text] of MISHAPS) {
    await t.test(`${what}: a clear error, and nothing stored`, async () => {
      const answer = await go(await begin());
      assert.strictEqual(answer.status, status, answer.text);
      assert.match(answer.text, text);
      assert.deepStrictEqual(await tokens(), []);
      await simulator.control('POST', '/_sim/oauth/config', { offset_seconds: 0 });
    });
  }

  await t.test('a state that PostgreSQL has made for another user', async () => {
    await stack.query(`CREATE ROLE others LOGIN; GRANT USAGE ON FOREIGN SERVER stripe TO others;
      CREATE USER MAPPING FOR others SERVER stripe OPTIONS (auth_scheme 'oauth', oauth_flow 'connect', oauth_client_id '${CLIENT.id}')`);
    const others = await cluster.connect({ user: 'others' });
    await others.query("SELECT stripe_set_secret('stripe', 'oauth_client_secret', $1)", [CLIENT.secret]);
    const { rows: [{ url }] } = await others.query("SELECT stripe_oauth_authorization_url('stripe', $1) AS url", [`${address}/callback`]);
    const query = new URL((await answerConsent(url)).location).searchParams;
    await assert.rejects(reports.query("SELECT stripe_oauth_get_access_token('stripe', $1, $2)", [query.get('code'), query.get('state')]), /the state is not one that was made for this user/);
    assert.deepStrictEqual(await tokens(), []);
  });

  await t.test('in Chromium', { skip: !CHROMIUM && 'Chromium is not there' }, async (t1) => {
    const browser = await openChromium(t1);
    const page = await browser.newPage();
    await page.goto(address);
    await page.click('#connect');
    await page.click('#cancel');
    assert.match(await page.textContent('body'), /The user denied your request/);
    assert.deepStrictEqual(await tokens(), []);
    await page.click('text=Start again');
    await page.click('#connect');
    const chosen = await page.$eval('#account', (select) => select.value);
    await page.click('#connect');
    assert.strictEqual(await page.title(), 'Signed in');
    assert.strictEqual(await page.textContent('#account'), chosen);
    assert.deepStrictEqual(await tokens(), ['oauth_access_token', 'oauth_account', 'oauth_refresh_token']);
    assert.strictEqual(await account(), chosen);
    await page.goBack();
    await page.goForward();
    assert.strictEqual(await account(), chosen, 'a look back into the history does no harm');
  });

  await t.test('without a browser, and without a word of the tokens', async () => {
    const { url, cookie } = await begin();
    const { location, account: agreed } = await answerConsent(url);
    const answer = await comeBack(location, cookie);
    assert.strictEqual(answer.status, 200, answer.text);
    assert.strictEqual(await account(), agreed);
    assert.strictEqual((await comeBack(location, cookie)).status, 400, 'a second time');
    const secrets = await simulator.control('GET', '/_sim/oauth/secrets');
    assert.ok(secrets.length > 5);
    for (const secret of [...secrets, CLIENT.secret]) {
      for (const [where, text] of [['the page', answer.text], ['the application', application.output], ['the server’s log', cluster.serverLog()]]) assert.ok(!text.includes(secret), `${secret} in ${where}`);
    }
  });
});
