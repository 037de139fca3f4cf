// Connections as such: TLS versions, proxies, connections that are kept, go stale or multiplex.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const http2 = require('node:http2');
const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const { startStack, API_KEY } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { makeCertificate } = require('./lib/certificate');

const CHARGES = 3000;
const IDLE = 16; // connections that a backend keeps
const { NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR } = http2.constants;

// Lets a server listen on loopback until the test ends; resolves to its port.
async function listen(t, server) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

// Joins two sockets; what ends one ends the other.
function join(one, other) {
  for (const [from, to] of [[one, other], [other, one]]) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

test('transport', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', String(CHARGES)], server: { concurrency: 8 }, import: 'LIMIT TO (charges)' });
  const { simulator } = stack;
  const upstream = new URL(simulator.url);
  const files = makeCertificate(t);
  const [cert, key] = [files.cert, files.key].map((file) => fs.readFileSync(file));
  const ids = (await simulator.objects('charges')).map(({ id }) => id).sort();
  await simulator.config({ latency: { fixed_ms: 20 } });

  let servers = 0;
  // A server of its own with a table "charges" of it; returns the table's name.
  async function table(server) {
    const name = `s${++servers}`;
    const given = { rate_limit: 10000, endpoint_rate_limit: 10000, timeout: 20000, ca_file: files.cert, ...server };
    await stack.query(`CREATE SERVER ${name} FOREIGN DATA WRAPPER stripe_fdw OPTIONS (${Object.entries(given).map(([option, value]) => `${option} '${value}'`).join(', ')});
      CREATE USER MAPPING FOR CURRENT_USER SERVER ${name} OPTIONS (api_key '${API_KEY}'); CREATE SCHEMA ${name};
      IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges) FROM SERVER ${name} INTO ${name}`);
    return `${name}.charges`;
  }
  const readsAll = async (from) => assert.deepStrictEqual((await stack.column(`SELECT id FROM ${from}`)).sort(), ids);

  // Ends TLS before the simulator; HTTP/1.1 only.
  const terminator = async (t2, options) => {
    const server = tls.createServer({ cert, key, ...options }, (socket) => join(socket, net.connect(upstream.port, upstream.hostname)));
    server.on('tlsClientError', () => {});
    return listen(t2, server);
  };

  await t.test('TLS 1.2 and 1.3 are spoken, older versions are not', async (t2) => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const port = await terminator(t2, { minVersion: version, maxVersion: version });
      await readsAll(await table({ api_base: `https://127.0.0.1:${port}` }));
    }
    for (const version of ['TLSv1', 'TLSv1.1']) {
      const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      const port = await terminator(t2, old);
      const protocol = await new Promise((resolve, reject) => {
        const socket = tls.connect({ port, host: '127.0.0.1', ca: cert, ...old }, () => { resolve(socket.getProtocol()); socket.destroy(); }).on('error', reject);
      });
      assert.strictEqual(protocol, version, 'others do speak with this server');
      assertTells(await failure(stack.client, `SELECT * FROM ${await table({ api_base: `https://127.0.0.1:${port}`, max_retries: 0 })}`), '08001', 'no secure connection');
    }
  });

  await t.test('a proxy is asked to connect, and sees nothing of what is said', async (t2) => {
    const secure = await terminator(t2, {});
    const asked = [];
    const seen = [];
    let answer = null;
    const proxy = http.createServer((request, response) => { asked.push(`${request.method} ${request.url}`); response.end(); });
    proxy.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      seen.push(JSON.stringify(request.headers));
      if (answer) {
        socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const [host, port] = request.url.split(':');
      const server = net.connect(port, host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        join(socket, server);
      });
      socket.on('data', (bytes) => seen.push(bytes.toString('latin1')));
    });
    const port = await listen(t2, proxy);
    const server = { api_base: `https://127.0.0.1:${secure}`, proxy: `http://127.0.0.1:${port}`, max_retries: 1 };
    await readsAll(await table(server));
    assert.ok(asked.length > 0 && asked.every((line) => line === `CONNECT 127.0.0.1:${secure}`), asked.join());
    assert.ok(seen.length > asked.length && !seen.join('').includes(API_KEY), 'the key is encrypted');

    // What a proxy refuses stays refused; what it can't do now may pass.
    await stack.client.end();
    stack.client = null;
    const refusing = await table(server);
    for (const [status, code, tries] of [['407 Proxy Authentication Required', 'HV024', 1], ['403 Forbidden', 'HV024', 1], ['502 Bad Gateway', '08001', 2]]) {
      asked.length = 0;
      answer = status;
      assertTells(await failure(stack, `SELECT * FROM ${refusing}`), code, status.slice(0, 3));
      assert.strictEqual(asked.length, tries, status);
    }
    answer = null;
    await readsAll(refusing);
  });

  await t.test('connections are kept from query to query, and only so many', async (t2) => {
    let open = 0;
    let most = 0;
    let made = 0;
    const port = await listen(t2, net.createServer((socket) => {
      made++;
      most = Math.max(most, ++open);
      socket.on('close', () => open--);
      join(socket, net.connect(upstream.port, upstream.hostname));
    }));
    const name = await table({ api_base: `http://127.0.0.1:${port}`, concurrency: 1 });
    for (let i = 0; i < 5; i++) await stack.query(`SELECT id FROM ${name} LIMIT 5`);
    assert.strictEqual(made, 1, 'one connection for five queries');
    await stack.query(`ALTER SERVER ${name.split('.')[0]} OPTIONS (SET concurrency '48', ADD page_size '10')`);
    for (let i = 0; i < 3; i++) await readsAll(name);
    t2.diagnostic(`${made} connections made, ${most} at once, ${open} kept`);
    assert.ok(most <= 48, `${most} connections at once`);
    assert.ok(open <= IDLE, `${open} connections are kept`);
    await stack.client.end();
    stack.client = null;
  });

  await t.test('a connection that has gone stale is replaced, without a retry of ours', async (t2) => {
    // Each connection answers so many requests, and is then cut when the next one comes, or before.
    for (const [what, cutAt, when] of [['when the next request comes', 1, 'request'], ['while idle', 1, 'idle'], ['after two', 2, 'request']]) {
      await t2.test(what, async (t3) => {
        let requests = 0;
        const server = http.createServer((request, response) => {
          const { socket } = request;
          socket.served = (socket.served ?? 0) + 1;
          requests++;
          if (when === 'request' && socket.served > cutAt) {
            socket.destroy();
            return;
          }
          const forwarded = http.request(new URL(request.url, upstream), { headers: request.headers, agent: false }, (answer) => {
            response.writeHead(answer.statusCode, { ...answer.headers, connection: 'keep-alive' });
            answer.pipe(response);
            if (when === 'idle') response.on('finish', () => setImmediate(() => socket.end()));
          });
          forwarded.end();
        });
        const name = await table({ api_base: `http://127.0.0.1:${await listen(t3, server)}`, concurrency: 1, max_retries: 0 });
        await readsAll(name);
        await readsAll(name);
        assert.ok(requests >= (2 * CHARGES) / 100, `${requests} requests`);
      });
    }
    await t2.test('but a server that makes a habit of it is an error', async (t3) => {
      let requests = 0;
      const server = http.createServer((request, response) => {
        requests++;
        if (requests === 1) response.end('{"object": "list", "has_more": true, "url": "/v1/charges", "data": [{"id": "ch_1", "object": "charge", "created": 1}]}');
        else request.socket.destroy();
      });
      const name = await table({ api_base: `http://127.0.0.1:${await listen(t3, server)}`, concurrency: 1, max_retries: 2 });
      assertTells(await failure(stack, `SELECT id FROM ${name}`), '08006', 'connection to Stripe was lost');
      assert.ok(requests <= 12, `${requests} requests`);
    });
  });

  // HTTP/2 before the simulator.  spoil(stream, n) may treat the n-th request otherwise, and then returns true.
  async function startHttp2(t2, { settings = {}, spoil = () => false } = {}) {
    const state = { sessions: 0, streams: 0, most: 0, mostInSession: 0, inFlight: 0, broken: 0 };
    const server = http2.createSecureServer({ cert, key, settings });
    server.on('session', (session) => {
      state.sessions++;
      session.open = 0;
      session.on('error', () => {});
    });
    const sockets = new Set();
    server.on('secureConnection', (socket) => sockets.add(socket));
    server.on('stream', (stream, headers) => {
      stream.breakOff = () => [...sockets].find(({ remotePort }) => remotePort === stream.session.socket.remotePort).destroy();
      const { session } = stream;
      state.most = Math.max(state.most, ++state.inFlight);
      state.mostInSession = Math.max(state.mostInSession, ++session.open);
      stream.on('error', () => {});
      stream.on('close', () => { state.inFlight--; session.open--; });
      if (spoil(stream, ++state.streams)) {
        state.broken++;
        return;
      }
      const plain = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
      http.request(new URL(headers[':path'], upstream), { headers: plain, agent: false }, (answer) => {
        if (stream.destroyed) return;
        const { connection, 'keep-alive': alive, 'transfer-encoding': coding, date, ...kept } = answer.headers;
        stream.respond({ ':status': answer.statusCode, ...kept });
        answer.pipe(stream);
      }).end();
    });
    return { state, url: `https://127.0.0.1:${await listen(t2, server)}` };
  }

  await t.test('HTTP/2: several streams on one connection', async (t2) => {
    const { state, url } = await startHttp2(t2);
    const name = await table({ api_base: url, page_size: 20 });
    await simulator.config({ latency: { fixed_ms: 150 } });
    await readsAll(name);
    await readsAll(name);
    await simulator.config({ latency: { fixed_ms: 20 } });
    t2.diagnostic(`${state.streams} streams on ${state.sessions} connection(s), ${state.most} at once`);
    assert.strictEqual(state.sessions, 1);
    assert.ok(state.mostInSession > 1 && state.mostInSession <= 8, `${state.mostInSession} at once`);
  });

  await t.test('HTTP/2: a server that allows few streams at once', async (t2) => {
    for (const maxConcurrentStreams of [1, 2]) {
      const { state, url } = await startHttp2(t2, { settings: { maxConcurrentStreams } });
      await readsAll(await table({ api_base: url }));
      t2.diagnostic(`${maxConcurrentStreams} allowed: ${state.streams} streams on ${state.sessions} connection(s), ${state.mostInSession} at once in one`);
      assert.ok(state.mostInSession <= maxConcurrentStreams);
    }
  });

  await t.test('HTTP/2: a body that ends early, without a word of its length, is an error', async (t2) => {
    const { url } = await startHttp2(t2, { spoil: (stream, at) => {
      if (at !== 3) return false;
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      stream.write('{"object": "list", ');
      setImmediate(() => stream.close(NGHTTP2_NO_ERROR));
      return true;
    } });
    assertTells(await failure(stack, `SELECT id FROM ${await table({ api_base: url })}`), /^(HV000|08006)$/);
  });

  await t.test('HTTP/2: streams and connections that are reset', async (t2) => {
    const every = (n, act) => (stream, at) => at % n === 0 && (act(stream), true);
    const partly = (stream, then) => {
      stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': 100000 });
      stream.write('{"object": "list", ');
      setImmediate(() => then(stream));
    };
    for (const [what, spoil] of [
      ['RST_STREAM, refused', every(7, (stream) => stream.close(NGHTTP2_REFUSED_STREAM))],
      ['RST_STREAM, internal error', every(7, (stream) => stream.close(NGHTTP2_INTERNAL_ERROR))],
      ['RST_STREAM, cancelled', every(7, (stream) => stream.close(NGHTTP2_CANCEL))],
      ['RST_STREAM in the body', every(7, (stream) => partly(stream, () => stream.close(NGHTTP2_INTERNAL_ERROR)))],
      ['RST_STREAM without an error in the body', every(7, (stream) => partly(stream, () => stream.close(NGHTTP2_NO_ERROR)))],
      ['GOAWAY after which streams go on', (stream, at) => { if (at % 7 === 0) stream.session.close(); return false; }],
      ['GOAWAY that takes no stream', every(11, (stream) => { const { session } = stream; session.goaway(NGHTTP2_NO_ERROR, 0); setImmediate(() => session.destroy()); })],
      ['GOAWAY with an error', every(11, (stream) => stream.session.destroy(undefined, NGHTTP2_ENHANCE_YOUR_CALM))],
      ['GOAWAY in the body', every(11, (stream) => partly(stream, () => stream.session.destroy(undefined, NGHTTP2_INTERNAL_ERROR)))],
      ['a connection that breaks', every(11, (stream) => stream.breakOff())],
    ]) {
      await t2.test(what, async (t3) => {
        const { state, url } = await startHttp2(t3, { spoil });
        await readsAll(await table({ api_base: url, max_retries: 20 }));
        t3.diagnostic(`${state.streams} streams on ${state.sessions} connection(s), ${state.broken} broken`);
        assert.ok(state.broken > 0 || what.includes('go on'));
      });
    }
  });
});
