'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { valuesAt } = require('../lib/filters');
const { start, NOW } = require('./support');

let sim;
before(async () => {
  sim = await start({ charges: 500 });
});
after(() => sim.close());

const encode = encodeURIComponent;

describe('every filter of the catalogue', () => {
  test('gives exactly the rows whose field has the value', async () => {
    const { catalog } = sim.sim.world;
    let tried = 0;
    for (const resource of catalog.resources) {
      const required = resource.filters.filter((f) => f.required);
      const everything = await sim.objects(resource.name);
      for (const filter of resource.filters) {
        if (filter.op !== 'eq' || !filter.field || filter.required || filter.superset) continue;
        let context = filter.with.map(({ param, value }) => `&${param}=${value}`).join('');
        let rows = everything;
        for (const need of required) {
          const collection = sim.sim.world.company(sim.sim.world.account, false).collection(resource.name);
          const attribute = collection.attribute(need.param);
          const valueOf = (row) => (attribute ? attribute(collection.indexOf(row.id)) : valuesAt(row, need.field)[0]);
          const value = valueOf(rows[0]);
          rows = rows.filter((row) => valueOf(row) === value);
          context += `&${need.param}=${encode(value)}`;
        }
        const visible = await sim.objects(resource.name, context.slice(1));
        const sample = visible.flatMap((row) => valuesAt(row, filter.field)).find((v) => v !== null && v !== '' && (!filter.enum || filter.enum.includes(v)));
        if (sample === undefined) continue;
        const query = `${filter.param}=${encode(sample)}${context}`;
        const got = await sim.objects(resource.name, query);
        const expected = visible.filter((row) => valuesAt(row, filter.field).includes(sample)).map((row) => row.id);
        const gotIds = new Set(got.map((row) => row.id));
        for (const id of expected) assert.ok(gotIds.has(id), `${resource.name}?${query} misses ${id}`);
        for (const row of got) assert.ok(valuesAt(row, filter.field).includes(sample), `${resource.name}?${query} has ${row.id}`);
        tried++;
      }
    }
    assert.ok(tried > 100, `only ${tried} filters tried`);
  });
});

describe('single filters', () => {
  const ids = (rows) => rows.map((row) => row.id);

  test('ranges of another field than created', async () => {
    const rows = await sim.objects('payouts', '');
    const middle = rows[Math.floor(rows.length / 2)].arrival_date;
    const got = await sim.all(`/v1/payouts?arrival_date[gt]=${middle}`);
    assert.deepStrictEqual(ids(got), ids(rows.filter((p) => p.arrival_date > middle)));
    const equal = await sim.all(`/v1/payouts?arrival_date=${middle}`);
    assert.deepStrictEqual(ids(equal), ids(rows.filter((p) => p.arrival_date === middle)));
  });

  test('created on invoice items is the date', async () => {
    const rows = await sim.objects('invoiceitems');
    const got = await sim.all(`/v1/invoiceitems?created[lte]=${rows[10].date}`);
    assert.deepStrictEqual(ids(got), ids(rows.filter((i) => i.date <= rows[10].date)));
    const pending = await sim.all('/v1/invoiceitems?pending=true');
    assert.ok(pending.length > 0 && pending.every((i) => i.invoice === null));
  });

  test('created_after and created_before', async () => {
    const rows = await sim.objects('payment_records');
    const [low, high] = [rows[200].created, rows[100].created];
    const got = await sim.all(`/v1/payment_records?created_after=${low}&created_before=${high}`);
    assert.deepStrictEqual(ids(got), ids(rows.filter((r) => r.created > low && r.created < high)));
  });

  test('the period of a subscription: the earliest end, the latest start of its items', async () => {
    const rows = await sim.objects('subscriptions', 'status=all');
    const [two] = rows.filter((s) => s.items.data.length === 2 && s.items.data[0].current_period_end !== s.items.data[1].current_period_end);
    const end = Math.min(...two.items.data.map((i) => i.current_period_end));
    const begin = Math.max(...two.items.data.map((i) => i.current_period_start));
    assert.ok(ids(await sim.all(`/v1/subscriptions?status=all&current_period_end=${end}`)).includes(two.id));
    assert.ok(ids(await sim.all(`/v1/subscriptions?status=all&current_period_start=${begin}`)).includes(two.id));
    assert.ok(!ids(await sim.all(`/v1/subscriptions?status=all&current_period_end[gt]=${end}`)).includes(two.id));
  });

  test('promotion codes ignore case, e-mail addresses do not', async () => {
    const [code] = await sim.objects('promotion_codes');
    const got = await sim.all(`/v1/promotion_codes?code=${code.code.toLowerCase()}`);
    assert.deepStrictEqual(ids(got), [code.id]);
    assert.ok((await sim.all(`/v1/customers?email=${encode('Shared.Box@Example.com')}`)).length > 1);
    assert.deepStrictEqual(await sim.all(`/v1/customers?email=${encode('shared.box@example.com')}`), []);
  });

  test('events: types, type, the wildcard, thirty days', async () => {
    const rows = await sim.objects('events', '');
    const old = await sim.objects('events');
    assert.ok(old.length > rows.length && rows.length > 0);
    assert.ok(rows.every((e) => e.created >= NOW - 30 * 86400));
    const got = await sim.all('/v1/events?types[]=invoice.paid&types[]=charge.failed');
    assert.deepStrictEqual(ids(got), ids(rows.filter((e) => ['invoice.paid', 'charge.failed'].includes(e.type))));
    const wild = await sim.all('/v1/events?type=charge.*');
    assert.deepStrictEqual(ids(wild), ids(rows.filter((e) => e.type.startsWith('charge.'))));
    assert.strictEqual((await sim.get('/v1/events?type=charge.failed&types[]=charge.failed')).status, 400);
    const many = Array.from({ length: 21 }, () => 'types[]=charge.failed').join('&');
    assert.strictEqual((await sim.get(`/v1/events?${many}`)).body.error.param, 'types');
  });

  test('ids of products exclude cursors', async () => {
    const rows = (await sim.objects('products')).slice(4, 7);
    const query = rows.map((p, i) => `ids[${i}]=${p.id}`).join('&');
    assert.deepStrictEqual(ids((await sim.get(`/v1/products?${query}`)).body.data), ids(rows));
    assert.strictEqual((await sim.get(`/v1/products?${query}&starting_after=${rows[0].id}`)).status, 400);
  });

  test('what one filter asks of others', async () => {
    const [entry] = await sim.objects('treasury_transactions');
    const base = `/v1/treasury/transactions?financial_account=${entry.financial_account}`;
    assert.strictEqual((await sim.get(`${base}&status_transitions[posted_at][gte]=0`)).status, 400);
    assert.strictEqual((await sim.get(`${base}&status_transitions[posted_at][gte]=0&status=posted&order_by=posted_at`)).status, 200);
    assert.strictEqual((await sim.get(`${base}&order_by=colour`)).status, 400);
  });

  test('the owner of tax IDs', async () => {
    const rows = (await sim.objects('tax_ids')).filter(({ owner }) => owner.type === 'customer');
    const { customer } = rows[0].owner;
    const got = await sim.all(`/v1/tax_ids?owner[type]=customer&owner[customer]=${customer}`);
    assert.deepStrictEqual(ids(got), ids(rows.filter(({ owner }) => owner.customer === customer)));
    const refused = [`owner[customer]=${customer}`, `owner[type]=self&owner[customer]=${customer}`, 'owner[type]=customer', 'owner[type]=account'];
    for (const query of refused) assert.strictEqual((await sim.get(`/v1/tax_ids?${query}`)).status, 400, query);
  });

  test('an array that describes what is asked for', async () => {
    const invoice = (await sim.objects('invoices'))[0].id;
    const ask = async (query) => (await sim.get(`/v1/credit_notes/preview/lines?invoice=${invoice}&${query}`)).status;
    assert.strictEqual(await ask('lines[0][type]=custom_line_item&lines[1][type]=custom_line_item&lines[1][tax_rates][0]=txr_1'), 200);
    for (const query of ['lines=1', 'lines[]=1', 'lines[0]=1', 'lines[1][type]=custom_line_item', 'lines[0][]=1']) assert.strictEqual(await ask(query), 400, query);
  });
});

describe('rows hidden by default', () => {
  const cases = [
    ['subscriptions', (s) => s.status === 'canceled', 'status=all'],
    ['subscriptions', (s) => s.test_clock !== null, null],
    ['customers', (c) => c.test_clock !== null, null],
    ['quotes', (q) => q.test_clock !== null, null],
    ['reviews', (r) => !r.open, null],
    ['payment_methods', (p) => p.type === 'custom', 'type=custom'],
    ['tax_ids', (t) => t.owner.type === 'application', 'owner[type]=application'],
    ['events', (e) => e.created < NOW - 30 * 86400, null],
  ];
  for (const [resource, isHidden, unhide] of cases) {
    test(`${resource}${unhide ? ` without ${unhide}` : ''}`, async () => {
      const hidden = (await sim.objects(resource)).filter(isHidden);
      assert.ok(hidden.length > 0, 'nothing to hide');
      assert.ok(!(await sim.objects(resource, '')).some(isHidden));
      if (unhide) assert.ok((await sim.objects(resource, unhide)).some(isHidden));
      assert.strictEqual((await sim.get(`/v1/${sim.sim.world.catalog.resource(resource).retrieve.slice(4).replace('{id}', hidden[0].id)}`)).status, 200);
    });
  }

  test('test_clock and customer bring back what is on a test clock', async () => {
    const [customer] = (await sim.objects('customers')).filter((c) => c.test_clock !== null);
    assert.ok((await sim.all(`/v1/customers?test_clock=${customer.test_clock}`)).some((c) => c.id === customer.id));
    assert.strictEqual((await sim.all(`/v1/subscriptions?status=all&customer=${customer.id}`)).length, 1);
  });

  test('deleted customers are in no list', async () => {
    const rows = await sim.objects('customers');
    const { body } = await sim.get(`/v1/customers/${sim.sim.world.company(sim.sim.world.account, false).collection('customers').idOf(13)}`);
    assert.deepStrictEqual(Object.keys(body).sort(), ['deleted', 'id', 'object']);
    assert.ok(!rows.some((c) => c.id === body.id));
  });
});
