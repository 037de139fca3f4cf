'use strict';

const { ApiError } = require('./errors');
const { allIndexes } = require('./lists');
const { parsePairs } = require('./query');
const { oauthRoutes } = require('./oauth-control');

// The control routes under /_sim/: what tests set, read and change.

const refuse = (message, status = 400) => new ApiError(status, { type: 'simulator_error', message });

class Control {
  constructor(sim) {
    this.sim = sim;
    this.routes = [
      ['GET', /^\/_sim\/?$/, () => this.describe()],
      ['GET', /^\/_sim\/log$/, () => sim.log.entries],
      ['DELETE', /^\/_sim\/log$/, () => this.done(() => sim.log.clear())],
      ['GET', /^\/_sim\/config$/, () => sim.config],
      ['POST', /^\/_sim\/config$/, (m, q, body) => this.configure(body)],
      ['GET', /^\/_sim\/faults$/, () => sim.faults.rules],
      ['POST', /^\/_sim\/faults$/, (m, q, body) => this.setFaults(body)],
      ['DELETE', /^\/_sim\/faults$/, () => this.done(() => sim.faults.set([]))],
      ['GET', /^\/_sim\/objects\/([a-z0-9_]+)$/, (m, q) => this.objects(m[1], q)],
      ['POST', /^\/_sim\/objects\/([a-z0-9_]+)$/, (m, q, body) => this.create(m[1], q, body)],
      ['POST', /^\/_sim\/objects\/([a-z0-9_]+)\/([^/]+)\/delete$/, (m, q) => this.remove(m[1], decodeURIComponent(m[2]), q)],
      ['POST', /^\/_sim\/reset$/, () => this.done(() => sim.reset())],
      ...oauthRoutes(sim),
    ];
  }

  /** @returns {{status: number, text: string, type: string}} */
  handle(method, path, pairs, text) {
    try {
      for (const [verb, pattern, run] of this.routes) {
        const match = verb === method && pattern.exec(path);
        if (!match) continue;
        let body = null;
        if (text) {
          try {
            body = JSON.parse(text);
          } catch (error) {
            throw refuse(`the body is not JSON: ${error.message}`);
          }
        }
        const result = run(match, new Map(pairs), body);
        return typeof result === 'string'
          ? { status: 200, text: result, type: 'application/x-ndjson' }
          : { status: 200, text: JSON.stringify(result), type: 'application/json' };
      }
      throw refuse(`no control route ${method} ${path}`, 404);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, text: JSON.stringify(error.body()), type: 'application/json' };
    }
  }

  done(action) {
    action();
    return { ok: true };
  }

  describe() {
    const { world } = this.sim;
    return {
      api_version: world.catalog.apiVersion, seed: world.seed, now: world.now, account: world.account, charges: world.charges,
      customers: world.customers, resources: world.catalog.resources.map((r) => r.name),
    };
  }

  configure(body) {
    const { config, limits, world } = this.sim;
    for (const [name, value] of Object.entries(body || {})) {
      if (name === 'keys') Object.assign(world.keys, value);
      else if (!Object.prototype.hasOwnProperty.call(config, name)) throw refuse(`no setting "${name}"; there are ${Object.keys(config).join(', ')}, keys`);
      else config[name] = name === 'latency' ? { ...config.latency, ...value } : value;
      if (name === 'limits') limits.configure(value);
    }
    return config;
  }

  setFaults(body) {
    const rules = Array.isArray(body) ? body : body && body.rules;
    try {
      this.sim.faults.set(rules);
    } catch (error) {
      throw refuse(error.message);
    }
    return { ok: true, rules: rules.length };
  }

  collection(name, query) {
    const { world } = this.sim;
    if (!world.catalog.resource(name)) throw refuse(`no resource "${name}"`, 404);
    const account = query.get('account') || world.account;
    const livemode = query.get('livemode') === 'true';
    if (account !== world.account && !world.isConnected(account, livemode)) throw refuse(`no account "${account}"`, 404);
    return world.company(account, livemode).collection(name);
  }

  /** JSON lines: all objects, or (query=…) those that a list with that query shows. Newest first. */
  objects(name, query) {
    const collection = this.collection(name, query);
    let indexes;
    if (query.has('query')) indexes = allIndexes(collection, parsePairs(query.get('query')));
    else indexes = Array.from({ length: collection.size }, (_, i) => collection.size - 1 - i).filter((i) => !collection.isDeleted(i));
    return indexes.map((index) => `${JSON.stringify(collection.object(index))}\n`).join('');
  }

  create(name, query, body) {
    const { attributes, ...given } = body || {};
    return this.collection(name, query).add(given, attributes || {});
  }

  remove(name, id, query) {
    if (!this.collection(name, query).delete(id)) throw refuse(`no object "${id}" of ${name}`, 404);
    return { ok: true };
  }
}

module.exports = { Control };
