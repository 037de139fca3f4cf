#!/usr/bin/env node
'use strict';
/*
 * Compares the catalogue's resources with a list of Stripe's list endpoints:
 *   node compare-endpoints.js [endpoints.tsv]
 * Without the list it says "skipped".  Differences that stay are explained in
 * overlay/endpoint_differences.tsv; it exits 1 on any other, and on an
 * explanation that explains nothing.
 */
const fs = require('node:fs');
const path = require('node:path');
const { Table } = require('./lib/overlay');
const { readList, report } = require('./lib/compare');

const OURS = path.join(__dirname, '..', '..', 'test', 'sim', 'catalog.json');
const DEFAULT_LIST = path.join(__dirname, '..', '..', '..', 'shared', 'stripe-api', 'endpoints.tsv');
const CALLS = ['create', 'retrieve', 'update', 'delete', 'search'];

/** Split at `separator`, not inside braces or brackets. */
function split(text, separator) {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if ('{[<'.includes(c)) depth++;
    if ('}]>'.includes(c)) depth--;
    if (c === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((p) => p.trim()).filter(Boolean);
}

/**
 * Their filters, "name!:type; …", flattened as ours are.
 *
 * @returns {Map<string, string>} parameter → "type" with "!" when required
 */
function theirFilters(text) {
  const out = new Map();
  const add = (item, prefix, outerRequired) => {
    const [head, type] = item.split(/:(.*)/s);
    const name = head.replace(/[?!]$/, '');
    const param = prefix ? `${prefix}[${name}]` : name;
    const required = outerRequired && head.endsWith('!');
    const object = /^object\{(.+)\}$/s.exec(type);
    if (object) split(object[1], ',').forEach((i) => add(i, param, required));
    else out.set(param, `${theirType(type)}${required ? '!' : ''}`);
  };
  split(text, ';').forEach((i) => add(i, '', true));
  return out;
}

function theirType(type) {
  if (/^array<object/.test(type)) return 'array';
  const values = /enum(?:\(open\))?\[([^\]]*)\]/.exec(type);
  const sorted = values && values[1].split('|').sort().join('|');
  if (/^array</.test(type)) return values ? `any_of enum ${sorted}` : `any_of ${/^array<(\w+)/.exec(type)[1]}`;
  if (/range/.test(type)) return 'range';
  return values ? `enum ${sorted}` : type.replace(/^''\|/, '');
}

/** One of our filters in the same words. */
function ourType(filter) {
  const values = filter.enum ? `enum ${[...filter.enum].sort().join('|')}` : null;
  let type = values || filter.kind;
  if (['timestamp', 'decimal'].includes(type)) type = 'integer';
  if (filter.op === 'any_of') type = `any_of ${type}`;
  if (filter.op === 'range') type = 'range';
  return `${type}${filter.required ? '!' : ''}`;
}

/** Whether a query can ask by what a parameter, or the members of one, say. */
const isReachable = (resource, name) =>
  resource.filters.some(({ param, pushed, column, field }) => param.split('[')[0] === name && pushed && (column || field));

/** All differences between our resources and their top-level v1 lists. */
function compare(catalog, list) {
  const found = [];
  const differ = (name, what, ours, theirs) => {
    if (ours !== theirs) found.push({ key: [name, what], ours, theirs });
  };
  const theirs = new Map(list.filter((r) => r.api === 'v1' && r.level === 'top').map((r) => [r.table, r]));
  const ours = new Map(catalog.resources.map((r) => [r.name, r]));
  for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
    const our = ours.get(name);
    const their = theirs.get(name);
    differ(name, 'path', our ? our.list : '-', their ? their.path : '-');
    if (!our || !their) continue;
    for (const call of CALLS) differ(name, call, our[call] ? 'y' : '-', their[call] || '-');
    differ(name, 'paging', [...our.paging_params].sort().join(','), their.paging.split(',').sort().join(','));
    differ(name, 'created filter', our.filters.some((f) => f.param === 'created') ? 'y' : '-', their.created_filter || '-');
    const theirParams = theirFilters(their.filters);
    const ourParams = new Map(our.filters.map((f) => [f.param, ourType(f)]));
    for (const param of new Set([...theirParams.keys(), ...ourParams.keys()])) {
      const their = theirParams.get(param) || '-';
      const our = ourParams.get(param) || '-';
      // a text parameter for which we know the values
      differ(name, param, /string/.test(their) ? our.replace(/enum \S*/, 'string') : our, their);
    }
    for (const param of split(their.filters_not_a_column || '', ','))
      differ(name, `${param} reachable`, isReachable(our, param) ? 'y' : '-', 'y');
  }
  return found;
}

function main([file = DEFAULT_LIST]) {
  if (!fs.existsSync(file)) {
    console.log(`skipped: no ${file}`);
    return 0;
  }
  const catalog = JSON.parse(fs.readFileSync(OURS, 'utf8'));
  const explained = new Table(path.join(__dirname, 'overlay'), 'endpoint_differences', ['resource', 'what']);
  return report(compare(catalog, readList(file)), explained, console.log);
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));

module.exports = { compare, theirFilters };
