'use strict';

// Paths to resources: which list, retrieve or search call a path is.

class Router {
  constructor(catalog) {
    this.fixed = new Map();
    this.retrieve = new Map();
    for (const resource of catalog.resources) {
      this.fixed.set(resource.list, { kind: 'list', resource });
      if (resource.search) this.fixed.set(resource.search, { kind: 'search', resource });
      if (resource.retrieve) this.retrieve.set(resource.retrieve.replace(/\/\{[^}]+\}$/, ''), { kind: 'retrieve', resource });
    }
    this.fixed.set('/v1/account', { kind: 'account', resource: catalog.resource('accounts') });
  }

  /** {kind, resource, id?} of a GET, or null. `path` still percent-encoded. */
  match(path) {
    const found = this.fixed.get(path);
    if (found) return found;
    const slash = path.lastIndexOf('/');
    const retrieve = this.retrieve.get(path.slice(0, slash));
    if (!retrieve || slash === path.length - 1) return null;
    return { ...retrieve, id: decodeURIComponent(path.slice(slash + 1)) };
  }
}

module.exports = { Router };
