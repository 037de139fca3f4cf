'use strict';

const { hash, Random } = require('../random');
const values = require('./values');

// Objects made from the catalogue's types alone: every field gets a plausible
// value of its kind, nullable ones are null at times, optional ones absent at
// times, and fields that Stripe leaves out unless expanded are left out.

const DEEP = 4; // below this depth, whatever may be left out is
const DEEPEST = 9;
const NULL_SHARE = 0.2;
const ABSENT_SHARE = 0.25;
const RARE_SHARE = 0.9; // how often what is rarely there is not
const MANY = 12; // optional members of one object, beyond which each of them is rare
const DAY = 86400;

/**
 * What the generators of one object know.
 * @typedef {object} Context
 * @property {object} company the account's data: references are taken from it
 * @property {object} resource the catalogue's entry of the object that is being made, or null
 * @property {number} index the object's index in its collection
 * @property {string} id
 * @property {number} created unix seconds
 */

class Generator {
  constructor(catalog) {
    this.catalog = catalog;
    this.plans = new Map();
  }

  /** Which fields of a type are made at all, and which of them exclude each other. */
  plan(typeName) {
    let plan = this.plans.get(typeName);
    if (plan) return plan;
    const type = this.catalog.type(typeName);
    if (!type) throw new Error(`catalog has no type ${typeName}`);
    const fields = type.fields.filter((f) => !f.includable);
    plan = { type, fields, selector: null, variants: null, rare: new Set() };
    const optional = fields.filter((f) => f.kind === 'object' && f.optional);
    for (const f of optional) {
      // One member per payment method; whole objects copied into another.
      if (optional.length > MANY || (f.type && this.catalog.resourceOfType(f.type))) plan.rare.add(f.name);
    }
    for (const f of fields) if ((f.nullable || f.optional) && /(^|_)error$/.test(f.name)) plan.rare.add(f.name);
    const selector = fields.find((f) => f.name === 'type');
    if (selector) {
      // {type: "card", card: {…}}: the member named by "type" is the one that is there.
      const members = fields.filter((f) => f.kind === 'object' && (f.optional || f.nullable));
      const named = members.filter((f) => !selector.enum || selector.enum.includes(f.name));
      if (selector.enum ? named.length > 0 : named.length > 3) {
        plan.selector = selector;
        plan.variants = new Map(named.map((f) => [f.name, f]));
      }
    }
    this.plans.set(typeName, plan);
    return plan;
  }

  /**
   * An object of the type.
   * @param {string} typeName
   * @param {Random} rng
   * @param {Context} ctx
   * @param {number} depth 0 for a whole resource
   * @param {object} given values that are not to be made up, by field name
   */
  object(typeName, rng, ctx, depth = 0, given = {}) {
    if (depth > DEEPEST) return {};
    const plan = this.plan(typeName);
    const made = {};
    let variant;
    if (plan.selector) {
      variant =
        given.type !== undefined
          ? given.type
          : plan.selector.enum
            ? this.enumValue(plan.selector, rng, ctx, depth)
            : rng.pick([...plan.variants.keys()]);
    }
    for (const field of plan.fields) {
      const name = field.name;
      if (Object.prototype.hasOwnProperty.call(given, name)) {
        if (given[name] !== undefined) made[name] = given[name];
        continue;
      }
      if (plan.selector === field) {
        made[name] = variant;
        continue;
      }
      if (plan.variants && plan.variants.has(name)) {
        if (name === variant) made[name] = this.value(field, rng, ctx, depth);
        else if (!field.optional) made[name] = null;
        continue;
      }
      const roll = rng.unit();
      if (plan.rare.has(name)) {
        if (roll >= RARE_SHARE) made[name] = this.value(field, rng, ctx, depth);
        else if (!field.optional) made[name] = null;
        continue;
      }
      if (field.optional && (roll < ABSENT_SHARE || (depth >= DEEP && field.kind === 'object'))) continue;
      if (field.nullable && (roll > 1 - NULL_SHARE || (depth >= DEEP && field.kind === 'object'))) {
        made[name] = null;
        continue;
      }
      made[name] = this.value(field, rng, ctx, depth);
    }
    return made;
  }

  enumValue(field, rng, ctx, depth) {
    // At the top the values take turns, so that each of them occurs in a list.
    if (depth === 0) return field.enum[(ctx.index + hash(field.name)) % field.enum.length];
    return rng.pick(field.enum);
  }

  /** A value of the field's kind; never null. */
  value(field, rng, ctx, depth) {
    const make = KINDS[field.kind];
    if (!make) throw new Error(`kind ${field.kind} of ${field.name} is unknown`);
    return make(this, field, rng, ctx, depth);
  }

  /** What an includable field holds, once expanded: the same whenever asked. */
  includable(typeName, object, field, ctx) {
    const rng = new Random(hash(ctx.company.seed, 'includable', String(object.id || ctx.id), field.name));
    return this.value(field, rng, ctx, 2);
  }
}

function integer(field, rng) {
  const name = field.name;
  if (/(^|_)(exp_)?month$/.test(name)) return rng.int(1, 12);
  if (/(^|_)(exp_)?year$/.test(name)) return rng.int(2024, 2034);
  if (/(^|_)day$/.test(name)) return rng.int(1, 28);
  if (/percent|rate$/.test(name)) return rng.int(0, 100);
  if (/amount|total|balance|fee|net|price|limit/.test(name)) {
    return rng.pick([0, rng.int(1, 99), rng.int(100, 999999), rng.int(1000000, 900000000000), -rng.int(1, 99999)]);
  }
  if (/count|quantity|attempts|size|version|redeemed|redemptions/.test(name)) return rng.int(0, 1000);
  return rng.pick([rng.int(0, 100), rng.int(0, 100000), 9007199254740991]);
}

function decimal(field, rng) {
  if (/percent/.test(field.name)) return rng.pick([12.5, 33.333333333333336, 19, 0.1, 99.99]);
  return rng.pick([0.1, 1.0005, 1.2736451827364518, 123456.789, 7e-7, rng.unit() * 100]);
}

/** How a value of each kind is made. */
const KINDS = {
  string: (g, field, rng, ctx, depth) => {
    if (field.name === 'object') return field.enum ? field.enum[0] : 'object';
    if (field.name === 'id') return depth === 0 ? ctx.id : `${ctx.company.nestedPrefix(ctx)}_${rng.digits(10)}`;
    const target = ctx.resource && g.catalog.resourceOfNoun(field.name, ctx.resource);
    if (target && target.name !== ctx.resource.name) {
      const id = ctx.company.reference(target.name, rng);
      if (id) return id;
    }
    return values.stringFor(field.name, rng, ctx);
  },
  enum: (g, field, rng, ctx, depth) =>
    field.enum && field.enum.length ? g.enumValue(field, rng, ctx, depth) : values.stringFor(field.name, rng, ctx),
  boolean: (g, field, rng, ctx) => {
    if (field.name === 'livemode') return ctx.company.livemode;
    if (field.name === 'deleted') return false; // what is there is not deleted
    return rng.chance(0.5);
  },
  integer: (g, field, rng) => integer(field, rng),
  decimal: (g, field, rng) => decimal(field, rng),
  decimal_string: (g, field, rng) => values.decimalString(rng),
  timestamp: (g, field, rng, ctx, depth) =>
    depth === 0 && field.name === 'created' ? ctx.created : ctx.created + rng.pick([0, 1, rng.int(2, 3600), rng.int(3600, 40 * DAY)]),
  datetime: (g, field, rng, ctx) => {
    const text = new Date(ctx.created * 1000 + rng.int(0, 999)).toISOString();
    return rng.chance(0.5) ? text : text.replace('Z', '456Z');
  },
  expandable: (g, field, rng, ctx) => ctx.company.referenceTo(field.targets || [], rng, field.name),
  object: (g, field, rng, ctx, depth) => {
    if (!field.type) return {};
    const resource = g.catalog.resourceOfType(field.type);
    if (depth < DEEP && resource && ctx.company.has(resource.name)) {
      const id = ctx.company.reference(resource.name, rng);
      const found = id && ctx.company.embedded(resource.name, id, depth);
      if (found) return found;
    }
    return g.object(field.type, rng, ctx, depth + 1);
  },
  list: (g, field, rng, ctx, depth) => ({
    object: 'list',
    data: elements(g, field, rng, ctx, depth),
    has_more: false,
    url: `${ctx.resource ? ctx.resource.list : '/v1/objects'}/${ctx.id}/${field.name}`,
  }),
  array: (g, field, rng, ctx, depth) => elements(g, field, rng, ctx, depth),
  map: (g, field, rng, ctx, depth) => {
    if (field.type && depth < DEEP) {
      const map = {};
      for (const key of values.CURRENCIES.slice(0, rng.int(0, 3))) map[key] = g.object(field.type, rng, ctx, depth + 2);
      return map;
    }
    if (field.element && field.element !== 'string') {
      const map = {};
      for (const key of values.CURRENCIES.slice(0, rng.int(0, 3))) map[key] = scalar(g, field, rng, ctx, depth);
      return map;
    }
    return values.metadata(rng);
  },
  any: (g, field, rng) =>
    rng.pick([{ kind: 'object', n: 1, nested: { list: [1, 'two', null, 3.5] } }, 'just text', 42, ['a', 1]]),
};

/** A scalar element of an array or a map. */
function scalar(g, field, rng, ctx, depth) {
  return g.value({ ...field, kind: field.element || 'string', element: null }, rng, ctx, depth + 1);
}

function elements(g, field, rng, ctx, depth) {
  if (depth >= DEEP) return [];
  const count = rng.int(0, 3);
  const made = [];
  for (let i = 0; i < count; i++) {
    if (field.type && (!field.element || field.element === 'object')) {
      made.push(g.object(field.type, rng, ctx, depth + 1));
    } else {
      made.push(scalar(g, field, rng, ctx, depth));
    }
  }
  return made;
}

module.exports = { Generator };
