'use strict';

const { ApiError, invalid, noSuch, unknownParameters, unrecognized } = require('./errors');
const { authenticate, authorize } = require('./auth');
const { page } = require('./lists');
const { search } = require('./search');
const { expand, readExpand } = require('./expand');
const { render } = require('./versions');
const { OAuthEndpoints } = require('./oauth-endpoints');

// What Stripe would answer, without the wire: a request in, status, headers
// and text out.

const VERSION = /^\d{4}-\d{2}-\d{2}(\.[a-z_]+)?$/;

class App {
  /**
   * @param {object} parts
   * @param {World} parts.world
   * @param {Router} parts.router
   * @param {object} parts.config what control routes may change
   */
  constructor({ world, router, config, limits, cache, oauth }) {
    Object.assign(this, { world, router, config, limits, cache });
    this.oauth = new OAuthEndpoints(oauth);
  }

  /**
   * @param {object} request {method, path (encoded), pairs, body (pairs), headers}
   * @returns {{status: number, headers: object, entry: object, endpoint: string, rows: number|null, leave: function, delay: number}}
   *   entry: see bodyOf; delay: ms to wait with the answer
   */
  answer(request, requestId) {
    const { method, path, pairs, headers } = request;
    const base = { 'stripe-version': this.world.catalog.apiVersion };
    let leave = () => {};
    let endpoint = null;
    const signIn = this.oauth.answer(request);
    if (signIn) {
      const { status, headers: more, text, delay } = signIn;
      const bytes = Buffer.from(text, 'utf8');
      return { status, headers: more, entry: { bytes, compressed: null }, endpoint: `${method} oauth`, rows: null, leave, delay };
    }
    try {
      const match = method === 'GET' ? this.router.match(path) : null;
      endpoint = match ? `${match.kind} ${match.resource.name}` : `${method} other`;
      const caller = authenticate(headers, this.world);
      leave = this.limits.enter(endpoint, caller.livemode);
      base['stripe-version'] = this.version(headers);
      if (headers['stripe-account']) base['stripe-account'] = headers['stripe-account'];
      if (!match) throw unrecognized(method, path);
      authorize(caller, match.resource);
      const company = this.world.company(caller.account, caller.livemode);
      const { entry, rows } = this.remembered(match, company, pairs, base['stripe-version'], caller, path);
      return { status: 200, headers: base, entry, endpoint, rows, leave, delay: 0 };
    } catch (error) {
      if (!(error instanceof ApiError)) {
        leave();
        throw error;
      }
      return { status: error.status, headers: { ...base, ...error.headers }, entry: this.bodyOf(error.body(requestId)), endpoint, rows: null, leave, delay: 0 };
    }
  }

  version(headers) {
    const asked = headers['stripe-version'];
    if (asked === undefined) return this.world.catalog.apiVersion;
    if (!VERSION.test(asked)) throw invalid(`Invalid Stripe API version: ${asked}. It must have the form YYYY-MM-DD.name.`);
    return asked;
  }

  /** A finished body: its bytes, and room for them compressed. */
  bodyOf(value, rows = null, version = 0) {
    const bytes = Buffer.from(this.config.pretty ? JSON.stringify(value, null, 2) : JSON.stringify(value), 'utf8');
    return { bytes, compressed: null, rows, version, size: bytes.length };
  }

  /** The answer, from the cache where nothing has changed since. */
  remembered(match, company, pairs, version, caller, path) {
    const key = JSON.stringify([company.account, company.livemode, version, path, pairs, this.config.pretty, this.config.unknown_reference]);
    let entry = this.cache.get(key, company.version);
    if (!entry) {
      const { body, rows } = this[match.kind](match, company, pairs, version, caller);
      entry = this.bodyOf(body, rows, company.version);
      this.cache.put(key, entry);
    }
    return { entry, rows: entry.rows };
  }

  /** Objects by index as this version shows them, expanded. */
  objects(collection, indexes, tree, version) {
    const { company, resource } = collection;
    const expands = Object.keys(tree).length > 0;
    return indexes.map((index) => {
      const object = collection.object(index);
      const whole = expands ? expand(company, resource.type, { ...object }, tree) : object;
      return render(company, resource, whole, version);
    });
  }

  list({ resource }, company, pairs, version) {
    const collection = company.collection(resource.name);
    const { indexes, hasMore, expand: tree } = page(collection, pairs, this.config);
    const data = this.objects(collection, indexes, tree, version);
    return { body: { object: 'list', data, has_more: hasMore, url: resource.list }, rows: data.length };
  }

  search({ resource }, company, pairs, version) {
    const collection = company.collection(resource.name);
    const { indexes, hasMore, nextPage, expand: tree } = search(collection, pairs);
    const data = this.objects(collection, indexes, tree, version);
    return { body: { object: 'search_result', data, has_more: hasMore, next_page: nextPage, url: resource.search }, rows: data.length };
  }

  retrieve({ resource, id }, company, pairs, version) {
    const collection = company.collection(resource.name);
    const tree = this.onlyExpand(resource, pairs);
    const index = collection.indexOf(id);
    if (index < 0) throw noSuch(resource.object, id, 'id', 404, this.otherMode(resource, company, id));
    if (collection.isDeleted(index)) {
      if (resource.name !== 'customers') throw noSuch(resource.object, id, 'id', 404);
      return { body: collection.deletedObject(index), rows: 1 };
    }
    return { body: this.objects(collection, [index], tree, version)[0], rows: 1 };
  }

  /** GET /v1/account: the account that the key (or Stripe-Account) means. */
  account({ resource }, company, pairs, version, caller) {
    this.onlyExpand(resource, pairs);
    const owner = this.world.company(this.world.account, caller.livemode);
    const accounts = owner.collection('accounts');
    const index = accounts.indexOf(caller.account);
    const body = index >= 0 ? accounts.object(index) : owner.makeUp(resource, { index: 0, id: caller.account, created: owner.start });
    return { body, rows: 1 };
  }

  onlyExpand(resource, pairs) {
    const paths = [];
    const unknown = [];
    for (const [key, value] of pairs) {
      if (/^expand\[[0-9]*\]$/.test(key)) paths.push(value);
      else unknown.push(key);
    }
    if (unknown.length) throw unknownParameters(unknown);
    return readExpand(this.world.catalog, resource, paths, false);
  }

  otherMode(resource, company, id) {
    const other = this.world.company(company.account, !company.livemode).collection(resource.name);
    if (other.indexOf(id) < 0) return '';
    return company.livemode
      ? '; a similar object exists in test mode, but a live mode key was used to make this request.'
      : '; a similar object exists in live mode, but a test mode key was used to make this request.';
  }
}

module.exports = { App };
