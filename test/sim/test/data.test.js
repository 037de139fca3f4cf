'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { Simulator } = require('../lib/simulator');
const { start, NOW } = require('./support');

let sim;
before(async () => {
  sim = await start({ charges: 1137 }); // not a whole number of blocks
});
after(() => sim.close());

const byId = (rows) => new Map(rows.map((row) => [row.id, row]));

describe('the books', () => {
  test('net = amount - fee, everywhere, and sources exist', async () => {
    const sources = byId([...(await sim.objects('charges')), ...(await sim.objects('refunds')), ...(await sim.objects('disputes')), ...(await sim.objects('payouts'))]);
    const rows = await sim.objects('balance_transactions');
    assert.ok(rows.length > 900);
    for (const row of rows) {
      assert.strictEqual(row.net, row.amount - row.fee, row.id);
      assert.strictEqual(row.fee_details.reduce((sum, detail) => sum + detail.amount, 0), row.fee);
      const source = sources.get(row.source);
      assert.ok(source, `${row.id} of ${row.source}`);
      if (row.type === 'charge' || row.type === 'refund' || row.type === 'payout') assert.strictEqual(source.balance_transaction, row.id);
    }
  });

  test('a payout is the sum of what it pays out', async () => {
    const payouts = await sim.objects('payouts');
    assert.ok(payouts.length >= 20);
    for (const payout of payouts) {
      const rows = await sim.all(`/v1/balance_transactions?payout=${payout.id}`);
      const paid = rows.filter((row) => row.type !== 'payout');
      assert.ok(paid.length > 0);
      assert.strictEqual(paid.reduce((sum, row) => sum + row.net, 0), payout.amount);
      assert.ok(rows.every((row) => row.currency === payout.currency));
      assert.strictEqual(rows.find((row) => row.type === 'payout').net, -payout.amount);
    }
  });

  test('refunds add up to what charges say, and charges agree with their intents', async () => {
    const charges = await sim.objects('charges');
    const refunds = await sim.objects('refunds');
    const intents = byId(await sim.objects('payment_intents'));
    for (const charge of charges) {
      const back = refunds.filter((refund) => refund.charge === charge.id).reduce((sum, refund) => sum + refund.amount, 0);
      assert.strictEqual(charge.amount_refunded, back, charge.id);
      if (charge.payment_intent === null) continue;
      const intent = intents.get(charge.payment_intent);
      assert.strictEqual(intent.amount, charge.amount);
      assert.strictEqual(intent.customer, charge.customer);
    }
    for (const intent of intents.values()) {
      if (intent.latest_charge === null) continue;
      const charge = charges.find((c) => c.id === intent.latest_charge);
      assert.strictEqual(charge.payment_intent, intent.id);
    }
  });

  test('invoices: lines add up, paid ones have their payment, customers fit', async () => {
    const subscriptions = byId(await sim.objects('subscriptions'));
    const payments = await sim.objects('invoice_payments');
    let more = 0;
    for (const invoice of await sim.objects('invoices')) {
      const subscription = subscriptions.get(invoice.parent.subscription_details.subscription);
      assert.strictEqual(subscription.customer, invoice.customer);
      assert.strictEqual(subscription.currency, invoice.currency);
      assert.strictEqual(invoice.amount_due, invoice.amount_paid + invoice.amount_remaining);
      if (invoice.lines.has_more) more++;
      else assert.strictEqual(invoice.lines.data.reduce((sum, line) => sum + line.amount, 0), invoice.total);
      const payment = payments.find((p) => p.invoice === invoice.id);
      assert.strictEqual(payment !== undefined, invoice.status === 'paid');
      if (payment) assert.strictEqual(payment.amount_paid, invoice.total);
    }
    assert.ok(more > 0, 'no invoice has more lines than are embedded');
  });
});

describe('the rest', () => {
  test('several currencies, JPY and KWD among them', async () => {
    const seen = new Set((await sim.objects('charges')).map((c) => c.currency));
    for (const currency of ['usd', 'eur', 'gbp', 'jpy', 'kwd']) assert.ok(seen.has(currency), currency);
  });

  test('created is never later than the objects before it, and bursts are longer than a page', async () => {
    for (const resource of sim.sim.world.catalog.resources) {
      const times = (await sim.objects(resource.name)).map((o) => o.created).filter((t) => t !== undefined && t !== null);
      for (let i = 1; i < times.length; i++) assert.ok(times[i] <= times[i - 1], `${resource.name} at ${i}`);
    }
    const counts = new Map();
    for (const { created } of await sim.objects('charges')) counts.set(created, (counts.get(created) || 0) + 1);
    assert.ok(Math.max(...counts.values()) > 100);
  });

  test('ids are unique in a list', async () => {
    for (const resource of sim.sim.world.catalog.resources) {
      const ids = (await sim.objects(resource.name)).map((o) => o.id);
      assert.strictEqual(new Set(ids).size, ids.length, resource.name);
      assert.ok(ids.every((id) => typeof id === 'string' && id !== ''), resource.name);
    }
  });

  test('every value is of the kind that the catalogue names', async () => {
    const { catalog } = sim.sim.world;
    const fits = {
      string: (v) => typeof v === 'string', enum: (v) => typeof v === 'string', boolean: (v) => typeof v === 'boolean',
      integer: Number.isInteger, timestamp: Number.isInteger, decimal: (v) => typeof v === 'number',
      decimal_string: (v) => typeof v === 'string' && /^-?[0-9]+(\.[0-9]+)?$/.test(v), datetime: (v) => !Number.isNaN(Date.parse(v)),
      expandable: (v) => typeof v === 'string', object: (v) => typeof v === 'object' && !Array.isArray(v), map: (v) => typeof v === 'object' && !Array.isArray(v),
      list: (v) => v.object === 'list' && Array.isArray(v.data) && typeof v.has_more === 'boolean' && typeof v.url === 'string',
      array: Array.isArray, any: () => true,
    };
    const check = (typeName, object, where) => {
      for (const field of catalog.type(typeName).fields) {
        const value = object[field.name];
        const at = `${where}.${field.name}`;
        if (value === undefined) {
          assert.ok(field.optional || field.includable || where.split('.').length > 3, `${at} is absent`);
        } else if (value === null) assert.ok(field.nullable, `${at} is null`);
        else {
          assert.ok(fits[field.kind](value), `${at} is ${JSON.stringify(value)}, not ${field.kind}`);
          if (field.kind === 'enum') assert.ok(field.enum.includes(value), `${at} is ${value}`);
          if (field.kind === 'object' && field.type) check(field.type, value, at);
        }
      }
    };
    const holes = [];
    for (const resource of catalog.resources) {
      for (const object of (await sim.objects(resource.name)).slice(0, 60)) {
        try {
          check(resource.type, object, resource.name);
        } catch (error) {
          holes.push(error.message);
        }
      }
    }
    assert.deepStrictEqual([...new Set(holes)], []);
  });

  test('the same seed makes the same data, another seed other data', () => {
    const one = (seed) => {
      const { world } = new Simulator({ seed, now: NOW });
      const company = world.company(world.account, false);
      return world.catalog.resources.map((r) => JSON.stringify(company.collection(r.name).object(5))).join('\n');
    };
    assert.strictEqual(one(1), one(1));
    assert.notStrictEqual(one(1), one(2));
  });

  test('every field of every resource is filled somewhere, and every list shows a dozen rows', async () => {
    const { catalog } = sim.sim.world;
    const empty = [];
    const short = [];
    for (const resource of catalog.resources) {
      const seen = new Set();
      for (const object of await sim.objects(resource.name)) for (const [name, value] of Object.entries(object)) if (value !== null) seen.add(name);
      for (const field of catalog.type(resource.type).fields) if (!field.includable && !seen.has(field.name)) empty.push(`${resource.name}.${field.name}`);
      if (resource.filters.some((f) => f.required)) continue;
      const shown = (await sim.objects(resource.name, '')).length;
      if (shown < 12) short.push(`${resource.name} ${shown}`);
    }
    assert.deepStrictEqual(empty, []);
    assert.deepStrictEqual(short, []);
  });

  test('what lists answer to names no deleted customer', async () => {
    const customers = new Set((await sim.objects('customers')).map((c) => c.id));
    const collection = sim.sim.world.company(sim.sim.world.account, false).collection('entitlements_active_entitlements');
    const owner = collection.attribute('customer');
    for (let index = 0; index < collection.size; index++) assert.ok(customers.has(owner(index)));
  });

  test('enum values take turns', async () => {
    const { catalog } = sim.sim.world;
    const rows = await sim.objects('payment_methods');
    const types = new Set(rows.map((row) => row.type));
    for (const type of catalog.field('PaymentMethod', 'type').enum) assert.ok(types.has(type), type);
  });
});
