'use strict';

const { loadCatalog } = require('./catalog');
const { World } = require('./world');
const { Router } = require('./router');
const { OAuth } = require('./oauth');
const { App } = require('./app');
const { Limits } = require('./limits');
const { BodyCache } = require('./cache');
const { Faults } = require('./faults');
const { RequestLog } = require('./log');
const { Control } = require('./control');
const { Server } = require('./server');

// The whole, put together.

class Simulator {
  /**
   * @param {object} options see main.js: seed, size, charges, now, uneven, latency (ms), limits, pretty, tls {cert, key}
   */
  constructor(options = {}) {
    this.options = options;
    const catalog = options.catalog || loadCatalog();
    this.world = new World({ catalog, ...options });
    this.oauth = new OAuth(this.world);
    this.router = new Router(catalog);
    this.limits = new Limits();
    this.cache = new BodyCache();
    this.faults = new Faults(options.seed || 1);
    this.log = new RequestLog();
    this.config = this.startingConfig();
    this.limits.configure(this.config.limits);
    this.app = new App(this);
    this.control = new Control(this);
    this.server = new Server(this, options.tls);
  }

  startingConfig() {
    const { latency = 0, limits = 'off', pretty = false } = this.options;
    return {
      latency: { fixed_ms: latency, per_kb_ms: 0 }, // ms for each answer, and for each 1024 characters of it
      limits,
      pretty, // indent the JSON, as Stripe does
      unknown_reference: 'error', // a filter on an id that nobody has: "error" (400 resource_missing) or "empty"
    };
  }

  /** Back to the state of the start: data, log, faults, limits, latency. */
  reset() {
    this.world.reset();
    this.oauth.reset();
    this.cache.clear();
    this.log.clear();
    this.faults.set([]);
    Object.assign(this.config, this.startingConfig());
    this.limits.configure(this.config.limits);
  }

  /** @returns {Promise<string>} the address */
  async listen(port = 0, host = '127.0.0.1') {
    const bound = await this.server.listen(port, host);
    return `${this.options.tls ? 'https' : 'http'}://${host}:${bound}`;
  }

  close() {
    return this.server.close();
  }
}

module.exports = { Simulator };
