// The Stripe simulator as a process; see index.js.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { startServer, stopServer, makeFolder, stopWith } = require('./processes');

const MAIN = path.join(__dirname, '..', '..', 'sim', 'main.js');

// A key that it knows, with every permission.
const API_KEY = 'sk_test_stripe_fdw_sim';

class Simulator {
  constructor(url, child, folder) {
    this.url = url;
    this.child = child;
    this.folder = folder;
  }

  // Sends a request to a control route; returns the answer, parsed if JSON.
  async control(method, route, body) {
    const response = await fetch(new URL(route, this.url), {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
    return /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text;
  }

  log() {
    return this.control('GET', '/_sim/log');
  }

  clearLog() {
    return this.control('DELETE', '/_sim/log');
  }

  faults(rules) {
    return this.control('POST', '/_sim/faults', rules);
  }

  config(settings) {
    return this.control('POST', '/_sim/config', settings);
  }

  async objects(resource) {
    const response = await fetch(new URL(`/_sim/objects/${resource}`, this.url));
    const text = await response.text();
    if (!response.ok) throw new Error(`objects of ${resource}: ${response.status} ${text}`);
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  createObject(resource, object) {
    return this.control('POST', `/_sim/objects/${resource}`, object);
  }

  deleteObject(resource, id) {
    return this.control('POST', `/_sim/objects/${resource}/${id}/delete`);
  }

  reset() {
    return this.control('POST', '/_sim/reset');
  }

  async stop() {
    if (!this.child) return;
    const { child } = this;
    this.child = null;
    await stopServer(child, 'SIGTERM');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

// It runs as this process's own user, who can read the source tree.
async function startSimulator(t, args = []) {
  const self = { uid: null, gid: null };
  const folder = makeFolder('stripe_fdw_sim.', self);
  const { child, found } = await startServer({
    user: self,
    signal: 'KILL',
    command: process.execPath,
    args: [MAIN, '--port', '0', ...args],
    logPath: path.join(folder, 'simulator.log'),
    cwd: '/',
    env: { PATH: process.env.PATH },
    ready: (log) => /^listening on (https?:\S+)$/m.exec(log)?.[1],
  });
  const simulator = new Simulator(found, child, folder);
  stopWith(t, () => simulator.stop());
  return simulator;
}

module.exports = { startSimulator, API_KEY };
