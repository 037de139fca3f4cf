'use strict';
/* Puts the catalogue together from the package and the overlay. */
const fs = require('node:fs');
const path = require('node:path');
const { openPackage, listFiles } = require('./source');
const { TypeReader } = require('./types');
const { callsOf } = require('./endpoints');
const { FilterReader } = require('./filters');
const { firstSentence } = require('./text');
const { markIncludable } = require('./includable');
const { movedFields } = require('./moved');
const { followPath } = require('./paths');

// "The charges are returned in sorted order, with the most recent charges
// appearing first." and its variants.
const NEWEST_FIRST =
  /with the most recent(?:ly created)?\b[^.]* appearing first|placing the most recently created \w+ at the top/;

/**
 * @param {string} packageDir the unpacked package `stripe`
 * @param {object} overlay see overlay.js
 * @returns {object} the catalogue; throws when package and overlay disagree
 */
function buildCatalog(packageDir, overlay) {
  const source = openPackage(packageDir);
  const calls = listFiles(packageDir, 'esm/resources', '.js')
    .filter((f) => !f.endsWith('/index.js') && !f.includes('/V2/'))
    .flatMap((f) => {
      const { scope } = source.module(f.replace(/\.js$/, '.d.ts'));
      return callsOf(fs.readFileSync(path.join(packageDir, f), 'utf8'), scope);
    });
  const reader = new TypeReader(source, overlay.kinds);
  const filterReader = new FilterReader(reader, overlay.filters);
  const lists = calls.filter((c) => c.http === 'GET' && c.element && !c.path.includes('{'));
  // All types before any filter: a filter's field may lie in any of them.
  const elementTypes = new Map(lists.map((call) => [call, reader.root(call.scope, call.element)]));
  const resources = lists
    .map((call) => resourceOf(call, calls, elementTypes.get(call), reader, filterReader, overlay))
    .sort(byName);
  markLasting(resources, calls, reader.types);
  const version = apiVersion(packageDir);
  markIncludable(reader.types, overlay.includable);
  const moved = movedFields(resources, reader.types, overlay.moved, version);
  const complaints = Object.values(overlay).flatMap((table) => table.stale());
  if (complaints.length) throw new Error(complaints.join('\n'));
  return {
    source: `stripe ${packageVersion(packageDir)}`,
    api_version: version,
    resources,
    types: Object.fromEntries([...reader.types.values()].sort(byName).map((t) => [t.name, t])),
    moved,
  };
}

function byName(a, b) {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function packageVersion(packageDir) {
  return JSON.parse(fs.readFileSync(path.join(packageDir, 'package.json'), 'utf8')).version;
}

/** The API version that the package was generated for. */
function apiVersion(packageDir) {
  const text = fs.readFileSync(path.join(packageDir, 'esm/apiVersion.js'), 'utf8');
  return /ApiVersion = '([^']+)'/.exec(text)[1];
}

/** One resource: the table of one list call. */
function resourceOf(list, calls, typeName, reader, filterReader, overlay) {
  const name = list.path.split('/').slice(2).join('_');
  const has = (http, p) => (calls.some((c) => c.http === http && c.path === p) ? p : null);
  const type = reader.types.get(typeName);
  const { paging, filters } = filterReader.read(name, list, typeName);
  const created = filters.find((f) => f.param === 'created' && f.op === 'range');
  const omits = overlay.omits.get(name);
  return {
    name,
    family: familyOf(list.path, overlay.families),
    api: 1,
    level: 'top',
    type: typeName,
    object: type.object,
    list: list.path,
    retrieve: has('GET', `${list.path}/{id}`),
    reserved_ids: reservedIds(list.path, calls),
    create: has('POST', list.path),
    update: has('POST', `${list.path}/{id}`),
    delete: has('DELETE', `${list.path}/{id}`),
    search: has('GET', `${list.path}/search`),
    paging: paging.includes('starting_after') ? 'cursor' : 'none',
    paging_params: paging,
    newest_first: NEWEST_FIRST.test(list.doc) || Boolean(overlay.order.get(name)),
    created_field: created ? created.field : null,
    defaults: overlay.defaults.rows
      .filter((r) => r.resource === name && overlay.defaults.get(name, r.param))
      .map(({ param, value, reason }) => ({ param, value, reason })),
    ...estimates(name, overlay.estimates),
    omits: omits ? omits.sentence : null,
    list_rules: listRules(name, typeName, filters, reader, overlay.listRules),
    filters,
    doc: type.doc || firstSentence(list.doc),
  };
}

/** How many rows a list is thought to have, and over how many days they were created. */
function estimates(name, table) {
  const usual = table.get('*');
  const own = table.get(name) || usual;
  return { rows: Number(own.rows), days: Number(own.days || usual.days) };
}

/** What a plain list shows, of objects that other requests may find. */
function listRules(name, typeName, filters, reader, table) {
  return table.rows
    .filter((r) => r.resource === name && table.get(name, r.field, r.shows))
    .map(({ field, shows, param }) => {
      if (!followPath(reader.types, typeName, field)) throw new Error(`list_rules.tsv: no field ${field} in ${typeName}`);
      if (param && !filters.some((f) => f.param === param))
        throw new Error(`list_rules.tsv: ${name} has no filter ${param}`);
      const [, test, value] = /^(null|is|not)(?: (\w+))?$/.exec(shows);
      return { field, test, value: value ?? null, param: param || null };
    });
}

/** The words that make of a look-up by id another call, such as /v1/charges/search. */
function reservedIds(listPath, calls) {
  const words = calls
    .filter((c) => c.http === 'GET' && c.path.startsWith(`${listPath}/`))
    .map((c) => c.path.slice(listPath.length + 1).split('/')[0])
    .filter((word) => !word.startsWith('{'));
  return [...new Set(words)].sort();
}

/**
 * A filter by reference is lasting if what it refers to can't vanish: it can't
 * be deleted, or is still found by its id, as deleted.
 */
function markLasting(resources, calls, types) {
  const lasting = new Set();
  for (const r of resources) {
    const retrieve = calls.find((c) => c.http === 'GET' && c.path === r.retrieve);
    const isFoundDeleted = retrieve && retrieve.answer && /\bDeleted[A-Z]/.test(retrieve.answer.getText());
    if (retrieve && (!r.delete || isFoundDeleted)) lasting.add(r.type);
  }
  for (const r of resources)
    for (const f of r.filters) {
      const found = f.field && followPath(types, r.type, f.field);
      const named = f.refers ? [f.refers] : (found && found.field.targets) || [];
      const targets = named.filter((t) => !/(^|\.)Deleted[A-Z]/.test(t));
      if (f.refers && !resources.some((other) => other.type === f.refers)) throw new Error(`filters.tsv: no table of ${f.refers}`);
      delete f.refers;
      f.lasting = targets.length > 0 && targets.every((t) => lasting.has(t));
    }
}

/** The family of a path: that of its longest prefix in families.tsv. */
function familyOf(listPath, families) {
  for (let p = listPath; p; p = p.slice(0, p.lastIndexOf('/'))) {
    const row = families.get(p);
    if (row) return row.family;
  }
  throw new Error(`no family for ${listPath}: add it to families.tsv`);
}

module.exports = { buildCatalog };
