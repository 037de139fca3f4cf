// Runs one query with pushdown on and off, and says how the answers differ.
'use strict';

const { render } = require('./shapes');

const text = (row) => JSON.stringify(row);

// The statements of one query: the one that prepares, and the one that answers.
function statements(query) {
  // Neither prepared statements nor OFFSET have a place in a cursor's FETCH.
  if (query.cursor && query.limit !== null && query.offset === null) {
    const { sql, params } = render({ ...query, limit: null });
    if (params.length === 0) return { prepare: `DECLARE c CURSOR FOR ${sql}`, run: `FETCH ${query.limit} FROM c` };
  }
  const { sql, params } = render(query);
  if (params.length === 0) return { prepare: null, run: sql };
  const types = params.map(({ type }) => type).join(', ');
  return { prepare: `PREPARE q (${types}) AS ${sql}`, run: `EXECUTE q (${params.map(({ literal }) => literal).join(', ')})` };
}

// The settings of a query.  The planner's choices are narrowed at random with
// pushdown on; with it off, no list is read again for each row of a join.
function settings(query, pushdown) {
  const narrowed = pushdown === 'on' ? query.settings : ['enable_nestloop'];
  return [`SET LOCAL stripe_fdw.enable_pushdown = ${pushdown}`, `SET LOCAL timezone = '${query.zone}'`, `SET LOCAL plan_cache_mode = ${query.planMode}`,
    ...query.settings.map((name) => `SET LOCAL ${name} = on`), ...narrowed.map((name) => `SET LOCAL ${name} = off`)];
}

// All that psql needs to see the same.
function script(query) {
  const { prepare, run } = statements(query);
  return ['on', 'off'].map((pushdown) => ['BEGIN', ...settings(query, pushdown), ...(prepare ? ['DEALLOCATE ALL', prepare] : []), run, 'ROLLBACK'].join(';\n')).join(';\n');
}

async function answer(client, query, pushdown) {
  const { prepare, run } = statements(query);
  try {
    await client.query([...settings(query, pushdown), ...(prepare ? ['DEALLOCATE ALL', prepare] : [])].join('; '));
    await client.query('SAVEPOINT s');
    const { rows } = await client.query({ text: run, rowMode: 'array' });
    return { rows };
  } catch (error) {
    if (!error.code) throw error; // the connection broke
    await client.query('ROLLBACK TO s').catch(() => {});
    return { code: error.code, error: [error.code, error.message, error.detail, error.where].filter(Boolean).join(' | ') };
  }
}

// Elements of one multiset that the other lacks.
function surplus(rows, others) {
  const counts = new Map();
  for (const row of others) counts.set(text(row), (counts.get(text(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const left = counts.get(text(row)) ?? 0;
    counts.set(text(row), left - 1);
    return left <= 0;
  });
}

// What is wrong with the rows of a query, beside all the rows that there are without its LIMIT; null if nothing is.
function difference(rows, all, { keys, limit, offset }) {
  const from = offset ?? 0;
  const expected = all.slice(from, limit === null ? undefined : from + limit);
  if (rows.length !== expected.length) return `${rows.length} rows instead of ${expected.length}`;
  const at = rows.findIndex((row, index) => text(row.slice(0, keys)) !== text(expected[index].slice(0, keys)));
  if (at >= 0) return `row ${at} is ordered as ${text(rows[at].slice(0, keys))} instead of ${text(expected[at].slice(0, keys))}`;
  // LIMIT may choose among equals, but only from what there is.
  const extra = surplus(rows, limit === null && from === 0 ? expected : all);
  return extra.length ? `${extra.length} rows that should not be there, such as ${text(extra[0])}` : null;
}

// null if both answer the same; otherwise { what, kind, on, off }: both answers as
// text; kind: 'rows', or which side failed and how.
async function compare(client, query) {
  const { keys } = render(query);
  await client.query('BEGIN; SAVEPOINT s'); // one now() for both
  let on;
  let off;
  try {
    on = await answer(client, query, 'on');
    off = await answer(client, { ...query, limit: null, offset: null }, 'off');
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
  const what = on.error || off.error ? 'a statement failed' : difference(on.rows, off.rows, { ...query, keys });
  if (what === null) return null;
  const kind = on.error || off.error ? `${on.code} ${off.code}` : 'rows';
  return { what, kind, on: on.error ?? on.rows.map(text), off: off.error ?? off.rows.map(text) };
}

module.exports = { compare, difference, script };
