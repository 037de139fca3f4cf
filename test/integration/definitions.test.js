// Foreign tables written by hand.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');

const CHARGES = 1200; // enough to have events of the last 30 days

test('definitions', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', String(CHARGES)] });
  const { simulator } = stack;
  const client = await stack.connect();
  await client.query("SET timezone = 'UTC'; SET datestyle = 'ISO'");
  const rowsOf = async (sql, values) => (await client.query(sql, values)).rows;
  let tables = 0;
  // Creates a foreign table from the text between its parentheses and its options; returns its name.
  async function define(columns, options) {
    const name = `t${++tables}`;
    await client.query(`CREATE FOREIGN TABLE ${name} (${columns}) SERVER stripe OPTIONS (${options})`);
    return name;
  }
  // The table must show the same as an expression over the imported one.
  async function same(name, select, imported, expected = select) {
    const [found, wanted] = [await rowsOf(`SELECT ${select} FROM ${name} ORDER BY id COLLATE "C"`), await rowsOf(`SELECT ${expected} FROM stripe.${imported} ORDER BY id COLLATE "C"`)];
    assert.ok(wanted.length > 0);
    assert.deepStrictEqual(found, wanted);
  }

  await t.test('object as name, as path, with slashes around', async () => {
    for (const object of ['checkout_sessions', 'checkout/sessions', '/v1/checkout/sessions', 'v1/checkout/sessions']) {
      await same(await define('id text, customer text', `object '${object}'`), 'id, customer', 'checkout_sessions');
    }
    const error = await define('id text', "object 'chargez'").then((name) => failure(client, `SELECT * FROM ${name}`), (refused) => refused);
    assertTells(error, /^(HV|42)/, 'chargez', 'charges');
    for (const object of ['https://evil.example.com/v1/charges', '../../charges', 'charges?limit=1', 'charges/ch_1', '', 'CHARGES%', 'invoices/upcoming']) {
      const outcome = await define('id text', `object '${object}'`).then((name) => failure(client, `SELECT * FROM ${name}`), (refused) => refused);
      assertTells(outcome, /^(HV|42)/, '');
    }
    assertTells(await define('id text', 'page_size \'10\'').then((name) => failure(client, `SELECT * FROM ${name}`), (refused) => refused), /^(HV|42)/, 'object');
  });

  await t.test('a subset of the columns, in another order, with some dropped and added', async () => {
    const name = await define('currency text, status text, id text, nothing text, amount bigint', "object 'charges'").catch((error) => error);
    if (!(name instanceof Error)) await client.query(`ALTER FOREIGN TABLE ${name} DROP COLUMN nothing`);
    const table = name instanceof Error ? await define('currency text, status text, id text, paid boolean, amount bigint', "object 'charges'") : name;
    await client.query(`ALTER FOREIGN TABLE ${table} DROP COLUMN status, ADD COLUMN customer text, ADD COLUMN status text`);
    await same(table, 'id, amount, currency, customer, status', 'charges');
    assert.strictEqual((await rowsOf(`SELECT s.* FROM ${table} s LIMIT 1`)).length, 1);
    const none = await define('amount bigint, currency text', "object 'charges'");
    assert.strictEqual((await rowsOf(`SELECT * FROM ${none}`)).length, CHARGES);
    const empty = await define('', "object 'charges'");
    assert.strictEqual((await rowsOf(`SELECT count(*) FROM ${empty}`))[0].count, String(CHARGES));
  });

  await t.test('quoted identifiers', async () => {
    await client.query(`CREATE FOREIGN TABLE "My ""Charges""; --" ("Id of it" text OPTIONS (path 'id'), "select" bigint OPTIONS (path 'amount'), "naïve ☃" text OPTIONS (path 'currency'))
      SERVER stripe OPTIONS (object 'charges')`);
    assert.deepStrictEqual(
      await rowsOf('SELECT "Id of it" AS id, "select" AS amount, "naïve ☃" AS currency FROM "My ""Charges""; --" ORDER BY 1'), await rowsOf('SELECT id, amount, currency FROM stripe.charges ORDER BY 1'));
    await simulator.clearLog();
    await rowsOf(`SELECT * FROM "My ""Charges""; --" WHERE "Id of it" = '${(await simulator.objects('charges'))[0].id}'`);
    assert.match((await takeLog(simulator))[0].path, /^\/v1\/charges\/ch_/, 'a column with a path is as good for a condition');
  });

  await t.test('unknown columns name the nearest', async () => {
    for (const [column, nearest] of [['amont bigint', 'amount'], ['custmer text', 'customer'], ['Created timestamptz', 'created']]) {
      const outcome = await define(`id text, ${column.startsWith('Cre') ? '"Created" timestamptz' : column}`, "object 'charges'").then((name) => failure(client, `SELECT * FROM ${name}`), (error) => error);
      assertTells(outcome, /^(HV|42)/, column.split(' ')[0], nearest);
    }
    for (const path of ['billing_details.adress.city', 'billing_details.address.city.name', 'amount.value', 'outcome.', '']) {
      const outcome = await define(`id text, x text OPTIONS (path '${path}')`, "object 'charges'").then((name) => failure(client, `SELECT * FROM ${name}`), (error) => error);
      assertTells(outcome, /^(HV|42)/, '');
    }
  });

  await t.test('paths', async () => {
    const name = await define(`id text, city text OPTIONS (path 'billing_details.address.city'), details jsonb OPTIONS (path 'billing_details'), risk bigint OPTIONS (path 'outcome.risk_score'),
      brand text OPTIONS (path 'payment_method_details.card.brand'), order_id text OPTIONS (path 'metadata.order_id')`, "object 'charges'");
    await same(name, 'id, city, details, brand, order_id', 'charges',
      `id, billing_details -> 'address' ->> 'city' AS city, billing_details AS details, payment_method_details -> 'card' ->> 'brand' AS brand, metadata ->> 'order_id' AS order_id`);
    // An element of an array, or of a list's data.
    const item = await define("id text, price text OPTIONS (path 'items.data.0.price.id'), quantity bigint OPTIONS (path 'items.data.0.quantity'), third jsonb OPTIONS (path 'items.data.7')", "object 'subscriptions'");
    await same(item, 'id, price, quantity, third', 'subscriptions',
      "id, items -> 'data' -> 0 -> 'price' ->> 'id' AS price, (items -> 'data' -> 0 ->> 'quantity')::bigint AS quantity, items -> 'data' -> 7 AS third");
    // Beyond an expandable: asked for with expand, for this column alone.
    const beyond = await define("id text, customer text, email text OPTIONS (path 'customer.email'), city text OPTIONS (path 'customer.address.city')", "object 'charges'");
    await simulator.clearLog();
    await rowsOf(`SELECT id, customer FROM ${beyond} LIMIT 1`);
    assert.ok(!(await takeLog(simulator))[0].query.some(([param]) => param.startsWith('expand')));
    // Deleted customers have no e-mail address any more.
    const emails = new Map((await simulator.objects('customers')).map((customer) => [customer.id, customer.email]));
    for (const { customer, email } of await rowsOf(`SELECT customer, email FROM ${beyond}`)) assert.strictEqual(email, emails.get(customer) ?? null, customer);
    await simulator.clearLog();
    await rowsOf(`SELECT city FROM ${beyond} LIMIT 1`);
    assert.match(JSON.stringify((await takeLog(simulator))[0].query), /expand\[\d*\]","data\.customer/);
    // Below what is sent on demand.
    const demand = await define("id text, first_refund text OPTIONS (path 'refunds.data.0.id')", "object 'charges'");
    await same(demand, 'id, first_refund', 'charges', "id, refunds -> 'data' -> 0 ->> 'id' AS first_refund");
  });

  await t.test('other column types', async () => {
    await client.query("CREATE DOMAIN money_minor AS bigint CHECK (value >= 0); CREATE TYPE charge_status AS ENUM ('succeeded', 'pending', 'failed')");
    const name = await define(`id varchar(255), amount numeric(12,0), created timestamp, "paid" text, status charge_status, livemode boolean, metadata json, customer character varying, currency char(3),
      amount_refunded money_minor, amount_captured float8`, "object 'charges'");
    await same(name, 'id, amount, created, paid, status, livemode, metadata, customer, currency, amount_refunded, amount_captured', 'charges',
      "id, amount, created::timestamp AS created, paid::text AS paid, status, livemode, metadata, customer, currency, amount_refunded, amount_captured");
    const dates = await define('id text, created date, amount real', "object 'charges'");
    await same(dates, 'id, created, amount', 'charges', 'id, created::date AS created, amount::real AS amount');
    const seconds = await define('id text, created bigint', "object 'charges'");
    const outcome = await same(seconds, 'id, created', 'charges', 'id, extract(epoch FROM created)::bigint AS created').then(() => null, (error) => error);
    if (outcome) assertTells(await failure(client, `SELECT created FROM ${seconds}`), /^(HV|22|42)/, 'created');
    const arrays = await define("id text, images text[], metadata text, default_price text", "object 'products'");
    await same(arrays, 'id, images', 'products', `id, ARRAY(SELECT jsonb_array_elements_text(images)) AS images`);
    const subscription = await define('id text, enabled_events text[]', "object 'webhook_endpoints'");
    await same(subscription, 'id, enabled_events', 'webhook_endpoints', 'id, ARRAY(SELECT jsonb_array_elements_text(enabled_events)) AS enabled_events');
    const texts = await define('id text, created text, amount text, paid text, billing_details text', "object 'charges'");
    const [row] = await rowsOf(`SELECT * FROM ${texts} ORDER BY id COLLATE "C" LIMIT 1`);
    const [wanted] = await rowsOf('SELECT amount, billing_details FROM stripe.charges ORDER BY id COLLATE "C" LIMIT 1');
    assert.strictEqual(row.amount, wanted.amount);
    assert.deepStrictEqual(JSON.parse(row.billing_details), JSON.parse(wanted.billing_details));
  });

  await t.test('values that do not fit the type', async () => {
    await client.query("CREATE DOMAIN small_amount AS bigint CHECK (value < 10); CREATE TYPE few AS ENUM ('nothing')");
    for (const [columns, column] of [
      ['id text, amount smallint', 'amount'], ['id text, currency varchar(2)', 'currency'], ['id text, amount numeric(3,0)', 'amount'], ['id text, amount small_amount', 'amount'],
      ['id text, status few', 'status'], ['id text, currency bigint', 'currency'], ['id text, currency boolean', 'currency'], ['id text, metadata text[]', 'metadata'],
      ['id text, currency timestamptz', 'currency'], ['id text, billing_details bigint', 'billing_details'], ['id text, billing_details int[]', 'billing_details'],
    ]) {
      const outcome = await define(columns, "object 'charges'").then((name) => failure(client, `SELECT * FROM ${name}`), (error) => error);
      assertTells(outcome, /^(22|23|HV|42)/, column);
    }
  });

  await t.test('conditions on columns of other types mean the same with and without pushdown', async () => {
    const name = await define('id text, created timestamp, customer varchar(40), amount numeric', "object 'charges'");
    const dates = await define('id text, created date', "object 'charges'");
    const [{ created, customer }] = (await simulator.objects('charges')).filter((charge) => charge.customer).slice(100, 101);
    const stamp = new Date(created * 1000).toISOString().slice(0, 19).replace('T', ' ');
    for (const zone of ['UTC', 'America/Los_Angeles', 'Asia/Kolkata']) {
      await client.query(`SET timezone = '${zone}'`);
      for (const sql of [
        `SELECT id, created FROM ${name} WHERE created >= '${stamp}'`, `SELECT id, created FROM ${name} WHERE created = '${stamp}'`, `SELECT id, created FROM ${name} WHERE created < '${stamp}'::timestamptz`,
        `SELECT id, created FROM ${name} WHERE created >= DATE '2026-03-08' AND created < DATE '2026-03-09'`, `SELECT id FROM ${name} WHERE customer = '${customer}'`,
        `SELECT id, created FROM ${dates} WHERE created = '${stamp.slice(0, 10)}'`, `SELECT id, created FROM ${dates} WHERE created > '${stamp.slice(0, 10)}' AND created <= '2026-10-10'`,
        `SELECT id, created FROM ${dates} WHERE created >= '${stamp}'::timestamptz`,
      ]) {
        const on = await rowsOf(`${sql} ORDER BY id COLLATE "C"`);
        await client.query('SET stripe_fdw.enable_pushdown = off');
        const off = await rowsOf(`${sql} ORDER BY id COLLATE "C"`);
        await client.query('RESET stripe_fdw.enable_pushdown');
        assert.deepStrictEqual(on, off, `${sql} in ${zone}`);
      }
    }
    await client.query("SET timezone = 'UTC'");
  });

  await t.test('definitions for the Supabase wrapper', async (t2) => {
    // [columns, options, imported table]; by the columns that its documentation lists.
    const definitions = [
      ['id text, business_type text, country text, email text, type text, created timestamp, attrs jsonb', "object 'accounts'", 'accounts'],
      ['id text, amount bigint, currency text, description text, fee bigint, net bigint, status text, type text, created timestamp, attrs jsonb', "object 'balance_transactions'", 'balance_transactions'],
      ['id text, amount bigint, currency text, customer text, description text, payment_intent text, status text, created timestamp, attrs jsonb', "object 'charges'", 'charges'],
      ['id text, customer text, payment_intent text, subscription text, attrs jsonb', "object 'checkout/sessions', rowid_column 'id'", 'checkout_sessions'],
      ['id text, email text, name text, description text, created timestamp, attrs jsonb', "object 'customers', rowid_column 'id'", 'customers'],
      ['id text, amount bigint, currency text, charge text, payment_intent text, reason text, status text, created timestamp, attrs jsonb', "object 'disputes'", 'disputes'],
      ['id text, type text, api_version text, created timestamp, attrs jsonb', "object 'events'", 'events'],
      ['id text, filename text, purpose text, title text, size bigint, type text, url text, created timestamp, expires_at timestamp, attrs jsonb', "object 'files'", 'files'],
      ['id text, file text, url text, created timestamp, expired bool, expires_at timestamp, attrs jsonb', "object 'file_links'", 'file_links'],
      ['id text, customer text, status text, total bigint, currency text, period_start timestamp, period_end timestamp, attrs jsonb', "object 'invoices'", 'invoices'],
      ['id text, display_name text, event_name text, event_time_window text, status text, attrs jsonb', "object 'billing/meters'", 'billing_meters'],
      ['id text, customer text, amount bigint, currency text, payment_method text, created timestamp, attrs jsonb', "object 'payment_intents'", 'payment_intents'],
      ['id text, amount bigint, currency text, arrival_date timestamp, description text, statement_descriptor text, status text, created timestamp, attrs jsonb', "object 'payouts'", 'payouts'],
      ['id text, active bool, currency text, product text, unit_amount bigint, type text, created timestamp, attrs jsonb', "object 'prices'", 'prices'],
      ['id text, name text, active bool, default_price text, description text, created timestamp, updated timestamp, attrs jsonb', "object 'products', rowid_column 'id'", 'products'],
      ['id text, amount bigint, currency text, charge text, payment_intent text, reason text, status text, created timestamp, attrs jsonb', "object 'refunds'", 'refunds'],
      ['id text, client_secret text, customer text, description text, payment_method text, status text, usage text, created timestamp, attrs jsonb', "object 'setup_intents'", 'setup_intents'],
      ['id text, customer text, currency text, attrs jsonb', "object 'subscriptions', rowid_column 'id'", 'subscriptions'],
      ['id text, amount bigint, currency text, description text, status text, created timestamp, attrs jsonb', "object 'topups'", 'topups'],
      ['id text, amount bigint, currency text, description text, destination text, created timestamp, attrs jsonb', "object 'transfers'", 'transfers'],
    ];
    for (const [columns, options, imported] of definitions) {
      await t2.test(imported, async () => {
        const name = await define(columns, options);
        const plain = columns.split(', ').map((column) => column.split(' ')).filter(([column]) => column !== 'attrs');
        await same(name, plain.map(([column]) => column).join(', '), imported,
          plain.map(([column, type]) => (type === 'timestamp' ? `${column}::timestamp AS ${column}` : column)).join(', '));
        // attrs is the whole object.
        const objects = new Map((await simulator.objects(imported)).map((object) => [object.id, object]));
        const whole = await rowsOf(`SELECT id, attrs FROM ${name} LIMIT 30`);
        assert.ok(whole.length > 0);
        for (const { id, attrs } of whole) assert.deepStrictEqual(JSON.parse(attrs), objects.get(id));
      });
    }
    await t2.test('setup_attempts', async () => {
      const name = await define('id text, application text, customer text, on_behalf_of text, payment_method text, setup_intent text, status text, usage text, created timestamp, attrs jsonb', "object 'setup_attempts'");
      assertTells(await failure(client, `SELECT * FROM ${name}`), /^HV/, 'setup_intent');
      const [{ setup_intent: intent }] = await simulator.objects('setup_attempts');
      assert.ok((await rowsOf(`SELECT * FROM ${name} WHERE setup_intent = '${intent}'`)).length > 0);
    });
    await t2.test('moved fields among them', async () => {
      const invoices = await define('id text, customer text, subscription text, status text, total bigint, currency text, period_start timestamp, period_end timestamp, attrs jsonb', "object 'invoices'");
      await same(invoices, 'id, subscription', 'invoices', "id, parent -> 'subscription_details' ->> 'subscription' AS subscription");
      const subscriptions = await define('id text, customer text, currency text, current_period_start timestamp, current_period_end timestamp, attrs jsonb', "object 'subscriptions', rowid_column 'id'");
      await same(subscriptions, 'id, current_period_start, current_period_end', 'subscriptions',
        `id, (SELECT max(to_timestamp((item ->> 'current_period_start')::bigint)) FROM jsonb_array_elements(items -> 'data') item)::timestamp AS current_period_start,
             (SELECT min(to_timestamp((item ->> 'current_period_end')::bigint)) FROM jsonb_array_elements(items -> 'data') item)::timestamp AS current_period_end`);
      const charges = await define('id text, amount bigint, currency text, customer text, description text, invoice text, payment_intent text, status text, created timestamp, attrs jsonb', "object 'charges'");
      await same(charges, 'id, amount', 'charges');
      assertTells(await failure(client, `SELECT invoice FROM ${charges}`), /^HV/, 'invoice', '2025-03-31', 'invoice_payments');
    });
    await t2.test('rowid_column is id', async () => {
      assertTells(await define('id text', "object 'customers', rowid_column 'email'").catch((error) => error), /^HV/, 'rowid_column');
    });
  });

  await t.test('attrs with the import', async () => {
    await client.query("CREATE SCHEMA whole; IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges, coupons) FROM SERVER stripe INTO whole OPTIONS (attrs 'true')");
    const objects = new Map((await simulator.objects('coupons')).map((object) => [object.id, object]));
    for (const { id, attrs } of await rowsOf('SELECT id, attrs FROM whole.coupons')) assert.deepStrictEqual(JSON.parse(attrs), objects.get(id));
    assert.deepStrictEqual(await rowsOf('SELECT id, amount FROM whole.charges ORDER BY 1'), await rowsOf('SELECT id, amount FROM stripe.charges ORDER BY 1'));
  });
});
