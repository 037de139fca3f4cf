'use strict';

// Stripe's own client against the simulator: what it lists, page by page, must
// be what the simulator says is visible, and its error classes must fit.

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const Stripe = require('stripe');
const { Simulator } = require('../sim/lib/simulator');
const { loadCatalog } = require('../sim/lib/catalog');

const NOW = 1798761600; // pinned, so that every run sees the same data
const KEY = 'sk_test_stripe_fdw_sim';
const catalog = loadCatalog();

let simulator;
let address;
let stripe;

/** A client of the simulator. */
function client(key = KEY, options = {}) {
  const { hostname, port } = new URL(address);
  return new Stripe(key, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...options });
}

/** The lines of a control route, parsed. */
async function objects(resource, query) {
  const url = `${address}/_sim/objects/${resource}?query=${encodeURIComponent(query)}`;
  const response = await fetch(url);
  assert.strictEqual(response.status, 200, await response.clone().text());
  const text = await response.text();
  return text === '' ? [] : text.trimEnd().split('\n').map((line) => plain(JSON.parse(line)));
}

/** The client's resource for a list path: /v1/billing/credit_grants → stripe.billing.creditGrants. */
function methodsFor(resource) {
  const camel = (text) => text.replace(/_([a-z0-9])/g, (whole, letter) => letter.toUpperCase());
  const parts = resource.list.replace('/v1/', '').split('/').map(camel);
  let node = stripe;
  for (const part of parts) node = node && node[part];
  return node;
}

/** Lists whose place in the client differs from their path. */
const ELSEWHERE = {
  apple_pay_domains: (params) => stripe.applePayDomains.list(params),
  credit_notes_preview_lines: (params) => stripe.creditNotes.listPreviewLineItems(params),
  invoiceitems: (params) => stripe.invoiceItems.list(params),
};

function listOf(resource, params) {
  if (ELSEWHERE[resource.name]) return ELSEWHERE[resource.name](params);
  const methods = methodsFor(resource);
  assert.ok(methods && methods.list, `the package has no list for ${resource.list}`);
  return methods.list(params);
}

/** {a: {b: v}} → "a[b]=v" */
function toQuery(params, prefix = '') {
  return Object.entries(params)
    .map(([key, value]) => {
      const name = prefix ? `${prefix}[${key}]` : key;
      return typeof value === 'object' ? toQuery(value, name) : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    })
    .join('&');
}

/** "owner[type]" and a value → {owner: {type: value}} */
function nest(param, value) {
  const names = param.replace(/\]/g, '').split('[');
  return names.reverse().reduce((inner, name) => ({ [name]: inner }), value);
}

/** All ways to ask a list so that its required parameters are given, several values of each. */
function requiredParams(resource) {
  const required = resource.filters.filter((f) => f.required);
  if (required.length === 0) return [{}];
  assert.strictEqual(required.length, 1, `${resource.name}: this test knows one required parameter`);
  const [filter] = required;
  const collection = simulator.world.company(simulator.world.account, false).collection(resource.name);
  const seen = new Map();
  for (let index = 0; index < collection.size; index++) {
    const attribute = collection.attribute(filter.param);
    let value = attribute ? attribute(index) : filter.field.split('.').reduce((node, name) => node && node[name], collection.object(index));
    if (value && typeof value === 'object') value = value.id;
    if (value) seen.set(value, (seen.get(value) || 0) + 1);
  }
  // The parents with most and with fewest children.
  const sorted = [...seen].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  assert.ok(sorted.length > 0, `${resource.name}: no value for ${filter.param}`);
  return [...new Set([sorted[0], sorted[sorted.length - 1]])].map((value) => nest(filter.param, value));
}

/** A value as JSON again; decimal strings lose the zeros at their end, as the client's Decimal class does to them. */
const plain = (value) =>
  JSON.parse(JSON.stringify(value), (key, inner) =>
    typeof inner === 'string' && /^-?[0-9]+\.[0-9]+$/.test(inner) ? inner.replace(/\.?0+$/, '') : inner
  );

before(async () => {
  simulator = new Simulator({ seed: 7, size: 'small', now: NOW });
  address = await simulator.listen();
  stripe = client();
});

after(() => simulator.close());

describe('every list, paged by the client', () => {
  for (const resource of catalog.resources) {
    test(resource.name, async () => {
      let total = 0;
      for (const params of requiredParams(resource)) {
        const expected = await objects(resource.name, toQuery(params));
        const got = [];
        // A list without paging parameters is one page.
        const limit = resource.paging_params.includes('limit') ? { limit: 37 } : {};
        for await (const element of listOf(resource, { ...params, ...limit })) got.push(plain(element));
        assert.deepStrictEqual(got.map((o) => o.id), expected.map((o) => o.id));
        assert.deepStrictEqual(got, expected);
        total += got.length;
      }
      assert.ok(total >= 1, 'no row at all: the test would prove nothing');
    });
  }

  test('there are 97 of them, each with at least a dozen objects', async () => {
    assert.strictEqual(catalog.resources.length, 97);
    for (const resource of catalog.resources) {
      const response = await fetch(`${address}/_sim/objects/${resource.name}`);
      const count = (await response.text()).split('\n').length - 1;
      assert.ok(count >= 12, `${resource.name} has ${count}`);
    }
  });
});

describe('ranges and filters', () => {
  test('created bounds', async () => {
    const all = await objects('charges', '');
    const times = all.map((c) => c.created).sort((a, b) => a - b);
    const [low, high] = [times[200], times[700]];
    const cases = [
      [{ gte: low, lt: high }, (t) => t >= low && t < high],
      [{ gt: low, lte: high }, (t) => t > low && t <= high],
      [low, (t) => t === low],
      [{ gt: high, lt: low }, () => false],
    ];
    for (const [created, holds] of cases) {
      const got = [];
      for await (const charge of stripe.charges.list({ created, limit: 100 })) got.push(charge.id);
      assert.deepStrictEqual(got, all.filter((c) => holds(c.created)).map((c) => c.id), JSON.stringify(created));
    }
  });

  test('status=all brings back canceled subscriptions', async () => {
    const statuses = async (params) => {
      const found = new Set();
      for await (const s of stripe.subscriptions.list({ ...params, limit: 100 })) found.add(s.status);
      return found;
    };
    assert.ok(!(await statuses({})).has('canceled'));
    assert.ok((await statuses({ status: 'all' })).has('canceled'));
    assert.deepStrictEqual([...(await statuses({ status: 'ended' }))].sort(), ['canceled', 'incomplete_expired']);
  });

  test('arrays of values', async () => {
    const prices = (await objects('prices', '')).filter((p) => p.lookup_key !== null);
    const keys = prices.slice(0, 3).map((p) => p.lookup_key);
    const got = await stripe.prices.list({ lookup_keys: keys });
    assert.deepStrictEqual(got.data.map((p) => p.lookup_key), keys);
    await assert.rejects(stripe.prices.list({ lookup_keys: Array.from({ length: 11 }, (_, i) => `k${i}`) }), { statusCode: 400, param: 'lookup_keys' });
  });

  test('search', async () => {
    const all = await objects('customers', '');
    const wanted = all.find((c) => c.email && c.email.includes('example.com'));
    const got = await stripe.customers.search({ query: `email:'${wanted.email}'` });
    assert.ok(got.data.some((c) => c.id === wanted.id));
  });
});

describe('retrieve and expand', () => {
  test('an object by its id is the object of the list', async () => {
    const [first] = await objects('charges', '');
    assert.deepStrictEqual(plain(await stripe.charges.retrieve(first.id)), first);
  });

  test('a deleted customer says that it is, also where it is expanded', async () => {
    const listed = new Set((await objects('customers', '')).map((c) => c.id));
    const removed = [];
    for await (const charge of stripe.charges.list({ limit: 100, expand: ['data.customer'] })) {
      if (charge.customer.deleted) removed.push(charge.customer);
    }
    assert.ok(removed.length > 0);
    for (const deleted of removed) {
      assert.deepStrictEqual(Object.keys(deleted).sort(), ['deleted', 'id', 'object']);
      assert.ok(!listed.has(deleted.id));
    }
    assert.deepStrictEqual(plain(await stripe.customers.retrieve(removed[0].id)), plain(removed[0]));
  });

  test('hidden sub-lists appear when they are asked for', async () => {
    const { data } = await stripe.charges.list({ limit: 100 });
    assert.ok(data.every((c) => c.refunds === undefined));
    const expanded = await stripe.charges.list({ limit: 100, expand: ['data.refunds', 'data.payment_intent.customer'] });
    const refunded = expanded.data.filter((c) => c.refunds.data.length > 0);
    assert.ok(refunded.length > 0);
    for (const charge of refunded) {
      assert.strictEqual(charge.refunds.data.reduce((sum, r) => sum + r.amount, 0), charge.amount_refunded);
    }
    const withIntent = expanded.data.find((c) => c.payment_intent !== null);
    assert.strictEqual(withIntent.payment_intent.customer.id, withIntent.customer);
  });
});

describe('errors, by the classes of the client', () => {
  const cases = [
    ['a wrong key', () => client('sk_test_nobody_knows_me').charges.list(), Stripe.errors.StripeAuthenticationError, { statusCode: 401 }],
    ['a restricted key', () => client('rk_test_stripe_fdw_sim_none').charges.list(), Stripe.errors.StripePermissionError, { statusCode: 403, code: 'more_permissions_required' }],
    ['an unknown account', () => stripe.charges.list({}, { stripeAccount: 'acct_none' }), Stripe.errors.StripePermissionError, { statusCode: 403, code: 'account_invalid' }],
    ['an unknown id', () => stripe.charges.retrieve('ch_none'), Stripe.errors.StripeInvalidRequestError, { statusCode: 404, code: 'resource_missing', param: 'id' }],
    ['a page too large', () => stripe.charges.list({ limit: 101 }), Stripe.errors.StripeInvalidRequestError, { statusCode: 400, param: 'limit' }],
    ['an unknown parameter', () => stripe.charges.list({ colour: 'red' }), Stripe.errors.StripeInvalidRequestError, { code: 'parameter_unknown', param: 'colour' }],
    ['an unknown value', () => stripe.subscriptions.list({ status: 'eternal' }), Stripe.errors.StripeInvalidRequestError, { statusCode: 400, param: 'status' }],
    ['a missing parameter', () => stripe.subscriptionItems.list({}), Stripe.errors.StripeInvalidRequestError, { code: 'parameter_missing', param: 'subscription' }],
    ['a cursor that is gone', () => stripe.charges.list({ starting_after: 'ch_none' }), Stripe.errors.StripeInvalidRequestError, { code: 'resource_missing', param: 'starting_after' }],
  ];
  for (const [name, run, type, properties] of cases) {
    test(name, async () => {
      await assert.rejects(run, (error) => {
        assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
        assert.match(error.requestId, /^req_/);
        for (const [key, value] of Object.entries(properties)) assert.strictEqual(error[key], value);
        return true;
      });
    });
  }

  test('a rate limit', async () => {
    await fetch(`${address}/_sim/config`, { method: 'POST', body: JSON.stringify({ limits: { global: 2 } }) });
    try {
      const asked = await Promise.allSettled(Array.from({ length: 6 }, () => stripe.charges.list({ limit: 1 })));
      const refused = asked.filter((a) => a.status === 'rejected').map((a) => a.reason);
      assert.ok(refused.length > 0);
      for (const error of refused) {
        assert.ok(error instanceof Stripe.errors.StripeRateLimitError);
        assert.strictEqual(error.headers['stripe-rate-limited-reason'], 'global-rate');
      }
    } finally {
      await fetch(`${address}/_sim/config`, { method: 'POST', body: JSON.stringify({ limits: 'off' }) });
    }
  });

  test('a broken connection is retried by the client', async () => {
    await fetch(`${address}/_sim/faults`, { method: 'POST', body: JSON.stringify([{ match: { path: '/v1/charges', count: 1 }, action: { reset: 'headers' } }]) });
    const { data } = await client(KEY, { maxNetworkRetries: 2 }).charges.list({ limit: 3 });
    assert.strictEqual(data.length, 3);
    await fetch(`${address}/_sim/faults`, { method: 'DELETE' });
  });
});

describe('connected accounts', () => {
  test('have data of their own', async () => {
    const { data: accounts } = await stripe.accounts.list({ limit: 3 });
    const own = await stripe.charges.list({ limit: 5 });
    const theirs = await stripe.charges.list({ limit: 5 }, { stripeAccount: accounts[0].id });
    assert.strictEqual(theirs.data.length, 5);
    assert.notDeepStrictEqual(theirs.data.map((c) => c.id), own.data.map((c) => c.id));
  });
});
