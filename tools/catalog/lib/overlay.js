'use strict';
/* The hand-written tables beside what Stripe's declarations say. */
const fs = require('node:fs');
const path = require('node:path');

/**
 * Parse a tab-separated table with a header line.
 *
 * @param {string} text the file's contents
 * @param {string} name the file's name, for errors
 * @returns {object[]} a record a line, by column name; throws on a line with
 *   another number of cells, or an empty reason
 */
function parseTable(text, name) {
  const lines = text.split('\n').filter((l) => l !== '');
  const columns = lines[0].split('\t');
  return lines.slice(1).map((line, i) => {
    const cells = line.split('\t');
    if (cells.length !== columns.length)
      throw new Error(`${name}:${i + 2}: ${cells.length} cells, not ${columns.length}`);
    const row = Object.fromEntries(columns.map((c, j) => [c, cells[j]]));
    if (!row.reason) throw new Error(`${name}:${i + 2}: no reason`);
    return row;
  });
}

/**
 * A table of the overlay, whose rows must each be used.
 */
class Table {
  /**
   * @param {string} dir the overlay's directory
   * @param {string} name the file's name without .tsv
   * @param {string[]} key the columns that identify a row
   */
  constructor(dir, name, key) {
    this.name = `${name}.tsv`;
    this.rows = parseTable(fs.readFileSync(path.join(dir, this.name), 'utf8'), this.name);
    this.byKey = new Map();
    this.used = new Set();
    for (const row of this.rows) {
      const k = key.map((c) => row[c]).join('\t');
      if (this.byKey.has(k)) throw new Error(`${this.name}: two rows for ${k}`);
      this.byKey.set(k, row);
    }
  }

  /** The row of a key, which counts as used; undefined when there is none. */
  get(...key) {
    const k = key.join('\t');
    const row = this.byKey.get(k);
    if (row) this.used.add(k);
    return row;
  }

  /** What the rows that nothing asked for are, as complaints. */
  stale() {
    return [...this.byKey.keys()]
      .filter((k) => !this.used.has(k))
      .map((k) => `${this.name}: nothing in the package matches ${k.replace('\t', ' ')}`);
  }
}

/** All tables of the overlay in `dir`. */
function loadOverlay(dir) {
  return {
    families: new Table(dir, 'families', ['path']),
    kinds: new Table(dir, 'kinds', ['type', 'field']),
    includable: new Table(dir, 'includable', ['type', 'field']),
    filters: new Table(dir, 'filters', ['resource', 'param']),
    defaults: new Table(dir, 'defaults', ['resource', 'param']),
    order: new Table(dir, 'order', ['resource']),
    estimates: new Table(dir, 'estimates', ['resource']),
    omits: new Table(dir, 'omits', ['resource']),
    listRules: new Table(dir, 'list_rules', ['resource', 'field', 'shows']),
    moved: new Table(dir, 'moved_fields', ['resource', 'name']),
  };
}

module.exports = { loadOverlay, parseTable, Table };
