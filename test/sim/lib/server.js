'use strict';

const http = require('http');
const http2 = require('http2');
const zlib = require('zlib');
const { parseUrl, parsePairs } = require('./query');
const { spoil } = require('./faults');
const { keyOf } = require('./auth');
const { ApiError } = require('./errors');

// The wire: HTTP/1.1, and over TLS HTTP/2 by ALPN. Latency, compression and
// the faults that bytes can have.

const MAX_REQUEST_BODY = 16 * 1024 * 1024;

const wait = (ms) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : null);

function readBody(req) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    req.on('data', (chunk) => {
      size += chunk.length;
      if (size <= MAX_REQUEST_BODY) chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    req.on('error', reject);
  });
}

/** Breaks the connection (HTTP/1.1) or the stream (HTTP/2) off. */
function breakOff(req, res) {
  if (req.stream) req.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  else if (req.socket.resetAndDestroy) req.socket.resetAndDestroy();
  else req.socket.destroy();
}

class Server {
  /**
   * @param {Simulator} sim
   * @param {object} [tls] {cert, key} in PEM; absent: plain HTTP/1.1
   */
  constructor(sim, tls) {
    this.sim = sim;
    this.connections = 0;
    this.requests = 0;
    this.inFlight = 0;
    const onRequest = (req, res) => {
      this.serve(req, res).catch((error) => {
        process.stderr.write(`simulator: ${error.stack}\n`);
        if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain' });
        res.end(`simulator failed: ${error.message}\n`);
      });
    };
    this.server = tls ? http2.createSecureServer({ ...tls, allowHTTP1: true }, onRequest) : http.createServer(onRequest);
    this.server.keepAliveTimeout = 120000;
    this.server.requestTimeout = 0;
    this.sockets = new Set();
    this.server.on('connection', (socket) => {
      if (!tls) socket.simId = ++this.connections;
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      if (sim.faults.strikeConnection()) socket.resetAndDestroy ? socket.resetAndDestroy() : socket.destroy();
    });
    this.server.on('secureConnection', (socket) => {
      // Requests see the TLS socket, never the TCP one below it.
      socket.simId = ++this.connections;
      socket.on('error', () => {});
    });
    this.server.on('sessionError', () => {});
    this.server.on('clientError', (error, socket) => socket.destroy());
  }

  /** @returns {Promise<number>} the port */
  listen(port, host) {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => resolve(this.server.address().port));
    });
  }

  close() {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  async serve(req, res) {
    const { sim } = this;
    const text = await readBody(req);
    const path = req.url.split('?')[0];
    if (path === '/_sim' || path.startsWith('/_sim/')) {
      const { status, text: body, type } = sim.control.handle(req.method, path, parseUrl(req.url).pairs, text);
      res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      res.end(body);
      return;
    }
    this.inFlight++;
    try {
      await this.api(req, res, text, path);
    } finally {
      this.inFlight--;
    }
  }

  async api(req, res, text, path) {
    const { sim } = this;
    const started = process.hrtime.bigint();
    const requestId = `req_${String(++this.requests).padStart(14, '0')}`;
    const socket = req.stream ? req.stream.session.socket : req.socket;
    let parsed;
    let broken = null;
    try {
      parsed = parseUrl(req.url);
    } catch (error) {
      parsed = { path, pairs: [] };
      broken = error;
    }
    const entry = sim.log.begin({
      method: req.method, path: parsed.path, query: parsed.pairs, headers: req.headers,
      connection: socket.simId, protocol: `HTTP/${req.httpVersion}`,
    });
    entry.in_flight = this.inFlight;
    entry.request_id = requestId;
    if (text) entry.body = req.headers['content-type'] === 'application/json' ? text : parsePairs(text);
    let finished = false;
    res.on('finish', () => {
      finished = true;
    });
    res.on('close', () => {
      entry.duration = Number(process.hrtime.bigint() - started) / 1e6;
      entry.aborted = !finished;
    });

    const rule = sim.faults.strike({ method: req.method, path: parsed.path, query: parsed.pairs });
    const action = rule ? rule.action : {};
    if (rule) entry.fault = rule.id;
    if (action.hang) return;
    if (action.reset === 'headers') return breakOff(req, res);
    if (action.delete_cursor) this.deleteCursor(parsed, req.headers);
    await wait(action.delay_ms);

    const request = { method: req.method, path, pairs: parsed.pairs, body: Array.isArray(entry.body) ? entry.body : [], headers: req.headers };
    const answer = broken instanceof ApiError
      ? { status: 400, headers: {}, entry: sim.app.bodyOf(broken.body(requestId)), endpoint: null, rows: null, leave: () => {}, delay: 0 }
      : sim.app.answer(request, requestId);
    entry.endpoint = answer.endpoint;
    entry.rows = answer.rows;
    const { latency } = sim.config;
    await wait(answer.delay + latency.fixed_ms + (latency.per_kb_ms * answer.entry.bytes.length) / 1024);
    try {
      await this.send(req, res, entry, requestId, answer, action);
    } finally {
      answer.leave();
    }
  }

  deleteCursor({ path, pairs }, headers) {
    const cursor = pairs.find(([key]) => key === 'starting_after' || key === 'ending_before');
    const match = this.sim.router.match(path);
    if (!cursor || !match) return;
    const { world } = this.sim;
    const grant = world.keys[keyOf(headers.authorization)] || { livemode: false };
    world.company(headers['stripe-account'] || grant.account || world.account, grant.livemode).collection(match.resource.name).delete(cursor[1]);
  }

  /** The body as it goes out; a compressed body is kept beside the plain one. */
  encode(body, gzip) {
    if (!gzip) return body.bytes;
    if (!body.compressed) body.compressed = zlib.gzipSync(body.bytes, { level: 1 });
    return body.compressed;
  }

  async send(req, res, entry, requestId, answer, action) {
    const spoilt = Object.keys(action).length > 0;
    const status = action.status || answer.status;
    const body = spoilt ? { bytes: spoil(answer.entry.bytes, status, action, this.sim.faults.random) } : answer.entry;
    const gzip = body.bytes.length > 200 && /\bgzip\b/.test(req.headers['accept-encoding'] || '');
    let bytes = this.encode(body, gzip);
    if (action.bad_gzip && gzip) {
      bytes = Buffer.from(bytes);
      for (let i = 12; i < bytes.length; i += 7) bytes[i] ^= 0xff;
    }
    if (action.truncate_at !== undefined) bytes = bytes.subarray(0, share(action.truncate_at, bytes.length));
    const headers = {
      'content-type': action.html ? 'text/html; charset=utf-8' : 'application/json',
      'request-id': requestId,
      'cache-control': 'no-cache, no-store',
      'content-length': bytes.length + (action.wrong_content_length || 0),
      ...answer.headers,
      ...(gzip ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}),
      ...action.headers,
    };
    entry.status = status;
    entry.bytes = bytes.length;
    if (res.destroyed) return;
    res.writeHead(status, headers);
    if (action.delay_after_headers_ms) {
      res.flushHeaders();
      await wait(action.delay_after_headers_ms);
    }
    if (action.reset === 'body' || action.cut_body_at !== undefined) {
      const end = share(action.cut_body_at === undefined ? 0.5 : action.cut_body_at, bytes.length);
      await new Promise((resolve) => res.write(bytes.subarray(0, end), resolve));
      await wait(5);
      if (action.reset === 'body') breakOff(req, res);
      else if (req.stream) req.stream.close(http2.constants.NGHTTP2_NO_ERROR);
      else req.socket.destroySoon();
      return;
    }
    if (action.drip) {
      const { bytes: step = 1, interval_ms: pause = 10 } = action.drip;
      for (let at = 0; at < bytes.length && !res.destroyed; at += step) {
        res.write(bytes.subarray(at, at + step));
        await wait(pause);
      }
      res.end();
      return;
    }
    await new Promise((resolve) => {
      res.once('close', resolve);
      res.end(bytes, resolve);
    });
    if (action.wrong_content_length > 0 && !req.stream) req.socket.destroySoon();
  }
}

/** A position in a body: bytes, or a share of it when below 1. */
const share = (at, length) => Math.min(length, at < 1 ? Math.floor(at * length) : at);

module.exports = { Server };
