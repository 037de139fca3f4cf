'use strict';
/*
 * Which fields an answer leaves out unless expand[] names them.
 *
 * A sub-list that is optional in the declarations is left out; lists that are
 * always there are declared so.  What else is left out only includable.tsv says.
 */

function markIncludable(types, overlay) {
  for (const type of types.values())
    for (const field of type.fields) {
      const row = overlay.get(type.name, field.name);
      if (row) field.includable = row.includable === 'yes';
      else field.includable = field.kind === 'list' && field.optional;
    }
}

module.exports = { markIncludable };
