// Databases in other encodings than UTF-8.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');

const PATH = '/v1/coupons';

test('encodings', async (t) => {
  const stack = await startStack(t, { import: false });
  const { simulator } = stack;

  // A connection to a new database with the table coupons.
  async function databaseIn(encoding) {
    const database = `in_${encoding.toLowerCase()}`;
    await stack.query(`CREATE DATABASE ${database} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    const client = await stack.connect({ database });
    await client.query(`CREATE EXTENSION stripe_fdw; CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${simulator.url}');
      CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (api_key '${API_KEY}');
      IMPORT FOREIGN SCHEMA stripe LIMIT TO (coupons, customers, charges, credit_notes_preview_lines) FROM SERVER stripe INTO public OPTIONS (attrs 'true', filters 'true')`);
    return client;
  }
  // What a statement gives while the list is one coupon with a name and metadata.
  async function holding({ name = null, metadata = {} }, run) {
    await simulator.faults([{ match: { path: PATH }, action: { body: { object: 'list', url: PATH, has_more: false, data: [{ id: 'ONE', object: 'coupon', name, metadata }] } } }]);
    try {
      return await run();
    } finally {
      await simulator.faults([]);
    }
  }

  // What is sent for conditions on a preview of a credit note.
  async function sent(client, condition) {
    await simulator.clearLog();
    await client.query(`SELECT FROM credit_notes_preview_lines WHERE invoice = '${invoice}' AND ${condition}`);
    const [{ query }] = await takeLog(simulator);
    return query.filter(([name]) => name !== 'invoice' && name !== 'limit');
  }
  const [{ id: invoice }] = await simulator.objects('invoices');
  const LINES = `lines = '[{"description": "Größe", "quantity": 2}]'`;
  const IN_UTF8 = [['lines[0][description]', 'Größe'], ['lines[0][quantity]', '2']];

  await t.test('LATIN1', async () => {
    const client = await databaseIn('LATIN1');
    const one = async (sql) => (await client.query(sql)).rows[0];
    for (const name of ['Größe ÿ ¡ñ', 'plain', '']) {
      assert.deepStrictEqual(await holding({ name, metadata: { clé: name } }, () => one('SELECT name, metadata, attrs FROM coupons')).then((row) => ({
        name: row.name, metadata: JSON.parse(row.metadata), whole: JSON.parse(row.attrs).name })), { name, metadata: { clé: name }, whole: name });
      assert.strictEqual(await holding({ name }, async () => (await one('SELECT length(name) AS length FROM coupons')).length), String(name.length));
    }
    for (const [given, column] of [[{ name: '価格' }, 'name'], [{ name: 'Łódź' }, 'name'], [{ name: '\u{1f680}' }, 'name'], [{ metadata: { a: '☃' } }, 'metadata'], [{ metadata: { '☃': 1 } }, 'metadata'], [{ name: '☃' }, 'attrs']]) {
      const error = await holding(given, () => failure(client, `SELECT id, ${column} FROM coupons`));
      assertTells(error, /^22/, 'ONE', column, 'LATIN1');
      // A column that is not asked for does no harm.
      assert.strictEqual(await holding(given, async () => (await one('SELECT id FROM coupons')).id), 'ONE');
    }
    // The simulator's own customers: those that have no other characters can be read by id, with conditions in LATIN1.
    const customers = (await simulator.objects('customers')).filter(({ test_clock: clock }) => clock === null);
    const readable = customers.find(({ name }) => name && /^[\x00-\xff]*[\x80-\xff][\x00-\xff]*$/.test(name));
    assert.strictEqual((await one(`SELECT name FROM customers WHERE id = '${readable.id}'`)).name, readable.name);
    assert.strictEqual((await client.query("SELECT id FROM charges WHERE customer = 'cus_é'")).rows.length, 0);
    assert.deepStrictEqual((await sent(client, LINES)).sort(), IN_UTF8);
    assert.deepStrictEqual(await sent(client, "memo = 'é ÿ'"), [['memo', 'é ÿ']]);
    // What Stripe says is converted as far as it goes, and never hides the error.
    await simulator.faults([{ match: { path: PATH }, action: { status: 400, body: { error: { type: 'invalid_request_error', message: 'Größe ☃ wrong', param: 'é☃' } } } }]);
    assertTells(await failure(client, 'SELECT id FROM coupons'), /^HV/, 'Größe');
    await simulator.faults([]);
    assert.ok(Number((await one('SELECT count(*) FROM coupons')).count) > 1);
    await client.end();
  });

  await t.test('SQL_ASCII', async () => {
    // Bytes pass as they are; pg is told what they mean.
    const client = await databaseIn('SQL_ASCII');
    const one = async (sql) => (await client.query(sql)).rows[0];
    for (const name of ['plain', 'Größe', '価格 \u{1f680}']) {
      const outcome = await holding({ name }, () => one("SELECT encode(name::bytea, 'hex') AS bytes FROM coupons").catch(() => one("SELECT encode(convert_to(name, 'SQL_ASCII'), 'hex') AS bytes FROM coupons")).catch((error) => error));
      if (outcome instanceof Error) assertTells(outcome, /^22/, 'ONE', 'name');
      else assert.strictEqual(outcome.bytes, Buffer.from(name).toString('hex'));
    }
    assert.deepStrictEqual(await holding({ metadata: { a: 'plain' } }, async () => JSON.parse((await one('SELECT metadata FROM coupons')).metadata)), { a: 'plain' });
    assert.ok(Number((await one('SELECT count(*) FROM coupons')).count) > 1);
    // What bytes mean nobody knows, so none are sent.
    assertTells(await failure(client, `SELECT FROM credit_notes_preview_lines WHERE invoice = '${invoice}' AND ${LINES}`), /^HV/, 'lines');
    assertTells(await failure(client, `SELECT FROM credit_notes_preview_lines WHERE invoice = '${invoice}' AND memo = 'é'`), /^HV/, 'memo');
    assert.deepStrictEqual(await sent(client, "memo = 'plain'"), [['memo', 'plain']]);
    await client.end();
  });

  await t.test('a client in another encoding than the database', async () => {
    const client = await databaseIn('UTF8');
    await client.query("SET client_encoding = 'LATIN1'");
    assert.ok(Number((await client.query('SELECT count(name) FROM coupons')).rows[0].count) > 1);
    assertTells(await holding({ name: '☃' }, () => failure(client, 'SELECT name FROM coupons')), /^22P05$/, '');
    await client.query("SET client_encoding = 'UTF8'");
    assert.strictEqual(await holding({ name: '☃' }, async () => (await client.query('SELECT name FROM coupons')).rows[0].name), '☃');
    await client.end();
  });
});
