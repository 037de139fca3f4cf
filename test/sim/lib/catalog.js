'use strict';

const fs = require('fs');
const path = require('path');

// The catalogue: what resources there are, their fields and filters.

class Catalog {
  /** @param {object} data the parsed catalog.json */
  constructor(data) {
    this.apiVersion = data.api_version;
    this.types = data.types;
    this.resources = data.resources;
    this.byName = new Map(data.resources.map((r) => [r.name, r]));
    this.moved = new Map();
    for (const entry of data.moved || []) {
      if (!this.moved.has(entry.resource)) this.moved.set(entry.resource, []);
      this.moved.get(entry.resource).push(entry);
    }
    this.byType = new Map();
    for (const r of data.resources) if (!this.byType.has(r.type)) this.byType.set(r.type, r);
    this.fieldMaps = new Map();
    this.byNoun = new Map();
    for (const r of data.resources) {
      for (const noun of new Set([r.object, r.object.split('.').pop(), r.object.replace(/\./g, '_')])) {
        if (!this.byNoun.has(noun)) this.byNoun.set(noun, []);
        this.byNoun.get(noun).push(r);
      }
    }
  }

  resource(name) {
    return this.byName.get(name);
  }

  type(name) {
    return this.types[name];
  }

  /** The field of a type, or undefined. */
  field(typeName, name) {
    let map = this.fieldMaps.get(typeName);
    if (!map) {
      const type = this.types[typeName];
      map = new Map(type ? type.fields.map((f) => [f.name, f]) : []);
      this.fieldMaps.set(typeName, map);
    }
    return map.get(name);
  }

  /** The resource whose elements are of this type, or undefined. */
  resourceOfType(typeName) {
    return this.byType.get(typeName);
  }

  /**
   * The listed resource that a plain string field named after an object
   * ("financial_account", "card") refers to, seen from `from`; or undefined.
   */
  resourceOfNoun(noun, from) {
    const all = this.byNoun.get(noun) || [];
    if (all.length === 0) return undefined;
    const root = from.object.includes('.') ? from.object.split('.')[0] : null;
    return (
      all.find((r) => root && r.object === `${root}.${noun}`) ||
      all.find((r) => r.object === noun) ||
      (all.length === 1 ? all[0] : undefined)
    );
  }
}

function loadCatalog(file = path.join(__dirname, '..', 'catalog.json')) {
  return new Catalog(JSON.parse(fs.readFileSync(file, 'utf8')));
}

module.exports = { Catalog, loadCatalog };
