'use strict';
/* The catalogue as JSON, for the simulator: a line a field, a filter, an entry. */

const FIELD_KEYS = ['name', 'kind', 'nullable', 'optional', 'includable', 'enum', 'closed', 'targets', 'type', 'element', 'doc'];

/** @returns {string} the text of test/sim/catalog.json */
function emitJson(catalog) {
  const topTypes = new Set(catalog.resources.map((r) => r.type));
  const lines = [];
  const list = (items, indent) => items.map((i) => `${indent}${JSON.stringify(i)}`).join(',\n');
  lines.push('{');
  lines.push(`"source": ${JSON.stringify(catalog.source)},`);
  lines.push(`"api_version": ${JSON.stringify(catalog.api_version)},`);
  lines.push('"resources": [');
  lines.push(catalog.resources.map((r) => {
    const { filters, ...rest } = r;
    const head = Object.entries(rest).map(([k, v]) => ` ${JSON.stringify(k)}: ${JSON.stringify(v)},`);
    const body = filters.length ? `[\n${list(filters, '  ')}]` : '[]';
    return `{\n${head.join('\n')}\n "filters": ${body}}`;
  }).join(',\n'));
  lines.push('],');
  lines.push('"types": {');
  lines.push(Object.values(catalog.types).map((t) => {
    const fields = t.fields.map((f) =>
      Object.fromEntries(FIELD_KEYS.map((k) => [k, k === 'doc' && !topTypes.has(t.name) ? null : f[k]]))
    );
    const head = `${JSON.stringify(t.name)}: {"object": ${JSON.stringify(t.object)}, "doc": ${JSON.stringify(t.doc)}, "fields": [`;
    return fields.length ? `${head}\n${list(fields, '  ')}]}` : `${head}]}`;
  }).join(',\n'));
  lines.push('},');
  lines.push('"moved": [');
  if (catalog.moved.length) lines.push(list(catalog.moved, ' '));
  lines.push(']', '}', '');
  return lines.join('\n');
}

module.exports = { emitJson };
