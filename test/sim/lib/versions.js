'use strict';

const { included } = require('./expand');
const { Random, hash } = require('./random');

// Older API versions: a field that Stripe moved is where it was for requests
// that pin a version from before the move.

/** Versions order by their date. */
const before = (version, since) => version.slice(0, 10) < since.slice(0, 10);

/** What fields that are gone for good held, where the object still tells. */
const GONE = {
  'invoices.paid': (invoice) => invoice.status === 'paid',
};

/** Values at a path of an object of a type, hidden sub-lists included. */
function walk(company, typeName, object, parts) {
  if (parts.length === 0) return [object];
  if (object === null || typeof object !== 'object') return [];
  if (Array.isArray(object)) return object.flatMap((element) => walk(company, typeName, element, parts));
  if (object.object === 'list' && Array.isArray(object.data)) {
    return walk(company, typeName, object.data, parts[0] === 'data' ? parts.slice(1) : parts);
  }
  const [name, ...rest] = parts;
  const field = typeName && company.catalog.field(typeName, name);
  let value = object[name];
  if (value === undefined && field && field.includable) value = included(company, typeName, object, field);
  return value === undefined ? [] : walk(company, field && field.type, value, rest);
}

const PICK = {
  first: (values) => values[0],
  min: (values) => values.reduce((a, b) => (b < a ? b : a)),
  max: (values) => values.reduce((a, b) => (b > a ? b : a)),
};
// The simulator's lists hold their default element first.
PICK.default = PICK.first;

/** Takes the new place of a moved field out of an object; arrays on the way are walked through. */
function remove(object, parts) {
  if (object === null || typeof object !== 'object') return;
  if (Array.isArray(object)) return object.forEach((element) => remove(element, parts));
  if (parts.length === 1) delete object[parts[0]];
  else remove(object[parts[0]], parts.slice(1));
}

/**
 * The object as the version shows it.
 * @param {object} object the current shape, which is left alone
 */
function render(company, resource, object, version) {
  const moved = (company.catalog.moved.get(resource.name) || []).filter((entry) => before(version, entry.since));
  if (moved.length === 0) return object;
  const old = JSON.parse(JSON.stringify(object));
  for (const entry of moved) {
    let value = null;
    if (entry.path) {
      const values = walk(company, resource.type, object, entry.path.split('.'));
      value = values.length ? PICK[entry.pick](values) : null;
    } else {
      const known = GONE[`${resource.name}.${entry.name}`];
      const rng = new Random(hash(company.seed, 'gone', object.id, entry.name));
      const ctx = { company, resource, index: 0, id: object.id, created: object.created || company.start };
      value = known ? known(object) : company.generator.value({ name: entry.name, kind: entry.kind, targets: null, type: null, enum: null }, rng, ctx, 1);
    }
    set(old, entry.name.split('.'), value);
  }
  for (const entry of moved) if (entry.path) remove(old, entry.path.split('.'));
  return old;
}

function set(object, parts, value) {
  const [name, ...rest] = parts;
  if (rest.length === 0) object[name] = value;
  else if (object[name] !== null && typeof object[name] === 'object') set(object[name], rest, value);
}

module.exports = { render, before };
