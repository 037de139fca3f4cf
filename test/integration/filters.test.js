// Every filter of every table: it is asked for, and the answer is PostgreSQL's own.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { conditions, takeLog } = require('./lib/asked');
const catalog = require('../sim/catalog.json');

const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text) => `'${String(text).replaceAll("'", "''")}'`;
const valueAt = (object, path) => path.split('.').reduce((inner, name) => inner?.[name], object);

// Filters that show rows which Stripe shows in no other way, so that the answer is larger with pushdown (documented on the table).
const UNHIDING = { customers: ['test_clock'], quotes: ['test_clock'], subscriptions: ['test_clock'], payment_methods: ['type'] };

// A field as SQL, cast as its kind needs: 'recurring.interval' is recurring ->> 'interval'.
function expression({ field, kind }) {
  const [column, ...below] = field.split('.');
  if (below.length === 0) return quoteName(column);
  const text = [quoteName(column), ...below.slice(0, -1).map((name) => `-> ${quoteText(name)}`), `->> ${quoteText(below.at(-1))}`].join(' ');
  return { boolean: `(${text})::boolean`, integer: `(${text})::bigint`, timestamp: `to_timestamp((${text})::bigint)` }[kind] ?? text;
}

const literal = (kind, value) => (kind === 'timestamp' ? `to_timestamp(${value})` : kind === 'boolean' || kind === 'integer' ? String(value) : quoteText(value));

// A few values that the objects hold, spread over them.
function someValues(objects, filter, count) {
  const values = [...new Set(objects.map((object) => valueAt(object, filter.field)).map((value) => value?.id ?? value))];
  const known = values.filter((value) => value !== null && value !== undefined && typeof value !== 'object' && value !== '');
  return Array.from({ length: Math.min(count, known.length) }, (_, at) => known[Math.floor((at * known.length) / count)]);
}

// [condition, what must be asked or undefined] for a filter, from the objects that there are.
function casesOf(filter, objects) {
  const left = expression(filter);
  const values = someValues(objects, filter, filter.op === 'range' ? 1 : 2);
  const whole = !filter.field.includes('.');
  const show = (value) => literal(filter.kind, value);
  if (filter.op === 'range') {
    const [value = 1700000000] = values;
    return [
      [`${left} >= ${show(value)}`, { [filter.param]: [value, null] }], [`${left} < ${show(value)}`, { [filter.param]: [null, value - 1] }],
      [`${left} = ${show(value)}`, { [filter.param]: [value, value] }], [`${left} BETWEEN ${show(value)} AND ${show(value + 1)}`, { [filter.param]: [value, value + 1] }],
    ].map(([condition, asked]) => [condition, whole ? asked : undefined]);
  }
  if (filter.op === 'after' || filter.op === 'before') {
    const [value = 1700000000] = values;
    return [[`${left} >= ${show(value)}`], [`${left} > ${show(value)}`], [`${left} < ${show(value)}`], [`${left} <= ${show(value)}`], [`${left} = ${show(value)}`]];
  }
  // Of a filter's values Stripe knows only these; any other would be an error.
  const known = (value) => !filter.enum || filter.enum.includes(value);
  const cases = values.map((value) => [`${left} = ${show(value)}`, filter.op === 'eq' && whole && known(value) ? { [filter.param]: String(value) } : undefined]);
  if (values.length === 2) cases.push([`${left} IN (${values.map(show).join(', ')})`], [`${left} <> ${show(values[0])}`]);
  if (filter.kind === 'boolean') cases.push([left], [`NOT ${left}`], [`${left} IS TRUE`], [`${left} IS NOT TRUE`], [`${left} IS NULL`]);
  if (filter.kind === 'enum') cases.push([`${left} = 'value_that_stripe_has_not'`]);
  if (filter.kind === 'string') {
    cases.push([`${left} = 'nobody_0000000000'`], [`${left} = ''`]);
    if (values.length) cases.push([`${left} = ${quoteText(values[0].toUpperCase())}`]);
  }
  return cases;
}

test('every filter of every table', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '400'] });
  const { simulator } = stack;
  await stack.query("SET timezone = 'UTC'; CREATE SCHEMA copy");

  for (const resource of catalog.resources.filter(({ filters }) => filters.some(({ field, required }) => field && !required))) {
    await t.test(resource.name, async (t2) => {
      const objects = await simulator.objects(resource.name);
      const required = resource.filters.find((filter) => filter.required);
      const scope = required ? `${expression(required)} = ${quoteText(someValues(objects, required, 1)[0])}` : 'true';
      await stack.query(`SET stripe_fdw.enable_pushdown = off; CREATE TABLE copy.${resource.name} AS SELECT * FROM stripe.${resource.name} WHERE ${scope};
        SET stripe_fdw.enable_pushdown = on`);
      const { rows: held } = await stack.query(`SELECT id FROM copy.${resource.name}`);
      const visible = new Set(held.map(({ id }) => id));
      const shown = objects.filter(({ id }) => visible.has(id));
      for (const filter of resource.filters.filter(({ field, required: needed }) => field && !needed)) {
        await t2.test(filter.param, async () => {
          for (const [condition, asked] of casesOf(filter, shown)) {
            await simulator.clearLog();
            const sql = (schema) => `SELECT id FROM ${schema}.${resource.name} WHERE ${scope} AND (${condition}) ORDER BY id COLLATE "C"`;
            const found = await stack.column(sql('stripe'));
            const expected = await stack.column(sql('copy'));
            if (UNHIDING[resource.name]?.includes(filter.param)) assert.deepStrictEqual(expected.filter((id) => !found.includes(id)), [], condition);
            else assert.deepStrictEqual(found, expected, condition);
            if (!asked || !filter.pushed) continue;
            const [{ query }] = await takeLog(simulator);
            const said = conditions(query, resource.filters.filter(({ op }) => op === 'range').map(({ param }) => param));
            for (const [param, value] of Object.entries(asked)) assert.deepStrictEqual(said[param], value, condition);
          }
        });
      }
    });
  }

  await t.test('parameters that ask for what no field holds are never sent unasked', async () => {
    const log = await takeLog(simulator);
    const known = new Map(catalog.resources.map(({ list, filters, defaults }) =>
      [list, new Set([...filters.filter(({ field, required }) => field || required), ...defaults].map(({ param }) => param.replace(/\[.*/, '')))]));
    for (const { path, query } of log.filter(({ path: asked }) => known.has(asked))) {
      for (const [name] of query) {
        const param = name.replace(/\[.*/, '');
        assert.ok(['limit', 'starting_after', 'expand'].includes(param) || known.get(path).has(param), `${path} ${name}`);
      }
    }
  });

  await t.test('a value that names no object is no row, also where no field holds it', async () => {
    await stack.query(`CREATE FOREIGN TABLE paid_out (id text, payout text) SERVER stripe OPTIONS (object 'balance_transactions');
      CREATE FOREIGN TABLE credits (id text, customer text) SERVER stripe OPTIONS (object 'billing_credit_balance_transactions');
      CREATE FOREIGN TABLE entitled (id text, customer text) SERVER stripe OPTIONS (object 'entitlements_active_entitlements');
      CREATE FOREIGN TABLE planned (id text, plan text, price text) SERVER stripe OPTIONS (object 'subscriptions')`);
    const payouts = await stack.column("SELECT id FROM copy.payouts WHERE status = 'paid' ORDER BY created LIMIT 3");
    const [{ customer }] = (await stack.query('SELECT customer FROM copy.charges WHERE customer IS NOT NULL LIMIT 1')).rows;
    const asked = async (sql) => {
      await simulator.clearLog();
      const found = await stack.column(sql);
      return [found.length, (await takeLog(simulator)).length];
    };
    const [settled] = await asked(`SELECT id FROM paid_out WHERE payout = ${quoteText(payouts[0])}`);
    assert.ok(settled > 0);
    assert.deepStrictEqual(await asked("SELECT id FROM paid_out WHERE payout = 'po_none'"), [0, 1]);
    assert.deepStrictEqual(await asked("SELECT id FROM credits WHERE customer = 'cus_none'"), [0, 1]);
    assert.deepStrictEqual(await asked("SELECT id FROM planned WHERE price = 'price_none'"), [0, 1]);
    // What has been deleted may still be referred to.
    await assert.rejects(stack.query("SELECT id FROM planned WHERE plan = 'plan_none'"), /No such plan/);

    // No object's id is empty, and none needs asking for.
    assert.deepStrictEqual(await asked("SELECT id FROM paid_out WHERE payout = ''"), [0, 0]);
    assert.deepStrictEqual(await asked("SELECT id FROM entitled WHERE customer = ''"), [0, 0]);
    assert.deepStrictEqual(await asked("SELECT id FROM stripe.charges WHERE customer = ''"), [0, 0]);
    assert.deepStrictEqual(await asked(`SELECT id FROM stripe.charges WHERE customer = repeat('x', 2000)`), [0, 0]);
    assert.deepStrictEqual(await asked("SELECT id FROM stripe.charges WHERE customer = 'cus_*'"), [0, 1]);
    assert.deepStrictEqual(await asked(`SELECT id FROM stripe.charges WHERE customer IN ('', ${quoteText(customer)})`), await asked(`SELECT id FROM stripe.charges WHERE customer = ${quoteText(customer)}`));
    // A text of another kind may be empty.
    const [, pages] = await asked('SELECT id FROM stripe.customers');
    assert.deepStrictEqual(await asked("SELECT id FROM stripe.customers WHERE email = ''"), [0, pages]);

    const stale = ['po_none', '', '*', null, ...payouts].map((id) => `(${id === null ? 'NULL' : quoteText(id)})`);
    const each = `SELECT p.id FROM (VALUES ${stale.join(', ')}) v(id), LATERAL (SELECT * FROM paid_out WHERE payout = v.id OFFSET 0) p`;
    const [joined, requests] = await asked(each);
    assert.ok(joined >= settled);
    assert.strictEqual(requests, 2 + payouts.length);
  });
});
