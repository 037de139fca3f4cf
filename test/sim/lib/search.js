'use strict';

const { invalid, missingParameter } = require('./errors');
const { readExpand } = require('./expand');
const { valuesAt } = require('./filters');

// GET /v1/X/search: Stripe's query language, over the same objects.

const CLAUSE = /^\s*(-)?([a-z_.]+)(?:\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\])?\s*(:|~|>=|<=|>|<)\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(null)|(-?[0-9.]+))/;

const unescape = (text) => text.replace(/\\(.)/g, '$1');

/** Reads a query into {clauses, any}: all clauses must hold, or any one. */
function parseQuery(query) {
  const clauses = [];
  let rest = query;
  let joint = null;
  for (;;) {
    const match = CLAUSE.exec(rest);
    if (!match) throw invalid(`We were unable to parse your search query: ${query}`, 'query');
    const key = match[3] !== undefined ? match[3] : match[4];
    const text = match[6] !== undefined ? match[6] : match[7];
    clauses.push({
      negated: Boolean(match[1]),
      path: match[2],
      key: key === undefined ? null : unescape(key),
      op: match[5],
      value: text !== undefined ? unescape(text) : match[8] ? null : Number(match[9]),
    });
    rest = rest.slice(match[0].length);
    if (/^\s*$/.test(rest)) return { clauses, any: joint === 'OR' };
    const next = /^\s+(AND|OR)\s+/i.exec(rest) || /^\s+(?=[-a-z])/.exec(rest);
    if (!next) throw invalid(`We were unable to parse your search query: ${query}`, 'query');
    const word = (next[1] || 'AND').toUpperCase();
    if (joint && joint !== word) throw invalid('You cannot combine AND and OR in one search query.', 'query');
    joint = word;
    rest = rest.slice(next[0].length);
  }
}

const COMPARE = {
  ':': (a, b) => (typeof a === 'string' && typeof b === 'string' ? ` ${a.toLowerCase()} `.includes(` ${b.toLowerCase()} `) : String(a) === String(b)),
  '~': (a, b) => typeof a === 'string' && a.toLowerCase().includes(String(b).toLowerCase()),
  '>': (a, b) => a > Number(b),
  '>=': (a, b) => a >= Number(b),
  '<': (a, b) => a < Number(b),
  '<=': (a, b) => a <= Number(b),
};

function holds(object, { negated, path, key, op, value }) {
  let values = valuesAt(object, path);
  if (key !== null) values = values.map((map) => (map === null ? null : map[key])).filter((v) => v !== undefined);
  const found = value === null ? values.every((v) => v === null) : values.some((v) => v !== null && COMPARE[op](v, value));
  return found !== negated;
}

/** The rows of a search, newest first: {indexes, hasMore, nextPage, total, expand}. */
function search(collection, pairs) {
  const taken = { limit: '10', query: null, page: null };
  const expandPaths = [];
  for (const [key, value] of pairs) {
    if (/^expand\[[0-9]*\]$/.test(key)) expandPaths.push(value);
    else if (Object.prototype.hasOwnProperty.call(taken, key)) taken[key] = value;
    else throw invalid(`Received unknown parameter: ${key}`, key, 'parameter_unknown');
  }
  if (taken.query === null) throw missingParameter('query');
  const limit = Number(taken.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid(`Invalid limit: ${taken.limit}`, 'limit');
  const { clauses, any } = parseQuery(taken.query);
  const expand = readExpand(collection.company.catalog, collection.resource, expandPaths, true);
  const found = [];
  for (let index = collection.size - 1; index >= 0; index--) {
    if (collection.isDeleted(index)) continue;
    const object = collection.object(index);
    if (any ? clauses.some((c) => holds(object, c)) : clauses.every((c) => holds(object, c))) found.push(index);
  }
  const from = taken.page === null ? 0 : Number(Buffer.from(taken.page, 'base64').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) throw invalid(`Invalid page: ${taken.page}`, 'page');
  const hasMore = from + limit < found.length;
  return {
    indexes: found.slice(from, from + limit),
    hasMore,
    nextPage: hasMore ? Buffer.from(String(from + limit)).toString('base64') : null,
    expand,
  };
}

module.exports = { search, parseQuery };
