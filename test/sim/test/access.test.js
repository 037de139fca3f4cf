'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { mask } = require('../lib/auth');
const { start, KEY } = require('./support');

let sim;
before(async () => {
  sim = await start();
});
after(() => sim.close());

const as = (key) => ({ authorization: `Bearer ${key}` });
const basic = (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

describe('keys', () => {
  test('Bearer and Basic, unknown and missing', async () => {
    assert.strictEqual((await sim.get('/v1/charges', basic(KEY))).status, 200);
    const wrong = await sim.get('/v1/charges', as('sk_test_51Nobody00001234'));
    assert.strictEqual(wrong.status, 401);
    assert.match(wrong.body.error.message, /^Invalid API Key provided: sk_test_\*+1234$/);
    const missing = await sim.get('/v1/charges', { authorization: '' });
    assert.strictEqual(missing.status, 401);
    assert.match(missing.body.error.message, /did not provide an API key/);
  });

  test('a restricted key: what it may, and the permission it lacks', async () => {
    const key = 'rk_test_stripe_fdw_sim_charges';
    assert.strictEqual((await sim.get('/v1/charges?limit=1', as(key))).status, 200);
    const { status, body } = await sim.get('/v1/issuing/cards', as(key));
    assert.deepStrictEqual([status, body.error.code], [403, 'more_permissions_required']);
    assert.match(body.error.message, /'rak_issuing_card_read'/);
    assert.ok(!body.error.message.includes(key));
  });

  test('keys that a test adds, and an expired one', async () => {
    await sim.control('POST', 'config', { keys: { rk_test_mine: { livemode: false, permissions: ['rak_invoice_read'] }, sk_test_old: { livemode: false, permissions: null, expired: true } } });
    assert.strictEqual((await sim.get('/v1/invoices?limit=1', as('rk_test_mine'))).status, 200);
    const { status, body } = await sim.get('/v1/invoices', as('sk_test_old'));
    assert.deepStrictEqual([status, body.error.code], [401, 'api_key_expired']);
    await sim.control('POST', 'reset');
    assert.strictEqual((await sim.get('/v1/invoices', as('rk_test_mine'))).status, 401);
  });

  test('live and test data are apart', async () => {
    const live = (await sim.get('/v1/charges?limit=3', as('sk_live_stripe_fdw_sim'))).body.data;
    assert.ok(live.every((c) => c.livemode === true));
    const { status, body } = await sim.get(`/v1/charges/${live[0].id}`);
    assert.strictEqual(status, 404);
    assert.match(body.error.message, /similar object exists in live mode/);
  });

  test('a masked key shows four characters', () => {
    assert.strictEqual(mask('sk_test_abcdefgh1234'), 'sk_test_********1234');
  });
});

describe('accounts', () => {
  test('Stripe-Account and Stripe-Context, not both', async () => {
    const [account] = (await sim.get('/v1/accounts?limit=1')).body.data;
    const direct = await sim.get('/v1/charges?limit=3', { 'stripe-account': account.id });
    assert.strictEqual(direct.status, 200);
    const context = await sim.get('/v1/charges?limit=3', { 'stripe-context': account.id });
    assert.deepStrictEqual(context.body.data, direct.body.data);
    assert.strictEqual((await sim.get('/v1/charges', { 'stripe-account': account.id, 'stripe-context': account.id })).status, 400);
    const unknown = await sim.get('/v1/charges', { 'stripe-account': 'acct_nobody' });
    assert.deepStrictEqual([unknown.status, unknown.body.error.code], [403, 'account_invalid']);
  });

  test('organization keys need a context', async () => {
    const key = 'sk_org_test_stripe_fdw_sim';
    assert.strictEqual((await sim.get('/v1/charges', as(key))).status, 400);
    assert.strictEqual((await sim.get('/v1/charges?limit=1', { ...as(key), 'stripe-context': sim.sim.world.account })).status, 200);
  });

  test('GET /v1/account is the key’s own', async () => {
    assert.strictEqual((await sim.get('/v1/account')).body.id, sim.sim.world.account);
  });
});

describe('errors', () => {
  const cases = [
    ['/v1/charges?colour=red', 400, 'parameter_unknown', 'colour'],
    ['/v1/charges?created[from]=1', 400, 'parameter_unknown', 'created[from]'],
    ['/v1/charges?created[gte]=soon', 400, 'parameter_invalid_integer', 'created[gte]'],
    ['/v1/charges?customer=', 400, 'parameter_invalid_empty', 'customer'],
    ['/v1/charges?customer=cus_nobody', 400, 'resource_missing', 'customer'],
    ['/v1/prices?active=yes', 400, 'parameter_invalid_boolean', 'active'],
    ['/v1/subscriptions?status=eternal', 400, undefined, 'status'],
    ['/v1/subscription_items', 400, 'parameter_missing', 'subscription'],
    ['/v1/invoice_payments?payment[payment_intent]=pi_1', 400, 'parameter_missing', 'payment[type]'],
    ['/v1/charges/ch_none', 404, 'resource_missing', 'id'],
    ['/v1/charges/ch_none?limit=1', 400, 'parameter_unknown', 'limit'],
    ['/v1/nothing', 404, undefined, undefined],
    ['/v1/charges/', 404, undefined, undefined],
    ['/v1/charges?customer=%E0%A4%A', 400, undefined, undefined],
  ];
  for (const [path, status, code, param] of cases) {
    test(path, async () => {
      const answer = await sim.get(path);
      assert.strictEqual(answer.status, status);
      assert.strictEqual(answer.body.error.type, 'invalid_request_error');
      assert.strictEqual(answer.body.error.code, code);
      assert.strictEqual(answer.body.error.param, param);
      assert.match(answer.headers.get('request-id'), /^req_/);
    });
  }

  test('a filter on an id that nobody has can be made an empty list', async () => {
    await sim.control('POST', 'config', { unknown_reference: 'empty' });
    assert.deepStrictEqual((await sim.get('/v1/charges?customer=cus_nobody')).body.data, []);
    await sim.control('POST', 'reset');
  });
});

describe('search', () => {
  test('fields, metadata, negation, numbers, AND and OR', async () => {
    const rows = await sim.objects('charges');
    const found = async (query) => {
      const got = [];
      let page = '';
      for (;;) {
        const { status, body } = await sim.get(`/v1/charges/search?limit=100&query=${encodeURIComponent(query)}${page}`);
        assert.strictEqual(status, 200, JSON.stringify(body));
        got.push(...body.data.map((c) => c.id));
        if (!body.has_more) return got;
        page = `&page=${encodeURIComponent(body.next_page)}`;
      }
    };
    const expect = (test) => rows.filter(test).map((c) => c.id);
    assert.deepStrictEqual(await found("currency:'jpy'"), expect((c) => c.currency === 'jpy'));
    assert.deepStrictEqual(await found("currency:'jpy' AND amount>5000"), expect((c) => c.currency === 'jpy' && c.amount > 5000));
    assert.deepStrictEqual(await found("currency:'kwd' OR currency:'gbp'"), expect((c) => ['kwd', 'gbp'].includes(c.currency)));
    assert.deepStrictEqual(await found("-currency:'usd'"), expect((c) => c.currency !== 'usd'));
    assert.deepStrictEqual(await found("metadata['plan']:'true'"), expect((c) => c.metadata.plan === 'true'));
    assert.strictEqual((await sim.get(`/v1/charges/search?query=${encodeURIComponent("a:'1' AND b:'2' OR c:'3'")}`)).status, 400);
    assert.strictEqual((await sim.get('/v1/charges/search?query=rubbish')).status, 400);
  });
});
