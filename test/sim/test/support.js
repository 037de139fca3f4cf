'use strict';

const http = require('node:http');
const { Simulator } = require('../lib/simulator');

// What the tests share: a simulator on a port of its own and a small client.

const NOW = 1798761600;
const KEY = 'sk_test_stripe_fdw_sim';

/** @returns {Promise<{sim, address, get, control, objects, close}>} */
async function start(options = {}) {
  const sim = new Simulator({ seed: 3, size: 'small', now: NOW, ...options });
  const address = await sim.listen();

  /** GET with the key; {status, headers, body}. `path` goes out as it is. */
  async function get(path, headers = {}) {
    const response = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${KEY}`, ...headers } });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async function control(method, path, body) {
    const response = await fetch(`${address}/_sim/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text && JSON.parse(text) };
  }

  async function objects(resource, query) {
    const suffix = query === undefined ? '' : `?query=${encodeURIComponent(query)}`;
    const response = await fetch(`${address}/_sim/objects/${resource}${suffix}`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  /** All pages of a list, forwards. */
  async function all(path) {
    const rows = [];
    const join = path.includes('?') ? '&' : '?';
    let cursor = '';
    for (;;) {
      const { status, body } = await get(`${path}${join}limit=100${cursor}`);
      if (status !== 200) throw new Error(JSON.stringify(body));
      rows.push(...body.data);
      if (!body.has_more) return rows;
      cursor = `&starting_after=${encodeURIComponent(rows[rows.length - 1].id)}`;
    }
  }

  return { sim, address, get, control, objects, all, close: () => sim.close() };
}

/**
 * A request by node:http, which shows what arrived before the connection broke.
 * @returns {Promise<{status, headers, bytes: Buffer, error: Error|null}>}
 */
function raw(address, path, options = {}) {
  return new Promise((resolve) => {
    const request = http.request(`${address}${path}`, { agent: false, ...options, headers: { authorization: `Bearer ${KEY}`, ...options.headers } });
    let response = null;
    const chunks = [];
    const done = (error) => resolve({ status: response && response.statusCode, headers: response && response.headers, bytes: Buffer.concat(chunks), error });
    request.on('error', done);
    request.on('response', (incoming) => {
      response = incoming;
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', done);
      incoming.on('end', () => done(incoming.complete ? null : new Error('incomplete')));
    });
    request.end();
  });
}

module.exports = { start, raw, NOW, KEY };
