'use strict';

const { Random } = require('./random');

// Faults on request: rules that match some requests and spoil their answers.

const MATCH_KEYS = ['path', 'method', 'query', 'nth', 'after', 'count', 'probability'];
const ACTION_KEYS = [
  'status', 'headers', 'body', 'html', 'garbage', 'delay_ms', 'delay_before_headers_ms', 'delay_after_headers_ms', 'cut_body_at', 'truncate_at',
  'wrong_content_length', 'drip', 'reset', 'replace_field', 'wrong_type', 'delete_cursor', 'empty_page', 'bad_gzip', 'hang',
];

/** Whether a path matches a pattern: exact, or with * for any run of characters. */
function pathMatches(pattern, path) {
  if (!pattern.includes('*')) return pattern === path;
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${escaped}$`).test(path);
}

class Faults {
  constructor(seed) {
    this.seed = seed;
    this.set([]);
  }

  /** Replaces all rules. Throws an Error that names what is wrong with them. */
  set(rules) {
    if (!Array.isArray(rules)) throw new Error('faults must be an array of rules');
    this.rules = rules.map((rule, at) => {
      const { id = `fault_${at + 1}`, match = {}, action } = rule;
      if (!action || typeof action !== 'object') throw new Error(`rule ${at}: "action" is missing`);
      for (const key of Object.keys(match)) if (!MATCH_KEYS.includes(key)) throw new Error(`rule ${at}: unknown match "${key}"`);
      for (const key of Object.keys(action)) if (!ACTION_KEYS.includes(key)) throw new Error(`rule ${at}: unknown action "${key}"`);
      if (action.reset !== undefined && !['connect', 'headers', 'body'].includes(action.reset)) throw new Error(`rule ${at}: reset is connect, headers or body`);
      return { id, match, action, seen: 0, struck: 0 };
    });
    this.random = new Random(this.seed);
  }

  /** The rule that strikes this request, or null; counts it. */
  strike({ method, path, query }) {
    for (const rule of this.rules) {
      const { match, action } = rule;
      if (action.reset === 'connect') continue;
      if (match.path !== undefined && !pathMatches(match.path, path)) continue;
      if (match.method !== undefined && match.method !== method) continue;
      if (match.query && !Object.entries(match.query).every(([k, v]) => query.some(([key, value]) => key === k && (v === null || value === String(v))))) continue;
      if (this.due(rule)) return rule;
    }
    return null;
  }

  /** The rule that strikes a new connection, before any request on it is known. */
  strikeConnection() {
    return this.rules.find((rule) => rule.action.reset === 'connect' && this.due(rule)) || null;
  }

  due(rule) {
    const { match } = rule;
    rule.seen++;
    if (match.nth !== undefined && rule.seen !== match.nth) return false;
    if (match.after !== undefined && rule.seen <= match.after) return false;
    if (match.count !== undefined && rule.struck >= match.count) return false;
    if (match.probability !== undefined && !this.random.chance(match.probability)) return false;
    rule.struck++;
    return true;
  }
}

/** The raw JSON text that a replacement stands for. */
function rawText(spec) {
  if (spec.raw !== undefined) return spec.raw;
  if (spec.string_length !== undefined) return JSON.stringify('x'.repeat(spec.string_length));
  if (spec.nest !== undefined) return '['.repeat(spec.nest) + ']'.repeat(spec.nest);
  return JSON.stringify(spec.value);
}

/** Sets the values at a path ("data.3.amount", "data.*.id") to a marker; returns how many. */
function mark(node, parts, marker) {
  if (node === null || typeof node !== 'object') return 0;
  const [name, ...rest] = parts;
  const names = name === '*' ? Object.keys(node) : [name];
  let count = 0;
  for (const key of names) {
    if (rest.length) count += mark(node[key], rest, marker);
    else {
      node[key] = marker;
      count++;
    }
  }
  return count;
}

const WRONG = { string: { a: 1 }, number: 'not a number', boolean: 'maybe', object: 17 };

/** A value of another type than the one that is there. */
function wrongFor(body, parts) {
  let node = body;
  for (const part of parts) node = node === null || node === undefined ? undefined : node[part === '*' ? Object.keys(node)[0] : part];
  return JSON.stringify(WRONG[typeof node] || WRONG.object);
}

/**
 * Spoils the text of a JSON body.
 * @returns {string}
 */
function spoilText(text, action, random) {
  let spoiled = text;
  const replacements = [].concat(action.replace_field || []).map((spec) => ({ parts: spec.path.split('.'), raw: rawText(spec) }));
  for (const spec of [].concat(action.wrong_type || [])) {
    const parts = (spec.path || `data.${spec.row === undefined ? '*' : spec.row}.${spec.field}`).split('.');
    replacements.push({ parts, raw: spec.value !== undefined ? JSON.stringify(spec.value) : wrongFor(JSON.parse(text), parts) });
  }
  if (action.empty_page) {
    const body = JSON.parse(spoiled);
    spoiled = JSON.stringify({ ...body, data: [], has_more: action.empty_page.has_more !== undefined ? action.empty_page.has_more : true });
  }
  for (const { parts, raw } of replacements) {
    const body = JSON.parse(spoiled);
    mark(body, parts, '\u0000fault\u0000');
    spoiled = JSON.stringify(body).split('"\\u0000fault\\u0000"').join(raw);
  }
  if (action.body !== undefined) spoiled = typeof action.body === 'string' ? action.body : JSON.stringify(action.body);
  if (action.html) spoiled = typeof action.html === 'string' ? action.html : '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
  if (action.garbage) {
    const length = typeof action.garbage === 'number' ? action.garbage : 512;
    spoiled = Array.from({ length }, () => String.fromCharCode(random.int(1, 255))).join('');
  }
  return spoiled;
}

module.exports = { Faults, spoilText };
