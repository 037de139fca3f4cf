'use strict';

const { ApiError } = require('./errors');

// Stripe's rate and concurrency limits: token buckets over all requests and
// per endpoint, and a bound on requests in flight.

/** What Stripe documents, in requests a second; the concurrency bound is a guess, Stripe publishes none. */
const STRIPE = {
  live: { global: 100, endpoint: 25, search: 20, concurrency: 25 },
  test: { global: 25, endpoint: 25, search: 20, concurrency: 25 },
};

class Bucket {
  constructor(rate, now) {
    this.rate = rate;
    this.tokens = rate;
    this.at = now;
  }

  take(now) {
    this.tokens = Math.min(this.rate, this.tokens + ((now - this.at) / 1000) * this.rate);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

class Limits {
  constructor() {
    this.configure(null);
  }

  /**
   * @param {object|string|null} setting null or "off"; "on" for Stripe's numbers; or
   *   {global, endpoint, search, concurrency, endpoint_concurrency, retry_after}, each absent or null for no limit
   */
  configure(setting) {
    this.setting = setting === 'off' || !setting ? null : setting;
    this.buckets = new Map();
    this.flying = new Map();
  }

  numbers(livemode) {
    if (this.setting === 'on') return STRIPE[livemode ? 'live' : 'test'];
    return this.setting;
  }

  take(name, rate, reason, now) {
    if (!rate) return;
    const key = `${name} ${rate}`;
    if (!this.buckets.has(key)) this.buckets.set(key, new Bucket(rate, now));
    if (!this.buckets.get(key).take(now)) throw this.refuse(reason);
  }

  refuse(reason) {
    const retry = this.setting.retry_after;
    return new ApiError(
      429,
      {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message: reason.endsWith('concurrency')
          ? 'This object cannot be accessed right now because too many requests are in flight.'
          : 'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
      },
      { 'stripe-rate-limited-reason': reason, ...(retry !== undefined ? { 'retry-after': String(retry) } : {}) }
    );
  }

  /**
   * Admits a request or throws the 429.
   * @param {string} endpoint one name for all ids of a path
   * @param {boolean} livemode
   * @returns {() => void} to be called when the request is over
   */
  enter(endpoint, livemode) {
    const numbers = this.setting && this.numbers(livemode);
    if (!numbers) return () => {};
    const now = Date.now();
    const flying = (key) => this.flying.get(key) || 0;
    if (numbers.concurrency && flying('') >= numbers.concurrency) throw this.refuse('global-concurrency');
    if (numbers.endpoint_concurrency && flying(endpoint) >= numbers.endpoint_concurrency) throw this.refuse('endpoint-concurrency');
    this.take(`global ${livemode}`, numbers.global, 'global-rate', now);
    this.take(`${endpoint} ${livemode}`, endpoint.startsWith('search ') ? numbers.search || numbers.endpoint : numbers.endpoint, 'endpoint-rate', now);
    const table = this.flying;
    for (const key of ['', endpoint]) table.set(key, flying(key) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      for (const key of ['', endpoint]) table.set(key, table.get(key) - 1);
    };
  }
}

module.exports = { Limits, STRIPE };
