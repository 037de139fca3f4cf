'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { start } = require('./support');

let sim;
before(async () => {
  sim = await start();
});
after(() => sim.close());

const ids = (body) => body.data.map((row) => row.id);

describe('pages', () => {
  test('ten rows unless told otherwise, newest first', async () => {
    const { body } = await sim.get('/v1/charges');
    assert.strictEqual(body.object, 'list');
    assert.strictEqual(body.url, '/v1/charges');
    assert.strictEqual(body.has_more, true);
    assert.strictEqual(body.data.length, 10);
    assert.deepStrictEqual(ids(body), (await sim.objects('charges')).slice(0, 10).map((c) => c.id));
  });

  for (const limit of [1, 7, 99, 100]) {
    test(`pages of ${limit} forwards give each row once, across bursts`, async () => {
      const expected = (await sim.objects('charges', '')).slice(0, 450).map((c) => c.id);
      const got = [];
      let cursor = '';
      while (got.length < expected.length) {
        const { body } = await sim.get(`/v1/charges?limit=${limit}${cursor}`);
        got.push(...ids(body));
        cursor = `&starting_after=${got[got.length - 1]}`;
      }
      assert.deepStrictEqual(got.slice(0, expected.length), expected);
    });
  }

  test('backwards: the rows just before the cursor, still newest first', async () => {
    const all = (await sim.objects('charges', '')).map((c) => c.id);
    const { body } = await sim.get(`/v1/charges?limit=5&ending_before=${all[20]}`);
    assert.deepStrictEqual(ids(body), all.slice(15, 20));
    assert.strictEqual(body.has_more, true);
    const first = (await sim.get(`/v1/charges?limit=5&ending_before=${all[3]}`)).body;
    assert.deepStrictEqual(ids(first), all.slice(0, 3));
    assert.strictEqual(first.has_more, false);
  });

  test('the end: has_more false exactly at the last row', async () => {
    const all = (await sim.objects('products', '')).map((p) => p.id);
    assert.strictEqual(all.length, 60);
    assert.strictEqual((await sim.get(`/v1/products?limit=60`)).body.has_more, false);
    assert.strictEqual((await sim.get(`/v1/products?limit=59`)).body.has_more, true);
    const { body } = await sim.get(`/v1/products?starting_after=${all[59]}`);
    assert.deepStrictEqual([body.data, body.has_more], [[], false]);
  });

  test('a range and a cursor together', async () => {
    const all = await sim.objects('charges', '');
    const low = all[300].created;
    const expected = all.filter((c) => c.created >= low).map((c) => c.id);
    const got = await sim.all(`/v1/charges?created[gte]=${low}`);
    assert.deepStrictEqual(got.map((c) => c.id), expected);
    // A cursor from outside the window does not make rows of the window vanish or repeat.
    const outside = await sim.get(`/v1/charges?created[gte]=${low}&starting_after=${all[all.length - 1].id}`);
    assert.deepStrictEqual(outside.body.data, []);
  });

  test('limits outside 1 to 100', async () => {
    for (const limit of ['0', '101', '-1', 'ten', '1.5', '']) {
      const { status, body } = await sim.get(`/v1/charges?limit=${limit}`);
      assert.strictEqual(status, 400, limit);
      assert.strictEqual(body.error.param, 'limit');
    }
  });

  test('cursors that are not there', async () => {
    for (const param of ['starting_after', 'ending_before']) {
      const { status, body } = await sim.get(`/v1/charges?${param}=ch_0000000000`);
      assert.strictEqual(status, 400);
      assert.deepStrictEqual([body.error.code, body.error.param, body.error.message], ['resource_missing', param, "No such charge: 'ch_0000000000'"]);
    }
    const both = await sim.get('/v1/charges?starting_after=ch_1&ending_before=ch_2');
    assert.strictEqual(both.status, 400);
  });

  test('a cursor that the filters leave out', async () => {
    const all = await sim.objects('subscriptions');
    const canceled = all.find((s) => s.status === 'canceled' && s.test_clock === null);
    assert.strictEqual((await sim.get(`/v1/subscriptions?starting_after=${canceled.id}`)).body.error.code, 'resource_missing');
    assert.strictEqual((await sim.get(`/v1/subscriptions?status=all&starting_after=${canceled.id}`)).status, 200);
  });

  test('a deleted cursor, and rows created while paging', async () => {
    const first = (await sim.get('/v1/charges?limit=5')).body;
    await sim.control('POST', 'objects/charges', { amount: 4242 });
    const second = (await sim.get(`/v1/charges?limit=5&starting_after=${first.data[4].id}`)).body;
    assert.ok(!ids(second).some((id) => ids(first).includes(id)));
    assert.strictEqual((await sim.get('/v1/charges?limit=1')).body.data[0].amount, 4242);
    await sim.control('POST', `objects/charges/${second.data[4].id}/delete`);
    assert.strictEqual((await sim.get(`/v1/charges?limit=5&starting_after=${second.data[4].id}`)).body.error.code, 'resource_missing');
    assert.strictEqual((await sim.get(`/v1/charges/${second.data[4].id}`)).status, 404);
    await sim.control('POST', 'reset');
    assert.strictEqual((await sim.get(`/v1/charges/${second.data[4].id}`)).status, 200);
  });

  test('a list without paging parameters is one page and refuses limit', async () => {
    const { body } = await sim.get('/v1/reporting/report_types');
    assert.strictEqual(body.has_more, false);
    assert.strictEqual(body.data.length, 37);
    assert.strictEqual((await sim.get('/v1/reporting/report_types?limit=3')).body.error.code, 'parameter_unknown');
  });

  test('a list without ending_before', async () => {
    const [record] = await sim.objects('payment_attempt_records');
    const { body } = await sim.get(`/v1/payment_attempt_records?payment_record=${record.payment_record}&ending_before=${record.id}`);
    assert.deepStrictEqual([body.error.code, body.error.param], ['parameter_unknown', 'ending_before']);
  });
});
