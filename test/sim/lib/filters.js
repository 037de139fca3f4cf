'use strict';

const { invalid, emptyParameter, unknownParameters, missingParameter, noSuch } = require('./errors');
const { arrayName } = require('./query');
const { rulesFor } = require('./visibility');

// List parameters that keep some rows: from the query to predicates.

const RANGE_KEYS = ['gt', 'gte', 'lt', 'lte'];

/** How a value of each kind is read from the query. Throws the 400 that Stripe would answer. */
const READ = {
  integer: readInteger,
  timestamp: readInteger,
  decimal: (text, param) => {
    if (!/^-?[0-9]+(\.[0-9]+)?$/.test(text)) throw invalid(`Invalid decimal: ${text}`, param, 'parameter_invalid_decimal');
    return Number(text);
  },
  boolean: (text, param) => {
    if (text !== 'true' && text !== 'false') throw invalid(`Invalid boolean: ${text}`, param, 'parameter_invalid_boolean');
    return text === 'true';
  },
};

function readInteger(text, param) {
  if (!/^-?[0-9]{1,18}$/.test(text)) throw invalid(`Invalid integer: ${text}`, param, 'parameter_invalid_integer');
  return Number(text);
}

function readValue(filter, text, param) {
  if (text === '') throw emptyParameter(param);
  if (filter.enum && !filter.enum.includes(text) && !(filter.superset && text.includes('*'))) {
    throw invalid(`Invalid ${param}: must be one of ${filter.enum.slice(0, 60).join(', ')}`, param);
  }
  return READ[filter.kind] ? READ[filter.kind](text, param) : text;
}

/** Pseudo-values of a status parameter: what they stand for. */
const STATUS_GROUPS = {
  all: () => true,
  ended: (status) => status === 'canceled' || status === 'incomplete_expired',
};

/** Parameters that don't filter. */
const ORDERINGS = { order_by: true };

/**
 * Sorts the pairs of a query into filters.
 * @param {object} resource
 * @param {Array<[string, string]>} pairs those that are not paging parameters
 * @returns {Map<string, {filter, values: Array, range: object|null}>} by the filter's parameter
 */
function readFilters(resource, pairs) {
  const byParam = new Map(resource.filters.map((f) => [f.param, f]));
  const read = new Map();
  const unknown = [];
  const entryOf = (filter) => {
    if (!read.has(filter.param)) read.set(filter.param, { filter, values: [], range: null });
    return read.get(filter.param);
  };
  for (const [key, text] of pairs) {
    const plain = byParam.get(key);
    if (plain && plain.op !== 'any_of') {
      entryOf(plain).values.push(readValue(plain, text, key));
      continue;
    }
    const array = arrayName(key);
    const any = array !== null && byParam.get(array);
    if (any && any.op === 'any_of') {
      entryOf(any).values.push(readValue(any, text, array));
      continue;
    }
    if (plain) throw invalid('Invalid array', key);
    const inner = /^([^[]+)\[/.exec(key);
    const described = inner && byParam.get(inner[1]);
    if (described && described.kind === 'array') {
      entryOf(described).values.push([key, text]);
      continue;
    }
    const bound = /^(.*)\[([a-z]+)\]$/.exec(key);
    const ranged = bound && byParam.get(bound[1]);
    if (ranged && ranged.op === 'range' && RANGE_KEYS.includes(bound[2])) {
      const entry = entryOf(ranged);
      entry.range = entry.range || {};
      entry.range[bound[2]] = readValue(ranged, text, key);
      continue;
    }
    unknown.push(key);
  }
  if (unknown.length) throw unknownParameters(unknown);
  for (const { filter, values, range } of read.values()) {
    if (values.length && range) throw invalid(`Invalid ${filter.param}`, filter.param);
    if (filter.kind === 'array') checkElements(filter.param, values);
    else if (filter.op !== 'any_of' && values.length > 1) values.splice(0, values.length - 1);
    for (const companion of filter.with) {
      if (!read.has(companion.param)) throw missingParameter(companion.param);
      if (!is(read, companion.param, companion.value)) {
        throw invalid(`${filter.param} requires ${companion.param}=${companion.value}.`, companion.param);
      }
    }
    if (filter.max_values && values.length > filter.max_values) {
      throw invalid(`You can pass at most ${filter.max_values} values in ${filter.param}.`, filter.param);
    }
  }
  for (const filter of resource.filters) {
    if (filter.required && !read.has(filter.param)) throw missingParameter(filter.param);
  }
  if (resource.name === 'events' && read.has('type') && read.has('types')) {
    throw invalid('You may only specify one of these parameters: type, types.', 'type');
  }
  checkOwner(read);
  return read;
}

/** A type of owner of which there are many needs to be told which one. */
function checkOwner(read) {
  for (const [type, members] of [['customer', ['customer', 'customer_account']], ['account', ['account']]]) {
    if (is(read, 'owner[type]', type) && !members.some((member) => read.has(`owner[${member}]`))) {
      throw missingParameter(`owner[${members[0]}]`);
    }
  }
}

/** An array of objects: "lines[0][type]=…"; each must be there, with members alone. */
function checkElements(param, pairs) {
  const indexes = new Set();
  for (const [key] of pairs) {
    const match = /^[^[]+\[([0-9]+)\](\[[a-z0-9_]+\])+$/.exec(key);
    if (!match) throw invalid('Invalid array', key);
    indexes.add(Number(match[1]));
  }
  for (let index = 0; index < indexes.size; index++) {
    if (!indexes.has(index)) throw invalid('Invalid array', `${param}[${index}]`);
  }
}

const is = (read, param, value) => read.has(param) && read.get(param).values[0] === value;

/** All values at a path of an object, arrays and lists on the way walked through. */
function valuesAt(object, path) {
  let found = [object];
  for (const part of path.split('.')) {
    const next = [];
    for (const value of found) {
      if (value === null || typeof value !== 'object') continue;
      const inner = value[part];
      if (Array.isArray(inner)) next.push(...inner);
      else if (inner !== undefined) next.push(inner);
    }
    found = next;
  }
  return found.map((value) => (value !== null && typeof value === 'object' && value.id ? value.id : value));
}

function wildcard(pattern) {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${escaped}$`);
}

/** The test of one filter on one value. */
function matcher({ filter, values, range }) {
  if (filter.op === 'after') return (value) => value > values[0];
  if (filter.op === 'before') return (value) => value < values[0];
  if (range) {
    return (value) =>
      typeof value === 'number' &&
      !(range.gt !== undefined && value <= range.gt) &&
      !(range.gte !== undefined && value < range.gte) &&
      !(range.lt !== undefined && value >= range.lt) &&
      !(range.lte !== undefined && value > range.lte);
  }
  if (filter.op === 'any_of') {
    const wanted = new Set(values);
    return (value) => wanted.has(value);
  }
  const wanted = values[0];
  if (filter.param === 'status' && STATUS_GROUPS[wanted]) return STATUS_GROUPS[wanted];
  if (typeof wanted === 'string' && wanted.includes('*') && filter.superset) {
    const pattern = wildcard(wanted);
    return (value) => pattern.test(value);
  }
  if (typeof wanted === 'string' && filter.superset) {
    const folded = wanted.toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === folded;
  }
  return (value) => value === wanted;
}

/** Filters on ids of other objects: a well-formed one that nobody has is an error, not an empty list. */
function checkReferences(collection, read) {
  const { company, resource } = collection;
  for (const { filter, values } of read.values()) {
    if (filter.op !== 'eq' || filter.kind !== 'string') continue;
    const noun = filter.param.replace(/\]$/, '').split('[').pop();
    const target = company.catalog.resourceOfNoun(noun, resource);
    if (!target || target.name === resource.name) continue;
    if (company.collection(target.name).indexOf(values[0]) < 0) throw noSuch(target.object, values[0], filter.param);
  }
}

/**
 * What a list keeps.
 * @param {Collection} collection
 * @param {Map} read from readFilters
 * @returns {{keeps: ((index: number) => boolean)|null, from: number, to: number, order: string|null, key: string}}
 *   keeps: null if all rows stay; [from, to): the indexes in the asked range of creation times;
 *   order: field of an order other than creation; key: the same for lists that keep the same rows
 */
function compile(collection, read) {
  const tests = [];
  let range = null;
  let order = null;
  let created = null;
  for (const entry of read.values()) {
    const { filter } = entry;
    if (ORDERINGS[filter.param]) {
      order = entry.values[0] === 'created' ? null : entry.values[0];
      continue;
    }
    // It describes what is asked for, rather than keeps rows of it.
    if (filter.kind === 'array') continue;
    if (filter.param === 'created' && filter.op === 'range') {
      range = entry.range || { gte: entry.values[0], lte: entry.values[0] };
      created = entry;
      continue;
    }
    tests.push(rowTest(collection, entry));
  }
  const rules = rulesFor(collection.resource.name, new Set(read.keys()));
  const hides = rules.map((rule) => rule.hides);
  const valueOf = (index) => (path) =>
    (collection.quick(path) || collection.remembered(`field ${path}`, (i) => collection.object(i)[path]))(index);
  const plain = tests.length === 0 && hides.length === 0 && !collection.source.removed;
  const keeps =
    plain && collection.deleted.size === 0
      ? null
      : (index) => {
          if (collection.isDeleted(index)) return false;
          if (hides.length) {
            const value = valueOf(index);
            if (hides.some((hide) => hide(value, index, collection))) return false;
          }
          return tests.every((test) => test(index));
        };
  const key = JSON.stringify([...read.values()].filter((e) => e !== created).map((e) => [e.filter.param, e.values, e.range]).sort());
  return { keeps, range, order, key };
}

/** The test of one filter on the row at an index. */
function rowTest(collection, entry) {
  const { filter } = entry;
  const matches = matcher(entry);
  const attribute = collection.attribute(filter.param);
  if (attribute) {
    const answer = collection.remembered(`attribute ${filter.param}`, attribute);
    return (index) => {
      const value = answer(index);
      return Array.isArray(value) ? value.some(matches) : matches(value);
    };
  }
  const quick = collection.quick(filter.field);
  if (quick) return (index) => matches(quick(index));
  const values = collection.remembered(`values ${filter.field}`, (index) => valuesAt(collection.object(index), filter.field));
  return (index) => values(index).some(matches);
}

module.exports = { readFilters, compile, checkReferences, valuesAt };
