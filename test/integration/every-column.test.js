// Every table and every column, value by value, against Stripe's own client.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { Official } = require('./lib/official');
const { TYPE_OF_KIND, assertShown } = require('./lib/values');
const catalog = require('../sim/catalog.json');

const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text) => `'${text.replaceAll("'", "''")}'`;

// Where the simulator's objects don't hold what a required filter asks for:
// the resource whose ids are its values.
const PARENTS = { 'credit_notes_preview_lines.invoice': 'invoices', 'entitlements_active_entitlements.customer': 'customers' };

// Columns that no row of a plain list can hold: it leaves such rows out, or only another call's answer has them.
const ALWAYS_NULL = [
  'customers.test_clock', 'quotes.test_clock', 'subscription_schedules.test_clock', 'subscriptions.test_clock',
  'payment_methods.custom', 'apps_secrets.deleted',
];

// Fields that decide whether a list shows the row at all, and what shows it.
const VISIBLE = { test_clock: null, open: true, owner: { type: 'self' } };

// Fields that stay as the simulator makes them.
const UNTOUCHED = ['id', 'object', 'created', 'date', 'livemode', 'deleted', ...Object.keys(VISIBLE)];

// One value of each kind that is easily lost: as large as it gets, and nothing at all.
const FULL = {
  string: 'Łódź "q" \\ \' \u{1f680}\n\tend', enum: 'value_of_the_future', expandable: 'obj_1', boolean: true,
  integer: Number.MAX_SAFE_INTEGER, decimal: 33.333333333333336, decimal_string: '-1234567890.123456789012',
  timestamp: 4102444800, datetime: '2026-02-28T23:59:59.999999Z',
};
const ZERO = {
  string: '', enum: '', expandable: '', boolean: false, integer: 0, decimal: 0, decimal_string: '0',
  timestamp: 0, datetime: '1970-01-01T00:00:00Z', array: [], map: {},
};

// The value at 'scope.type' of an object.
const valueAt = (object, path) => path.split('.').reduce((inner, name) => inner?.[name], object);

// The columns that a table must have: Stripe's fields, and what a required filter asks for where no field holds it.
function expectedColumns(resource) {
  const fields = catalog.types[resource.type].fields;
  const echoes = resource.filters.filter((filter) => filter.required && filter.field === null);
  return [
    ...fields.map(({ name, kind }) => ({ name, type: TYPE_OF_KIND[kind] })),
    ...echoes.map(({ param, kind }) => ({ name: param, type: TYPE_OF_KIND[kind] })),
  ];
}

// Adds objects with extreme values to a resource that any list shows.
async function addExtremes(resource, simulator) {
  const required = resource.filters.find((filter) => filter.required);
  if (required && required.field === null) return;
  const kept = new Set([...UNTOUCHED, required?.field.split('.')[0], resource.name === 'payment_methods' ? 'type' : undefined]);
  const all = catalog.types[resource.type].fields;
  const fields = all.filter(({ name, includable }) => !kept.has(name) && !includable);
  const visible = Object.fromEntries(all.filter(({ name }) => name in VISIBLE).map(({ name }) => [name, VISIBLE[name]]));
  const fill = (values) => Object.fromEntries(fields.filter(({ kind }) => kind in values).map(({ name, kind }) => [name, values[kind]]));
  await simulator.createObject(resource.name, { ...visible, ...fill(FULL) });
  await simulator.createObject(resource.name, { ...visible, ...fill(ZERO) });
  await simulator.createObject(resource.name, { ...visible, ...Object.fromEntries(fields.map(({ name }) => [name, null])) });
}

// A condition on a field: 'scope.type' is scope ->> 'type'.
function condition(filter, value) {
  const [column, ...below] = (filter.field ?? filter.param).split('.');
  return `${[quoteName(column), ...below.map(quoteText)].join(' ->> ')} = ${quoteText(value)}`;
}

// The lists that together hold all rows of a resource: [{ parameters, where, echo }].
async function listsOf(resource, simulator) {
  const parameters = Object.fromEntries(resource.defaults.map(({ param, value }) => [param, value]));
  const filter = resource.filters.find(({ required }) => required);
  if (!filter) return [{ parameters, where: '', echo: {} }];
  const parent = PARENTS[`${resource.name}.${filter.param}`];
  const holders = await simulator.objects(parent ?? resource.name);
  const values = new Set(holders.map((object) => valueAt(object, parent ? 'id' : filter.field)));
  return Array.from(values).filter((value) => value !== null).map((value) => {
    const [outer, inner] = filter.param.split(/[[\]]/);
    return {
      parameters: { ...parameters, [outer]: inner ? { [inner]: value } : value },
      where: ` WHERE ${condition(filter, value)}`,
      echo: filter.field === null ? { [filter.param]: value } : {},
    };
  });
}

test('every column of every table', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '400'] });
  const { simulator } = stack;
  const official = new Official(simulator);
  await stack.query("SET timezone = 'UTC'; SET datestyle = 'ISO'");

  await t.test('97 tables with the promised columns', async () => {
    const found = await stack.column(`
      SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relnamespace = 'stripe'::regnamespace AND c.relkind = 'f'`);
    const expected = catalog.resources.flatMap((resource) => expectedColumns(resource).map(({ name, type }) =>
      `${resource.name}.${name} ${type}${name === 'id' ? ' not null' : ''}`));
    assert.deepStrictEqual(found.sort(), expected.sort());
    assert.strictEqual(await stack.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'stripe'::regnamespace AND relkind = 'f'"), '97');
  });

  for (const resource of catalog.resources) {
    await t.test(resource.name, async () => {
      await addExtremes(resource, simulator);
      const columns = expectedColumns(resource);
      const expand = catalog.types[resource.type].fields.filter(({ includable }) => includable).map(({ name }) => `data.${name}`);
      const paging = { ...(resource.paging === 'none' ? {} : { limit: 100 }), ...(expand.length ? { expand } : {}) };
      const table = `stripe.${quoteName(resource.name)}`;
      const filled = new Set();
      let rowsSeen = 0;
      let lists = 0;
      for (const { parameters, where, echo } of await listsOf(resource, simulator)) {
        const expected = (await official.listAll(resource.list, { ...paging, ...parameters })).map((object) => ({ ...object, ...echo }));

        const { rows } = await stack.query(`SELECT * FROM ${table}${where}`);
        assert.deepStrictEqual(rows.map(({ id }) => id).sort(), expected.map(({ id }) => id).sort());
        const shown = new Map(rows.map((row) => [row.id, row]));
        for (const object of expected) {
          for (const { name, type } of columns) {
            assertShown(shown.get(object.id)[name], type, object[name], `${resource.name}.${name} of ${object.id}`);
            if ((object[name] ?? null) !== null) filled.add(name);
          }
          assert.deepStrictEqual(Object.keys(object).filter((name) => !(name in shown.get(object.id))), [], 'fields without a column');
        }
        rowsSeen += expected.length;

        if (++lists > 3) continue; // of lists by parent, the first few are enough to count
        const counts = await stack.query({
          text: `SELECT count(*), ${columns.map(({ name }) => `count(${quoteName(name)})`).join(', ')} FROM ${table}${where}`, rowMode: 'array' });
        const present = columns.map(({ name }) => String(expected.filter((object) => (object[name] ?? null) !== null).length));
        assert.deepStrictEqual(counts.rows[0], [String(expected.length), ...present]);
        assert.strictEqual(await stack.value(`SELECT count(*) FROM ${table}${where}`), String(expected.length));
      }
      assert.ok(rowsSeen >= 5, `${rowsSeen} rows are enough to tell`);
      const empty = columns.map(({ name }) => name).filter((name) => !filled.has(name) && !ALWAYS_NULL.includes(`${resource.name}.${name}`));
      assert.deepStrictEqual(empty, [], 'columns that were NULL in every row, so that nothing was shown of them');
    });
  }
});
