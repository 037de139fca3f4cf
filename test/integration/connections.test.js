// Keys, permissions, accounts, addresses and certificates: who is asked, as whom, and what is said when it fails.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const https = require('node:https');
const net = require('node:net');
const { startStack, startSimulator, API_KEY } = require('./lib');
const { failure, assertTells, told } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');
const { makeCertificate } = require('./lib/certificate');

// A TCP server that accepts and then says nothing.
async function startMute(t) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

test('connections', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '150'], server: { max_retries: '0', timeout: '10000' }, import: 'LIMIT TO (charges, invoices, customers, accounts)' });
  const { simulator } = stack;
  const client = await stack.connect();
  await client.query("SET statement_timeout = '60s'");
  const expected = (await simulator.objects('charges')).map(({ id }) => id);
  const works = async (table = 'stripe.charges') => assert.deepStrictEqual((await client.query(`SELECT id FROM ${table}`)).rows.map(({ id }) => id), expected);

  const literal = (value) => `'${value.replaceAll("'", "''")}'`;
  const options = (given) => Object.entries(given).map(([name, value]) => `${name} ${literal(value)}`).join(', ');
  let servers = 0;
  // A server of its own with a table "charges" of it; returns the table's name.
  async function table(server, mapping = { api_key: API_KEY }, extra = {}) {
    const name = `s${++servers}`;
    await client.query(`CREATE SERVER ${name} FOREIGN DATA WRAPPER stripe_fdw OPTIONS (${options({ api_base: simulator.url, max_retries: '0', timeout: '10000', ...server })});
      CREATE USER MAPPING FOR CURRENT_USER SERVER ${name} OPTIONS (${options(mapping)}); CREATE SCHEMA ${name};
      IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges, invoices) FROM SERVER ${name} INTO ${name}`);
    if (Object.keys(extra).length) await client.query(`ALTER FOREIGN TABLE ${name}.charges OPTIONS (${options(extra)})`);
    return `${name}.charges`;
  }
  const fails = async (name) => {
    const error = await failure(client, `SELECT * FROM ${name}`);
    await works();
    return error;
  };

  await t.test('a wrong key', async () => {
    const key = 'sk_test_wrongwrongwrong1234';
    const error = await fails(await table({}, { api_key: key }));
    assertTells(error, '28000', 'Invalid API Key', '1234', /req_\w+/);
    assert.ok(!told(error).includes(key));
  });

  await t.test('a key is corrected without reconnecting', async () => {
    const name = await table({}, { api_key: 'sk_test_wrongwrongwrong1234' });
    await fails(name);
    await client.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER ${name.split('.')[0]} OPTIONS (SET api_key '${API_KEY}')`);
    await works(name);
  });

  await t.test('a missing permission is named', async () => {
    const name = await table({}, { api_key: 'rk_test_stripe_fdw_sim_charges' });
    await works(name);
    assertTells(await fails(name.replace('charges', 'invoices')), '42501', 'rak_invoice_read', /req_\w+/);
  });

  await t.test('an account that is not ours', async () => {
    for (const name of [await table({ account: 'acct_nobody' }), await table({}, { api_key: API_KEY, account: 'acct_nobody' }), await table({}, undefined, { account: 'acct_nobody' })]) {
      assertTells(await fails(name), /^(42501|28000)$/, 'acct_nobody', 'account_invalid');
    }
  });

  await t.test('a connected account: of the server, the mapping or the table, the nearest wins', async () => {
    const accounts = (await client.query('SELECT id FROM stripe.accounts')).rows.map(({ id }) => id);
    const connected = [];
    for (const id of accounts) {
      const probe = await fetch(`${simulator.url}/v1/charges?limit=1`, { headers: { authorization: `Bearer ${API_KEY}`, 'stripe-account': id } });
      if (probe.ok) connected.push(id);
    }
    assert.ok(connected.length >= 3, 'the simulator has connected accounts');
    const [first, second, third] = connected;
    for (const [name, account] of [
      [await table({ account: first }), first], [await table({ account: first }, { api_key: API_KEY, account: second }), second],
      [await table({ account: first }, { api_key: API_KEY, account: second }, { account: third }), third],
    ]) {
      await simulator.clearLog();
      await client.query(`SELECT count(*) FROM ${name}`);
      const log = await takeLog(simulator);
      assert.ok(log.every(({ headers }) => headers['stripe-account'] === account && headers['stripe-context'] === undefined));
    }
    const name = await table({ context: first }, { api_key: 'sk_org_test_stripe_fdw_sim' });
    await simulator.clearLog();
    await client.query(`SELECT count(*) FROM ${name}`);
    assert.ok((await takeLog(simulator)).every(({ headers }) => headers['stripe-context'] === first && headers['stripe-account'] === undefined));
    assertTells(await failure(client, `SELECT * FROM ${await table({ context: first }, { api_key: API_KEY, account: second })}`), /^HV/, 'account', 'context');
  });

  await t.test('a rate limit that stays', async () => {
    const name = await table({ max_retries: '2', timeout: '30000' });
    await simulator.config({ limits: { global: 0.001, retry_after: 0 } });
    const error = await failure(client, `SELECT * FROM ${name}`);
    await simulator.config({ limits: 'off' });
    assertTells(error, '53400', 'rate limit', /429/);
    await works();
  });

  await t.test('a rate limit that passes', async () => {
    const name = await table({ max_retries: '5', timeout: '30000' });
    await simulator.config({ limits: { endpoint: 1 } });
    await works(name);
    await simulator.config({ limits: 'off' });
  });

  await t.test('nobody there', async () => {
    const probe = net.createServer();
    await new Promise((resolve) => { probe.listen(0, '127.0.0.1', resolve); });
    const { port } = probe.address();
    await new Promise((resolve) => { probe.close(resolve); });
    assertTells(await fails(await table({ api_base: `http://127.0.0.1:${port}` })), /^08/, '127.0.0.1', String(port));
    assertTells(await fails(await table({ api_base: 'https://api.something.invalid' })), /^08/, 'api.something.invalid');
    const base = 'https://api.something.invalid';
    assertTells(await fails(await table({ api_base: base, proxy: `http://127.0.0.1:${port}` })), /^08/, String(port));
    assertTells(await fails(await table({ api_base: base, proxy: 'http://proxy.something.invalid:3128' })), /^08/, 'proxy.something.invalid');
  });

  await t.test('somebody who says nothing', async (t2) => {
    const port = await startMute(t2);
    assertTells(await fails(await table({ api_base: `https://127.0.0.1:${port}`, connect_timeout: '700' })), /^(08|HV|57)/, 'connect_timeout');
    assertTells(await fails(await table({ api_base: `http://127.0.0.1:${port}`, timeout: '700' })), /^(08|HV|57)/, 'timeout');
  });

  await t.test('TLS', async (t2) => {
    const { cert, key } = makeCertificate(t2);
    const secure = await startSimulator(t2, ['--charges', '150', '--tls', '--cert', cert, '--key', key]);
    // It is asked for its log over TLS, too.
    const log = () => new Promise((resolve, reject) => {
      https.get(`${secure.url}/_sim/log`, { ca: fs.readFileSync(cert) }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      }).on('error', reject);
    });
    const { port } = new URL(secure.url);

    await t2.test('a certificate that is not trusted', async () => {
      assertTells(await fails(await table({ api_base: secure.url })), /^(08|28)/, 'certificate', 'ca_file');
    });
    await t2.test('a certificate that ca_file names', async () => {
      await works(await table({ api_base: secure.url, ca_file: cert }));
    });
    await t2.test('a certificate for another name', async () => {
      assertTells(await fails(await table({ api_base: `https://localhost:${port}`, ca_file: cert })), /^(08|28)/, 'certificate');
    });
    await t2.test('no such ca_file', async () => {
      assertTells(await fails(await table({ api_base: secure.url, ca_file: '/nonexistent/ca.pem' })), /^(08|28|58|HV)/, '/nonexistent/ca.pem');
      assertTells(await fails(await table({ api_base: secure.url, ca_file: key })), /^(08|28|58|HV)/, '');
    });
    await t2.test('TLS where none is spoken, and none where it is', async () => {
      assertTells(await fails(await table({ api_base: simulator.url.replace('http:', 'https:') })), /^(08|28)/, '');
      assertTells(await fails(await table({ api_base: secure.url.replace('https:', 'http:') })), /^(08|HV)/, '');
    });
    await t2.test('one connection, by HTTP/2', async () => {
      const requests = (await log()).filter(({ path: asked }) => asked === '/v1/charges');
      assert.ok(requests.length >= 2);
      assert.strictEqual(new Set(requests.map(({ connection }) => connection)).size, 1);
      assert.match(requests[0].protocol, /^HTTP\/2/);
    });
  });

  await t.test('environment variables choose no proxy', async () => {
    // PostgreSQL started with them must not send the key elsewhere.
    const nowhere = 'http://127.0.0.1:1';
    const environment = { http_proxy: nowhere, https_proxy: nowhere, all_proxy: nowhere, ALL_PROXY: nowhere };
    const other = await startStack(null, { simulator: ['--charges', '50'], cluster: { environment }, import: 'LIMIT TO (charges)' });
    try {
      assert.strictEqual(await other.value('SELECT count(*) FROM stripe.charges'), '50');
    } finally {
      await other.stop();
    }
  });
});
