// Secrets at rest: envelopes, the key file, rotation, dumps.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { randomBytes } = require('node:crypto');
const { execFileSync } = require('node:child_process');
const { startStack, API_KEY } = require('./lib');
const { failure, told, assertTells } = require('./lib/faulty');
const { startOAuthStack, signIn, storedOptions, takeExchanges } = require('./lib/oauth');

const ENVELOPE = /^aes256gcm:[0-9a-f]{8}:[A-Za-z0-9_-]{40,}$/;
const newKey = () => randomBytes(32).toString('hex');

// A file of the server's user in the cluster's folder.
function writeKeys(cluster, name, lines, mode = 0o600) {
  const file = path.join(cluster.folder, name);
  fs.writeFileSync(file, `${lines.join('\n')}\n`, { mode });
  fs.chmodSync(file, mode);
  const { uid, gid } = fs.statSync(cluster.folder);
  fs.chownSync(file, uid, gid);
  return file;
}

async function useFile(stack, file) {
  await stack.query(file ? `ALTER SYSTEM SET stripe_fdw.encryption_key_file = '${file}'` : 'ALTER SYSTEM RESET stripe_fdw.encryption_key_file');
  await stack.query('SELECT pg_reload_conf()');
  while (await stack.value("SELECT current_setting('stripe_fdw.encryption_key_file')") !== (file ?? ''));
}

test('secrets at rest', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '10'], import: 'LIMIT TO (charges)' });
  const { cluster } = stack;
  await stack.query("LOAD 'stripe_fdw'");
  const [first, second] = [newKey(), newKey()];
  const file = writeKeys(cluster, 'keys', ['# made for the test', '', first]);
  const expected = await stack.value('SELECT count(*) FROM stripe.charges');
  const works = async () => assert.strictEqual(await stack.value('SELECT count(*) FROM stripe.charges'), expected);
  const stored = async () => (await storedOptions(stack)).api_key;
  const setKey = (key) => stack.query('SELECT stripe_set_secret($1, $2, $3)', ['stripe', 'api_key', key]);
  const fails = async (code, ...parts) => {
    const error = await failure(stack.client, 'SELECT count(*) FROM stripe.charges');
    assertTells(error, code, ...parts);
    for (const secret of [first, second, API_KEY]) assert.ok(!told(error).includes(secret));
  };

  await t.test('without the setting all is plain', async () => {
    await setKey(API_KEY);
    assert.strictEqual(await stored(), API_KEY);
    await works();
    assertTells(await failure(stack.client, 'SELECT stripe_rotate_secrets()'), '55000', 'stripe_fdw.encryption_key_file');
  });

  await t.test('with it, plain values stay good until they are encrypted', async () => {
    await useFile(stack, file);
    await works();
    assert.strictEqual(await stored(), API_KEY);
    assert.strictEqual(await stack.value('SELECT stripe_rotate_secrets()'), '1');
    assert.match(await stored(), ENVELOPE);
    await works();
    assert.strictEqual(await stack.value('SELECT stripe_rotate_secrets()'), '0');
    const before = await stored();
    await setKey(API_KEY);
    assert.match(await stored(), ENVELOPE);
    assert.notStrictEqual(await stored(), before, 'never the same twice');
    await works();
  });

  await t.test('in views, dumps and the data directory there is no key', async () => {
    const views = JSON.stringify((await stack.query('SELECT * FROM pg_user_mappings')).rows) + JSON.stringify((await stack.query('SELECT * FROM information_schema.user_mapping_options')).rows);
    assert.ok(!views.includes(API_KEY));
    const bin = execFileSync(process.env.PG_CONFIG || 'pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
    const dump = execFileSync(path.join(bin, 'pg_dump'), { env: { ...process.env, ...cluster.environment }, encoding: 'utf8' });
    assert.match(dump, /aes256gcm:/);
    assert.ok(!dump.includes(API_KEY));
    await stack.query('VACUUM FULL pg_user_mapping');
    await stack.query('CHECKPOINT');
    const relation = await stack.value("SELECT pg_relation_filepath('pg_user_mapping')");
    const bytes = fs.readFileSync(path.join(cluster.folder, 'data', relation), 'latin1');
    assert.ok(bytes.includes('aes256gcm:') && !bytes.includes(API_KEY));
  });

  await t.test('only a superuser sets and sees it', async () => {
    await stack.query('CREATE ROLE plain LOGIN');
    const plain = await stack.connect({ user: 'plain' });
    await plain.query("LOAD 'stripe_fdw'").catch(() => {});
    await plain.query('SELECT stripe_fdw_version()');
    assertTells(await failure(plain, "SET stripe_fdw.encryption_key_file = '/tmp/x'"), '42501');
    assertTells(await failure(plain, 'SHOW stripe_fdw.encryption_key_file'), '42501');
    await plain.end();
  });

  await t.test('rotation', async () => {
    writeKeys(cluster, 'keys', [second, first]);
    await works();
    const before = await stored();
    assert.strictEqual(await stack.value('SELECT stripe_rotate_secrets()'), '1');
    assert.notStrictEqual((await stored()).slice(0, 18), before.slice(0, 18), 'another id of the key');
    writeKeys(cluster, 'keys', [second]);
    await works();
    writeKeys(cluster, 'keys', [first]);
    await fails('F0000', /encrypted with a key that the key file does not hold/, /[0-9a-f]{8}/);
    // What can't be decrypted is left as it is, said, and does not keep others from being rotated.
    await stack.query(`CREATE ROLE spoiler; CREATE USER MAPPING FOR spoiler SERVER stripe OPTIONS (api_key 'aes256gcm:00000000:${'A'.repeat(60)}')`);
    const notices = [];
    stack.client.on('notice', (notice) => notices.push(notice.message));
    assert.strictEqual(await stack.value('SELECT stripe_rotate_secrets()'), '0');
    assert.ok(notices.some((message) => /mapping for spoiler, server "stripe", are left as they are: .*does not hold/.test(message)), notices.join());
    await stack.query('DROP USER MAPPING FOR spoiler SERVER stripe');
    writeKeys(cluster, 'keys', [first, second]);
    await works();
  });

  await t.test('a copy elsewhere does not open', async () => {
    const envelope = await stored();
    await stack.query(`CREATE SERVER second FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${stack.simulator.url}')`);
    await stack.query('CREATE ROLE other SUPERUSER LOGIN');
    const other = await stack.connect({ user: 'other' });
    const refused = async (client, server) => assertTells(await failure(client, `SELECT * FROM stripe_test_connection('${server}')`), '28000', /can't be decrypted/, /another option, server or user/);
    await stack.query(`CREATE USER MAPPING FOR CURRENT_USER SERVER second OPTIONS (api_key '${envelope}')`);
    await refused(stack.client, 'second');
    await stack.query(`CREATE USER MAPPING FOR other SERVER stripe OPTIONS (api_key '${envelope}')`);
    await refused(other, 'stripe');
    await stack.query(`CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (api_key '${envelope}')`);
    await refused(other, 'second');
    await stack.query(`ALTER USER MAPPING FOR other SERVER stripe OPTIONS (DROP api_key, ADD auth_scheme 'oauth', ADD oauth_access_token '${envelope}')`);
    await refused(other, 'stripe');
    for (const at of [20, envelope.length - 2]) {
      const changed = envelope.slice(0, at) + (envelope[at] === 'A' ? 'B' : 'A') + envelope.slice(at + 1);
      await stack.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER second OPTIONS (SET api_key '${changed}')`);
      await refused(stack.client, 'second');
    }
    for (const bad of ['aes256gcm:', 'aes256gcm:12345678', 'aes256gcm:12345678:', 'aes256gcm:1234567:AAAA', 'aes256gcm:12345678:AAAA', `${envelope}!`, 'aes256gcm:x']) {
      assertTells(await failure(stack.client, `ALTER USER MAPPING FOR CURRENT_USER SERVER second OPTIONS (SET api_key '${bad}')`), 'HV024', /begins like an encrypted secret/);
    }
    assertTells(await failure(stack.client, `SELECT stripe_set_secret('stripe', 'api_key', '${envelope}')`), '22023', /encrypted already/);
    await stack.query('DROP SERVER second CASCADE; DROP USER MAPPING FOR other SERVER stripe');
    await works();
  });

  await t.test('a renamed server', async () => {
    await stack.query('ALTER SERVER stripe RENAME TO renamed');
    await fails('28000', /renamed/, /stripe_set_secret/);
    await stack.query("SELECT stripe_set_secret('renamed', 'api_key', $1)", [API_KEY]);
    await works();
    await stack.query('ALTER SERVER renamed RENAME TO stripe');
    await setKey(API_KEY);
    await works();
  });

  await t.test('a key file that will not do', async () => {
    writeKeys(cluster, 'keys', [first], 0o640);
    await fails('28000', /encryption key file ".*" has group or world access/);
    for (const [lines, why] of [[['abc'], /Line 1: It has another length/], [[first, 'g'.repeat(64)], /Line 2: It holds another character/], [[''], /There is no key/],
      [Array.from({ length: 17 }, newKey), /too many keys/], [Array.from({ length: 400 }, () => '# a comment, and so on'), /too long/]]) {
      writeKeys(cluster, 'keys', lines);
      await fails('F0000', why, /openssl rand -hex 32/);
    }
    fs.rmSync(file);
    await fails('58P01', /could not open encryption key file/);
    fs.mkdirSync(file);
    await fails('28000', /not a regular file/);
    fs.rmdirSync(file);
    writeKeys(cluster, 'keys', [`${first}\r`, second]);
    await works();
    fs.chownSync(file, 0, fs.statSync(cluster.folder).gid);
    fs.chmodSync(file, 0o640);
    await works();
  });

  await t.test('a dump, restored without the key file, and with it', async (t2) => {
    const bin = execFileSync(process.env.PG_CONFIG || 'pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
    const dump = execFileSync(path.join(bin, 'pg_dump'), { env: { ...process.env, ...cluster.environment }, encoding: 'utf8' });
    const target = await startStack(t2, { simulator: ['--charges', '1'], import: false });
    await target.query('CREATE ROLE plain; CREATE ROLE other; DROP SERVER stripe CASCADE; DROP SCHEMA stripe');
    execFileSync(path.join(bin, 'psql'), ['-v', 'ON_ERROR_STOP=1', '-q', '-X'], { env: { ...process.env, ...target.cluster.environment }, input: dump, encoding: 'utf8' });
    const client = await target.connect();
    assertTells(await failure(client, 'SELECT count(*) FROM stripe.charges'), 'F0000', /option "api_key" of the user mapping for server "stripe" is encrypted, and there is no key/, /stripe_fdw.encryption_key_file/);
    const copy = writeKeys(target.cluster, 'keys', [second, first]);
    await target.query("LOAD 'stripe_fdw'");
    await useFile(target, copy);
    assert.strictEqual((await client.query('SELECT count(*) AS n FROM stripe.charges')).rows[0].n, expected);
    await useFile(target, null);
    await target.query("SELECT stripe_set_secret('stripe', 'api_key', $1)", [API_KEY]);
    assert.strictEqual((await client.query('SELECT count(*) AS n FROM stripe.charges')).rows[0].n, expected);
  });
});

test('encrypted tokens are refreshed as well', async (t) => {
  const stack = await startOAuthStack(t, { simulator: ['--charges', '10'] });
  await stack.query("LOAD 'stripe_fdw'");
  const file = writeKeys(stack.cluster, 'keys', [newKey()]);
  // Of this database alone: the worker must see it too.
  await stack.query(`ALTER DATABASE postgres SET stripe_fdw.encryption_key_file = '${file}'`);
  const client = await stack.connect();
  await client.query('SELECT stripe_rotate_secrets()');
  await signIn(stack, 'app', { client });
  const before = await storedOptions(stack);
  for (const name of ['oauth_client_secret', 'oauth_access_token', 'oauth_refresh_token']) assert.match(before[name], ENVELOPE, name);
  await client.query("ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '2020-01-01T00:00:00Z')");
  await takeExchanges(stack);
  assert.strictEqual((await client.query('SELECT count(*) FROM stripe.charges')).rows.length, 1);
  assert.strictEqual((await takeExchanges(stack)).length, 1);
  const after = await storedOptions(stack);
  for (const name of ['oauth_access_token', 'oauth_refresh_token']) {
    assert.match(after[name], ENVELOPE, name);
    assert.notStrictEqual(after[name], before[name]);
  }
  // Where the new tokens could not be stored, Stripe is not even asked.
  await client.query("ALTER USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (SET oauth_expires_at '2020-01-01T00:00:00Z')");
  fs.rmSync(file);
  assertTells(await failure(client, 'SELECT count(*) FROM stripe.charges'), '58P01');
  assert.deepStrictEqual(await takeExchanges(stack), []);
});
