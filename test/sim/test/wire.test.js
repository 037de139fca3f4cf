'use strict';

const assert = require('node:assert');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const { after, afterEach, before, describe, test } = require('node:test');
const { start, raw, KEY } = require('./support');

let sim;
before(async () => {
  sim = await start();
});
after(() => sim.close());

const page = '/v1/charges?limit=20';

/** Sets one fault for the list of charges. */
const spoil = async (action, match = {}) => {
  const { status, body } = await sim.control('POST', 'faults', [{ id: 'it', match: { path: '/v1/charges', ...match }, action }]);
  assert.strictEqual(status, 200, JSON.stringify(body));
};

describe('faults', () => {
  afterEach(() => sim.control('DELETE', 'faults'));

  test('status with headers and an error body', async () => {
    await spoil({ status: 503, headers: { 'stripe-should-retry': 'true', 'retry-after': '7' } });
    const { status, headers, body } = await sim.get(page);
    assert.deepStrictEqual([status, headers.get('stripe-should-retry'), headers.get('retry-after')], [503, 'true', '7']);
    assert.strictEqual(body.error.type, 'api_error');
  });

  test('nth, after, count, query and method choose the request', async () => {
    const pattern = async (match, count = 5) => {
      await spoil({ status: 500 }, match);
      const seen = [];
      for (let i = 0; i < count; i++) seen.push((await sim.get(page)).status === 500);
      return seen.map((hit) => (hit ? 'x' : '.')).join('');
    };
    assert.strictEqual(await pattern({ nth: 3 }), '..x..');
    assert.strictEqual(await pattern({ after: 3 }), '...xx');
    assert.strictEqual(await pattern({ count: 2 }), 'xx...');
    assert.strictEqual(await pattern({ after: 1, count: 1 }), '.x...');
    assert.strictEqual(await pattern({ query: { limit: '20' } }), 'xxxxx');
    assert.strictEqual(await pattern({ query: { starting_after: null } }), '.....');
    assert.strictEqual(await pattern({ method: 'POST' }), '.....');
    assert.strictEqual(await pattern({ path: '/v1/c*' }), 'xxxxx');
    const random = await pattern({ probability: 0.5 }, 20);
    assert.ok(random.includes('x') && random.includes('.'));
    assert.strictEqual(await pattern({ probability: 0.5 }, 20), random);
  });

  test('a body cut in the middle', async () => {
    await spoil({ cut_body_at: 1000 });
    const { status, headers, bytes, error } = await raw(sim.address, page);
    assert.strictEqual(status, 200);
    assert.strictEqual(bytes.length, 1000);
    assert.ok(Number(headers['content-length']) > 1000);
    assert.ok(error);
  });

  test('a body that ends early but properly', async () => {
    await spoil({ truncate_at: 0.5 });
    const { bytes, error } = await raw(sim.address, page);
    assert.strictEqual(error, null);
    assert.throws(() => JSON.parse(bytes.toString()));
  });

  test('garbage, HTML, a body of one’s own', async () => {
    await spoil({ garbage: 300 });
    assert.strictEqual((await raw(sim.address, page)).bytes.length, 300);
    await spoil({ html: true, status: 502 });
    const html = await raw(sim.address, page);
    assert.deepStrictEqual([html.status, html.headers['content-type']], [502, 'text/html; charset=utf-8']);
    assert.match(html.bytes.toString(), /^<!DOCTYPE html>/);
    await spoil({ body: '{"object":"list"}' });
    assert.strictEqual((await raw(sim.address, page)).bytes.toString(), '{"object":"list"}');
  });

  test('values that JSON allows and types do not', async () => {
    const text = async (replace) => {
      await spoil({ replace_field: replace });
      return (await raw(sim.address, page)).bytes.toString();
    };
    assert.match(await text({ path: 'data.3.amount', raw: '9223372036854775808' }), /"amount":9223372036854775808,/);
    assert.match(await text({ path: 'data.0.amount', raw: '1e400' }), /"amount":1e400,/);
    const long = JSON.parse(await text({ path: 'data.1.description', string_length: 200000 }));
    assert.strictEqual(long.data[1].description.length, 200000);
    const deep = await text({ path: 'data.2.metadata', nest: 1000 });
    assert.ok(deep.includes('['.repeat(1000)));
    await spoil({ wrong_type: { field: 'amount', row: 4 } });
    const { body } = await sim.get(page);
    assert.strictEqual(body.data[4].amount, 'not a number');
    assert.strictEqual(typeof body.data[3].amount, 'number');
  });

  test('lengths that lie', async () => {
    await spoil({ wrong_content_length: 50 });
    const more = await raw(sim.address, page);
    assert.ok(more.error);
    await spoil({ wrong_content_length: -50 });
    const less = await raw(sim.address, page);
    assert.throws(() => JSON.parse(less.bytes.toString()));
  });

  test('connections that break', async () => {
    for (const reset of ['connect', 'headers', 'body']) {
      await sim.control('POST', 'faults', [{ match: { count: 1, ...(reset === 'connect' ? {} : { path: '/v1/charges' }) }, action: { reset } }]);
      const broken = await raw(sim.address, page);
      assert.ok(broken.error, reset);
      assert.strictEqual(broken.status === 200, reset === 'body');
      assert.strictEqual((await raw(sim.address, page)).error, null);
    }
  });

  test('a body in drops', async () => {
    await spoil({ drip: { bytes: 500, interval_ms: 1 } });
    const { status, body } = await sim.get(page);
    assert.deepStrictEqual([status, body.data.length], [200, 20]);
  });

  test('an empty page that says there is more', async () => {
    await spoil({ empty_page: {} });
    const { body } = await sim.get(page);
    assert.deepStrictEqual([body.data, body.has_more], [[], true]);
  });

  test('the cursor deleted just before it is used', async () => {
    const first = (await sim.get(page)).body;
    await spoil({ delete_cursor: true }, { query: { starting_after: null } });
    const { status, body } = await sim.get(`${page}&starting_after=${first.data[19].id}`);
    assert.deepStrictEqual([status, body.error.code], [400, 'resource_missing']);
    await sim.control('POST', 'reset');
  });

  test('compressed bytes that are wrong', async () => {
    await spoil({ bad_gzip: true });
    const { bytes, headers } = await raw(sim.address, page, { headers: { 'accept-encoding': 'gzip' } });
    assert.strictEqual(headers['content-encoding'], 'gzip');
    assert.throws(() => zlib.gunzipSync(bytes));
  });

  test('no answer at all, until the client gives up', async () => {
    await spoil({ hang: true });
    const controller = new AbortController();
    const asked = fetch(`${sim.address}${page}`, { headers: { authorization: `Bearer ${KEY}` }, signal: controller.signal });
    let entries = [];
    while (!entries.some((e) => e.fault === 'it')) entries = (await sim.control('GET', 'log')).body;
    controller.abort();
    await assert.rejects(asked);
  });

  test('rules that make no sense are refused', async () => {
    for (const rule of [{ action: { explode: true } }, { match: { when: 1 }, action: {} }, { match: {} }, { action: { reset: 'never' } }]) {
      assert.strictEqual((await sim.control('POST', 'faults', [rule])).status, 400);
    }
  });
});

describe('limits', () => {
  afterEach(() => sim.control('POST', 'reset'));
  const burst = async (paths) => Promise.all(paths.map((p) => sim.get(p)));
  const reasons = (answers) => answers.filter((a) => a.status === 429).map((a) => a.headers.get('stripe-rate-limited-reason'));

  test('global, per endpoint, concurrency', async () => {
    const ten = Array.from({ length: 10 }, () => '/v1/charges?limit=1');
    await sim.control('POST', 'config', { limits: { global: 4 } });
    assert.ok(reasons(await burst(ten)).every((r) => r === 'global-rate'));
    await sim.control('POST', 'config', { limits: { endpoint: 4, retry_after: 2 } });
    const answers = await burst([...ten, '/v1/refunds?limit=1']);
    assert.ok(reasons(answers).length > 0 && reasons(answers).every((r) => r === 'endpoint-rate'));
    assert.strictEqual(answers[10].status, 200);
    assert.strictEqual(answers.find((a) => a.status === 429).headers.get('retry-after'), '2');
    await sim.control('POST', 'config', { limits: { concurrency: 3 }, latency: { fixed_ms: 30 } });
    const crowded = await burst(ten);
    assert.deepStrictEqual([...new Set(reasons(crowded))], ['global-concurrency']);
    assert.strictEqual((await sim.get('/v1/charges?limit=1')).status, 200);
  });

  test('off by default', async () => {
    const answers = await burst(Array.from({ length: 150 }, () => '/v1/charges?limit=1'));
    assert.deepStrictEqual(reasons(answers), []);
  });
});

describe('the log', () => {
  test('what was asked, in order, without the key', async () => {
    await sim.control('DELETE', 'log');
    await sim.get('/v1/charges?created%5Bgte%5D=5&limit=2&expand[]=data.customer', { 'stripe-version': '2025-03-31.basil' });
    const { body } = await sim.control('GET', 'log');
    assert.strictEqual(body.length, 1);
    const [entry] = body;
    assert.deepStrictEqual(entry.query, [['created[gte]', '5'], ['limit', '2'], ['expand[]', 'data.customer']]);
    assert.deepStrictEqual([entry.method, entry.path, entry.status, entry.rows, entry.endpoint], ['GET', '/v1/charges', 200, 2, 'list charges']);
    assert.strictEqual(entry.headers['stripe-version'], '2025-03-31.basil');
    assert.strictEqual(entry.headers.authorization, 'Bearer …_sim');
    assert.ok(!JSON.stringify(body).includes(KEY));
  });

  test('connections are told apart', async () => {
    await sim.control('DELETE', 'log');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await raw(sim.address, page, { agent });
    await raw(sim.address, page, { agent });
    await raw(sim.address, page);
    agent.destroy();
    const connections = (await sim.control('GET', 'log')).body.map((e) => e.connection);
    assert.strictEqual(connections[0], connections[1]);
    assert.notStrictEqual(connections[0], connections[2]);
  });
});

describe('compression', () => {
  test('gzip when it is accepted, the same text', async () => {
    const packed = await raw(sim.address, page, { headers: { 'accept-encoding': 'gzip, deflate' } });
    const plain = await raw(sim.address, page);
    assert.strictEqual(packed.headers['content-encoding'], 'gzip');
    assert.strictEqual(plain.headers['content-encoding'], undefined);
    assert.ok(packed.bytes.length < plain.bytes.length / 2);
    assert.deepStrictEqual(zlib.gunzipSync(packed.bytes), plain.bytes);
  });
});

describe('TLS', () => {
  let folder;
  let tls;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sim-tls-'));
    const files = { key: path.join(folder, 'key.pem'), cert: path.join(folder, 'cert.pem') };
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', files.key, '-out', files.cert], { stdio: 'pipe' });
    tls = await start({ tls: { key: fs.readFileSync(files.key), cert: fs.readFileSync(files.cert) } });
    tls.ca = fs.readFileSync(files.cert);
  });
  after(async () => {
    await tls.close();
    fs.rmSync(folder, { recursive: true });
  });

  /** One HTTP/2 request on a session: {status, text, error}. */
  const ask = (session, target) =>
    new Promise((resolve) => {
      const stream = session.request({ ':path': target, authorization: `Bearer ${KEY}` });
      let status;
      let text = '';
      stream.on('response', (headers) => {
        status = headers[':status'];
      });
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        text += chunk;
      });
      let error = null;
      stream.on('error', (e) => {
        error = e;
      });
      stream.on('close', () => resolve({ status, text, error, code: stream.rstCode }));
      stream.end();
    });

  test('HTTP/2: several requests at once on one connection', async () => {
    const session = http2.connect(tls.address, { ca: tls.ca });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(session, page)));
    session.close();
    for (const { status, text } of answers) {
      assert.strictEqual(status, 200);
      assert.strictEqual(JSON.parse(text).data.length, 20);
    }
    const entries = tls.sim.log.entries;
    assert.deepStrictEqual([...new Set(entries.map((e) => e.protocol))], ['HTTP/2.0']);
    assert.strictEqual(new Set(entries.map((e) => e.connection)).size, 1);
    assert.ok(Number.isInteger(entries[0].connection));
  });

  test('HTTP/2: a stream that is reset, the others live on', async () => {
    tls.sim.faults.set([{ match: { path: '/v1/charges', nth: 1 }, action: { reset: 'headers' } }]);
    const session = http2.connect(tls.address, { ca: tls.ca });
    const broken = await ask(session, page);
    assert.notStrictEqual(broken.code, 0);
    assert.strictEqual((await ask(session, page)).status, 200);
    session.close();
    tls.sim.faults.set([]);
  });

  test('HTTP/1.1 by ALPN', async () => {
    const body = await new Promise((resolve, reject) => {
      https.get(`${tls.address}${page}`, { ca: tls.ca, agent: false, headers: { authorization: `Bearer ${KEY}` } }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ version: response.httpVersion, rows: JSON.parse(text).data.length }));
      }).on('error', reject);
    });
    assert.deepStrictEqual(body, { version: '1.1', rows: 20 });
  });
});

describe('the command line', () => {
  const main = path.join(__dirname, '..', 'main.js');

  test('prints its address once it listens, and ends with its parent', async () => {
    const parent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const child = spawn(process.execPath, [main, '--size', '50', '--now', '1798761600', '--parent-pid', String(parent.pid)]);
    const line = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(chunk.toString())));
    const [, address] = /^listening on (http:\/\/127\.0\.0\.1:[0-9]+)\n$/.exec(line);
    assert.strictEqual((await fetch(`${address}/_sim/`)).status, 200);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    parent.kill();
    assert.strictEqual(await gone, 0);
  });

  test('refuses what it does not know', async () => {
    for (const list of [['--speed', '9'], ['--port', 'http'], ['--tls'], ['--limits', 'some'], ['--size', 'huge']]) {
      const child = spawn(process.execPath, [main, ...list]);
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
      });
      assert.strictEqual(await new Promise((resolve) => child.once('close', resolve)), 1, list.join(' '));
      assert.match(text, /^simulator: /);
    }
  });
});
