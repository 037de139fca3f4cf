'use strict';
/*
 * Which fields an answer leaves out unless expand[] names them.
 *
 * A sub-list that is optional in the declarations is left out; lists that are
 * always there are declared so.  What else is left out only includable.tsv says.
 */

/**
 * Set `includable` on every field.
 *
 * @param {Map<string,object>} types all types by name
 * @param {import('./overlay').Table} overlay includable.tsv
 * @throws when a field is said to be left out that is declared to be there always
 */
function markIncludable(types, overlay) {
  for (const type of types.values())
    for (const field of type.fields) {
      const row = overlay.get(type.name, field.name);
      if (row && row.includable === 'yes' && !field.optional)
        throw new Error(`includable.tsv: ${type.name}.${field.name} is always there`);
      if (row) field.includable = row.includable === 'yes';
      else field.includable = field.kind === 'list' && field.optional;
    }
}

module.exports = { markIncludable };
