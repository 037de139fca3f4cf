'use strict';

const { invalid, noSuch } = require('./errors');
const { firstAtLeast } = require('./clock');
const { readFilters, compile, checkReferences, valuesAt } = require('./filters');
const { readExpand } = require('./expand');

// A page of a list: which indexes, in which order, and whether there are more.

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

function readLimit(text) {
  if (!/^-?[0-9]{1,15}$/.test(text)) throw invalid(`Invalid integer: ${text}`, 'limit', 'parameter_invalid_integer');
  const limit = Number(text);
  if (limit < 1) throw invalid(`This value must be greater than or equal to 1 (it currently is '${limit}').`, 'limit', 'parameter_invalid_integer');
  if (limit > MAX_LIMIT) {
    throw invalid(`This value must be less than or equal to ${MAX_LIMIT} (it currently is '${limit}').`, 'limit', 'parameter_invalid_integer');
  }
  return limit;
}

/** Splits the query into paging, expand and the rest; refuses what the list does not take. */
function readPaging(resource, pairs) {
  const takes = new Set(resource.paging_params);
  const paging = { limit: resource.paging === 'none' ? Infinity : DEFAULT_LIMIT, expand: [], rest: [] };
  for (const [key, value] of pairs) {
    if (/^expand\[[0-9]*\]$/.test(key)) paging.expand.push(value);
    else if (key === 'expand') throw invalid('Invalid array', 'expand');
    else if (!takes.has(key)) paging.rest.push([key, value]);
    else if (key === 'limit') paging.limit = readLimit(value);
    else paging[key] = value;
  }
  if (paging.starting_after !== undefined && paging.ending_before !== undefined) {
    throw invalid('You may only specify one of these parameters: starting_after, ending_before.', 'starting_after');
  }
  return paging;
}

/** Matching indexes in ascending order of creation, remembered until the data change. */
function matching(collection, plan, from, to) {
  const memo = collection.memo || (collection.memo = new Map());
  if (collection.memoVersion !== collection.company.version) {
    memo.clear();
    collection.memoVersion = collection.company.version;
  }
  let all = memo.get(plan.key);
  if (!all) {
    const found = [];
    for (let index = 0; index < collection.size; index++) if (plan.keeps(index)) found.push(index);
    all = Int32Array.from(found);
    if (memo.size >= 32) memo.delete(memo.keys().next().value);
    memo.set(plan.key, all);
  }
  const low = firstAtLeast((i) => all[i], all.length, from, false);
  const high = firstAtLeast((i) => all[i], all.length, to, false);
  return all.subarray(low, high);
}

/** The rows of a list as an array-like, oldest first: {length, at(position), find(index)}. */
function rowsOf(collection, plan) {
  const timeOf = (index) => collection.timeOf(index);
  const { range } = plan;
  let from = 0;
  let to = collection.size;
  if (range) {
    if (range.gte !== undefined) from = Math.max(from, firstAtLeast(timeOf, collection.size, range.gte, false));
    if (range.gt !== undefined) from = Math.max(from, firstAtLeast(timeOf, collection.size, range.gt, true));
    if (range.lte !== undefined) to = Math.min(to, firstAtLeast(timeOf, collection.size, range.lte, true));
    if (range.lt !== undefined) to = Math.min(to, firstAtLeast(timeOf, collection.size, range.lt, false));
    to = Math.max(from, to);
  }
  if (!plan.keeps && !plan.order) {
    return { length: to - from, at: (position) => from + position, find: (index) => index - from };
  }
  let indexes = plan.keeps ? matching(collection, plan, from, to) : Int32Array.from({ length: to - from }, (_, i) => from + i);
  if (plan.order) {
    const keyed = Array.from(indexes, (index) => [orderValue(collection.object(index), plan.order), index]);
    keyed.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    indexes = keyed.map((pair) => pair[1]);
    return { length: indexes.length, at: (position) => indexes[position], find: (index) => indexes.indexOf(index) };
  }
  return {
    length: indexes.length,
    at: (position) => indexes[position],
    // Where the index is, or would be.
    find: (index) => firstAtLeast((i) => indexes[i], indexes.length, index, false),
  };
}

function orderValue(object, field) {
  const [value] = [...valuesAt(object, field), ...valuesAt(object, `status_transitions.${field}`)];
  return typeof value === 'number' ? value : 0;
}

/** The index behind a cursor. A cursor that is gone, or that the filters leave out, is an error. */
function cursorIndex(collection, plan, id, param) {
  const index = id === '' ? -1 : collection.indexOf(id);
  if (index < 0 || collection.isDeleted(index) || (plan.keeps && !plan.keeps(index))) {
    throw noSuch(collection.resource.object, id, param);
  }
  return index;
}

/**
 * A page.
 * @param {Collection} collection
 * @param {Array<[string, string]>} pairs the query, decoded
 * @param {object} config of the simulator
 * @returns {{indexes: number[], hasMore: boolean, expand: object}} indexes newest first
 */
function page(collection, pairs, config) {
  const { resource } = collection;
  const paging = readPaging(resource, pairs);
  const read = readFilters(resource, paging.rest);
  const cursor = ['starting_after', 'ending_before'].find((param) => paging[param] !== undefined);
  for (const { filter } of read.values()) {
    if (filter.excludes_cursor && cursor) {
      throw invalid(`You cannot use ${cursor} together with ${filter.param}.`, cursor);
    }
  }
  const expand = readExpand(collection.company.catalog, resource, paging.expand, true);
  if (config.unknown_reference === 'error') checkReferences(collection, read);
  const plan = compile(collection, read);
  const rows = rowsOf(collection, plan);
  const limit = Math.min(paging.limit, Math.max(1, rows.length));

  // Positions count from the oldest; the page is read downwards from `top`.
  let top = rows.length - 1;
  let bottom;
  let hasMore;
  if (paging.ending_before !== undefined) {
    const index = cursorIndex(collection, plan, paging.ending_before, 'ending_before');
    const position = rows.find(index);
    bottom = Math.max(0, rows.at(position) === index ? position + 1 : position);
    top = Math.min(rows.length - 1, bottom + limit - 1);
    hasMore = top < rows.length - 1;
  } else {
    if (paging.starting_after !== undefined) {
      top = Math.min(top, rows.find(cursorIndex(collection, plan, paging.starting_after, 'starting_after')) - 1);
    }
    bottom = Math.max(0, top - limit + 1);
    hasMore = top >= 0 && bottom > 0;
  }
  const indexes = [];
  for (let position = top; position >= bottom; position--) indexes.push(rows.at(position));
  return { indexes, hasMore, expand };
}

/** All rows of a list, newest first; paging parameters are not looked at. */
function allIndexes(collection, pairs) {
  const read = readFilters(collection.resource, pairs);
  const rows = rowsOf(collection, compile(collection, read));
  return Array.from({ length: rows.length }, (_, i) => rows.at(rows.length - 1 - i));
}

module.exports = { page, allIndexes };
