'use strict';

const { hash, Random } = require('./random');
const { makeClock, makeUnevenClock } = require('./clock');
const { Collection } = require('./collection');
const { Generator } = require('./generate/generic');
const definitions = require('./generate');
const spine = require('./generate/spine');

const DAY = 86400;
const SPAN = 3 * 365 * DAY; // how long the company has been trading
const UNEVEN_SPAN = 5 * 365 * DAY; // … if its trade is uneven

/** All data of one account in one mode (test or live). */
class Company {
  /**
   * @param {object} options
   * @param {Catalog} options.catalog
   * @param {number} options.seed
   * @param {string} options.account the account's id
   * @param {boolean} options.livemode
   * @param {number} options.now unix seconds, the end of the made-up past
   * @param {number} options.charges how many payments were made
   * @param {number} options.customers
   * @param {boolean} options.uneven trade with empty months and a burst
   * @param {number} [options.saleSeconds] how long the burst lasts
   */
  constructor({ catalog, seed, account, livemode, now, charges, customers, uneven, saleSeconds }) {
    this.catalog = catalog;
    this.account = account;
    this.livemode = livemode;
    this.seed = hash(seed, account, livemode ? 'live' : 'test');
    this.now = now;
    this.start = now - (uneven ? UNEVEN_SPAN : SPAN);
    this.charges = charges;
    this.customers = customers;
    this.generator = new Generator(catalog);
    this.collections = new Map();
    this.version = 0;
    this.embedding = 0;
    this.slotTime = (uneven ? makeUnevenClock : makeClock)({ seed: hash(this.seed, 'spine'), count: charges, start: this.start, end: now, saleSeconds });
  }

  /** Something was added or deleted: whatever was remembered is stale. */
  changed() {
    this.version++;
  }

  has(name) {
    return this.catalog.byName.has(name);
  }

  collection(name) {
    let collection = this.collections.get(name);
    if (!collection) {
      const resource = this.catalog.resource(name);
      if (!resource) throw new Error(`no resource ${name}`);
      collection = new Collection(this, resource, definitions.sourceOf(this, resource));
      this.collections.set(name, collection);
    }
    return collection;
  }

  /** A clock over the company's life for `count` objects of a kind. */
  clock(name, count, start = this.start, end = this.now) {
    return makeClock({ seed: hash(this.seed, 'clock', name), count, start, end });
  }

  random(name, index) {
    return new Random(hash(this.seed, name, index));
  }

  /** The id of some existing object; low indexes are preferred, so that a few parents have many children. */
  reference(name, rng) {
    if (!this.has(name)) return null;
    const { base, source } = this.collection(name);
    if (base === 0) return null;
    let index = rng.skewed(base);
    while (source.removed && source.removed(index) && index > 0) index--;
    return source.ids.idOf(index);
  }

  /** An id for an expandable field, of a listed object where one of the target types is listed. */
  referenceTo(targets, rng, fieldName) {
    for (const target of targets) {
      const resource = this.catalog.resourceOfType(target);
      if (resource) return this.reference(resource.name, rng);
    }
    return `${definitions.prefixOf(targets[0] || fieldName)}_${rng.digits(10)}`;
  }

  /** The prefix of ids of objects that exist only inside another. */
  nestedPrefix(ctx) {
    return ctx.resource ? `${definitions.prefixOf(ctx.resource.name)}sub` : 'sub';
  }

  /** A listed object as it appears inside another; null when it is nested too deep to be there whole. */
  embedded(name, id) {
    if (this.embedding >= 2) return null;
    this.embedding++;
    try {
      const collection = this.collection(name);
      const index = collection.indexOf(id);
      return index < 0 ? null : collection.object(index);
    } finally {
      this.embedding--;
    }
  }

  /**
   * A whole object of a resource.
   * @param {object} resource
   * @param {{index: number, id: string, created: number, given?: object}} what
   */
  makeUp(resource, { index, id, created, given = {} }) {
    const rng = this.random(resource.name, index);
    const ctx = { company: this, resource, index, id, created };
    const fixed = { id, object: resource.object, ...given };
    if (this.catalog.field(resource.type, 'livemode')) fixed.livemode = this.livemode;
    return this.generator.object(resource.type, rng, ctx, 0, fixed);
  }

  /** Size of a kind that follows from the payments. */
  spineSize(kind) {
    return spine.sizeOf(kind, this.charges);
  }
}

module.exports = { Company };
