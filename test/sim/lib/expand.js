'use strict';

const { invalid } = require('./errors');
const { Random, hash } = require('./random');

// expand[]: which ids become objects, which hidden sub-lists appear.

const MAX_DEPTH = 4;

const refused = (path, hint = '') => invalid(`This property cannot be expanded (${path}).${hint}`, 'expand');

/** The types that a step through a field of a type may lead to; null if the step leads nowhere. */
function step(catalog, typeNames, name) {
  const reached = new Set();
  let field = null;
  for (const typeName of typeNames) {
    const found = catalog.field(typeName, name);
    if (!found) continue;
    field = field && field.kind === 'expandable' ? field : found;
    for (const target of found.targets || (found.type ? [found.type] : [])) if (catalog.type(target)) reached.add(target);
  }
  return field && { field, types: [...reached] };
}

/** Checks one path against the types: it must end at something that can be expanded. */
function checkPath(catalog, typeName, parts, path) {
  let types = [typeName];
  let ends = false;
  for (let i = 0; i < parts.length; i++) {
    const next = step(catalog, types, parts[i]);
    if (!next) throw refused(path);
    const element = next.field.kind === 'array' && next.field.element === 'expandable';
    ends = next.field.kind === 'expandable' || element || next.field.includable;
    types = next.types;
    if (next.field.kind === 'list' && parts[i + 1] === 'data') {
      i++;
      ends = next.field.includable;
    }
  }
  if (!ends) throw refused(path);
}

/**
 * Reads expand[] into a tree of names: {customer: {default_source: {}}}.
 * @param {boolean} isList paths of a list start with "data."
 */
function readExpand(catalog, resource, paths, isList) {
  const tree = {};
  for (const path of paths) {
    let parts = path.split('.');
    if (parts.length > MAX_DEPTH) {
      throw invalid(`You cannot expand more than ${MAX_DEPTH} levels of a property. Property: ${path}`, 'expand');
    }
    if (isList) {
      if (parts[0] !== 'data' || parts.length < 2) throw refused(path, ` You may want to try expanding 'data.${path}' instead.`);
      parts = parts.slice(1);
    }
    checkPath(catalog, resource.type, parts, path);
    let node = tree;
    for (const part of parts) node = node[part] || (node[part] = {});
  }
  return tree;
}

/** An object of a type that no list holds: made from its id, so the same whenever asked. */
function loose(company, typeName, id) {
  const resource = company.catalog.resourceOfType(typeName) || null;
  const ctx = { company, resource, index: hash(id), id, created: company.start };
  const object = company.catalog.type(typeName).object;
  return company.generator.object(typeName, new Random(hash(company.seed, 'loose', id)), ctx, 0, { id, object: object || undefined });
}

/** The object behind an id: {type, object}; a deleted one as {id, object, deleted}. */
function resolve(company, targets, id) {
  const known = targets.filter((target) => company.catalog.type(target) && !target.startsWith('Deleted'));
  for (const target of known) {
    const resource = company.catalog.resourceOfType(target);
    if (!resource) continue;
    const collection = company.collection(resource.name);
    const index = collection.indexOf(id);
    if (index < 0) continue;
    return { type: target, object: collection.isDeleted(index) ? collection.deletedObject(index) : { ...collection.object(index) } };
  }
  const unlisted = known.find((target) => !company.catalog.resourceOfType(target)) || known[0];
  return unlisted ? { type: unlisted, object: loose(company, unlisted, id) } : null;
}

/** What an includable field of an object holds. */
function included(company, typeName, object, field) {
  const resource = company.catalog.resourceOfType(typeName);
  const own = resource && company.collection(resource.name).includable(object, field);
  if (own !== undefined && own !== null) return own;
  const ctx = { company, resource: resource || null, index: hash(String(object.id)), id: String(object.id || ''), created: object.created || company.start };
  return company.generator.includable(typeName, object, field, ctx);
}

/**
 * Expands an object in place (it must be the caller's own copy at the top level).
 * @param {string} typeName
 * @param {object} tree from readExpand
 * @returns {object} the object
 */
function expand(company, typeName, object, tree) {
  for (const [name, below] of Object.entries(tree)) {
    const field = company.catalog.field(typeName, name);
    if (!field || object.deleted === true) continue;
    if (field.includable && object[name] === undefined) object[name] = included(company, typeName, object, field);
    const value = object[name];
    if (value === null || value === undefined) continue;
    object[name] = expandValue(company, field, value, below);
  }
  return object;
}

function expandValue(company, field, value, below) {
  if (Array.isArray(value)) return value.map((element) => expandValue(company, field, element, below));
  if (typeof value === 'string') {
    const found = field.targets || field.element === 'expandable' ? resolve(company, field.targets || [field.type], value) : null;
    return found ? expand(company, found.type, found.object, below) : value;
  }
  if (value.object === 'list' && Array.isArray(value.data)) {
    const inner = below.data || below;
    return { ...value, data: value.data.map((element) => expandValue(company, { ...field, kind: 'object' }, element, inner)) };
  }
  const copy = { ...value };
  const type = field.type || (field.targets || [])[0];
  return type ? expand(company, type, copy, below) : copy;
}

module.exports = { readExpand, expand, included, resolve };
