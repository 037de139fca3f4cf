// What goes wrong is an error that tells why, never a short answer, and the session goes on.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');
const { startServer } = require('./lib/raw-server');

const CHARGES = 350; // four pages
const LIST = '/v1/charges';
const READ_ALL = 'SELECT id, amount, created FROM stripe.charges';

const stripeError = (fields) => ({ error: { type: 'api_error', message: 'Something went wrong on our side', ...fields } });

test('errors', async (t) => {
  const stack = await startStack(t, {
    simulator: ['--charges', String(CHARGES)], server: { max_retries: '0', timeout: '9000', connect_timeout: '3000' },
    import: 'LIMIT TO (charges, customers, invoices, coupons, subscriptions)',
  });
  const { simulator } = stack;
  const client = await stack.connect();
  await client.query("SET timezone = 'UTC'; SET statement_timeout = '60s'");
  const { rows: all } = await client.query(`${READ_ALL} ORDER BY id`);
  assert.strictEqual(all.length, CHARGES);

  // Runs a query under faults; then the same session must read everything again.
  async function under(rules, run) {
    await simulator.faults([].concat(rules));
    await simulator.clearLog();
    try {
      return await run();
    } finally {
      await simulator.faults([]);
      assert.deepStrictEqual((await client.query(`${READ_ALL} ORDER BY id`)).rows, all, 'the session goes on');
    }
  }
  const failsUnder = (rules, sql = READ_ALL) => under(rules, () => failure(client, sql));
  const asked = async () => (await takeLog(simulator)).length;

  await t.test('what Stripe says', async (t2) => {
    // [what, answer, SQLSTATE, what the error tells]
    const cases = [
      ['bad request', { status: 400, body: stripeError({ type: 'invalid_request_error', code: 'parameter_invalid', param: 'limit', message: 'Invalid limit' }) },
        /^HV/, 'Invalid limit', 'parameter_invalid', 'limit', '400', /req_\w+/],
      ['unauthorized', { status: 401, body: stripeError({ type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_***1234' }) }, '28000', 'Invalid API Key', /req_\w+/],
      ['payment required', { status: 402, body: stripeError({ code: 'card_declined', decline_code: 'fraudulent' }) }, /^HV/, 'Something went wrong', 'card_declined'],
      ['forbidden', { status: 403, body: stripeError({ code: 'more_permissions_required', message: "Having the 'rak_charge_read' permission would allow this request to continue." }) },
        '42501', 'rak_charge_read', /req_\w+/],
      ['a list that is not there', { status: 404, body: stripeError({ type: 'invalid_request_error', code: 'resource_missing', message: 'No such thing' }) }, /^HV/, 'No such thing', '404', /req_\w+/],
      ['a list that is not there, in HTML', { status: 404, html: true }, /^HV/, '404'],
      ['conflict', { status: 409, body: stripeError({ code: 'lock_timeout', message: 'This object cannot be accessed right now' }) }, /./, 'cannot be accessed', '409'],
      ['gone upstream', { status: 424, body: stripeError({ message: 'External dependency failed' }) }, /./, 'External dependency failed', '424'],
      ['rate limit', { status: 429, headers: { 'stripe-rate-limited-reason': 'endpoint-rate' }, body: stripeError({ code: 'rate_limit', message: 'Request rate limit exceeded' }) },
        '53400', 'Request rate limit exceeded', '429', /req_\w+/],
      ['500', { status: 500, body: stripeError({}) }, /^(HV|08|58)/, 'Something went wrong', '500', /req_\w+/],
      ['502 in HTML', { status: 502, html: true }, /^(HV|08|58)/, '502'],
      ['503 without a body', { status: 503, body: '' }, /^(HV|08|58)/, '503'],
      ['an error with status 200', { body: stripeError({ message: 'Not really fine' }) }, /^HV/, ''],
      ['204', { status: 204, body: '' }, /^HV/, ''],
      ['300', { status: 300, body: '{}' }, /^HV/, '300'],
      ['an error whose message is long and in many lines', { status: 400, body: stripeError({ message: `first line\nsecond line ${'x'.repeat(20000)}` }) }, /^HV/, 'first line'],
      ['an error of the wrong shape', { status: 400, body: { error: 'invalid_grant' } }, /^HV/, '400'],
      ['an error that is a number', { status: 400, body: '17' }, /^HV/, '400'],
      ['an error whose message is no string', { status: 400, body: { error: { message: { a: 1 }, code: [] } } }, /^HV/, '400'],
    ];
    for (const [what, action, code, ...parts] of cases) {
      await t2.test(what, async () => {
        assertTells(await failsUnder({ match: { path: LIST }, action }), code, ...parts);
        // In the middle it is as much of an error as in the beginning.
        assertTells(await failsUnder({ match: { path: LIST, after: 2 }, action }), code, ...parts);
        assertTells(await failsUnder({ match: { path: LIST, after: 2 }, action }, 'SELECT count(*) FROM stripe.charges'), code, ...parts);
      });
    }
  });

  await t.test('answers that are none', async (t2) => {
    const list = (fields) => ({ object: 'list', url: LIST, has_more: false, data: [], ...fields });
    const cases = [
      ['HTML', { html: true }], ['garbage', { garbage: true }], ['garbage of one byte', { body: 'x' }], ['nothing', { body: '' }],
      ['null', { body: 'null' }], ['a number', { body: '17' }], ['an array', { body: '[]' }], ['an empty object', { body: '{}' }],
      ['two documents', { body: `${JSON.stringify(list({}))}{}` }], ['half a document', { truncate_at: 0.5 }], ['all but the last byte', { truncate_at: 0.9999 }],
      ['cut in mid-object', { cut_body_at: 0.5 }], ['cut after the first byte', { cut_body_at: 1 }], ['reset in the body', { reset: 'body' }],
      ['a Content-Length too long', { wrong_content_length: 10 }], ['broken gzip', { bad_gzip: true }],
      ['data missing', { body: { object: 'list', has_more: false } }], ['data null', { body: list({ data: null }) }], ['data an object', { body: list({ data: {} }) }],
      ['data a string', { body: list({ data: 'ch_1' }) }], ['rows that are strings', { body: list({ data: ['ch_1'] }) }], ['rows that are null', { body: list({ data: [null] }) }],
      ['rows that are arrays', { body: list({ data: [[]] }) }], ['has_more missing', { body: { object: 'list', data: [] } }], ['has_more a string', { body: list({ has_more: 'true' }) }],
      ['has_more null', { body: list({ has_more: null }) }], ['an empty page and more to come', { empty_page: { has_more: true } }],
      ['a last row without id', { replace_field: { path: 'data.99.id', value: null } }], ['a last row whose id is a number', { replace_field: { path: 'data.99.id', value: 17 } }],
      ['trailing comma', { body: '{"object":"list","has_more":false,"data":[],}' }], ['single quotes', { body: "{'object':'list','has_more':false,'data':[]}" }],
      ['NaN', { replace_field: { path: 'data.0.amount', raw: 'NaN' } }], ['Infinity', { replace_field: { path: 'data.0.amount', raw: '-Infinity' } }],
      ['a control character in a string', { replace_field: { path: 'data.0.description', raw: '"a\u0001b"' } }],
    ];
    for (const [what, action] of cases) {
      await t2.test(what, async () => {
        assertTells(await failsUnder({ match: { path: LIST }, action }), /^(HV|08)/, '');
        assertTells(await failsUnder({ match: { path: LIST, after: 1 }, action }, 'SELECT count(*) FROM stripe.charges'), /^(HV|08)/, '');
      });
    }

    await t2.test('a page that comes again and again', async () => {
      const page = { object: 'list', url: LIST, has_more: true, data: [{ id: 'ch_1', object: 'charge', amount: 1, created: 1700000000 }] };
      assertTells(await failsUnder({ match: { path: LIST }, action: { body: page } }, 'SELECT count(*) FROM stripe.charges'), /^HV/, '');
    });

    await t2.test('a row that was deleted while its page was the last one', async () => {
      // The cursor is gone: an error, or the rest found by other means; never the rows so far.
      await simulator.faults([{ match: { path: LIST, nth: 3 }, action: { delete_cursor: true } }]);
      const [outcome] = await Promise.allSettled([client.query('SELECT count(*) FROM stripe.charges')]);
      await simulator.reset();
      if (outcome.status === 'fulfilled') assert.ok(Number(outcome.value.rows[0].count) >= CHARGES - 1);
      else assertTells(outcome.reason, /^HV/, 'No such charge', 'starting_after');
    });
  });

  await t.test('what goes away again is tried again', async (t2) => {
    await client.query("ALTER SERVER stripe OPTIONS (SET max_retries '2')");
    t2.after(() => client.query("ALTER SERVER stripe OPTIONS (SET max_retries '0')"));
    const passing = [
      ['408', { status: 408, body: '' }],
      ...[500, 502, 503, 504].map((status) => [`${status}`, { status, body: stripeError({}) }]),
      ['502 in HTML', { status: 502, html: true }], ['409', { status: 409, body: stripeError({ code: 'lock_timeout' }) }],
      ['400 lock_timeout', { status: 400, body: stripeError({ code: 'lock_timeout' }) }],
      ['429', { status: 429, headers: { 'stripe-rate-limited-reason': 'global-rate' }, body: stripeError({ code: 'rate_limit' }) }],
      ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' }, body: stripeError({ code: 'rate_limit' }) }],
      ['Stripe-Should-Retry', { status: 400, headers: { 'stripe-should-retry': 'true' }, body: stripeError({}) }],
      ['a reset before the answer', { reset: 'headers' }], ['a reset in the answer', { reset: 'body' }], ['a cut answer', { cut_body_at: 0.3 }],
    ];
    for (const [what, action] of passing) {
      await t2.test(what, async () => {
        await under({ match: { path: LIST, after: 1, count: 2 }, action }, async () => {
          assert.deepStrictEqual((await client.query(`${READ_ALL} ORDER BY id`)).rows, all);
        });
      });
    }

    await t2.test('as often as max_retries says, and EXPLAIN ANALYZE tells', async () => {
      const action = { status: 503, body: stripeError({}) };
      await under({ match: { path: LIST }, action }, async () => {
        await failure(client, READ_ALL);
        assert.strictEqual(await asked(), 3);
      });
      await under({ match: { path: LIST, count: 2 }, action }, async () => {
        const { rows } = await client.query('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) SELECT count(*) FROM stripe.charges');
        const text = JSON.stringify(rows);
        assert.match(text, /"Stripe Retries\\?": 2\b/);
        assert.match(text, new RegExp(`"Stripe Rows Fetched\\\\?": ${CHARGES}\\b`));
      });
      await client.query("ALTER SERVER stripe OPTIONS (SET max_retries '0')");
      await under({ match: { path: LIST, count: 1 }, action }, async () => {
        await failure(client, READ_ALL);
        assert.strictEqual(await asked(), 1);
      });
      await client.query("ALTER SERVER stripe OPTIONS (SET max_retries '2')");
    });

    await t2.test('the server log says what is tried again and why, at DEBUG1, without a secret', async () => {
      const told = [];
      const listen = ({ severity, message }) => told.push(`${severity}: ${message}`);
      client.on('notice', listen);
      await client.query("SET client_min_messages = 'debug1'");
      for (const [rules, ...lines] of [
        [{ match: { path: LIST, count: 1 }, action: { status: 503, headers: { 'retry-after': '1' }, body: stripeError({}) } },
          /^DEBUG: stripe_fdw: GET \/v1\/charges: asking again in 1\d{3} ms: server error \(try 2 of 3\)$/],
        [{ match: { path: LIST, count: 1 }, action: { status: 429, headers: { 'stripe-rate-limited-reason': 'endpoint-rate' }, body: stripeError({ code: 'rate_limit' }) } },
          /: asking again in \d+ ms: 429 endpoint-rate \(try 2 of 3\)$/],
        [{ match: { path: LIST, count: 1 }, action: { status: 429, body: stripeError({ code: 'lock_timeout' }) } }, /: asking again in \d+ ms: the object is locked \(/],
        [{ match: { path: LIST, count: 1 }, action: { reset: 'body' } }, /: asking again in \d+ ms: connection lost \(/],
        [{ match: { path: LIST }, action: { status: 500, body: stripeError({}) } }, /\(try 2 of 3\)$/, /\(try 3 of 3\)$/, /: not asking again: all tries used up$/],
        [{ match: { path: LIST }, action: { status: 500, headers: { 'stripe-should-retry': 'false' } } }, /: not asking again: the server asks for no retry$/],
      ]) {
        told.length = 0;
        await simulator.faults([rules].flat());
        await client.query(READ_ALL).catch(() => {});
        const ours = told.filter((line) => line.includes('stripe_fdw'));
        assert.strictEqual(ours.length, lines.length, ours.join('\n'));
        lines.forEach((line, at) => assert.match(ours[at], line));
        assert.ok(!told.join('\n').includes(API_KEY));
      }
      await client.query('RESET client_min_messages');
      client.off('notice', listen);
      await simulator.faults([]);
    });

    await t2.test('but not what will not', async () => {
      for (const action of [
        { status: 400, body: stripeError({}) }, { status: 401, body: stripeError({}) }, { status: 403, body: stripeError({}) }, { status: 404, body: stripeError({}) },
        { status: 503, headers: { 'stripe-should-retry': 'false' }, body: stripeError({}) },
      ]) {
        await under({ match: { path: LIST }, action }, async () => {
          await failure(client, READ_ALL);
          assert.strictEqual(await asked(), 1, JSON.stringify(action));
        });
      }
    });
  });

  await t.test('look-ups by id', async (t2) => {
    const [{ id }] = all;
    const retrieve = `SELECT amount FROM stripe.charges WHERE id = '${id}'`;
    const path = `${LIST}/${id}`;
    await t2.test('an id that is not there is no row, whatever else fails is an error', async () => {
      assert.deepStrictEqual((await client.query("SELECT * FROM stripe.charges WHERE id = 'ch_none'")).rows, []);
      assertTells(await failsUnder({ match: { path }, action: { status: 403, body: stripeError({ message: 'Not yours' }) } }, retrieve), '42501', 'Not yours');
      assertTells(await failsUnder({ match: { path }, action: { status: 404, html: true } }, retrieve), /^(HV|08)/, '404');
      assertTells(await failsUnder({ match: { path }, action: { status: 404, body: stripeError({ type: 'invalid_request_error', message: 'Unrecognized request URL' }) } }, retrieve), /^HV/, 'Unrecognized');
      assertTells(await failsUnder({ match: { path }, action: { body: '[]' } }, retrieve), /^HV/, '');
      assertTells(await failsUnder({ match: { path }, action: { body: '{}' } }, retrieve), /^HV/, '');
    });
    await t2.test('a deleted customer is no row', async () => {
      const [customer] = await simulator.objects('customers');
      await simulator.deleteObject('customers', customer.id);
      assert.deepStrictEqual((await client.query(`SELECT * FROM stripe.customers WHERE id = '${customer.id}'`)).rows, []);
      await simulator.reset();
      assert.strictEqual((await client.query(`SELECT * FROM stripe.customers WHERE id = '${customer.id}'`)).rows.length, 1);
    });
    await t2.test('another object than the one asked for is never a row', async () => {
      const other = all[1].id;
      const outcome = await under({ match: { path }, action: { replace_field: { path: 'id', value: other } } },
        () => client.query(retrieve).then(({ rows }) => rows, (error) => error));
      if (Array.isArray(outcome)) assert.deepStrictEqual(outcome, []);
      else assertTells(outcome, /^HV/, '');
    });
  });

  await t.test('redirects are not followed', async (t2) => {
    const seen = [];
    const elsewhere = await startServer((request, response) => {
      seen.push(request.headers);
      response.end('{}');
    });
    t2.after(elsewhere.close);
    for (const status of [301, 302, 303, 307, 308]) {
      assertTells(await failsUnder({ match: { path: LIST }, action: { status, headers: { location: `${elsewhere.url}${LIST}` }, body: '' } }), /^(HV|08)/, String(status));
    }
    assert.deepStrictEqual(seen, []);
  });

  await t.test('slow answers', async (t2) => {
    for (const [what, action] of [['none at all', { hang: true }], ['late', { delay_ms: 8000 }], ['late after the headers', { delay_after_headers_ms: 8000 }], ['dripping', { drip: { bytes: 1, interval_ms: 50 } }]]) {
      await t2.test(what, async () => {
        await client.query("ALTER SERVER stripe OPTIONS (SET timeout '1000')");
        assertTells(await failsUnder({ match: { path: LIST, after: 1 }, action }), /^(HV|08|57)/, 'timeout');
        await client.query("ALTER SERVER stripe OPTIONS (SET timeout '9000')");
      });
    }
  });
});
