'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { start } = require('./support');

let sim;
before(async () => {
  sim = await start();
});
after(() => sim.close());

const refusal = async (path) => {
  const { status, body } = await sim.get(path);
  assert.strictEqual(status, 400, path);
  return body.error.message;
};

describe('expand', () => {
  test('an id becomes the object, on lists and retrieves', async () => {
    const { body } = await sim.get('/v1/charges?expand[]=data.customer&expand[]=data.balance_transaction&limit=30');
    for (const charge of body.data) {
      assert.strictEqual(charge.customer.object, 'customer');
      if (charge.balance_transaction) assert.strictEqual(charge.balance_transaction.source, charge.id);
    }
    const one = (await sim.get(`/v1/charges/${body.data[0].id}?expand[]=customer`)).body;
    assert.deepStrictEqual(one.customer, body.data[0].customer);
  });

  test('down to four levels, not to five', async () => {
    const paid = (await sim.objects('charges')).find((c) => c.payment_intent);
    const { body } = await sim.get(`/v1/charges/${paid.id}?expand[]=payment_intent.latest_charge.balance_transaction.source`);
    assert.strictEqual(body.payment_intent.latest_charge.balance_transaction.source.object, 'charge');
    assert.strictEqual((await sim.get('/v1/charges?expand[]=data.payment_intent.latest_charge.customer')).status, 200);
    assert.match(await refusal('/v1/charges?expand[]=data.payment_intent.latest_charge.balance_transaction.source'), /more than 4 levels/);
  });

  test('hidden fields are absent until named', async () => {
    const { body } = await sim.get('/v1/customers?limit=100');
    assert.ok(body.data.every((c) => c.subscriptions === undefined && c.tax_ids === undefined && c.sources === undefined));
    const expanded = (await sim.get('/v1/customers?limit=100&expand[]=data.subscriptions&expand[]=data.tax_ids')).body;
    const has = expanded.data.find((c) => c.subscriptions.data.length > 0);
    assert.strictEqual(has.subscriptions.data[0].customer, has.id);
    assert.ok(has.tax_ids.url.includes(has.id));
    const again = (await sim.get(`/v1/customers/${has.id}?expand[]=subscriptions&expand[]=tax_ids`)).body;
    assert.deepStrictEqual(again, has);
  });

  test('inside a sub-list, embedded or hidden', async () => {
    const [subscription] = await sim.objects('subscriptions', '');
    const { body } = await sim.get(`/v1/subscriptions/${subscription.id}?expand[]=items.data.price.product`);
    body.items.data.forEach((item, i) => {
      assert.strictEqual(item.price.product.object, 'product');
      assert.strictEqual(item.price.product.id, subscription.items.data[i].price.product);
    });
    const [invoice] = await sim.objects('invoices', 'status=paid');
    const paid = (await sim.get(`/v1/invoices/${invoice.id}?expand[]=payments.data.payment.payment_intent`)).body;
    assert.strictEqual(paid.payments.data[0].payment.payment_intent.amount, invoice.total);
    assert.match(await refusal('/v1/subscriptions?expand[]=data.items.data.price'), /cannot be expanded/);
  });

  test('the payments of an invoice', async () => {
    const { body } = await sim.get('/v1/invoices?limit=20&status=paid&expand[]=data.payments');
    for (const invoice of body.data) {
      assert.strictEqual(invoice.payments.data.length, 1);
      assert.strictEqual(invoice.payments.data[0].invoice, invoice.id);
    }
  });

  test('what cannot be expanded is refused', async () => {
    assert.match(await refusal('/v1/charges?expand[]=data.amount'), /cannot be expanded \(data\.amount\)/);
    assert.match(await refusal('/v1/charges?expand[]=customer'), /expanding 'data\.customer' instead/);
    assert.match(await refusal('/v1/charges?expand[]=data.nothing'), /cannot be expanded/);
    assert.match(await refusal('/v1/charges?expand[]=data.customer.nothing'), /cannot be expanded/);
    const { body } = await sim.get('/v1/charges?expand=data.customer');
    assert.strictEqual(body.error.message, 'Invalid array');
  });
});

describe('older versions', () => {
  const old = { 'stripe-version': '2024-06-20' };

  test('a moved field is where it was, and not where it is now', async () => {
    const now = (await sim.get('/v1/subscriptions?limit=20')).body.data;
    const then = (await sim.get('/v1/subscriptions?limit=20', old)).body.data;
    now.forEach((subscription, i) => {
      const ends = subscription.items.data.map((item) => item.current_period_end);
      assert.strictEqual(then[i].current_period_end, Math.min(...ends));
      assert.strictEqual(subscription.current_period_end, undefined);
      assert.ok(then[i].items.data.every((item) => item.current_period_end === undefined));
    });
  });

  test('through a list that is hidden today', async () => {
    const now = (await sim.get('/v1/invoices?limit=50&expand[]=data.payments')).body.data;
    const then = (await sim.get('/v1/invoices?limit=50', old)).body.data;
    let paid = 0;
    now.forEach((invoice, i) => {
      const [payment] = invoice.payments.data;
      assert.strictEqual(then[i].payment_intent, payment ? payment.payment.payment_intent : null);
      assert.strictEqual(then[i].paid, invoice.status === 'paid');
      assert.strictEqual(then[i].subscription, invoice.parent.subscription_details.subscription);
      if (payment) paid++;
    });
    assert.ok(paid > 0);
  });

  test('the version is echoed, a malformed one refused', async () => {
    assert.strictEqual((await sim.get('/v1/charges?limit=1', old)).headers.get('stripe-version'), '2024-06-20');
    assert.strictEqual((await sim.get('/v1/charges?limit=1')).headers.get('stripe-version'), sim.sim.world.catalog.apiVersion);
    assert.strictEqual((await sim.get('/v1/charges?limit=1', { 'stripe-version': 'newest' })).status, 400);
  });
});
