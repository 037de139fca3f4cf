// One backend through many queries, half of them cancelled: it keeps nothing of them.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { startStack, openFiles, API_KEY } = require('./lib');
const { makeCertificate } = require('./lib/certificate');
const { Random } = require('./lib/random');

const QUERIES = 1000;
const CHARGES = 300;
const SEED = 20261125;

// The resident size now, in KiB, without the memory that backends share.
const ownMemory = (pid) => Number(/^RssAnon:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const threads = (pid) => fs.readdirSync(`/proc/${pid}/task`).length;

// The simulator over TLS, with a new connection for each request.
async function startForgetful(t, url) {
  const { cert, key } = makeCertificate(t);
  const server = https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (request, response) => {
    http.get(new URL(request.url, url), { headers: request.headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, connection: 'close' });
      answer.on('error', () => {}).pipe(response);
    }).on('error', () => response.destroy());
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => socket.on('error', () => {}));
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => { server.close(); server.closeAllConnections(); });
  return { api_base: `https://127.0.0.1:${server.address().port}`, ca_file: cert };
}

test(`${QUERIES} queries, of which half are cancelled`, async (t) => {
  const options = { page_size: 20, concurrency: 8, rate_limit: 10000, endpoint_rate_limit: 10000 };
  const stack = await startStack(t, {
    cluster: { settings: { jit: 'off' } }, simulator: ['--charges', String(CHARGES)], server: options, import: 'LIMIT TO (charges)',
  });
  const { simulator } = stack;
  const forgetful = await startForgetful(t, simulator.url);
  await stack.query(`CREATE SERVER secure FOREIGN DATA WRAPPER stripe_fdw
      OPTIONS (${Object.entries({ ...options, ...forgetful }).map(([name, value]) => `${name} '${value}'`).join(', ')});
    CREATE USER MAPPING FOR CURRENT_USER SERVER secure OPTIONS (api_key '${API_KEY}');
    CREATE SCHEMA secure; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER secure INTO secure`);

  // Runs them; cancelled(read, at) runs one that is cancelled, or comes to its end just before.
  async function run(client, read, queries, cancelled) {
    let struck = 0;
    for (let at = 0; at < queries; at++) {
      if (at % 2 === 0) assert.deepStrictEqual((await client.query(read)).rows, [{ count: String(CHARGES) }]);
      else {
        const error = await cancelled(at).then(() => null, (failure) => failure);
        if (error) assert.strictEqual(error.code, '57014', error.message);
        struck += error !== null;
        await client.query('RESET statement_timeout');
      }
    }
    return struck;
  }

  async function staysFlat(t2, schema, queries, cancelled) {
    const client = await stack.connect();
    const read = `SELECT count(*) FROM ${schema}.charges`;
    const pid = client.processID;
    const one = (at) => cancelled(client, read, at);
    await run(client, read, queries / 5, one);
    const [files, memory] = [openFiles(pid), ownMemory(pid)];
    const struck = await run(client, read, (queries * 4) / 5, one);
    const told = `descriptors ${files} and ${openFiles(pid)}, memory ${memory} and ${ownMemory(pid)} KiB, after a fifth and all of the queries; ${struck} were cancelled since`;
    t2.diagnostic(told);
    assert.ok(struck > queries / 10, told);
    assert.ok(openFiles(pid) <= files + 8, told);
    assert.ok(ownMemory(pid) <= memory * 1.1, told);
    assert.strictEqual(threads(pid), 1, 'no thread is left');
    assert.deepStrictEqual((await client.query('SELECT coalesce(sum(in_flight), 0)::int AS n FROM stripe_stats')).rows, [{ n: '0' }]);
    await client.end();
  }

  await t.test('while one of the pages never comes', (t2) => staysFlat(t2, 'stripe', QUERIES, async (client, read, at) => {
    await simulator.faults([{ match: { path: '/v1/charges', nth: 1 + (at >> 1) % 15 }, action: { hang: true } }]);
    await client.query("SET statement_timeout = '20ms'");
    await client.query(read).finally(() => simulator.faults([]));
  }));

  await t.test(`at any moment, while connections are made with TLS (seed ${SEED})`, async (t2) => {
    const random = new Random(SEED);
    await staysFlat(t2, 'secure', QUERIES / 4, async (client, read) => {
      await client.query(`SET statement_timeout = '${random.integer(1, 30)}ms'`);
      await client.query(read);
    });
  });
});
