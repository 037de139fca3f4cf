'use strict';
/* Paths into an object: "billing_details.address.city", "items.data.price". */

/**
 * Follow a path from a type.
 *
 * @param {Map<string,object>} types all types by name
 * @param {string} typeName where the path starts
 * @param {string} path names joined by dots; the elements of a list are
 *   reached through its "data", those of an array directly
 * @param {{expand?: boolean}} options expand: a path may go on through what
 *   holds ids unless it is expanded
 * @returns {{field: object, through: object[]}|null} the last field and the
 *   fields on the way; null when a name isn't there
 */
function followPath(types, typeName, path, { expand = false } = {}) {
  const through = [];
  let type = types.get(typeName);
  let field = null;
  let inList = false;
  for (const name of path.split('.')) {
    if (inList) {
      inList = false;
      if (name !== 'data') return null;
      continue;
    }
    if (field) through.push(field);
    field = type && type.fields.find((f) => f.name === name);
    if (!field) return null;
    const isId = [field.kind, field.element].includes('expandable');
    const enterable = isId ? expand : ['object', 'list', 'array'].includes(field.kind);
    type = enterable && field.type ? types.get(field.type) : null;
    inList = field.kind === 'list';
  }
  return { field, through };
}

module.exports = { followPath };
