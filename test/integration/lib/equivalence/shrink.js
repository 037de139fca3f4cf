// Makes a query that differs smaller, as long as it still differs.
'use strict';

// Every way to take one thing away from a list of conditions.
function* smallerConditions(list) {
  for (let at = 0; at < list.length; at++) {
    const replaced = (...instead) => [...list.slice(0, at), ...instead, ...list.slice(at + 1)];
    yield replaced();
    const { or, and, not } = list[at];
    for (const inner of or ?? and ?? []) yield replaced(inner);
    if (not) yield replaced(not);
    for (const kind of ['or', 'and']) {
      for (const inner of list[at][kind] ? smallerConditions(list[at][kind]) : []) if (inner.length) yield replaced({ [kind]: inner });
    }
    for (const [which, value] of (list[at].values ?? []).entries()) {
      if (value.how === 'literal') continue;
      const values = [...list[at].values];
      values[which] = { ...value, how: 'literal' };
      yield replaced({ ...list[at], values });
    }
  }
}

// Queries that are a step simpler, the boldest steps first.
function* smaller(query) {
  if (query.shape !== 'plain') {
    yield { ...query, shape: 'plain', other: [] };
    yield { ...query, shape: 'plain', where: query.other, other: [] };
  }
  if (query.source !== `stripe.${query.table}`) yield { ...query, source: `stripe.${query.table}` };
  if (query.settings.length) yield { ...query, settings: [] };
  if (query.order.length) yield { ...query, order: [] };
  if (query.order.length > 1) for (const key of query.order) yield { ...query, order: [key] };
  if (query.cursor) yield { ...query, cursor: false };
  if (query.limit !== null) yield { ...query, limit: null };
  if (query.offset !== null) yield { ...query, offset: null };
  for (const where of smallerConditions(query.where)) yield { ...query, where };
  for (const other of smallerConditions(query.other)) yield { ...query, other };
  if (query.zone !== 'UTC') yield { ...query, zone: 'UTC' };
  if (query.planMode !== 'auto') yield { ...query, planMode: 'auto' };
  if (query.columns.length > 1) yield { ...query, columns: ['id'] };
}

// The smallest query found for which differs(query) still says how.  Returns { query, found }.
async function shrink(query, found, differs) {
  for (;;) {
    let step = null;
    for (const candidate of smaller(query)) {
      const again = await differs(candidate);
      if (again) {
        step = { query: candidate, found: again };
        break;
      }
    }
    if (!step) return { query, found };
    ({ query, found } = step);
  }
}

module.exports = { shrink, smaller };
