// Whose key is sent: the right user's, whatever is cached.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { failure, told } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');

// Keys that the simulator knows; their ends tell them apart in its log.
const KEYS = { postgres: API_KEY, alice: 'sk_test_key_of_alice', bob: 'sk_test_key_of_bobb', PUBLIC: 'sk_test_key_of_publ' };
const ending = (user) => KEYS[user].slice(-4);

test('keys of several users on one server', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '30'], import: 'LIMIT TO (charges)' });
  const { simulator } = stack;
  await simulator.control('POST', '/_sim/oauth/clients', { ca_keys: { secrets: Object.values(KEYS) } });
  for (const role of ['alice', 'bob', 'carol']) {
    await stack.query(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA stripe TO ${role}; GRANT SELECT ON stripe.charges TO ${role}; GRANT USAGE ON FOREIGN SERVER stripe TO ${role}`);
  }
  for (const role of ['alice', 'bob', 'PUBLIC']) await stack.query(`CREATE USER MAPPING FOR ${role} SERVER stripe OPTIONS (api_key '${KEYS[role]}')`);
  await stack.query('GRANT CREATE ON SCHEMA public TO alice, bob; GRANT alice TO bob');
  const client = await stack.connect();
  const QUERY = 'SELECT count(*) FROM stripe.charges';

  // Fails unless all requests that work() causes carry the key of this user.
  async function asks(user, work, connection = client) {
    await takeLog(simulator);
    await (typeof work === 'string' ? connection.query(work) : work());
    const log = await takeLog(simulator);
    assert.ok(log.length > 0, 'Stripe was asked');
    for (const { headers } of log) assert.strictEqual(headers.authorization.slice(-4), ending(user), `the key of ${user} for ${work}`);
  }

  await t.test('SET ROLE and SET SESSION AUTHORIZATION on one connection', async () => {
    for (let round = 0; round < 3; round++) {
      for (const [user, key] of [['alice', 'alice'], ['bob', 'bob'], ['carol', 'PUBLIC'], ['postgres', 'postgres']]) {
        await client.query(`SET ROLE ${user}`);
        await asks(key, QUERY);
        await asks(key, "SELECT * FROM stripe_test_connection('stripe')");
        await client.query('RESET ROLE');
        await client.query(`SET SESSION AUTHORIZATION ${user}`);
        await asks(key, QUERY);
        await client.query('RESET SESSION AUTHORIZATION');
      }
    }
  });

  await t.test('one prepared plan, generic, under several users', async () => {
    await client.query("SET plan_cache_mode = force_generic_plan; PREPARE p(text) AS SELECT count(*) FROM stripe.charges WHERE customer IS DISTINCT FROM $1");
    for (let round = 0; round < 3; round++) {
      for (const [user, key] of [['alice', 'alice'], ['carol', 'PUBLIC'], ['bob', 'bob'], ['postgres', 'postgres']]) {
        await client.query(`SET ROLE ${user}`);
        await asks(key, "EXECUTE p('x')");
        await client.query('RESET ROLE');
      }
    }
    await client.query('DEALLOCATE p; RESET plan_cache_mode');
  });

  await t.test('views ask as their owner, or as who asks', async () => {
    const alice = await stack.connect({ user: 'alice' });
    await alice.query('CREATE VIEW public.of_alice AS SELECT id FROM stripe.charges; GRANT SELECT ON public.of_alice TO bob, carol');
    await alice.query('CREATE VIEW public.invoker WITH (security_invoker) AS SELECT id FROM stripe.charges; GRANT SELECT ON public.invoker TO bob, carol');
    const bob = await stack.connect({ user: 'bob' });
    const carol = await stack.connect({ user: 'carol' });
    await asks('alice', 'SELECT count(*) FROM public.of_alice', bob);
    await asks('bob', QUERY, bob);
    await asks('bob', 'SELECT count(*) FROM public.invoker', bob);
    await asks('PUBLIC', 'SELECT count(*) FROM public.invoker', carol);
    await asks('alice', 'SELECT count(*) FROM public.of_alice', carol);
    // Both in one query.
    await takeLog(simulator);
    await bob.query('SELECT count(*) FROM public.of_alice UNION ALL SELECT count(*) FROM stripe.charges');
    assert.deepStrictEqual([...new Set((await takeLog(simulator)).map(({ headers }) => headers.authorization.slice(-4)))].sort(), [ending('alice'), ending('bob')].sort());
  });

  await t.test('SECURITY DEFINER functions, cached plans in them, and cursors from them', async () => {
    const alice = await stack.connect({ user: 'alice' });
    await alice.query(`CREATE FUNCTION public.definer() RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM stripe.charges); END';
      CREATE FUNCTION public.invoker() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM stripe.charges); END';
      CREATE FUNCTION public.tested() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT auth_scheme FROM stripe_test_connection(''stripe'')'`);
    for (let round = 0; round < 7; round++) {
      await client.query('SET ROLE bob');
      await asks('alice', 'SELECT public.definer()');
      await asks('bob', 'SELECT public.invoker()');
      await asks('alice', 'SELECT public.tested()');
      await client.query('SET ROLE carol');
      await asks('alice', 'SELECT public.definer()');
      await asks('PUBLIC', 'SELECT public.invoker()');
      await client.query('RESET ROLE');
    }
  });

  await t.test('a mapping that comes, changes and goes is seen at once', async () => {
    await client.query('SET ROLE carol');
    await client.query('PREPARE q AS SELECT count(*) FROM stripe.charges');
    await asks('PUBLIC', 'EXECUTE q');
    await stack.query(`CREATE USER MAPPING FOR carol SERVER stripe OPTIONS (api_key '${KEYS.bob}')`);
    await asks('bob', 'EXECUTE q');
    await stack.query(`ALTER USER MAPPING FOR carol SERVER stripe OPTIONS (SET api_key '${KEYS.alice}')`);
    await asks('alice', 'EXECUTE q');
    await stack.query('DROP USER MAPPING FOR carol SERVER stripe');
    await asks('PUBLIC', 'EXECUTE q');
    await stack.query('DROP USER MAPPING FOR PUBLIC SERVER stripe');
    assert.match(told(await failure(client, 'EXECUTE q')), /user mapping not found/);
    await client.query('RESET ROLE');
  });

  await t.test('nobody sees the key of another', async () => {
    const bob = await stack.connect({ user: 'bob' });
    await bob.query('RESET ROLE');
    const seen = JSON.stringify((await bob.query('SELECT * FROM pg_user_mappings')).rows) + JSON.stringify((await bob.query('SELECT * FROM information_schema.user_mapping_options')).rows);
    assert.ok(!seen.includes(KEYS.alice) && !seen.includes(KEYS.postgres));
    assert.strictEqual((await failure(bob, 'SELECT * FROM pg_user_mapping')).code, '42501');
  });
});
