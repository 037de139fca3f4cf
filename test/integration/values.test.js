// Values that are hard to hold: exact, or an error that names table, column and object.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { startServer } = require('./lib/raw-server');

const PATH = '/v1/coupons';

test('values', async (t) => {
  const stack = await startStack(t, { import: 'LIMIT TO (coupons, charges)' });
  const { simulator } = stack;
  const client = await stack.connect();
  await client.query("SET timezone = 'UTC'; SET statement_timeout = '60s'");
  const id = 'SPOILT & SPENT';

  // Runs run() while the list is one object with a field of raw JSON text.
  async function holding(field, raw, run) {
    const body = `{"object":"list","url":"${PATH}","has_more":false,"data":[{"id":"${id}","object":"coupon","${field}":${raw}}]}`;
    await simulator.faults([{ match: { path: PATH }, action: { body } }]);
    try {
      return await run();
    } finally {
      await simulator.faults([]);
      assert.notStrictEqual((await client.query('SELECT count(*) FROM stripe.coupons')).rows[0].count, '1', 'the session goes on');
    }
  }
  // What the column of a table shows of it.
  const shown = (column, raw, table = 'stripe.coupons', field = column) => holding(field, raw, async () =>
    (await client.query(`SELECT ${column} AS value FROM ${table}`)).rows[0].value);
  const refused = async (column, raw, table = 'stripe.coupons', field = column) => {
    const error = await holding(field, raw, () => failure(client, `SELECT id, ${column} FROM ${table}`));
    assertTells(error, /^(22|HV)/, id, column, table.replace(/.*\./, ''));
    return error;
  };

  // The same fields in other types.
  await client.query(`CREATE FOREIGN TABLE wide (id text, amount_off numeric, percent_off numeric) SERVER stripe OPTIONS (object 'coupons');
    CREATE FOREIGN TABLE narrow (id text, amount_off integer, percent_off float8, name varchar(8)) SERVER stripe OPTIONS (object 'coupons');
    CREATE FOREIGN TABLE tiny (id text, amount_off smallint, percent_off numeric(5,2), name bytea) SERVER stripe OPTIONS (object 'coupons')`);

  await t.test('bigint', async () => {
    for (const raw of ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808']) assert.strictEqual(await shown('amount_off', raw), raw);
    assert.strictEqual(await shown('amount_off', 'null'), null);
    for (const raw of ['9223372036854775808', '-9223372036854775809', '18446744073709551615', '18446744073709551616', '1'.repeat(400), '1e400', '12.5', '0.1', '1e-3', '"x"', '""', 'true', '{}', '[]', '[1]']) {
      await refused('amount_off', raw);
    }
    for (const [raw, value] of [['1e3', '1000'], ['12.0', '12'], ['"17"', '17'], ['-0', '0']]) {
      // Whole, though not written so: the number, or an error, but no other number.
      const outcome = await shown('amount_off', raw).catch((error) => error);
      if (outcome instanceof Error) assertTells(outcome, /^(22|HV)/, id, 'amount_off');
      else assert.strictEqual(outcome, value, raw);
    }
  });

  await t.test('integer and smallint', async () => {
    assert.strictEqual(await shown('amount_off', '2147483647', 'narrow'), '2147483647');
    assert.strictEqual(await shown('amount_off', '-32768', 'tiny'), '-32768');
    await refused('amount_off', '2147483648', 'narrow');
    await refused('amount_off', '32768', 'tiny');
  });

  await t.test('numeric', async () => {
    const digits = '1234567890123456789012345678901234567890.12345678901234567890123456789012345678901234567890';
    for (const raw of ['9223372036854775808', '18446744073709551616', '-9223372036854775809', digits, '0.1', '33.333333333333333333333333', '0', '1.10', `1${'0'.repeat(400)}`]) {
      assert.strictEqual(await shown('amount_off', raw, 'wide'), raw);
      assert.strictEqual(await shown('percent_off', raw), raw);
    }
    assert.strictEqual(await shown('percent_off', '1e400'), `1${'0'.repeat(400)}`);
    assert.strictEqual(await shown('percent_off', '1E-7'), '0.0000001');
    assert.strictEqual(await shown('percent_off', '"12.340"'), '12.340');
    for (const raw of ['1e999999', '"NaN"', '"Infinity"', '"1,5"', '" 1"', '"0x10"', '""', 'true', '{}', '[]']) {
      const outcome = await shown('percent_off', raw).catch((error) => error);
      assert.ok(outcome instanceof Error, `${raw} is no decimal of Stripe's, but was read as ${outcome}`);
      assertTells(outcome, /^(22|HV)/, id, 'percent_off');
    }
    assert.strictEqual(await shown('percent_off', '12.346', 'tiny'), '12.35');
    await refused('percent_off', '1000', 'tiny');
    assert.strictEqual(Number(await shown('percent_off', '0.1', 'narrow')), 0.1);
    await refused('percent_off', '1e400', 'narrow');
  });

  await t.test('timestamptz', async () => {
    assert.strictEqual(await shown('redeem_by', '0'), '1970-01-01 00:00:00+00');
    assert.strictEqual(await shown('redeem_by', '-1'), '1969-12-31 23:59:59+00');
    assert.strictEqual(await shown('redeem_by', '253402300800'), '10000-01-01 00:00:00+00');
    for (const raw of ['9223372036854775807', '99999999999999', '-99999999999999', '1e30', '"soon"', 'true', '{}', '""']) await refused('redeem_by', raw);
  });

  await t.test('boolean', async () => {
    assert.strictEqual(await shown('valid', 'false'), 'f');
    for (const raw of ['"maybe"', '2', '{}', '[]', '""']) await refused('valid', raw);
  });

  await t.test('text', async () => {
    assert.strictEqual((await shown('name', JSON.stringify('x'.repeat(200000)))).length, 200000);
    assert.strictEqual(await shown('name', '""'), '');
    for (const text of ['a"b\\c\'d\n\t\r\b\f/', 'ß→☃\u{1f680}', '\u007f\u0080\ufeff\uffff', '\u0001']) assert.strictEqual(await shown('name', JSON.stringify(text)), text);
    assert.strictEqual(await shown('name', String.raw`"\ud83d\ude80\u00e9\/"`), '\u{1f680}é/');
    for (const raw of ['{"a":1}', '[]', '["x"]', '17', '1.50', 'true']) {
      // No string: an error, or its JSON as it stands.
      const outcome = await shown('name', raw).catch((error) => error);
      if (outcome instanceof Error) assertTells(outcome, /^(22|HV)/, id, 'name');
      else assert.deepStrictEqual(JSON.parse(outcome), JSON.parse(raw));
    }
    await refused('name', String.raw`"a\u0000b"`);
    await refused('name', JSON.stringify('too long for it'), 'narrow');
    assert.strictEqual(await shown('name', JSON.stringify('just fit'), 'narrow'), 'just fit');
    // Half of a surrogate pair is no character.
    for (const raw of [String.raw`"\ud83d"`, String.raw`"\ude80\ud83d"`]) {
      const outcome = await shown('name', raw).catch((error) => error);
      assert.ok(outcome instanceof Error || /^\ufffd+$/.test(outcome), `half a character was read as ${JSON.stringify(outcome)}`);
    }
  });

  await t.test('jsonb', async () => {
    for (const raw of ['{}', '{"":""}', '{"a":[1,2.50,1e3,null,true,{"b":"\\"\\\\"}]}', '{"n":123456789012345678901234567890.1234567890}', '{"\u{1f680}":"é"}']) {
      const value = await shown('metadata::text', raw, 'stripe.coupons', 'metadata');
      assert.deepStrictEqual(JSON.parse(value), JSON.parse(raw));
    }
    assert.match(await shown('metadata::text', '{"n":123456789012345678901234567890.1234567890}', 'stripe.coupons', 'metadata'), /123456789012345678901234567890\.1234567890/);
    assert.strictEqual(await shown('metadata', 'null'), null);
    await refused('metadata', String.raw`{"a":"\u0000"}`);
    assertTells(await holding('metadata', String.raw`{"a\u0000":1}`, () => failure(client, 'SELECT id, metadata FROM stripe.coupons')), /^(HV|22)/, '');
    const error = await holding('metadata', `${'['.repeat(1000)}${']'.repeat(1000)}`, () => failure(client, 'SELECT id, metadata FROM stripe.coupons'));
    assertTells(error, /^(HV|22|54)/, '');
    assertTells(await holding('metadata', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`, () => failure(client, 'SELECT id, metadata FROM stripe.coupons')), /^(HV|22|54)/, '');
    // As deep as Stripe's own objects go with four levels expanded, and more.
    const deep = `${'{"a":['.repeat(20)}1${']}'.repeat(20)}`;
    assert.deepStrictEqual(JSON.parse(await shown('metadata', deep)), JSON.parse(deep));
  });

  await t.test('a value that is not asked for does no harm', async () => {
    await holding('amount_off', '1e400', async () => assert.ok((await client.query('SELECT id, name FROM stripe.coupons')).rows.length === 1));
    await holding('name', String.raw`"a\u0000b"`, async () => assert.ok((await client.query('SELECT id, amount_off FROM stripe.coupons')).rows.length === 1));
  });

  await t.test('bytes that are no UTF-8, and bodies that never end', async (t2) => {
    let answer;
    const server = await startServer((request, response) => answer(request, response));
    t2.after(server.close);
    await client.query(`CREATE SERVER raw FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${server.url}', max_retries '0', timeout '20000');
      CREATE USER MAPPING FOR CURRENT_USER SERVER raw OPTIONS (api_key '${API_KEY}');
      CREATE SCHEMA raw; IMPORT FOREIGN SCHEMA stripe LIMIT TO (coupons) FROM SERVER raw INTO raw`);
    const list = (name) => Buffer.concat([Buffer.from('{"object":"list","has_more":false,"data":[{"id":"x","name":"'), name, Buffer.from('"}]}')]);
    const respond = (body, headers = {}) => (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(body);
    };
    for (const bytes of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe9]]) {
      answer = respond(list(Buffer.from(bytes)));
      assertTells(await failure(client, 'SELECT name FROM raw.coupons'), /^(HV|22)/, '');
    }
    answer = respond(list(Buffer.from('é')));
    assert.strictEqual((await client.query('SELECT name FROM raw.coupons')).rows[0].name, 'é');

    const zlib = require('node:zlib');
    const bomb = zlib.gzipSync(Buffer.alloc(1 << 28, ' ')); // 256 MB of spaces in 260 kB
    answer = respond(bomb, { 'content-encoding': 'gzip', 'content-length': bomb.length });
    assertTells(await failure(client, 'SELECT name FROM raw.coupons'), /^(HV|54|53)/, '');
    answer = (request, response) => { // more and more of it, at full speed
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(1 << 20, ' ');
      const more = () => { while (!response.destroyed && response.write(chunk)); };
      response.on('drain', more);
      more();
    };
    assertTells(await failure(client, 'SELECT name FROM raw.coupons'), /^(HV|54|53)/, '');
    answer = (request, response) => { // headers without end
      response.socket.on('error', () => {});
      response.socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => { while (!response.socket.destroyed && response.socket.write(`X-Header: ${'x'.repeat(8000)}\r\n`)); };
      response.socket.on('drain', more);
      more();
    };
    assertTells(await failure(client, 'SELECT name FROM raw.coupons'), /^(HV|54|53|08)/, '');
    answer = respond(list(Buffer.from('fine')));
    assert.strictEqual((await client.query('SELECT name FROM raw.coupons')).rows[0].name, 'fine');
  });
});
