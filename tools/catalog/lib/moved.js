'use strict';
/* The table of fields that older API versions had under another name. */
const { followPath } = require('./paths');

const KINDS = [
  'string', 'enum', 'boolean', 'integer', 'decimal', 'decimal_string', 'timestamp',
  'datetime', 'expandable', 'object', 'list', 'array', 'map', 'any',
];
const PICKS = ['first', 'min', 'max', 'default'];

/**
 * Check moved_fields.tsv against the types.
 *
 * @param {object[]} resources all resources
 * @param {Map<string,object>} types all types by name
 * @param {import('./overlay').Table} table the entries
 * @param {string} apiVersion the version that the types are of
 * @returns {object[]} its entries sorted by resource and name; throws when an
 *   entry's path isn't there, or its name is still a field
 */
function movedFields(resources, types, table, apiVersion) {
  const complaints = [];
  const entries = table.rows.map((row) => {
    table.get(row.resource, row.name);
    const complain = (what) => complaints.push(`moved_fields.tsv: ${row.resource}.${row.name}: ${what}`);
    const resource = resources.find((r) => r.name === row.resource);
    if (!resource) {
      complain('no such table');
      return null;
    }
    if (followPath(types, resource.type, row.name)) complain('is still a field');
    if (!KINDS.includes(row.kind)) complain(`no kind ${row.kind}`);
    if (!/^20\d\d-\d\d-\d\d(\.[a-z]+)?$/.test(row.since)) complain(`no version ${row.since}`);
    if (row.since.slice(0, 10) > apiVersion.slice(0, 10)) complain(`moves after ${apiVersion}`);
    const path = row.path || null;
    const found = path && followPath(types, resource.type, path);
    if (path && !found) complain(`no field ${path}`);
    if (!path && !row.hint) complain('gone, and no hint');
    const crosses = found ? found.through.filter((f) => ['list', 'array'].includes(f.kind)) : [];
    if (row.pick && !PICKS.includes(row.pick)) complain(`no pick ${row.pick}`);
    if (crosses.length && !row.pick) complain('crosses an array, and no pick');
    if (!crosses.length && row.pick) complain('a pick, but no array on the way');
    if (crosses.length > 1) complain('crosses two arrays');
    return {
      resource: row.resource,
      name: row.name,
      kind: row.kind,
      since: row.since,
      path,
      pick: row.pick || 'first',
      hint: row.hint || null,
      reason: row.reason,
    };
  });
  if (complaints.length) throw new Error(complaints.join('\n'));
  const key = (e) => `${e.resource}\t${e.name}`;
  return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

module.exports = { movedFields };
