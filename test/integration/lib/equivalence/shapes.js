// Statements around the conditions.
//
// A query is plain data, so that the shrinker can take parts of it away:
//   shape, table, source    a name of SHAPES; the table; what stands for it: stripe.T or a view on it
//   where, other            conditions (other: a second list, where the shape has a place for it)
//   columns                 what is selected
//   order                   [{ sql, how }]: ORDER BY, {t} is the alias
//   limit, offset           numbers or null
//   cursor                  whether what LIMIT leaves comes by FETCH from a cursor instead
//   zone, planMode, settings
//   extra                   what only the shape knows
// render(query) gives { sql, keys, params }: keys is the number of leading columns
// that are ORDER BY's.  LIMIT and OFFSET come from the query alone, so that null
// for both shows all rows that they choose from.
'use strict';

const { render: renderCondition } = require('./conditions');

const WHOLE = '*'; // the whole row, as a column

const DIRECTIONS = [[4, 'DESC'], [3, ''], [1, 'DESC NULLS LAST'], [1, 'ASC NULLS FIRST'], [1, 'DESC NULLS FIRST'], [1, 'ASC NULLS LAST']];

// Collects the parameters of one statement while it is put together.
class Statement {
  constructor(query) {
    this.query = query;
    this.params = [];
  }

  conditions(list, alias = 't') {
    return list.map((condition) => renderCondition(condition, alias, this.params));
  }

  where(list, alias = 't', ...more) {
    const all = [...this.conditions(list, alias), ...more];
    return all.length ? ` WHERE ${all.join(' AND ')}` : '';
  }

  columns(alias = 't') {
    return this.query.columns.map((column) => (column === WHOLE ? `${alias}::text` : `${alias}.${column}`)).join(', ');
  }

  // The expressions of ORDER BY, to stand first in the select list.
  keyColumns(alias = 't') {
    return this.query.order.map(({ sql }) => `${sql.replaceAll('{t}', alias)}, `).join('');
  }

  get tail() {
    return this.orderBy + this.limits;
  }

  get orderBy() {
    const { order } = this.query;
    return order.length ? ` ORDER BY ${order.map(({ how }, at) => `${at + 1} ${how}`.trim()).join(', ')}` : '';
  }

  get limits() {
    const { limit, offset } = this.query;
    return `${limit === null ? '' : ` LIMIT ${limit}`}${offset === null ? '' : ` OFFSET ${offset}`}`;
  }

  get source() {
    return this.query.source;
  }
}

const local = ({ table, extra }) => ({
  few: `local.${table}_few`,
  many: `local.${table}_many`,
  surprise: `local.${table}_surprise()`,
}[extra.size]);

// Each: (statement, query) → SQL.
const SHAPES = {
  plain: (s) => `SELECT ${s.keyColumns()}${s.columns()} FROM ${s.source} t${s.where(s.query.where)}${s.tail}`,

  distinct: (s, { extra }) => `SELECT DISTINCT ${s.keyColumns()}t.${extra.group} FROM ${s.source} t${s.where(s.query.where)}${s.tail}`,

  distinctOn: (s, { where, extra }) => `SELECT DISTINCT ON (t.${extra.group}) t.${extra.group}, ${s.columns()} FROM ${s.source} t`
    + `${s.where(where)} ORDER BY t.${extra.group}, ${extra.newest}`,

  aggregate: (s, { where, extra }) => `SELECT ${extra.aggregates.join(', ')} FROM ${s.source} t${s.where(where)}${extra.having ? ' HAVING (COUNT(1) > 0)' : ''}`,

  group: (s, { where, extra }) => `SELECT ${extra.groupBy}, ${extra.aggregates.join(', ')} FROM ${s.source} t${s.where(where)} GROUP BY 1`
    + `${extra.having ? ' HAVING count(*) > 1' : ''} ORDER BY 1 ${extra.direction}${s.limits}`,

  join: (s, { where, other, extra }) => {
    const on = [`l.${extra.column} ${extra.equals} t.${extra.column}`, ...s.conditions(other)].join(' AND ');
    return `SELECT l.n, ${s.columns()} FROM ${extra.swap ? `${s.source} t ${extra.kind} JOIN ${local(s.query)} l` : `${local(s.query)} l ${extra.kind} JOIN ${s.source} t`} `
      + `ON ${on}${s.where(where, 't', ...(extra.n ? [`(l.n < ${extra.n} OR l.n IS NULL)`] : []))}`;
  },

  joinAggregate: (s, { where, extra }) => `SELECT ${extra.aggregates.join(', ')} FROM ${local(s.query)} l JOIN ${s.source} t `
    + `ON l.${extra.column} = t.${extra.column}${s.where(where)}`,

  semi: (s, { where, extra }) => `SELECT ${s.keyColumns()}${s.columns()} FROM ${s.source} t${s.where(where, 't', extra.semi
    .replaceAll('{column}', extra.column).replaceAll('{local}', local(s.query)))}${s.tail}`,

  lateral: (s, { where, extra }) => `SELECT l.n, s.* FROM ${local(s.query)} l ${extra.left ? 'LEFT JOIN' : 'CROSS JOIN'} LATERAL (SELECT ${s.columns()} FROM ${s.source} t`
    + `${s.where(where, 't', `t.${extra.column} = l.${extra.column}`)} ORDER BY ${extra.newest} LIMIT ${extra.inner}) s${extra.left ? ' ON true' : ''}`,

  lateralTime: (s, { where, extra }) => `SELECT l.n, s.* FROM ${local(s.query)} l CROSS JOIN LATERAL (SELECT count(*) FROM ${s.source} t`
    + `${s.where(where, 't', `t.${extra.time} ${extra.range} l.${extra.time}`)}) s`,

  scalar: (s, { where, extra }) => `SELECT l.n, (SELECT ${extra.aggregates[0]} FROM ${s.source} t${s.where(where, 't', `t.${extra.column} = l.${extra.column}`)}) FROM ${local(s.query)} l`,

  cte: (s, { where, other, extra }) => `WITH s AS ${extra.materialized}(SELECT t.* FROM ${s.source} t${s.where(where)}) `
    + `SELECT ${s.keyColumns()}${s.columns()} FROM s t${s.where(other)}${s.tail}`,

  cteTwice: (s, { where, other, extra }) => `WITH s AS ${extra.materialized}(SELECT ${s.columns()}, t.id AS key FROM ${s.source} t${s.where(where)}) `
    + `SELECT (SELECT count(*) FROM s), t.* FROM s t JOIN ${s.source} o ON o.id = t.key${s.where(other, 'o')}`,

  union: (s, { where, other, extra }) => `SELECT ${s.keyColumns()}${s.columns()} FROM ${s.source} t${s.where(where)} ${extra.setOperation} `
    + `SELECT ${s.keyColumns()}${s.columns()} FROM ${s.source} t${s.where(other)}${s.tail}`,

  inner: (s, { where, other, extra }) => `SELECT ${s.columns()} FROM (SELECT * FROM ${s.source} t${s.where(where)} ORDER BY ${extra.newest} `
    + `LIMIT ${extra.inner} OFFSET ${extra.skip}) t${s.where(other)}`,

  window: (s, { where, extra }) => `SELECT t.id, row_number() OVER (ORDER BY ${extra.newest}), ${extra.over} FROM ${s.source} t${s.where(where)}`,

  ties: (s, { where, extra }) => `SELECT ${s.columns()} FROM ${s.source} t${s.where(where)} ORDER BY t.${extra.tied} ${extra.direction} FETCH FIRST ${extra.inner} ROWS WITH TIES`,

  self: (s, { where, other, extra }) => `SELECT ${s.columns()}, o.id FROM ${s.source} t ${extra.kind} JOIN ${s.source} o ON o.id = t.id${other.length ? ` AND ${s.conditions(other, 'o').join(' AND ')}` : ''}${s.where(where)}`,

  pair: (s, { where, other, extra }) => `SELECT ${s.columns()}, o.id FROM ${s.source} t ${extra.kind} JOIN stripe.${extra.right} o ON o.id = t.${extra.column}`
    + `${other.length ? ` AND ${s.conditions(other, 'o').join(' AND ')}` : ''}${s.where(where)}`,

  pairAggregate: (s, { where, other, extra }) => `SELECT count(*), count(DISTINCT o.id), min(t.id) FROM ${s.source} t, stripe.${extra.right} o`
    + `${s.where(where, 't', `t.${extra.column} = o.id`, ...s.conditions(other, 'o'))}`,

  top: (s, { where, extra }) => `SELECT CAST(t.${extra.group} AS TEXT) AS g, count(1) AS n FROM ${s.source} t INNER JOIN (SELECT CAST(t.${extra.group} AS TEXT) AS g, `
    + `count(1) AS m FROM ${s.source} t${s.where(where)} GROUP BY 1 ORDER BY 2 DESC, 1 ASC LIMIT 5) t0 ON (CAST(t.${extra.group} AS TEXT) = t0.g)${s.where(where)} GROUP BY 1`,

  // "{group}" IS NOT DISTINCT FROM, as with Tableau's groups in a temporary table.
  grouped: (s, { where, extra }) => `SELECT g.n, t.id FROM local.${s.query.table}_few g JOIN ${s.source} t ON t.${extra.group} IS NOT DISTINCT FROM g.${extra.group}${s.where(where)}`,

  newest: (s, { where, extra }) => `SELECT max(t.${extra.time}), min(t.${extra.time}) FROM ${s.source} t${s.where(where)}`,
};

// Those whose top has ORDER BY and LIMIT of the query's.
const ORDERED = new Set(['plain', 'distinct', 'semi', 'cte', 'union']);

const SEMI = [
  'EXISTS (SELECT FROM {local} l WHERE l.{column} = t.{column})', 'NOT EXISTS (SELECT FROM {local} l WHERE l.{column} = t.{column})',
  't.{column} IN (SELECT l.{column} FROM {local} l)', 't.{column} NOT IN (SELECT l.{column} FROM {local} l WHERE l.{column} IS NOT NULL)',
  't.{column} NOT IN (SELECT l.{column} FROM {local} l)', 't.{column} = ANY (ARRAY(SELECT l.{column} FROM {local} l))',
  't.{column} = (SELECT l.{column} FROM {local} l ORDER BY l.n LIMIT 1)', 't.{column} IN (SELECT l.{column} FROM {local} l WHERE l.n < 3)',
];

const SETTINGS = ['enable_hashjoin', 'enable_mergejoin', 'enable_nestloop', 'enable_sort', 'enable_hashagg', 'enable_memoize', 'enable_material', 'enable_incremental_sort'];

function randomOrder(random, table) {
  const has = (name) => table.columns.some((column) => column.name === name);
  const column = (name) => ({ sql: `{t}.${name}`, how: random.weighted(DIRECTIONS) });
  const other = random.pick(table.columns);
  const keys = random.weighted([
    [5, () => (has('created') ? [{ sql: '{t}.created', how: random.weighted([[5, 'DESC'], [1, 'DESC NULLS LAST'], [2, ''], [1, 'DESC NULLS FIRST']]) }] : [])],
    [2, () => [column(other.sql)]],
    [2, () => (has('created') && other.name !== 'created' ? [column('created'), column(other.sql)] : [column(other.sql)])],
    [1, () => (other.family === 'time' ? [{ sql: `date_trunc('day', {t}.${other.sql})`, how: 'DESC' }] : [column(other.sql)])],
  ])();
  return random.chance(0.4) && !keys.some(({ sql }) => sql === '{t}.id') ? [...keys, column('id')] : keys;
}

// What a shape needs besides; undefined where the table lacks it.
function randomExtra(random, table, references) {
  const few = table.columns.filter(({ values }) => values.length > 0 && values.length <= 40);
  const many = table.columns.filter(({ family, values }) => values.length >= 30 && family !== 'boolean');
  const time = random.some(table.columns.filter(({ family, values }) => family === 'time' && values.length > 0), 1)[0];
  const id = { sql: 'id' };
  const numbers = table.columns.filter(({ family }) => family === 'number');
  const has = (name) => table.columns.some((column) => column.name === name);
  const aggregates = random.some(['count(*)', 'count(1)', 'min(t.id)', ...random.some(table.columns, 2).map(({ sql }) => `count(t.${sql})`),
    ...(time ? [`max(t.${time.sql})`, `min(t.${time.sql})`] : []), ...random.some(numbers, 1).map(({ sql }) => `sum(t.${sql})`),
    ...random.some(table.columns, 1).map(({ sql }) => `count(DISTINCT t.${sql})`)], random.integer(1, 4));
  const group = random.pick(few.length ? few : [id]).sql;
  const size = random.pick(['few', 'few', 'many', 'surprise']);
  // By a column that Stripe can filter by, more often than not.
  const joined = random.weighted([[3, id], ...many.map((column) => [column.filtered ? 3 : 0.3, column])]);
  const reference = random.some(references.filter(([left]) => left === table.name), 1)[0];
  return {
    aggregates, group, size, column: joined.sql, time: time?.sql,
    groupBy: time && random.chance(0.4) ? `date_trunc('${random.pick(['month', 'day', 'year'])}', t.${time.sql})` : `t.${group}`,
    direction: random.weighted(DIRECTIONS), having: random.chance(0.3), equals: random.chance(0.9) ? '=' : 'IS NOT DISTINCT FROM',
    kind: random.pick(['INNER', 'INNER', 'LEFT']), swap: random.chance(0.4), n: random.chance(0.3) ? random.integer(1, 6) : null,
    semi: random.pick(SEMI), inner: random.pick([0, 1, 2, 5, 10, 99, 100, 101, 130]), skip: random.pick([0, 0, 1, 7, 100]), left: random.chance(0.3),
    range: random.pick(['<', '<=', '>', '>=', '=']), materialized: random.pick(['', 'MATERIALIZED ', 'NOT MATERIALIZED ']),
    setOperation: random.pick(['UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT', 'EXCEPT ALL', 'INTERSECT']),
    newest: has('created') ? `t.created ${random.pick(['DESC', 'DESC', 'ASC'])}, t.id` : 't.id',
    over: has('created') ? 'lag(t.id) OVER (ORDER BY t.created DESC, t.id), count(*) OVER (PARTITION BY t.created)' : 'count(*) OVER ()',
    tied: has('created') ? 'created' : group, refers: reference?.[1], right: reference?.[2],
  };
}

const LIMITS = [0, 1, 2, 3, 10, 25, 99, 100, 101, 150, 250, 100000];

function randomQuery(random, conditions, { tables, references }) {
  const table = random.weighted([...tables.values()].map((candidate) => [candidate.weight, candidate]));
  const extra = randomExtra(random, table, references);
  const shapes = [[14, 'plain'], [3, 'distinct'], [2, 'distinctOn'], [5, 'aggregate'], [4, 'group'], [6, 'join'], [2, 'joinAggregate'], [5, 'semi'],
    [3, 'lateral'], [2, 'scalar'], [3, 'cte'], [1, 'cteTwice'], [3, 'union'], [3, 'inner'], [2, 'window'], [2, 'ties'], [2, 'self'], [2, 'top'], [1, 'grouped'],
    ...(extra.time ? [[1, 'lateralTime'], [2, 'newest']] : []), ...(extra.right ? [[6, 'pair'], [2, 'pairAggregate']] : [])];
  const shape = random.weighted(shapes);
  if (shape.startsWith('pair')) extra.column = extra.refers;
  // A full join needs conditions that can be merged or hashed, and none of them besides.
  if (shape === 'join' && random.chance(0.15)) Object.assign(extra, { kind: random.pick(['FULL', 'RIGHT']), equals: '=' });
  const [from, until] = [random.weighted([[1, null], [3, random.pick(LIMITS)]]), random.weighted([[4, null], [1, random.pick(LIMITS)]])];
  const mixed = random.some(table.columns, random.integer(1, 4)).map(({ sql }) => sql);
  const inFull = shape === 'join' && extra.kind === 'FULL';
  return {
    shape, table: table.name, extra,
    source: random.weighted(table.sources),
    where: inFull && random.chance(0.5) ? [] : conditions.list(table),
    other: inFull ? [] : ['pair', 'pairAggregate'].includes(shape) ? conditions.list(tables.get(extra.right)) : conditions.list(table).slice(0, 2),
    columns: shape === 'union' && random.chance(0.5) ? ['id'] : [...new Set(['id', ...mixed, ...(table.whole && random.chance(0.1) ? [WHOLE] : [])])],
    order: ORDERED.has(shape) && random.chance(0.6) ? randomOrder(random, table) : [],
    cursor: shape === 'plain' && random.chance(0.2),
    limit: (ORDERED.has(shape) || shape === 'group') && random.chance(0.6) ? from : null,
    offset: (ORDERED.has(shape) || shape === 'group') && random.chance(0.3) ? until : null,
    zone: random.pick(['UTC', 'America/Los_Angeles', 'Asia/Kolkata']),
    planMode: random.pick(['force_custom_plan', 'force_generic_plan', 'auto']),
    settings: random.chance(0.25) ? random.some(SETTINGS, random.integer(1, 2)) : [],
  };
}

function render(query) {
  const statement = new Statement(query);
  const sql = SHAPES[query.shape](statement, query);
  const keys = ORDERED.has(query.shape) ? query.order.length : Number(query.shape === 'group');
  return { sql, keys, params: statement.params };
}

module.exports = { randomQuery, render };
