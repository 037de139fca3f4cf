// Conditions over one table, made up at random.
//
// A condition is { sql, column, values } with {c} for the column, {id} for the row's id
// and {0}, {1} … for the values; or { or: [conditions] }, { not: condition }.  A value is
// { type, text, how }; how it gets into the statement: 'literal', 'param'
// (of a prepared statement), 'initplan' (a sub-select's result), 'bare' (a
// literal of no declared type) or 'stable' (an expression that is known only
// when the query runs).
'use strict';

const { quoteText } = require('./schema');
const { WALL_CLOCK, ZONES } = require('./edges');

const COMPARISONS = ['=', '=', '<', '<=', '>', '>=', '<>'];
const RANGES = ['<', '<=', '>', '>='];
const UNITS = ['decade', 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'];
const HOWS = [[5, 'literal'], [3, 'param'], [1, 'initplan'], [2, 'bare'], [2, 'stable']];

const mirrored = (operator) => ({ '<': '>', '<=': '>=', '>': '<', '>=': '<=' }[operator] ?? operator);

// '2026-01-01 00:00:00.5' of a moment, shifted by so many hours.
const wallClock = (seconds, hours = 0) => new Date((seconds + hours * 3600) * 1000).toISOString().slice(0, 23).replace('T', ' ');

// The moment that PostgreSQL writes as '2026-01-01 00:00:00+00', without a zone, or as a day.
const secondsOf = (text) => Date.parse(text.replace(' ', 'T').replace(/(T.*[+-]\d\d)$/, '$1:00').replace(/(T[\d:.]+)$/, '$1Z')) / 1000;

class Conditions {
  // Constants are the values of one row of each table more often than not, so
  // that several conditions together keep something.
  constructor(random) {
    this.random = random;
    this.anchors = new Map();
  }

  // A value that the column holds; undefined if it holds none.
  held(column) {
    const { random } = this;
    const anchored = this.anchor?.[column.at];
    if (anchored !== undefined && anchored !== null && random.chance(0.75)) return anchored;
    return random.some(column.values, 1)[0];
  }

  value(type, text, hows = HOWS) {
    const how = this.random.weighted(hows);
    return { type, text, how: how === 'stable' && text === null ? 'literal' : how };
  }

  // A few values of a column, most of them held by it.
  texts(column, count) {
    const { random } = this;
    return Array.from({ length: count }, () => {
      if (random.chance(0.03)) return null;
      const known = this.held(column);
      const made = () => random.pick(['', ' ', 'nobody_1', 'all', 'ended', "it's 100% & <b>", 'été', 'a\\b', 'x'.repeat(3000),
        known?.toUpperCase() ?? 'X', known ? `${known} ` : 'x', known?.slice(0, 5) ?? 'ch_']);
      if (column.enum.length && random.chance(0.25)) return random.pick(column.enum);
      return known === undefined || random.chance(0.12) ? made() : known;
    });
  }

  textCondition(column) {
    const { random } = this;
    const [a, b, c] = this.texts(column, 3).map((text) => this.value('text', text));
    const array = (count) => this.value('text[]', this.arrayText(this.texts(column, count)), [[3, 'literal'], [3, 'param'], [2, 'initplan']]);
    const operator = random.pick(COMPARISONS);
    const inner = column.sql.includes('{a}') ? 'id' : column.sql;
    return random.weighted([
      [8, () => ['{c} = {0}', a]],
      [2, () => ['{0} = {c}', a]],
      [2, () => [`{c} ${operator} {0}`, a]],
      [3, () => ['{c} IN ({0}, {1})', a, b]],
      [2, () => ['{c} IN ({0}, {1}, {2}, {0})', a, b, c]],
      [1, () => ['{c} IN ({0})', a]],
      [2, () => ['{c} = ANY ({0})', array(random.integer(0, 4))]],
      [1, () => ['{c} = ANY (ARRAY[{0}, {1}])', a, b]],
      [1, () => ['{c} <> ALL ({0})', array(random.integer(0, 3))]],
      [1, () => ['{c} NOT IN ({0}, {1})', a, b]],
      [2, () => ['({c} = {0} OR {c} = {1})', a, b]],
      [1, () => ['({c} = {0} OR {1} = {c} OR {c} = {2})', a, b, c]],
      [1, () => ['({c} = {0} OR {c} IS NULL)', a]],
      [1, () => ['({c} = {0} OR {c} IN ({1}, {2}))', a, b, c]],
      [2, () => ['CAST({c} AS TEXT) = {0}', a]],
      [1, () => ['CAST({c} AS VARCHAR) = {0}', a]],
      [1, () => ['{c}::varchar(8) = {0}', a]],
      [1, () => ['CAST({c} AS TEXT) IN ({0}, {1})', a, b]],
      [1, () => ['{c} = {0}::varchar', a]],
      [1, () => ['{c} = {0}::char(20)', a]],
      [1, () => ['{c} COLLATE "C" = {0}', a]],
      [1, () => ['{c} = {0} COLLATE local.ignore_case', a]],
      [1, () => ['lower({c}) = lower({0})', a]],
      [1, () => ['{c} LIKE {0}', a]],
      [1, () => ["{c} LIKE left({0}, 6) || '%'", a]],
      [1, () => ['{c} ILIKE {0}', a]],
      [1, () => ['{c} BETWEEN {0} AND {1}', a, b]],
      [1, () => ['{c} IS NULL']],
      [1, () => ['{c} IS NOT NULL']],
      [1, () => ['NOT ({c} IS NULL)']],
      [1, () => ['{c} IS NOT DISTINCT FROM {0}', a]],
      [1, () => ['{c} IS DISTINCT FROM {0}', a]],
      [1, () => ['({c} = {0}) IS NOT TRUE', a]],
      [1, () => ['({c} IN ({0}, {1})) IS TRUE', a, b]],
      [1, () => ['(CASE WHEN ({c} IN ({0})) THEN FALSE ELSE TRUE END)', a]],
      [1, () => ["coalesce({c}, '') = {0}", a]],
      [1, () => ['nullif({c}, {0}) IS NULL', a]],
      [1, () => [`{c} IN (SELECT ${inner} FROM local.{table}_few)`]],
      [1, () => [`{c} = ANY (ARRAY(SELECT ${inner} FROM local.{table}_few))`]],
      [1, () => [`{c} = (SELECT max(${inner}) FROM local.{table}_few)`]],
    ])();
  }

  arrayText(texts) {
    const inner = texts.map((text) => (text === null ? 'NULL' : `"${text.replace(/[\\"]/g, '\\$&')}"`));
    return `{${inner.join(',')}}`;
  }

  numberCondition(column) {
    const { random } = this;
    const number = () => {
      const known = this.held(column) ?? '0';
      const text = random.weighted([[6, known], [1, '0'], [1, '-1'], [1, `${known}.5`], [1, '9223372036854775807'], [1, null]]);
      const whole = text === null || /^-?\d+$/.test(text);
      const type = whole && column.type !== 'numeric' ? random.pick(['bigint', 'bigint', 'numeric']) : 'numeric';
      const checked = text?.split('.').length > 2 ? known : text;
      // A literal without a type takes the column's.
      return this.value(type, checked, HOWS.filter(([, how]) => how !== 'bare' || type === column.type));
    };
    const [a, b] = [number(), number()];
    const operator = random.pick(COMPARISONS);
    return random.weighted([
      [6, () => [`{c} ${operator} {0}`, a]],
      [2, () => [`{0} ${mirrored(operator)} {c}`, a]],
      [3, () => ['{c} BETWEEN {0} AND {1}', a, b]],
      [1, () => ['{c} NOT BETWEEN {0} AND {1}', a, b]],
      [2, () => ['{c} IN ({0}, {1})', a, b]],
      [1, () => ['({c} > {0} AND {c} <= {1})', a, b]],
      [1, () => ['{c} % 2 = 0']],
      [1, () => ['{c} IS NULL']],
      [1, () => ['{c} IS NOT NULL']],
      [1, () => [`{c}::text ${operator} {0}::text`, a]],
      [1, () => [`{c}::float8 ${operator} {0}::float8`, a]],
      [1, () => ['{c} IS DISTINCT FROM {0}', a]],
    ])();
  }

  booleanCondition() {
    const { random } = this;
    const a = this.value('boolean', random.pick(['true', 'false', 'true', 'false', null]));
    return [random.pick([
      '{c}', 'NOT {c}', '{c} = TRUE', '{c} = FALSE', '{c} IS TRUE', '{c} IS FALSE', '{c} IS NOT TRUE', '{c} IS NOT FALSE', '{c} IS NULL',
      '{c} IS UNKNOWN', '{c} <> TRUE', '{c} = {0}', '{0} = {c}', '{c} IN (TRUE)', '{c} IN (TRUE, FALSE)', '({c} = TRUE AND NOT ({c} IS NULL))',
      '({c} OR NOT {c})', 'coalesce({c}, false)', '{c}::text = {0}::text', '{c} IS DISTINCT FROM {0}', '{c} > FALSE', 'NOT ({c} = {0})',
    ]), a];
  }

  // A moment near those that the column holds, as a value of some type.
  moment(column) {
    const { random } = this;
    if (random.chance(0.04)) return this.value('timestamptz', random.pick(['infinity', '-infinity', 'epoch', null]), [[3, 'literal'], [1, 'param']]);
    const known = this.held(column);
    const held = known ? secondsOf(known) : 1760000000;
    const at = held + random.weighted([[5, 0], [2, random.pick([-1, 1])], [3, random.integer(-40, 40) * 86400], [2, random.integer(-7200, 7200)]]);
    const fraction = random.weighted([[6, ''], [1, '.5'], [1, '.000001'], [1, '.999999'], [1, '.25']]);
    const whole = wallClock(at).slice(0, 19);
    const local = random.chance(0.35) ? random.pick(WALL_CLOCK) : wallClock(at, random.pick([0, -8, -7, 5.5])).slice(0, 19) + fraction;
    return random.weighted([
      [5, () => this.value('timestamptz', `${whole}${fraction}+00`)],
      [1, () => this.value('timestamptz', `${local}${random.pick(['+05:30', '-08', '-07', ' America/Los_Angeles'])}`)],
      [2, () => this.value('timestamptz', local)],
      [4, () => this.value('timestamp', local)],
      [4, () => this.value('date', local.slice(0, 10))],
    ])();
  }

  // Mostly so that there is something between the two.
  inOrder(a, b) {
    const backwards = a.text !== null && b.text !== null && a.text > b.text;
    return backwards && this.random.chance(0.9) ? [b, a] : [a, b];
  }

  timeCondition(column) {
    const { random } = this;
    const [a, b] = this.inOrder(this.moment(column), this.moment(column));
    const moment = this.moment(column);
    const day = { ...moment, type: 'date', text: moment.text?.replace(/ .*/, '') ?? null };
    const operator = random.pick(COMPARISONS);
    const range = random.pick(RANGES);
    const unit = random.pick(UNITS);
    const year = () => this.value(random.pick(['int', 'numeric']), String(random.integer(2022, 2027)), [[3, 'literal'], [2, 'param'], [1, 'initplan']]);
    const typed = (value) => ({ ...value, how: value.how === 'bare' ? 'literal' : value.how });
    const zone = random.pick(ZONES);
    const lower = random.pick(['>', '>=']);
    const upper = random.pick(['<', '<=']);
    return random.weighted([
      [8, () => [`{c} ${operator} {0}`, a]],
      [2, () => [`{0} ${mirrored(operator)} {c}`, a]],
      [5, () => [`({c} ${lower} {0} AND {c} ${upper} {1})`, a, b]],
      [3, () => ['{c} BETWEEN {0} AND {1}', a, b]],
      [2, () => ['{c} BETWEEN SYMMETRIC {0} AND {1}', a, b]],
      [1, () => [`(({c} ${lower} {0} AND {c} ${upper} {1}) OR ({c} >= {2} AND {c} < {3}))`, a, b, moment, day]],
      [1, () => [`(({c} ${lower} {0} AND {c} ${upper} {1}) OR {c} = {2})`, a, b, moment]],
      [1, () => ['{c} NOT BETWEEN {0} AND {1}', a, b]],
      [1, () => [`NOT ({c} ${range} {0})`, a]],
      [2, () => ['{c} IN ({0}, {1})', a, b]],
      [1, () => ['({c} = {0} OR {c} = {1})', a, b]],
      [1, () => [`({c} ${range} {0} OR {c} IS NULL)`, a]],
      [2, () => [`date_trunc('${unit}', {c}) ${operator} {0}`, a]],
      [3, () => [`date_trunc('${unit}', {c}) ${operator} date_trunc('${unit}', {0})`, typed(a)]],
      [2, () => [`DATE_TRUNC('${unit.toUpperCase()}', CAST({c} AS TIMESTAMP)) ${operator} date_trunc('${unit}', {0}::timestamp)`, a]],
      [1, () => [`date_trunc('${unit}', {c}, '${zone}') ${operator} date_trunc('${unit}', {0}::timestamptz, '${zone}')`, a]],
      [2, () => [`extract(year FROM {c}) ${random.pick(COMPARISONS)} {0}`, year()]],
      [1, () => ['extract(year FROM {c}) IN ({0}, {1})', year(), year()]],
      [1, () => [`date_part('year', {c}) ${operator} {0}`, year()]],
      [1, () => [`extract(year FROM {c}::date) ${operator} {0}`, year()]],
      [1, () => [`date_trunc('${unit}', {c}::date) ${operator} {0}`, day]],
      [1, () => [`date_trunc('${unit}', {c})::date::timestamp ${operator} {0}::date`, day]],
      [2, () => [`({c}, {id}) ${range} ({0}, ${quoteText(random.pick(['', 'm', 'zzz']))})`, typed(a)]],
      [1, () => [`({0}, ${quoteText(random.pick(['', 'm', 'zzz']))}) ${range} ({c}, {id})`, typed(a)]],
      [1, () => [`({c} ${range} {0}) IS TRUE`, a]],
      [2, () => ['CAST(TRUNC(EXTRACT(YEAR FROM {c})) AS INTEGER) IN ({0}, {1})', year(), year()]],
      [1, () => ['CAST(TRUNC(EXTRACT(YEAR FROM {c})) AS INTEGER) = {0}', year()]],
      [1, () => [`extract(month FROM {c}) = ${random.integer(1, 12)}`]],
      [1, () => [`(extract(year FROM {c}) = {0} AND extract(month FROM {c}) = ${random.integer(1, 12)})`, year()]],
      [1, () => [column.type === 'date' ? 'extract(dow FROM {c}) = 0' : 'extract(hour FROM {c}) IN (0, 2, 8)']],
      [1, () => [`extract(epoch FROM {c}) ${operator} extract(epoch FROM {0}::timestamptz)`, a]],
      [3, () => [`{c}::date ${operator} {0}`, day]],
      [1, () => ['CAST({c} AS DATE) BETWEEN {0} AND {0} + 3', typed(day)]],
      [1, () => ['{c}::date IN ({0}, {1})', day, { ...day, text: '2026-03-08' }]],
      [1, () => [`{c}::timestamp ${operator} {0}`, a]],
      [1, () => [`({c} AT TIME ZONE '${zone}') ${operator} {0}::timestamp`, a]],
      [1, () => [`{c} + interval '1 day' ${range} {0}`, a]],
      [1, () => [`to_char({c}, 'YYYY-MM') = to_char({0}::timestamptz, 'YYYY-MM')`, a]],
      [1, () => [`{c} ${range} CURRENT_DATE - ${random.integer(-400, 900)}`]],
      [1, () => [`{c} ${range} CURRENT_TIMESTAMP - interval '${random.integer(1, 900)} days'`]],
      [1, () => [`{c} ${range} date_trunc('${unit}', now()) - interval '${random.integer(0, 30)} months'`]],
      [1, () => [`CAST({c} AS DATE) ${range} CURRENT_DATE - ${random.integer(-400, 900)}`]],
      [1, () => [`{c} ${range} LOCALTIMESTAMP - interval '${random.integer(1, 900)} days'`]],
      [1, () => [`{c} ${range} (SELECT ${random.pick(['min', 'max'])}(${column.sql}) FROM local.{table}_few)`]],
      [1, () => ['{c} IS NULL']],
      [1, () => ['{c} IS NOT NULL']],
      [1, () => ['{c} IS NOT DISTINCT FROM {0}', a]],
    ])();
  }

  atom(table) {
    if (!this.anchors.has(table.name)) this.anchors.set(table.name, this.random.pick(table.rows));
    this.anchor = this.anchors.get(table.name);
    const column = this.random.weighted([...table.columns, ...table.within].map((candidate) => [candidate.name === 'id' ? 2 : candidate.filtered ? 6 : 1, candidate]));
    const [sql, ...values] = this[`${column.family}Condition`](column);
    return { sql: sql.replaceAll('{table}', table.name), column: column.sql, values };
  }

  condition(table) {
    const { random } = this;
    return random.weighted([
      [14, () => this.atom(table)],
      [2, () => ({ or: [this.atom(table), this.atom(table)] })],
      [1, () => ({ not: this.atom(table) })],
      [1, () => ({ or: [{ and: [this.atom(table), this.atom(table)] }, this.atom(table)] })],
    ])();
  }

  list(table) {
    const count = this.random.weighted([[1, 0], [7, 1], [5, 2], [2, 3], [1, 4]]);
    return Array.from({ length: count }, () => this.condition(table));
  }
}

// A value in a statement; params: those of the prepared statement so far.
function renderValue(value, params) {
  const { type, text, how } = value;
  const literal = text === null ? `NULL::${type}` : `${quoteText(text)}::${type}`;
  switch (how) {
    case 'bare': return text === null ? 'NULL' : quoteText(text);
    // The cast tells an array from the rows of a sub-select.
    case 'initplan': return `(SELECT ${literal})${type.endsWith('[]') ? `::${type}` : ''}`;
    // local.known() is stable: the planner can't fold it, and may not call it twice.
    case 'stable': return `local.known(${quoteText(text)})::${type}`;
    case 'param': {
      let at = params.findIndex((param) => param.value === value);
      if (at < 0) at = params.push({ type, literal, value }) - 1;
      return `$${at + 1}`;
    }
    default: return literal;
  }
}

function render(condition, alias, params) {
  if (condition.or) return `(${condition.or.map((inner) => render(inner, alias, params)).join(' OR ')})`;
  if (condition.and) return `(${condition.and.map((inner) => render(inner, alias, params)).join(' AND ')})`;
  if (condition.not) return `NOT (${render(condition.not, alias, params)})`;
  const column = condition.column.includes('{a}') ? condition.column.replaceAll('{a}', alias) : `${alias}.${condition.column}`;
  return condition.sql.replaceAll('{c}', column).replaceAll('{id}', `${alias}.id`)
    .replace(/\{(\d)\}/g, (_, at) => renderValue(condition.values[at], params));
}

module.exports = { Conditions, render };
