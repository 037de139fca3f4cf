#!/usr/bin/env node
'use strict';
/*
 * Compares the catalogue's kinds with a list of true kinds:
 *   node compare-kinds.js [field_kinds.tsv]
 * Without the list it says "skipped".  Differences that stay are explained in
 * overlay/kind_differences.tsv; it exits 1 on any other, and on an explanation
 * that explains nothing.
 */
const fs = require('node:fs');
const path = require('node:path');
const { Table } = require('./lib/overlay');
const { readList, report } = require('./lib/compare');

const OURS = path.join(__dirname, '..', '..', 'test', 'sim', 'catalog.json');
const DEFAULT_LIST = path.join(__dirname, '..', '..', '..', 'shared', 'stripe-api', 'field_kinds.tsv');

/** The list's classes: name → {object, fields: Map(name → kind)}. */
function readClasses(file) {
  const classes = new Map();
  for (const row of readList(file)) {
    if (!classes.has(row.class)) classes.set(row.class, { object: row.object, fields: new Map() });
    classes.get(row.class).fields.set(row.field, row.kind);
  }
  return classes;
}

/**
 * The class of an object type: the one with the same name without dots, or the
 * only one with the same value of "object".
 */
function classOf(classes, name, type) {
  const flat = (s) => s.replace(/\./g, '');
  const sameName = [...classes.keys()].filter((c) => flat(c) === flat(name));
  if (sameName.length === 1) return sameName[0];
  if (!type.object) return null;
  const sameObject = [...classes].filter(([, c]) => c.object === type.object).map(([c]) => c);
  return sameObject.length === 1 ? sameObject[0] : null;
}

/** A class referred to inside another: in the same namespace first. */
function referredClass(classes, from, name) {
  const namespace = from.includes('.') ? from.slice(0, from.lastIndexOf('.') + 1) : '';
  return [namespace + name, name].find((c) => classes.has(c)) || null;
}

/** Their kind in our words: {kind, element, ref}. */
function theirKind(text) {
  const [kind, rest = ''] = text.split(/:(.*)/s);
  if (kind === 'map') return { kind, element: null, ref: null };
  if (kind === 'list' || kind === 'array') return { kind, element: scalar(rest), ref: rest };
  return { kind, element: null, ref: kind === 'object' ? rest : null };
}

/** The kind of an array's scalar elements, null for objects. */
function scalar(text) {
  if (/^ExpandableField</.test(text)) return 'expandable';
  return { string: 'string', long: 'integer', decimal: 'decimal', DateTime: 'timestamp' }[text] || null;
}

/** Do our field and their kind say the same? */
function agrees(field, theirs) {
  if (theirs.kind === 'string') return ['string', 'enum'].includes(field.kind);
  if (theirs.kind !== field.kind) return false;
  if (theirs.element === 'string') return ['string', 'enum'].includes(field.element);
  return !theirs.element || theirs.element === field.element;
}

/** All differences, walking both sides from the types that have an "object". */
function compare(catalog, classes) {
  const found = [];
  const matched = new Map();
  const queue = [];
  const match = (typeName, className) => {
    if (!className || matched.has(typeName)) return;
    matched.set(typeName, className);
    queue.push(typeName);
  };
  for (const [name, type] of Object.entries(catalog.types))
    // the list knows no classes of their own for deleted objects
    if (type.object && !/(^|\.)Deleted/.test(name)) match(name, classOf(classes, name, type));
  while (queue.length) {
    const typeName = queue.shift();
    const className = matched.get(typeName);
    const theirs = classes.get(className).fields;
    const ours = new Map(catalog.types[typeName].fields.map((f) => [f.name, f]));
    for (const [name, field] of ours) {
      if (!theirs.has(name)) {
        found.push({ key: [typeName, name], ours: field.kind, theirs: '-' });
        continue;
      }
      const their = theirKind(theirs.get(name));
      if (!agrees(field, their))
        found.push({ key: [typeName, name], ours: describe(field.kind, field.element), theirs: theirs.get(name) });
      if (field.type && field.kind !== 'expandable' && their.ref)
        match(field.type, referredClass(classes, className, their.ref));
    }
    for (const [name, kind] of theirs)
      if (!ours.has(name)) found.push({ key: [typeName, name], ours: '-', theirs: kind });
  }
  return { found, matched };
}

function describe(kind, element) {
  return element && ['array', 'list'].includes(kind) ? `${kind}:${element}` : kind;
}

function main([file = DEFAULT_LIST]) {
  if (!fs.existsSync(file)) {
    console.log(`skipped: no ${file}`);
    return 0;
  }
  const catalog = JSON.parse(fs.readFileSync(OURS, 'utf8'));
  const { found, matched } = compare(catalog, readClasses(file));
  const types = Object.keys(catalog.types);
  console.log(`${matched.size} of ${types.length} types compared`);
  const explained = new Table(path.join(__dirname, 'overlay'), 'kind_differences', ['type', 'field']);
  if (process.env.VERBOSE) types.filter((t) => !matched.has(t)).forEach((t) => console.log(`not compared: ${t}`));
  return report(found, explained, console.log);
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));

module.exports = { compare, readClasses };
