'use strict';

// Finished bodies of recent requests, so that a benchmark measures its client
// and not this simulator. Bounded by bytes; the oldest goes first.

class BodyCache {
  constructor(limit = 256 * 1024 * 1024) {
    this.limit = limit;
    this.clear();
  }

  clear() {
    this.entries = new Map();
    this.bytes = 0;
  }

  get(key, version) {
    const entry = this.entries.get(key);
    return entry && entry.version === version ? entry : null;
  }

  put(key, entry) {
    const old = this.entries.get(key);
    if (old) this.drop(key, old);
    this.entries.set(key, entry);
    this.bytes += entry.size;
    for (const [first, oldest] of this.entries) {
      if (this.bytes <= this.limit) break;
      this.drop(first, oldest);
    }
  }

  drop(key, entry) {
    this.entries.delete(key);
    this.bytes -= entry.size;
  }
}

module.exports = { BodyCache };
