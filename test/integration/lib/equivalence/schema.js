// The tables that generated queries read: their columns and values that they
// hold, and local tables to join them with.
'use strict';

const handWritten = require('./hand-written');

// [table, how often it is chosen]: what fits a few pages, so that a plain list
// is quick, and between them every kind of filter.
const TABLES = [
  ['charges', 8], ['payment_intents', 3], ['invoices', 4], ['balance_transactions', 2], ['customers', 6],
  ['subscriptions', 6], ['prices', 5], ['products', 4], ['refunds', 3], ['payouts', 4], ['events', 3],
  ['promotion_codes', 3], ['coupons', 3], ['invoiceitems', 3], ['issuing_cards', 3], ['disputes', 2], ['topups', 3],
  ['payment_records', 3], ['credit_notes', 2], ['quotes', 3], ['application_fees', 2], ['issuing_authorizations', 2],
  ['file_links', 2], ['files', 2], ['payment_links', 2], ['tax_rates', 2], ['setup_intents', 2], ['plans', 2],
  ['checkout_sessions', 2], ['invoice_payments', 2], ['payment_methods', 2],
];

// Lists that need a condition: the values of this column that most rows have
// make a view of each.
const SCOPED = [['radar_value_list_items', 'value_list'], ['issuing_tokens', 'card'], ['subscription_items', 'subscription'], ['setup_attempts', 'setup_intent']];

// Fields within objects that Stripe can filter by; {a} is the table's alias.
const WITHIN = {
  prices: [`({a}."recurring" ->> 'interval')`, `({a}."recurring" ->> 'usage_type')`],
  checkout_sessions: [`({a}."customer_details" ->> 'email')`],
  invoice_payments: [`({a}."payment" ->> 'type')`],
};

// What joins two of them: the column on the left holds ids of the right.
const REFERENCES = [
  ['charges', 'customer', 'customers'], ['charges', 'payment_intent', 'payment_intents'], ['refunds', 'charge', 'charges'],
  ['charges', 'balance_transaction', 'balance_transactions'], ['invoices', 'customer', 'customers'],
  ['subscriptions', 'customer', 'customers'], ['prices', 'product', 'products'], ['payment_intents', 'customer', 'customers'],
  ['application_fees', 'charge', 'charges'], ['disputes', 'charge', 'charges'], ['credit_notes', 'invoice', 'invoices'],
];

const SCALARS = new Set(['text', 'bigint', 'numeric', 'boolean', 'timestamptz']);
const FAMILIES = {
  text: 'text', varchar: 'text', char: 'text', bigint: 'number', integer: 'number', smallint: 'number', numeric: 'number', boolean: 'boolean',
  timestamptz: 'time', timestamp: 'time', date: 'time',
};
const PLAIN_COLUMNS = 7; // how many columns of a table that Stripe can't filter by are compared
const FEW = 6;
const MANY = 120;

const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text) => `'${String(text).replaceAll("'", "''")}'`;

// The columns of an imported table that are compared: what Stripe can filter by, and some others.
async function importedColumns(stack, random, name) {
  const { rows } = await stack.query(`SELECT name, type, on_demand, to_json(enum_values)::text AS enum, pushed_operators
    FROM stripe_columns(${quoteText(name)}) c
    WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = ${quoteText(`stripe.${name}`)}::regclass AND a.attname = c.name)`);
  const usable = rows.filter(({ type, on_demand: onDemand }) => SCALARS.has(type) && onDemand === 'f');
  const [filtered, others] = [true, false].map((wanted) => usable.filter((column) => (column.pushed_operators !== null) === wanted));
  const known = new Set(['id', 'created', 'amount', 'currency', 'status', 'customer']);
  const plain = [...others.filter((column) => known.has(column.name)),
    ...random.some(others.filter((column) => !known.has(column.name)), PLAIN_COLUMNS)];
  const columns = [...filtered, ...plain].map((column) => ({
    name: column.name, sql: quoteName(column.name), type: column.type, filtered: column.pushed_operators !== null,
    enum: column.enum ? JSON.parse(column.enum) : [],
  }));
  return { columns, whole: rows.every(({ on_demand: onDemand }) => onDemand === 'f') };
}

// Reads a table once, for its values.  Columns { name, sql, type, family, filtered,
// enum, at, values }: values are all that the table holds, as PostgreSQL writes them,
// without NULL; at is the place in rows.  within: the same for fields within objects.
async function readTable(stack, name, { columns, whole }, source = `stripe.${name}`) {
  const within = (WITHIN[name] ?? []).map((sql) => ({ name: sql, sql, type: 'text', filtered: true, enum: [] }));
  const all = [...columns, ...within];
  const list = all.map(({ sql }) => `${sql.replaceAll('{a}.', '')}::text`).join(', ');
  const held = await stack.query({ text: `SELECT ${list} FROM ${source}`, rowMode: 'array' });
  all.forEach((column, at) => {
    column.at = at;
    column.family = FAMILIES[column.type.replace(/\(.*/, '')];
    column.values = [...new Set(held.rows.map((row) => row[at]))].filter((value) => value !== null);
  });
  return { name, columns, within, whole, rows: held.rows };
}

// local.NAME_few and local.NAME_many: the columns of the table, filled with
// values of its rows, repeated ones, ones that nobody has, and NULLs.
// local.NAME_surprise(): many rows of which the planner expects one.
async function createLocal(stack, random, { name, columns, rows }) {
  for (const [size, count] of [['few', FEW], ['many', MANY]]) {
    const lines = Array.from({ length: count }, (_, n) => {
      const row = rows.length ? random.pick(rows) : null;
      const fields = columns.map(({ type }, at) => {
        if (!row || random.chance(0.08)) return 'NULL';
        if (type === 'text' && random.chance(0.05)) return "'nobody_0000000001'";
        return row[at] === null ? 'NULL' : `${quoteText(row[at])}::${type}`;
      });
      return `(${n}, ${fields.join(', ')})`;
    });
    const definition = columns.map(({ sql, type }) => `${sql} ${type}`).join(', ');
    await stack.query(`CREATE TABLE local.${name}_${size} (n int, ${definition});
      INSERT INTO local.${name}_${size} VALUES ${lines.join(', ')}; ANALYZE local.${name}_${size}`);
  }
  // A function with settings of its own is not looked into.
  await stack.query(`CREATE FUNCTION local.${name}_surprise() RETURNS SETOF local.${name}_many LANGUAGE sql STABLE ROWS 1 SET enable_sort = on
    AS 'SELECT * FROM local.${name}_many'`);
}

// What some filters and look-ups reveal and plain lists leave out, such as
// objects on test clocks, would be a difference that is documented: it is
// deleted before anything is compared.
async function deleteHidden(stack, name) {
  const shown = new Set(await stack.column(`SELECT id FROM stripe.${name}`));
  const hidden = (await stack.simulator.objects(name)).filter(({ id }) => !shown.has(id));
  for (const { id } of hidden) await stack.simulator.deleteObject(name, id);
}

// Reads everything with pushdown off.  Returns { tables, references }.
async function readSchema(stack, random) {
  await stack.query("CREATE SCHEMA local; SET timezone = 'UTC'; SET stripe_fdw.enable_pushdown = off");
  const tables = new Map();
  for (const name of await stack.column('SELECT name FROM stripe_resources() WHERE omits IS NOT NULL')) {
    if (TABLES.some(([table]) => table === name)) await deleteHidden(stack, name);
  }
  for (const [name, weight] of TABLES) {
    const table = await readTable(stack, name, await importedColumns(stack, random, name));
    await stack.query(`CREATE VIEW local.view_${name} AS SELECT * FROM stripe.${name};
      CREATE VIEW local.barrier_${name} WITH (security_barrier) AS SELECT * FROM stripe.${name}`);
    const sources = [[8, `stripe.${name}`], [1, `local.view_${name}`], [1, `local.barrier_${name}`]];
    tables.set(name, { ...table, weight, sources });
  }
  for (const [name, column] of SCOPED) {
    const counts = new Map();
    for (const { [column]: value } of await stack.simulator.objects(name)) counts.set(value, (counts.get(value) ?? 0) + 1);
    const [[value]] = [...counts].sort(([, n], [, m]) => m - n);
    const source = `local.view_${name}`;
    await stack.query(`CREATE VIEW ${source} AS SELECT * FROM stripe.${name} WHERE ${quoteName(column)} = ${quoteText(value)}`);
    tables.set(name, { ...await readTable(stack, name, await importedColumns(stack, random, name), source), weight: 1, sources: [[1, source]] });
  }
  for (const hand of handWritten.TABLES) {
    const { name, weight, parent } = hand;
    await stack.query(handWritten.definition(hand));
    const columns = Object.entries(hand.columns).map(([column, type]) => ({ name: column, sql: quoteName(column), type, filtered: true, enum: [] }));
    const sources = [[1, `${parent ? 'local' : 'stripe'}.${name}`]];
    tables.set(name, { ...await readTable(stack, name, { columns, whole: true }), weight, sources });
  }
  for (const table of tables.values()) await createLocal(stack, random, table);
  await stack.query('RESET stripe_fdw.enable_pushdown');
  return { tables, references: REFERENCES };
}

const IMPORTED = [...TABLES, ...SCOPED].map(([name]) => name);

module.exports = { readSchema, IMPORTED, quoteName, quoteText };
