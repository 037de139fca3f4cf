// stripe_fdw_login: signing in by key, in the browser on this machine, and in
// a browser elsewhere.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { startCluster, startSimulator, API_KEY } = require('./lib');
const { CHROMIUM, run, runInTerminal, makeBrowserCommand, openChromium } = require('./lib/login');
const { answerConsent } = require('./lib/consent');
const { until } = require('./lib/until');

const CLIENTS = {
  connect: { id: 'ca_test_stripe_fdw_sim', secret: 'sk_test_stripe_fdw_sim', scope: 'read_only' },
  app: { id: 'ca_test_stripe_fdw_sim_app', secret: 'sk_test_stripe_fdw_sim_developer', scope: 'stripe_apps' },
};
const WRONG_KEY = 'sk_test_wrong_but_secret_98765432';
const PASSWORD = 'not_for_the_browser_4711';

test('stripe_fdw_login', async (t) => {
  // The server's log tells all that it can.
  const cluster = await startCluster(t, { settings: { log_min_messages: 'debug5', log_statement: 'all', log_min_error_statement: 'debug5', log_error_verbosity: 'verbose',
    log_min_duration_statement: '0', debug_print_plan: 'on', debug_print_parse: 'on', log_connections: 'on' } });
  const simulator = await startSimulator(t);
  const admin = await cluster.connect();
  await admin.query('CREATE EXTENSION stripe_fdw');
  const bases = [`--api-base=${simulator.url}`, `--connect-base=${simulator.url}`, `--marketplace-base=${simulator.url}`];
  const oauth = simulator.control.bind(simulator);
  const outputs = []; // of every run
  const folder = fs.mkdtempSync('/tmp/stripe_fdw_login.');
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const secretFile = (flow) => {
    const file = path.join(folder, flow);
    fs.writeFileSync(file, `${CLIENTS[flow].secret}\n`, { mode: 0o600 });
    return file;
  };
  const clientArguments = (flow) => [`--flow=${flow}`, `--client-id=${CLIENTS[flow].id}`, `--client-secret-file=${secretFile(flow)}`];

  // Every run's output is kept for the search at the end.
  const start = (how) => (...args) => {
    const program = how(cluster, ...args);
    program.ended.then(() => outputs.push(program.output));
    return program;
  };
  const pipes = start(run);
  const terminal = start(runInTerminal);

  const value = async (sql, values) => Object.values((await admin.query(sql, values)).rows[0] ?? {})[0];
  const objects = async () => (await admin.query(`SELECT s.srvname, m.usename FROM pg_foreign_server s LEFT JOIN pg_user_mappings m ON m.srvid = s.oid ORDER BY 1, 2`)).rows.map((row) => Object.values(row).join(' '));
  const option = (name, server = 'stripe') => value('SELECT option_value FROM pg_user_mappings, pg_options_to_table(umoptions) WHERE srvname = $1 AND option_name = $2', [server, name]);
  // A fresh start for the next part.
  const handedOut = []; // codes and tokens
  const clean = async () => {
    handedOut.push(...await oauth('GET', '/_sim/oauth/secrets'));
    await admin.query('DROP SCHEMA IF EXISTS stripe CASCADE; DROP SERVER IF EXISTS stripe CASCADE');
    await oauth('POST', '/_sim/reset');
  };
  const nothingStored = async () => assert.deepStrictEqual(await objects(), []);

  await t.test('a key, typed in a terminal', async (t1) => {
    t1.after(clean);
    const program = terminal(['--schema=stripe', ...bases]);
    await program.see(/Create it\? \[Y\/n\] /);
    program.type('yes, do\n');
    await program.see(/Your choice \[1\]: /);
    program.type('\n');
    await program.see(/Stripe API key \(it is not shown\): /);
    program.type(`${API_KEY}\n`);
    assert.strictEqual(await program.ended, 0, program.output);
    assert.match(program.output, /yes, do/, 'this terminal echoes what is typed');
    assert.ok(!program.output.includes(API_KEY), 'but not the key');
    assert.match(program.output, /Stripe answers for acct_1SimPlatform0001.*, test mode, in \d+ ms\.\r?\nMay read: everything\./);
    assert.strictEqual(await option('auth_scheme'), 'api_key');
    assert.strictEqual(await value('SELECT count(*) FROM (SELECT FROM stripe.charges LIMIT 7) c'), '7');
  });

  await t.test('a key from standard input; the SQL that it prints makes the same objects', async (t1) => {
    t1.after(clean);
    const program = pipes(['--key', '--create', '--schema=stripe', ...bases], { input: `${API_KEY}\n` });
    assert.strictEqual(await program.ended, 0, program.output);
    assert.ok(!program.output.includes(API_KEY));
    const described = 'SELECT srvname, srvoptions, (SELECT array_agg(o ORDER BY o) FROM unnest(umoptions) o) AS options, (SELECT count(*) FROM pg_foreign_table) AS tables FROM pg_foreign_server JOIN pg_user_mappings USING (srvname)';
    const before = (await admin.query(described)).rows;
    assert.strictEqual(before.length, 1);
    await admin.query('DROP SCHEMA stripe CASCADE; DROP SERVER stripe CASCADE');
    await admin.query(program.stdout.replace('<api_key>', API_KEY));
    assert.deepStrictEqual((await admin.query(described)).rows, before);
  });

  await t.test('a second time: nothing is asked, nothing imported twice, another key', async (t1) => {
    t1.after(clean);
    const [first, second] = ['sk_test_the_first_of_two_keys', 'sk_test_the_second_of_two_keys'];
    await simulator.config({ keys: { [first]: { livemode: false, permissions: null }, [second]: { livemode: false, permissions: null } } });
    assert.strictEqual(await pipes(['--key', '--create', '--schema=stripe', ...bases], { input: first }).ended, 0);
    const again = pipes(['--key', '--schema=stripe'], { input: second });
    assert.strictEqual(await again.ended, 0, again.output);
    assert.match(again.stderr, /nothing was imported/);
    assert.strictEqual(await option('api_key'), second);
  });

  await t.test('a key that Stripe refuses is not kept', async (t1) => {
    t1.after(clean);
    const program = pipes(['--key', '--create', ...bases], { input: WRONG_KEY });
    assert.strictEqual(await program.ended, 1);
    assert.match(program.stderr, /^stripe_fdw_login: error: .*(Invalid API Key|not accept)/m);
    assert.strictEqual(program.stdout, '');
    await nothingStored();
    for (const [input, message] of [['', /no key was given/], ['pk_test_for_browsers\n', /publishable/], ['sk_test_a b\n', /a character that no key/], [`sk_test_${'x'.repeat(9000)}`, /too long/]]) {
      const refused = pipes(['--key', '--create', ...bases], { input });
      assert.strictEqual(await refused.ended, 1, input);
      assert.match(refused.stderr, message);
      await nothingStored();
    }
  });

  await t.test('Ctrl-C while the key is read: the echo is back, nothing is stored', async () => {
    const program = terminal(['--key', '--create', ...bases], { then: 'stty -a' });
    await program.see(/not shown\): /);
    program.type('sk_test_half_of_a_key');
    program.type('\x03');
    await program.see(/[^-]\becho\b/);
    await program.ended;
    assert.match(program.output, /status 130/);
    assert.ok(!program.output.includes('half_of_a_key'));
    await nothingStored();
  });

  await t.test('a user without privileges', async (t1) => {
    t1.after(async () => {
      await clean();
      await admin.query('DROP OWNED BY alice; DROP ROLE alice');
    });
    await admin.query("CREATE ROLE alice LOGIN; GRANT USAGE ON SCHEMA public TO alice");
    const asAlice = (args, input = API_KEY) => pipes(['-U', 'alice', '--key', ...args], { input });
    const none = asAlice([]);
    assert.strictEqual(await none.ended, 1);
    assert.match(none.stderr, /server "stripe" does not exist\n.*hint: --create creates it/);
    const create = asAlice(['--create']);
    assert.strictEqual(await create.ended, 1);
    assert.match(create.stderr, /permission denied for foreign-data wrapper stripe_fdw/);
    await admin.query(`CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${simulator.url}')`);
    const closed = asAlice([]);
    assert.strictEqual(await closed.ended, 1);
    assert.match(closed.stderr, /permission denied for foreign server "stripe"\n.*hint: .*GRANT USAGE/);
    await admin.query('GRANT USAGE ON FOREIGN SERVER stripe TO alice');
    await admin.query('REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC');
    const temporary = asAlice([]);
    assert.strictEqual(await temporary.ended, 1);
    assert.match(temporary.stderr, /permission denied to create temporary tables/);
    assert.deepStrictEqual(await objects(), ['stripe ']);
    await admin.query('GRANT TEMPORARY ON DATABASE postgres TO PUBLIC');
    const program = asAlice([]);
    assert.strictEqual(await program.ended, 0, program.output);
    assert.match(program.stdout, /^CREATE USER MAPPING FOR alice SERVER stripe OPTIONS \(auth_scheme 'api_key'\);\nSELECT public\.stripe_set_secret\('stripe', 'api_key', '<api_key>'\);$/m);
    assert.deepStrictEqual(await objects(), ['stripe alice']);
  });

  await t.test('names that need quotes, and text that would be SQL', async (t1) => {
    const server = `my "server"; DROP`;
    t1.after(() => admin.query('DROP SERVER "my ""server""; DROP" CASCADE; DROP SCHEMA "a \'schema\'" CASCADE'));
    const program = pipes(['--key', '--create', `--server=${server}`, "--schema=a 'schema'", ...bases], { input: API_KEY });
    assert.strictEqual(await program.ended, 0, program.output);
    assert.deepStrictEqual(await objects(), [`${server} postgres`]);
    assert.match(program.stdout, /CREATE SERVER "my ""server""; DROP" FOREIGN DATA WRAPPER/);
    const refused = pipes(['--key', `--server=${server}`, "--account=acct_1', x 'y"], { input: API_KEY });
    assert.strictEqual(await refused.ended, 1);
  });

  await t.test('no database, no extension, no way to ask', async () => {
    const nowhere = pipes(['--key', '-h', '/nonexistent']);
    assert.strictEqual(await nowhere.ended, 2);
    assert.match(nowhere.stderr, /^stripe_fdw_login: error: connection to server/);
    const without = pipes(['--key', 'template1']);
    assert.strictEqual(await without.ended, 1);
    assert.match(without.stderr, /the extension stripe_fdw is not in this database\n.*hint: /);
    const unasked = pipes(['--create', ...bases]);
    assert.strictEqual(await unasked.ended, 1);
    assert.match(unasked.stderr, /one of --key, --desktop and --headless is needed/);
    const client = pipes(['--headless', '--create', ...bases]);
    assert.strictEqual(await client.ended, 1);
    assert.match(client.stderr, /no client id was given\n.*--client-id/);
    const both = pipes(['--key', '--desktop']);
    assert.strictEqual(await both.ended, 1);
    assert.match(both.stderr, /only one of/);
    await nothingStored();
  });

  // The address that the program tells people to go to.
  const shownAddress = async (program) => (await program.see(/^ {2}(http\S+)\s*$/m))[1];

  for (const [flow, client] of Object.entries(CLIENTS)) {
    await t.test(`headless, ${flow}: all of it typed in a terminal`, async (t1) => {
      t1.after(clean);
      const program = terminal(['--headless', `--flow=${flow}`, '--create', '--redirect-uri=http://127.0.0.1:1/nobody', '--schema=stripe', ...bases]);
      await program.see(/Client id of the application/);
      program.type(`${client.id}\n`);
      await program.see(/secret key \(it is not shown\): /);
      program.type(`${client.secret}\n`);
      const address = await shownAddress(program);
      const { location, account } = await answerConsent(address);
      await program.see(/code alone \(it is not shown\): /);
      program.type(`${location}\n`);
      assert.strictEqual(await program.ended, 0, program.output);
      assert.match(program.output, new RegExp(`Signed in to account ${account} with scope ${client.scope}`));
      assert.match(program.output, new RegExp(`Stripe answers for ${account}`));
      assert.match(program.output, /-- Then sign in again: stripe_fdw_login --headless/);
      assert.strictEqual(await option('oauth_flow'), flow);
      const ids = (await admin.query('SELECT id FROM stripe.charges')).rows.map(({ id }) => id).sort();
      const there = await simulator.objects(`charges?account=${account}`);
      assert.deepStrictEqual(ids, there.map(({ id }) => id).sort(), 'the account’s own data');
    });
  }

  await t.test('functions of somebody else’s that are called the same get no secret', async (t1) => {
    const traps = ['stripe_set_secret(text, text, text)', 'stripe_set_secret(name, text, name)', 'stripe_test_connection(text)',
      'stripe_oauth_authorization_url(text, text, text)', 'stripe_oauth_get_access_token(text, text, text)', 'stripe_oauth_get_access_token(name, text, text)'];
    t1.after(async () => {
      for (const trap of traps) await admin.query(`DROP FUNCTION ${trap}`);
      await clean();
    });
    for (const trap of traps) await admin.query(`CREATE FUNCTION ${trap} RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$`);
    const key = pipes(['--key', '--create', ...bases], { input: API_KEY });
    assert.strictEqual(await key.ended, 0, key.output);
    const program = pipes(['--headless', '--redirect-uri=http://127.0.0.1:1/nobody', ...clientArguments('connect')], { input: null });
    program.type(`${(await answerConsent(await shownAddress(program))).location}\n`);
    assert.strictEqual(await program.ended, 0, program.output);
  });

  await t.test('headless: the code alone, and a mapping that knows its client already', async (t1) => {
    t1.after(clean);
    const first = pipes(['--headless', '--create', ...clientArguments('connect'), '--redirect-uri=http://127.0.0.1:1/', ...bases], { input: null });
    first.type(`${new URL((await answerConsent(await shownAddress(first))).location).searchParams.get('code')}\n`);
    assert.strictEqual(await first.ended, 0, first.output);
    const tokens = await option('oauth_refresh_token');
    const again = pipes(['--headless', '--scope=read_write'], { input: null });
    again.type(`${(await answerConsent(await shownAddress(again))).location}\n`);
    assert.strictEqual(await again.ended, 0, again.output);
    assert.match(again.stderr, /with scope read_write/);
    assert.notStrictEqual(await option('oauth_refresh_token'), tokens);
  });

  // What goes wrong on the way, as [what, what is pasted, the error].
  const spoilt = (change) => async (address) => {
    const url = new URL((await answerConsent(address)).location);
    change(url.searchParams);
    return url.href;
  };
  let spent; // a code that was used
  const MISHAPS = [
    ['denied consent', async (address) => (await answerConsent(address, 'cancel')).location, /error: Stripe did not give access: access_denied\n.*detail: The user denied your request/],
    ['wrong state', spoilt((query) => query.set('state', 'somebody_elses')), /error: the answer does not belong to this sign-in/],
    ['no state', spoilt((query) => query.delete('state')), /error: the answer does not belong to this sign-in/],
    ['two codes', spoilt((query) => query.append('code', 'ac_another')), /error: the address is malformed/],
    ['no code', spoilt((query) => query.delete('code')), /error: the answer holds no code/],
    ['nothing', async () => '', /error: no code was given/],
    ['an unknown code', async () => 'ac_nobody_has_this_code', /error: .*Authorization code does not exist: ac_\*\*\*/],
    ['an expired code', async (address) => {
      const { location } = await answerConsent(address);
      await oauth('POST', '/_sim/oauth/config', { offset_seconds: 301 });
      return location;
    }, /Authorization code expired: ac_\*\*\*/],
    ['a code used before', async (address) => {
      const { location } = await answerConsent(address);
      spent = new URL(location).searchParams.get('code');
      await fetch(`${simulator.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code: spent, client_secret: CLIENTS.connect.secret }) });
      return location;
    }, /authorization code has already been used/],
  ];
  for (const [what, pasted, message] of MISHAPS) {
    await t.test(`headless, ${what}: a clear error, and nothing stored`, async (t1) => {
      t1.after(clean);
      const program = pipes(['--headless', '--create', ...clientArguments('connect'), '--redirect-uri=http://127.0.0.1:1/', ...bases], { input: null });
      program.type(`${await pasted(await shownAddress(program))}\n`);
      assert.strictEqual(await program.ended, 1, program.output);
      assert.match(program.stderr, message);
      assert.strictEqual(program.stdout, '');
      await nothingStored();
    });
  }

  await t.test('a failed sign-in leaves a mapping that was there as it was signed in', async (t1) => {
    t1.after(clean);
    const first = pipes(['--headless', '--create', ...clientArguments('connect'), '--redirect-uri=http://127.0.0.1:1/', ...bases], { input: null });
    first.type(`${(await answerConsent(await shownAddress(first))).location}\n`);
    assert.strictEqual(await first.ended, 0, first.output);
    const before = await value('SELECT umoptions FROM pg_user_mappings');
    const again = pipes(['--headless', '--scope=read_write', ...clientArguments('app')], { input: null });
    again.type(`${(await answerConsent(await shownAddress(again), 'cancel')).location}\n`);
    assert.strictEqual(await again.ended, 1);
    assert.match(again.stderr, /access_denied/);
    assert.strictEqual(await value('SELECT umoptions FROM pg_user_mappings'), before);
  });

  await t.test('a key is replaced by OAuth when the sign-in has succeeded, not before', async (t1) => {
    t1.after(clean);
    assert.strictEqual(await pipes(['--key', '--create', '--schema=stripe', ...bases], { input: API_KEY }).ended, 0);
    const before = await value('SELECT umoptions FROM pg_user_mappings');
    const program = pipes(['--headless', ...clientArguments('connect'), '--redirect-uri=http://127.0.0.1:1/'], { input: null });
    const address = await shownAddress(program);
    assert.strictEqual(await value('SELECT umoptions FROM pg_user_mappings'), before);
    assert.strictEqual(await value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stripe_fdw_login' AND state = 'idle'"), '1', 'no transaction is open meanwhile');
    const { location, account } = await answerConsent(address);
    program.type(`${location}\n`);
    assert.strictEqual(await program.ended, 0, program.output);
    assert.strictEqual(await option('auth_scheme'), 'oauth');
    assert.strictEqual(await value("SELECT account FROM stripe_test_connection('stripe')"), account);
    assert.strictEqual(await pipes(['--key'], { input: API_KEY }).ended, 0, 'and back');
    assert.strictEqual(await value("SELECT account FROM stripe_test_connection('stripe')"), 'acct_1SimPlatform0001');
  });

  await t.test('a connected account: by the platform’s key, and where Stripe answers nothing but its id', async (t1) => {
    t1.after(clean);
    await oauth('POST', '/_sim/oauth/config', { only_account: true });
    const program = pipes(['--headless', '--create', ...clientArguments('connect'), '--redirect-uri=http://127.0.0.1:1/', ...bases], { input: null });
    const { location, account } = await answerConsent(await shownAddress(program));
    program.type(`${location}\n`);
    assert.strictEqual(await program.ended, 0, program.output);
    assert.match(program.stderr, new RegExp(`^Signed in to account ${account}\\.\nStripe answers for ${account}`, 'm'));
    await clean();
    const byKey = pipes(['--key', '--create', `--account=${account}`, ...bases], { input: API_KEY });
    assert.strictEqual(await byKey.ended, 0, byKey.output);
    assert.match(byKey.stderr, new RegExp(`Stripe answers for ${account}`));
    assert.match(byKey.stdout, new RegExp(`account '${account}'`));
  });

  await t.test('with encryption at rest the program is the same', async (t1) => {
    const file = path.join(cluster.folder, 'encryption.key');
    fs.writeFileSync(file, `${'5a'.repeat(32)}\n`, { mode: 0o600 });
    const { uid, gid } = fs.statSync(cluster.folder);
    fs.chownSync(file, uid, gid);
    await admin.query(`LOAD 'stripe_fdw'; ALTER DATABASE postgres SET stripe_fdw.encryption_key_file = '${file}'`);
    t1.after(async () => {
      await admin.query('ALTER DATABASE postgres RESET stripe_fdw.encryption_key_file');
      await clean();
    });
    const program = pipes(['--key', '--create', ...bases], { input: API_KEY });
    assert.strictEqual(await program.ended, 0, program.output);
    const stored = await option('api_key');
    assert.ok(stored && !stored.includes(API_KEY));
    assert.match(program.stdout, /stripe_set_secret\('stripe', 'api_key', '<api_key>'\)/);
    assert.ok(!program.stdout.includes(stored));
  });

  const desktopArguments = (flow = 'connect') => ['--desktop', '--create', ...clientArguments(flow), '--redirect-uri=http://localhost:0/signed/in', ...bases];

  await t.test('desktop, in Chromium', { skip: !CHROMIUM && 'Chromium is not there' }, async (t1) => {
    const browser = await openChromium(t1);
    for (const flow of Object.keys(CLIENTS)) {
      await t1.test(`${flow}: consent is given`, async (t2) => {
        t2.after(clean);
        const command = makeBrowserCommand(t2);
        const program = pipes(desktopArguments(flow), { env: { BROWSER: `/nonexistent/browser:${command.command}`, PGPASSWORD: PASSWORD } });
        const page = await browser.newPage();
        t2.after(() => page.close());
        await page.goto(await command.address());
        assert.match(await page.textContent('h1'), /wants to connect to your account/);
        const chosen = await page.$eval('#account', (select) => {
          select.selectedIndex = 2;
          return select.value;
        });
        for (const file of ['cmdline', 'environ']) assert.ok(!fs.readFileSync(`/proc/${program.pid}/${file}`, 'latin1').includes(CLIENTS[flow].secret), file);
        assert.doesNotMatch(command.environment(), /^PG/m);
        await page.click('#connect');
        assert.strictEqual(await page.title(), 'Signed in');
        assert.strictEqual(await program.ended, 0, program.output);
        assert.match(program.stderr, new RegExp(`Signed in to account ${chosen} with scope ${CLIENTS[flow].scope}`));
        assert.match(new URL(page.url()).href, /^http:\/\/localhost:\d+\/signed\/in\?/);
        assert.ok(!(await page.content()).includes(new URL(page.url()).searchParams.get('code')), 'the page does not show the code');
        assert.deepStrictEqual(await objects(), ['stripe postgres']);
        await assert.rejects(fetch(page.url()), 'nobody listens there any more');
      });
    }

    await t1.test('consent is denied', async (t2) => {
      t2.after(clean);
      const command = makeBrowserCommand(t2);
      const program = pipes(desktopArguments(), { env: { BROWSER: `${command.command} %s` } });
      const page = await browser.newPage();
      t2.after(() => page.close());
      await page.goto(await command.address());
      await page.click('#cancel');
      assert.strictEqual(await page.title(), 'Not signed in');
      assert.strictEqual(await program.ended, 1);
      assert.match(program.stderr, /error: Stripe did not give access: access_denied\n.*detail: The user denied your request/);
      await nothingStored();
    });

    await t1.test('a redirect URI that Stripe does not know', async (t2) => {
      t2.after(clean);
      await oauth('POST', '/_sim/oauth/clients', { [CLIENTS.connect.id]: { livemode: true, redirect_uris: ['https://reports.example.com/'] } });
      const command = makeBrowserCommand(t2);
      const program = pipes([...desktopArguments(), '--timeout=3'], { env: { BROWSER: command.command } });
      const page = await browser.newPage();
      t2.after(() => page.close());
      await page.goto(await command.address());
      assert.match(await page.textContent('body'), /Invalid redirect URI/);
      assert.strictEqual(await program.ended, 1);
      assert.match(program.stderr, /error: the browser did not come back within 3 seconds\n.*hint: .*register it there: http:\/\/localhost:\d+\/signed\/in/);
      await nothingStored();
    });
  });

  // The listener, without a browser.
  const startDesktop = async (t1, args = []) => {
    t1.after(clean);
    const command = makeBrowserCommand(t1);
    const program = pipes([...desktopArguments(), ...args], { env: { BROWSER: command.command } });
    const address = await command.address();
    return { program, address, redirectUri: new URL(address).searchParams.get('redirect_uri') };
  };

  await t.test('desktop: other paths, methods and idle connections do not disturb it', async (t1) => {
    const { program, address, redirectUri } = await startDesktop(t1);
    const { port } = new URL(redirectUri);
    const idle = [];
    t1.after(() => idle.forEach((socket) => socket.destroy()));
    for (let i = 0; i < 40; i++) {
      const socket = net.connect(Number(port), '127.0.0.1').on('error', () => {});
      idle.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    assert.strictEqual((await fetch(new URL('/favicon.ico', redirectUri))).status, 404);
    assert.strictEqual((await fetch(`${redirectUri}/more`)).status, 404);
    assert.strictEqual((await fetch(redirectUri, { method: 'POST', body: 'code=x' })).status, 405);
    const { location } = await answerConsent(address);
    const answer = await fetch(location);
    assert.strictEqual(answer.status, 200);
    assert.match(await answer.text(), /<h1>Signed in<\/h1>/);
    assert.strictEqual(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.strictEqual(await program.ended, 0, program.output);
  });

  await t.test('desktop: who keeps on sending does not keep it from the browser', async (t1) => {
    const { program, address, redirectUri } = await startDesktop(t1);
    const socket = net.connect({ port: Number(new URL(redirectUri).port), host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
    t1.after(() => socket.destroy());
    socket.write('POST / HTTP/1.1\r\n\r\n');
    const dripping = setInterval(() => socket.write('x'), 100);
    t1.after(() => clearInterval(dripping));
    await new Promise((resolve) => socket.once('data', resolve));
    const { location } = await answerConsent(address);
    const answer = await fetch(location, { signal: AbortSignal.timeout(20e3) });
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(await program.ended, 0, program.output);
  });

  // What any page that knows the port can send there, by the state that is waited for.
  const strangers = [
    () => '?code=ac_planted_by_somebody&state=x', () => '?code=ac_planted_by_somebody', () => '?state=&error=access_denied', () => '?error=access_denied&state=%zz', () => '',
    (state) => `?code=ac_planted_by_somebody&state=${state}x`, (state) => `?code=ac_planted_by_somebody&state=${state.slice(0, -1)}`, (state) => `?code=ac_planted_by_somebody&state=${state}&state=${state}`,
  ];

  await t.test('desktop: a state of somebody else is refused, and the right one waited for', async (t1) => {
    const { program, address, redirectUri } = await startDesktop(t1);
    for (const query of strangers) {
      const answer = await fetch(redirectUri + query(new URL(address).searchParams.get('state')));
      assert.strictEqual(answer.status, 400);
      assert.match(await answer.text(), /<h1>Not signed in<\/h1>\n<p>This is not what .* is waiting for/);
    }
    assert.deepStrictEqual(await oauth('GET', '/_sim/oauth/exchanges'), [], 'no code was handed on');
    const { location } = await answerConsent(address);
    assert.strictEqual((await fetch(location)).status, 200);
    assert.strictEqual(await program.ended, 0, program.output);
    assert.doesNotMatch(program.stderr, /error|detail/);
  });

  await t.test('desktop: after a state of somebody else the time limit holds, and says so', async (t1) => {
    const { program, redirectUri } = await startDesktop(t1, ['--timeout=3']);
    assert.strictEqual((await fetch(`${redirectUri}?code=ac_planted_by_somebody&state=x`)).status, 400);
    assert.strictEqual(await program.ended, 1);
    assert.match(program.stderr, /error: the browser did not come back within 3 seconds\n.*detail: What came had another state, or none: it does not belong to this sign-in\.\n.*hint: Start again/);
    await nothingStored();
  });

  await t.test('desktop: after a state of somebody else Ctrl-C ends it', async (t1) => {
    const { program, redirectUri } = await startDesktop(t1);
    for (let i = 0; i < 2; i++) assert.strictEqual((await fetch(`${redirectUri}?state=x&error=access_denied`)).status, 400);
    process.kill(program.pid, 'SIGINT');
    assert.strictEqual(await program.ended, 'SIGINT');
    await nothingStored();
  });

  await t.test('desktop: what comes back is not trusted by the terminal', async (t1) => {
    const { program, address, redirectUri } = await startDesktop(t1);
    const state = new URL(address).searchParams.get('state');
    await fetch(`${redirectUri}?state=${state}&error=%1b%5b2Jaccess_denied&error_description=%0astripe_fdw_login:%20all%20is%20well`);
    assert.strictEqual(await program.ended, 1);
    assert.doesNotMatch(program.stderr, /\x1b|^stripe_fdw_login: all is well/m);
  });

  await t.test('desktop: Ctrl-C ends it at once and cleanly', async (t1) => {
    const { program, redirectUri } = await startDesktop(t1);
    process.kill(program.pid, 'SIGINT');
    assert.strictEqual(await program.ended, 'SIGINT');
    await assert.rejects(fetch(redirectUri));
    await nothingStored();
  });

  await t.test('desktop: Ctrl-C while Stripe is asked', async (t1) => {
    const { program, address, redirectUri } = await startDesktop(t1);
    await simulator.faults([{ match: { path: '/oauth/token' }, action: { hang: true } }]);
    const { location } = await answerConsent(address);
    await simulator.clearLog();
    const answer = fetch(location).then((response) => response.status, () => null);
    await until('the code is exchanged', async () => (await simulator.log()).some((entry) => entry.path === '/oauth/token'));
    await assert.rejects(fetch(redirectUri), 'nobody listens any more');
    process.kill(program.pid, 'SIGINT');
    assert.strictEqual(await program.ended, 'SIGINT');
    await answer;
    await nothingStored();
  });

  await t.test('desktop: a redirect URI that is not this machine, or a port that is taken', async () => {
    for (const [uri, message] of [['https://localhost:8000/', /can't be sent from "https/], ['http://example.com/', /can't be sent/], ['http://localhost.example.com/', /can't be sent/], ['http://localhost:99999/', /can't be sent/]]) {
      const program = pipes(['--desktop', '--create', ...clientArguments('connect'), `--redirect-uri=${uri}`, ...bases]);
      assert.strictEqual(await program.ended, 1);
      assert.match(program.stderr, message);
      await nothingStored();
    }
    const { port } = new URL(simulator.url);
    const taken = pipes(['--desktop', '--create', ...clientArguments('connect'), `--redirect-uri=http://127.0.0.1:${port}/`, ...bases]);
    assert.strictEqual(await taken.ended, 1);
    assert.match(taken.stderr, new RegExp(`could not listen on port ${port} of 127.0.0.1: Address already in use`));
    await nothingStored();
  });

  await t.test('desktop: without a browser the address is there to be copied', async (t1) => {
    t1.after(clean);
    const program = pipes(desktopArguments(), { env: { BROWSER: '/nonexistent/browser' } });
    const address = (await program.see(/No browser could be started.*\n\n {2}(\S+)\n/))[1];
    await fetch((await answerConsent(address)).location);
    assert.strictEqual(await program.ended, 0, program.output);
  });

  await t.test('a password is asked for, and goes to nobody else', async (t1) => {
    t1.after(async () => {
      await clean();
      fs.writeFileSync(hbaFile, hba);
      await admin.query('SELECT pg_reload_conf(); DROP ROLE bob');
    });
    const hbaFile = path.join(cluster.folder, 'data', 'pg_hba.conf');
    const hba = fs.readFileSync(hbaFile, 'utf8');
    await admin.query(`CREATE ROLE bob LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
    fs.writeFileSync(hbaFile, `local all bob scram-sha-256\n${hba}`);
    await admin.query('SELECT pg_reload_conf()');
    await until('the new rule holds', () => cluster.connect({ user: 'bob', password: 'wrong' }).then((client) => client.end(), () => true));
    const program = terminal(['-U', 'bob', '--key', '--create', ...bases]);
    await program.see(/Password: /);
    program.type(`${PASSWORD}\n`);
    await program.see(/API key/);
    program.type(`${API_KEY}\n`);
    assert.strictEqual(await program.ended, 0, program.output);
    assert.ok(!program.output.includes(PASSWORD));
    const refused = pipes(['-U', 'bob', '-w', '--key', '--create', ...bases], { input: API_KEY });
    assert.strictEqual(await refused.ended, 2);
  });

  await t.test('no secret in any output, nor in the server’s log', async () => {
    const secrets = [...new Set([API_KEY, WRONG_KEY, ...Object.values(CLIENTS).map(({ secret }) => secret), spent, ...handedOut])];
    assert.ok(secrets.length > 20 && outputs.length > 30, `${secrets.length} secrets, ${outputs.length} outputs`);
    // What this test itself writes openly.
    const own = /CREATE ROLE bob|stripe_set_secret\('stripe', 'api_key', 'sk_test/;
    const entries = cluster.serverLog().split(/^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \w+ \[\d+\] )/m).filter((entry) => !own.test(entry));
    assert.ok(entries.some((entry) => /COPY pg_temp/.test(entry)), 'the log tells of statements');
    for (const secret of secrets) {
      // (A key may be the beginning of another name: that of the simulator's client.)
      const pattern = new RegExp(`(?<![A-Za-z0-9_])${secret}(?![A-Za-z0-9_])`);
      assert.ok(!outputs.some((text) => pattern.test(text)), `${secret} in an output`);
      assert.deepStrictEqual(entries.filter((entry) => pattern.test(entry)).map((entry) => entry.slice(0, 500)), []);
    }
  });
});
