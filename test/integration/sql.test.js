// Foreign tables in all that SQL does with tables.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { startStack, API_KEY } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');
const { until } = require('./lib/until');

const CHARGES = 700;

test('SQL', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', String(CHARGES)] });
  const { simulator } = stack;
  const client = await stack.connect();
  await client.query("SET timezone = 'UTC'; SET statement_timeout = '60s'");
  await client.query(`CREATE SCHEMA copy; CREATE TABLE copy.charges AS SELECT * FROM stripe.charges; CREATE TABLE copy.customers AS SELECT * FROM stripe.customers;
    CREATE TABLE orders AS SELECT row_number() OVER (ORDER BY id) AS number, id AS charge, customer FROM copy.charges ORDER BY id LIMIT 40;
    CREATE TABLE copy.subscriptions AS SELECT * FROM stripe.subscriptions; ANALYZE orders`);
  const rowsOf = async (sql, values) => (await client.query({ text: sql, values, rowMode: 'array' })).rows;
  const [customer, other] = (await rowsOf('SELECT customer FROM copy.charges WHERE customer IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2')).map(([id]) => id);

  // What fails in a transaction must not spoil what comes after it.
  t.afterEach(() => client.query('ROLLBACK'));

  // The same rows from Stripe as from a copy; {} stands for the schema.
  async function same(sql, values) {
    const found = await rowsOf(sql.replaceAll('{}', 'stripe'), values);
    assert.deepStrictEqual(found, await rowsOf(sql.replaceAll('{}', 'copy'), values), sql);
    return found;
  }

  await t.test('joins, unions and subqueries', async () => {
    const statements = [
      'SELECT o.number, c.amount FROM orders o JOIN {}.charges c ON c.id = o.charge ORDER BY 1',
      'SELECT o.number, c.amount FROM orders o LEFT JOIN {}.charges c ON c.id = o.charge AND c.amount > 5000 ORDER BY 1',
      'SELECT count(*), sum(o.number) FROM orders o FULL JOIN {}.charges c ON c.id = o.charge',
      'SELECT o.number FROM orders o WHERE EXISTS (SELECT FROM {}.charges c WHERE c.id = o.charge AND c.amount > 5000) ORDER BY 1',
      'SELECT o.number FROM orders o WHERE NOT EXISTS (SELECT FROM {}.charges c WHERE c.customer = o.customer AND c.amount > 50000) ORDER BY 1',
      'SELECT o.number FROM orders o WHERE o.charge IN (SELECT id FROM {}.charges WHERE amount > 5000) ORDER BY 1',
      'SELECT o.number FROM orders o WHERE o.charge NOT IN (SELECT id FROM {}.charges WHERE amount > 5000) ORDER BY 1',
      'SELECT o.number, (SELECT amount FROM {}.charges c WHERE c.id = o.charge) FROM orders o ORDER BY 1',
      'SELECT o.number, l.n, l.last FROM orders o, LATERAL (SELECT count(*) AS n, max(created) AS last FROM {}.charges c WHERE c.customer = o.customer AND c.created >= \'2025-01-01\') l ORDER BY 1',
      'SELECT o.number, l.id FROM orders o LEFT JOIN LATERAL (SELECT id FROM {}.charges c WHERE c.customer = o.customer ORDER BY c.id LIMIT 2) l ON true ORDER BY 1, 2',
      'SELECT a.id, b.id FROM {}.charges a JOIN {}.charges b ON a.customer = b.customer AND a.id < b.id ORDER BY 1, 2 LIMIT 300',
      'SELECT count(*) FROM {}.charges a, {}.charges b WHERE a.created = b.created',
      'SELECT u.id, count(c.id), sum(c.amount) FROM {}.customers u LEFT JOIN {}.charges c ON c.customer = u.id GROUP BY 1 ORDER BY 1',
      'SELECT u.id, c.currency, s.status FROM {}.charges c JOIN {}.customers u ON u.id = c.customer JOIN {}.subscriptions s ON s.customer = u.id ORDER BY 1, 2, 3',
      'WITH big AS (SELECT * FROM {}.charges WHERE amount > 3000) SELECT a.id, (SELECT count(*) FROM big) FROM big a ORDER BY 1',
      'WITH big AS MATERIALIZED (SELECT * FROM {}.charges WHERE amount > 3000) SELECT count(*) FROM big a JOIN big b USING (customer)',
      'WITH RECURSIVE r(id, n) AS (SELECT max(id), 1 FROM {}.charges UNION ALL SELECT (SELECT max(c.id) FROM {}.charges c WHERE c.id < r.id), n + 1 FROM r WHERE n < 4) SELECT * FROM r ORDER BY n',
      'SELECT id FROM {}.charges WHERE amount > 5000 UNION ALL SELECT id FROM {}.customers UNION ALL SELECT id FROM {}.charges WHERE currency = \'jpy\' ORDER BY 1',
      'SELECT customer FROM {}.charges EXCEPT SELECT id FROM {}.customers ORDER BY 1',
      'SELECT currency, count(*), sum(amount), min(created), max(created) FROM {}.charges GROUP BY GROUPING SETS ((currency), ()) ORDER BY 1',
      'SELECT id, rank() OVER (PARTITION BY currency ORDER BY amount DESC, id) FROM {}.charges ORDER BY 2, 1 LIMIT 20',
      'SELECT DISTINCT ON (customer) customer, id, created FROM {}.charges ORDER BY customer, created DESC, id',
      'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) FROM {}.charges',
      'SELECT c IS NULL, (c).id, c.amount FROM {}.charges c ORDER BY c.id LIMIT 5',
      'SELECT to_jsonb(c) - \'refunds\' FROM {}.charges c ORDER BY c.id LIMIT 5',
      'SELECT count(c.*) FROM {}.charges c WHERE c IS NOT NULL OR c.id IS NOT NULL',
      'SELECT c.id, c.tableoid = 0 FROM {}.charges c ORDER BY 1 LIMIT 3',
      'SELECT s.* FROM (SELECT id, amount FROM {}.charges ORDER BY id LIMIT 10 OFFSET 20) s',
      'SELECT v.x, c.id FROM (VALUES (1), (2)) v(x) CROSS JOIN (SELECT id FROM {}.charges ORDER BY id LIMIT 3) c ORDER BY 1, 2',
      'SELECT CASE WHEN amount > 1000 THEN \'big\' ELSE currency END, count(*) FROM {}.charges GROUP BY 1 ORDER BY 1',
    ];
    for (const methods of ['', 'SET enable_nestloop = off; SET enable_hashjoin = off; SET enable_memoize = off',
      "SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off; SET work_mem = '64kB'"]) {
      await client.query(methods);
      // Nested loops without anything kept ask anew for every row: only where that is little.
      for (const sql of statements.filter((text) => !/enable_material/.test(methods) || /FROM orders/.test(text))) await same(sql);
      await client.query('RESET ALL; SET timezone = \'UTC\'; SET statement_timeout = \'60s\'');
    }
  });

  await t.test('LIMIT does not cut what is filtered, sorted, grouped or joined above', async () => {
    for (const sql of [
      'SELECT id FROM {} WHERE amount > 1000 LIMIT 20', 'SELECT id FROM {} ORDER BY amount, id LIMIT 20', 'SELECT customer FROM {} GROUP BY 1 ORDER BY 1 LIMIT 20',
      'SELECT DISTINCT currency FROM {} ORDER BY 1 LIMIT 3', 'SELECT count(*) FROM {} LIMIT 1', 'SELECT a.id FROM {} a JOIN {} b ON a.id = b.id AND b.amount < 500 ORDER BY 1 LIMIT 5',
      'SELECT id FROM (SELECT id, amount FROM {} ORDER BY created DESC, id LIMIT 150) s WHERE amount % 2 = 0 ORDER BY id',
      'SELECT sum(amount) FROM (SELECT amount FROM {} ORDER BY created DESC, id LIMIT 120) s',
      'SELECT id, row_number() OVER (ORDER BY amount, id) FROM {} ORDER BY 2 LIMIT 7',
    ]) {
      const [real, copy] = await Promise.all(['stripe.charges', 'copy.charges'].map((table) => rowsOf(sql.replaceAll('{}', table))));
      if (/ORDER BY|count/.test(sql)) assert.deepStrictEqual(real, copy, sql);
      else assert.strictEqual(real.length, copy.length, sql);
    }
  });

  await t.test('with JIT and in parallel plans', async () => {
    for (const settings of ['SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0',
      `SET ${Number((await rowsOf('SHOW server_version_num'))[0][0]) >= 160000 ? 'debug_parallel_query' : 'force_parallel_mode'} = on`, 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0']) {
      await client.query(settings);
      await same('SELECT id, amount + 1, created, metadata FROM {}.charges WHERE amount > 100 ORDER BY id');
      await same('SELECT count(*), sum(c.amount) FROM orders o JOIN {}.charges c ON c.id = o.charge');
      await same(`SELECT id FROM {}.charges WHERE customer = '${customer}' ORDER BY 1`);
      await client.query('RESET ALL; SET timezone = \'UTC\'; SET statement_timeout = \'60s\'');
    }
  });

  await t.test('cursors', async () => {
    // The order of a list is its own; every cursor has all rows, each once, and keeps to its order.
    const ids = (await rowsOf('SELECT id FROM copy.charges ORDER BY 1')).map(([id]) => id);
    await client.query('BEGIN; DECLARE a CURSOR FOR SELECT id FROM stripe.charges; DECLARE b CURSOR FOR SELECT id FROM stripe.charges; DECLARE c CURSOR FOR SELECT id FROM stripe.customers');
    const seen = { a: [], b: [] };
    for (let round = 0; round < 8; round++) {
      seen.a.push(...(await rowsOf(`FETCH ${round * 10 + 1} FROM a`)).map(([id]) => id));
      seen.b.push(...(await rowsOf('FETCH 130 FROM b')).map(([id]) => id));
      await rowsOf('FETCH 7 FROM c');
      await rowsOf('SELECT count(*) FROM stripe.products');
    }
    seen.a.push(...(await rowsOf('FETCH ALL FROM a')).map(([id]) => id));
    assert.deepStrictEqual(seen.a.sort(), ids);
    assert.deepStrictEqual(seen.b.sort(), ids);
    await client.query('COMMIT');

    await client.query('BEGIN; DECLARE s SCROLL CURSOR FOR SELECT id FROM stripe.charges');
    const scroll = async (how) => (await rowsOf(`FETCH ${how} FROM s`)).map(([id]) => id);
    const first = await scroll('150');
    assert.deepStrictEqual(await scroll('BACKWARD 120'), first.slice(29, 149).reverse());
    const all = [...first.slice(0, 30), ...await scroll('ALL')];
    assert.deepStrictEqual([...all].sort(), ids);
    assert.deepStrictEqual(all.slice(0, 150), first);
    assert.deepStrictEqual(await scroll('ABSOLUTE 400'), [all[399]]);
    assert.deepStrictEqual(await scroll('FIRST'), [all[0]]);
    assert.deepStrictEqual(await scroll('LAST'), [all[CHARGES - 1]]);
    assert.deepStrictEqual(await scroll('RELATIVE -5'), [all[CHARGES - 6]]);
    await client.query('ROLLBACK');

    await client.query('BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT id FROM stripe.charges');
    const held = (await rowsOf('FETCH 10 FROM h')).map(([id]) => id);
    assert.strictEqual(held.length, 10);
    await client.query('COMMIT');
    held.push(...(await rowsOf('FETCH ALL FROM h')).map(([id]) => id));
    assert.deepStrictEqual(held.sort(), ids);
    await client.query('CLOSE h');

    // After an error in one, the savepoint brings the others back.
    await client.query('BEGIN; DECLARE a CURSOR FOR SELECT id FROM stripe.charges');
    const spared = (await rowsOf('FETCH 50 FROM a')).map(([id]) => id);
    await client.query('SAVEPOINT s');
    await failure(client, 'SELECT count(*) FROM stripe.subscription_items');
    await client.query('ROLLBACK TO s');
    spared.push(...(await rowsOf('FETCH ALL FROM a')).map(([id]) => id));
    assert.deepStrictEqual(spared.sort(), ids);
    await client.query('COMMIT');
  });

  await t.test('functions that read in a loop', async () => {
    await client.query(`CREATE FUNCTION totals() RETURNS TABLE (who text, total bigint) LANGUAGE plpgsql AS $$
      DECLARE r record; s bigint;
      BEGIN
        FOR r IN SELECT u.id FROM stripe.customers u ORDER BY id LIMIT 20 LOOP
          SELECT sum(amount) INTO s FROM stripe.charges WHERE customer = r.id;
          who := r.id; total := s; RETURN NEXT;
        END LOOP;
      END $$`);
    assert.deepStrictEqual(await rowsOf('SELECT * FROM totals()'),
      await rowsOf('SELECT u.id, (SELECT sum(amount)::bigint FROM copy.charges c WHERE c.customer = u.id) FROM (SELECT id FROM copy.customers ORDER BY id LIMIT 20) u ORDER BY 1'));
    await client.query(`DO $$ BEGIN
      FOR i IN 1..5 LOOP
        BEGIN PERFORM count(*) FROM stripe.subscription_items; RAISE EXCEPTION 'must fail'; EXCEPTION WHEN fdw_error OR fdw_option_name_not_found OR SQLSTATE 'HV00L' THEN NULL; END;
        PERFORM id FROM stripe.charges LIMIT 3;
      END LOOP; END $$`);
  });

  await t.test('results go into tables and files', async (t2) => {
    await client.query('CREATE TEMPORARY TABLE taken AS SELECT id, amount FROM stripe.charges');
    assert.deepStrictEqual(await rowsOf('SELECT * FROM taken ORDER BY 1'), await rowsOf('SELECT id, amount FROM copy.charges ORDER BY 1'));
    await client.query('INSERT INTO taken SELECT id, amount FROM stripe.charges WHERE currency = \'usd\'');
    await client.query('CREATE MATERIALIZED VIEW kept AS SELECT id, amount FROM stripe.charges; REFRESH MATERIALIZED VIEW kept');
    assert.strictEqual((await rowsOf('SELECT count(*) FROM kept'))[0][0], String(CHARGES));
    const file = `${stack.cluster.folder}/charges.csv`;
    t2.after(() => fs.rmSync(file, { force: true }));
    await client.query(`COPY (SELECT id, amount, currency FROM stripe.charges ORDER BY id) TO '${file}' (FORMAT csv)`);
    const expected = (await rowsOf('SELECT id, amount, currency FROM copy.charges ORDER BY id')).map((row) => row.join(',')).join('\n');
    assert.strictEqual(fs.readFileSync(file, 'utf8').trimEnd(), expected);
    await client.query(`UPDATE orders SET customer = c.customer FROM stripe.charges c WHERE c.id = orders.charge; DELETE FROM orders USING stripe.charges c WHERE c.id = orders.charge AND c.amount < 0`);
    assert.strictEqual((await rowsOf('SELECT count(*) FROM orders'))[0][0], '40');
  });

  await t.test('system columns', async () => {
    const row = ['stripe.charges', '(4294967295,0)', '0', '0', '0', '0', 't'];
    assert.deepStrictEqual(await rowsOf('SELECT c.tableoid::regclass, c.ctid, c.xmin, c.xmax, c.cmin, c.cmax, c.id = (c).id FROM stripe.charges c LIMIT 2'), [row, row]);
    assert.deepStrictEqual(await rowsOf('SELECT count(xmin)::int, count(DISTINCT tableoid)::int FROM stripe.charges'), [[String(CHARGES), '1']]);
    // … of rows that are kept, too
    assert.deepStrictEqual(await rowsOf('SELECT g, (SELECT max(c.xmin::text || c.tableoid::regclass) FROM stripe.charges c WHERE c.amount > g) FROM generate_series(1, 2) g'),
      [['1', '0stripe.charges'], ['2', '0stripe.charges']]);
  });

  await t.test('a leaky function sees no row that a security barrier leaves out, and Stripe is asked all the same', async () => {
    await client.query(`CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$;
      CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM stripe.charges WHERE amount > 5000`);
    const seen = [];
    const notice = ({ message }) => seen.push(message);
    client.on('notice', notice);
    const allowed = (await rowsOf('SELECT id FROM copy.charges WHERE amount > 5000 ORDER BY 1')).flat();
    const own = (await rowsOf(`SELECT id FROM copy.charges WHERE amount > 5000 AND customer = '${customer}' ORDER BY 1`)).flat();
    assert.ok(own.length > 0 && own.length < allowed.length && allowed.length < CHARGES);
    for (const [condition, expected] of [['', allowed], [` AND customer = '${customer}'`, own], [` AND id = '${own[0]}'`, [own[0]]]]) {
      seen.length = 0;
      await takeLog(simulator);
      assert.deepStrictEqual((await rowsOf(`SELECT id FROM barrier WHERE leak(id)${condition}`)).flat().sort(), expected);
      assert.deepStrictEqual(seen.sort(), expected);
      if (condition) for (const { query, path } of await takeLog(simulator)) assert.ok(path.endsWith(own[0]) || query.some(([name]) => name === 'customer'));
    }
    client.off('notice', notice);
    await client.query('DROP VIEW barrier; DROP FUNCTION leak');
  });

  await t.test('partitions and children', async () => {
    const [[middle]] = await rowsOf('SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY created) FROM copy.charges');
    // Stripe has what is new, a table of ours what is old; PostgreSQL takes a partition's word for its bounds.
    const columns = 'id text, created timestamptz, amount bigint, customer text';
    for (const schema of ['stripe', 'copy']) {
      await client.query(`CREATE TABLE ${schema}.parts (${columns}) PARTITION BY RANGE (created);
        CREATE TABLE ${schema}.old PARTITION OF ${schema}.parts FOR VALUES FROM (MINVALUE) TO ('${middle}');
        CREATE TABLE ${schema}.parent (${columns}); INSERT INTO ${schema}.parent VALUES ('mine', '${middle}', 1, '${customer}')`);
    }
    await client.query(`CREATE FOREIGN TABLE stripe.new PARTITION OF stripe.parts FOR VALUES FROM ('${middle}') TO (MAXVALUE) SERVER stripe OPTIONS (object 'charges');
      CREATE TABLE copy.new PARTITION OF copy.parts FOR VALUES FROM ('${middle}') TO (MAXVALUE);
      INSERT INTO copy.new SELECT id, created, amount, customer FROM copy.charges WHERE created >= '${middle}';
      CREATE FOREIGN TABLE stripe.child () INHERITS (stripe.parent) SERVER stripe OPTIONS (object 'charges');
      CREATE TABLE copy.child () INHERITS (copy.parent); INSERT INTO copy.child SELECT id, created, amount, customer FROM copy.charges`);
    for (const sql of [
      `SELECT * FROM {}.parts WHERE created >= '${middle}' ORDER BY created DESC, id LIMIT 20`, `SELECT count(*) FROM {}.parts WHERE created < '${middle}'`,
      `SELECT id FROM {}.parts WHERE customer = '${customer}' AND created >= '${middle}' ORDER BY 1`, `SELECT count(*) FROM {}.parts WHERE created >= (SELECT '${middle}'::timestamptz)`,
      `SELECT o.number, p.id FROM orders o JOIN {}.parts p ON p.id = o.charge AND p.created >= '${middle}' ORDER BY 1`,
      'SELECT count(*), max(created), sum(amount) FROM {}.parent', `SELECT id FROM {}.parent WHERE customer = '${customer}' ORDER BY 1`,
      'SELECT id FROM {}.parent ORDER BY created DESC, id LIMIT 7', 'SELECT o.number, p.id FROM orders o JOIN {}.parent p ON p.id = o.charge ORDER BY 1',
      `SELECT o.number, (SELECT count(*) FROM {}.parent p WHERE p.customer = o.customer) FROM orders o ORDER BY 1`,
      `SELECT count(*) FROM (SELECT id FROM {}.parent UNION ALL SELECT id FROM {}.charges WHERE customer = '${customer}') s`,
    ]) {
      for (const setting of ['SET enable_hashjoin = on', 'SET enable_hashjoin = off', 'SET enable_partitionwise_join = on']) {
        await client.query(setting);
        await same(sql);
      }
      await client.query("RESET ALL; SET timezone = 'UTC'; SET statement_timeout = '60s'");
    }
    await simulator.clearLog();
    await rowsOf(`SELECT * FROM stripe.parts WHERE created < '${middle}'`);
    await rowsOf('SELECT * FROM ONLY stripe.parent');
    assert.deepStrictEqual(await takeLog(simulator), [], 'what is pruned is not asked');
    await client.query('DROP TABLE stripe.parts, copy.parts, stripe.parent, copy.parent CASCADE');
  });

  await t.test('a row of ours that changes while it is waited for is tested again', async () => {
    const second = await stack.connect();
    await second.query('CREATE TABLE line AS SELECT number, charge, customer FROM orders WHERE number <= 5; ANALYZE line');
    const counts = new Map(await rowsOf('SELECT customer, count(*) FROM copy.charges GROUP BY 1'));
    for (const methods of ['enable_hashjoin = off; SET enable_mergejoin = off', 'enable_nestloop = off']) {
      await client.query(`SET ${methods}`);
      await second.query('BEGIN; UPDATE line SET number = number + 100 WHERE number IN (1, 2, 3)');
      const answer = rowsOf(`SELECT l.number, l.customer, c.id = l.charge, (SELECT count(*) FROM stripe.charges x WHERE x.customer = l.customer)
        FROM line l JOIN stripe.charges c ON c.id = l.charge WHERE l.number <> 102 ORDER BY l.number FOR UPDATE OF l`);
      await until('it waits', async () => (await stack.value("SELECT count(*) FROM pg_locks WHERE NOT granted")) === '1');
      await second.query('COMMIT');
      const rows = await answer;
      assert.deepStrictEqual(rows.map(([number]) => number), ['101', '103', '4', '5']);
      for (const [, who, joined, count] of rows) assert.deepStrictEqual([joined, count], ['t', who === null ? '0' : counts.get(who)]);
      await second.query('UPDATE line SET number = number - 100 WHERE number > 100');
      await client.query("RESET ALL; SET timezone = 'UTC'; SET statement_timeout = '60s'");
    }
    await second.query('DROP TABLE line');
    await second.end();
  });

  await t.test('writing is refused', async () => {
    for (const sql of ["INSERT INTO stripe.charges (id) VALUES ('ch_1')", 'UPDATE stripe.charges SET amount = 0', 'DELETE FROM stripe.charges', 'TRUNCATE stripe.charges',
      "COPY stripe.charges (id) FROM PROGRAM 'echo ch_1'", "MERGE INTO stripe.charges c USING orders o ON c.id = o.charge WHEN MATCHED THEN DELETE"]) {
      assertTells(await failure(client, sql), /^(0A000|55000|42809|HV)/, 'charges');
    }
    await takeLog(simulator);
    for (const sql of ['SELECT id FROM stripe.charges FOR UPDATE LIMIT 3', 'SELECT id FROM stripe.charges FOR SHARE SKIP LOCKED LIMIT 3',
      'SELECT c.id FROM stripe.charges c JOIN orders o ON o.charge = c.id ORDER BY 1 FOR UPDATE LIMIT 3']) {
      const [outcome] = await Promise.allSettled([rowsOf(sql)]);
      if (outcome.status === 'fulfilled') assert.strictEqual(outcome.value.length, 3);
      else assertTells(outcome.reason, /^(0A000|55000|42809|HV)/, '');
    }
  });

  await t.test('a change of options is seen at once', async () => {
    await client.query(`PREPARE few AS SELECT count(*) FROM stripe.charges; PREPARE mine AS SELECT id FROM stripe.charges WHERE customer = $1`);
    await client.query("SET plan_cache_mode = force_generic_plan; ALTER SERVER stripe OPTIONS (ADD concurrency '1')");
    const limits = async (sql) => {
      await simulator.clearLog();
      await client.query(sql);
      return (await takeLog(simulator)).map(({ query }) => Object.fromEntries(query).limit);
    };
    assert.strictEqual((await limits('EXECUTE few')).length, CHARGES / 100);
    await client.query("ALTER FOREIGN TABLE stripe.charges OPTIONS (ADD page_size '70')");
    assert.deepStrictEqual(await limits('EXECUTE few'), Array(CHARGES / 70).fill('70'));
    await client.query("ALTER FOREIGN TABLE stripe.charges OPTIONS (DROP page_size); ALTER SERVER stripe OPTIONS (ADD page_size '50')");
    assert.deepStrictEqual(await limits('EXECUTE few'), Array(CHARGES / 50).fill('50'));
    await client.query('ALTER SERVER stripe OPTIONS (DROP page_size)');
    await client.query("ALTER FOREIGN TABLE stripe.charges ALTER customer OPTIONS (ADD path 'payment_intent')");
    await simulator.clearLog();
    await client.query("EXECUTE mine('pi_1')").catch(() => {});
    assert.deepStrictEqual((await takeLog(simulator))[0].query.find(([name]) => name !== 'limit'), ['payment_intent', 'pi_1']);
    await client.query('ALTER FOREIGN TABLE stripe.charges ALTER customer OPTIONS (DROP path)');
    await client.query("ALTER SERVER stripe OPTIONS (SET api_base 'http://127.0.0.1:1', ADD max_retries '0')");
    assertTells(await failure(client, 'EXECUTE few'), /^08/, '127.0.0.1');
    await client.query(`ALTER SERVER stripe OPTIONS (SET api_base '${simulator.url}', DROP max_retries)`);
    assert.strictEqual((await limits('EXECUTE few')).length, CHARGES / 100);
    await client.query('SET stripe_fdw.enable_pushdown = off; ALTER SERVER stripe OPTIONS (DROP concurrency)');
    await simulator.clearLog();
    assert.deepStrictEqual((await rowsOf(`EXECUTE mine('${customer}')`)).sort(), (await rowsOf(`SELECT id FROM copy.charges WHERE customer = '${customer}'`)).sort());
    await client.query('RESET ALL; SET timezone = \'UTC\'; SET statement_timeout = \'60s\'; DEALLOCATE ALL');
  });

  await t.test('DISCARD ALL, and another role afterwards', async () => {
    await client.query('DISCARD ALL');
    await client.query("SET timezone = 'UTC'; SET statement_timeout = '60s'");
    await same(`SELECT id FROM {}.charges WHERE customer = '${other}' ORDER BY 1`);
  });

  await t.test('whose user mapping', async () => {
    // Each key may do other things, so that it shows whose was used.
    await client.query(`CREATE ROLE clerk; CREATE ROLE owner_of_view; CREATE ROLE nobody_known; GRANT USAGE ON SCHEMA stripe TO clerk, owner_of_view, nobody_known;
      GRANT SELECT ON ALL TABLES IN SCHEMA stripe TO clerk, owner_of_view; GRANT SELECT ON stripe.charges TO nobody_known; GRANT CREATE ON SCHEMA public TO owner_of_view;
      CREATE USER MAPPING FOR clerk SERVER stripe OPTIONS (api_key 'rk_test_stripe_fdw_sim_none');
      CREATE USER MAPPING FOR owner_of_view SERVER stripe OPTIONS (api_key 'rk_test_stripe_fdw_sim_charges')`);
    const as = async (role, sql) => {
      await client.query(`SET ROLE ${role}`);
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.query('RESET ROLE');
      }
    };
    const refused = (role, sql) => as(role, sql).then(() => assert.fail(`${role} may not: ${sql}`), (error) => error);
    assertTells(await refused('clerk', 'SELECT id FROM stripe.charges LIMIT 1'), '42501', 'rak_charge_read');
    assert.strictEqual((await as('owner_of_view', 'SELECT id FROM stripe.charges LIMIT 1')).length, 1);
    assertTells(await refused('nobody_known', 'SELECT id FROM stripe.charges LIMIT 1'), /^(42704|HV|28)/, 'user mapping');

    await as('owner_of_view', 'CREATE VIEW shown AS SELECT id, amount FROM stripe.charges');
    await as('owner_of_view', 'CREATE FUNCTION counted() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS $$ SELECT count(*) FROM stripe.charges $$');
    await as('owner_of_view', 'CREATE FUNCTION counted_as_caller() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM stripe.charges $$');
    await as('owner_of_view', 'GRANT SELECT ON shown TO clerk, nobody_known');
    for (const role of ['clerk', 'nobody_known', 'owner_of_view']) {
      assert.strictEqual((await as(role, 'SELECT id FROM shown LIMIT 1')).length, 1, `a view is read as its owner, by ${role}`);
      assert.strictEqual((await as(role, 'SELECT counted()'))[0].counted, String(CHARGES));
    }
    await as('owner_of_view', 'CREATE VIEW shown_as_caller WITH (security_invoker = true) AS SELECT id FROM stripe.charges');
    await as('owner_of_view', 'GRANT SELECT ON shown_as_caller TO clerk');
    assertTells(await refused('clerk', 'SELECT id FROM shown_as_caller LIMIT 1'), '42501', 'rak_charge_read');
    assertTells(await refused('clerk', 'SELECT counted_as_caller()'), '42501', 'rak_charge_read');
    // A prepared statement runs as whoever executes it.
    await client.query('SET plan_cache_mode = force_generic_plan; PREPARE first AS SELECT id FROM stripe.charges LIMIT 1');
    assert.strictEqual((await as('owner_of_view', 'EXECUTE first')).length, 1);
    assertTells(await refused('clerk', 'EXECUTE first'), '42501', 'rak_charge_read');
    assert.strictEqual((await as('owner_of_view', 'EXECUTE first')).length, 1);
    await client.query('DEALLOCATE first; RESET plan_cache_mode');
    // Two users' tables in one statement.
    assertTells(await refused('clerk', 'SELECT count(*) FROM shown s JOIN stripe.charges c USING (id)'), '42501', 'rak_charge_read');

    await client.query(`CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key '${API_KEY}')`);
    assert.strictEqual((await as('nobody_known', 'SELECT id FROM stripe.charges LIMIT 1')).length, 1, 'the mapping for PUBLIC serves those without one');
    assertTells(await refused('clerk', 'SELECT id FROM stripe.charges LIMIT 1'), '42501', 'rak_charge_read');
    // Keys are not shown to those who may not see them.
    assert.deepStrictEqual(await as('clerk', "SELECT * FROM pg_user_mappings WHERE umoptions::text LIKE '%sk_test%' OR umoptions::text LIKE '%_sim_charges%'"), []);
  });

  await t.test('cancel and statement_timeout end a wait, and the session goes on', async () => {
    const victim = await stack.connect();
    const { rows: [{ pid }] } = await victim.query('SELECT pg_backend_pid() AS pid');
    const waits = [
      ['before the first byte', [{ match: { path: '/v1/charges', after: 1 }, action: { hang: true } }]],
      ['after the headers', [{ match: { path: '/v1/charges' }, action: { delay_after_headers_ms: 60000 } }]],
      ['in the body', [{ match: { path: '/v1/charges' }, action: { drip: { bytes: 1, interval_ms: 500 } } }]],
      ['before a retry', [{ match: { path: '/v1/charges' }, action: { status: 503, headers: { 'retry-after': '30' }, body: { error: { message: 'later' } } } }]],
    ];
    // What a backend holds open: connections, wait sets, files.
    const open = () => fs.readdirSync(`/proc/${pid}/fd`).length;
    await victim.query('SELECT count(*) FROM stripe.charges');
    const before = open();
    for (const [what, rules] of waits) {
      for (const way of ['cancel', 'timeout']) {
        await simulator.faults(rules);
        await simulator.clearLog();
        if (way === 'timeout') await victim.query("SET statement_timeout = '400ms'");
        const outcome = failure(victim, 'SELECT count(*) FROM stripe.charges');
        if (way === 'cancel') {
          // Once Stripe has been asked for what it will not give, and the backend waits for it.
          const asked = rules[0].match.after ? 2 : 1;
          for (;;) {
            const log = (await simulator.log()).filter(({ path }) => path === '/v1/charges');
            const [[wait]] = await rowsOf(`SELECT wait_event_type FROM pg_stat_activity WHERE pid = ${pid}`);
            if (log.length >= asked && wait !== null) break;
          }
          await client.query(`SELECT pg_cancel_backend(${pid})`);
        }
        assertTells(await outcome, '57014', '');
        await simulator.faults([]);
        await victim.query('RESET statement_timeout');
        assert.strictEqual((await victim.query('SELECT count(*) FROM stripe.charges')).rows[0].count, String(CHARGES), `${way} ${what}`);
      }
    }
    assert.ok(open() <= before + 1, `${open()} files and sockets are open, ${before} before`);
    // A backend that is terminated in its wait is gone.
    await simulator.faults([{ match: { path: '/v1/charges' }, action: { hang: true } }]);
    await simulator.clearLog();
    const outcome = failure(victim, 'SELECT count(*) FROM stripe.charges');
    while ((await simulator.log()).every(({ path }) => path !== '/v1/charges'));
    await client.query(`SELECT pg_terminate_backend(${pid})`);
    assertTells(await outcome, '57P01', '');
    while ((await rowsOf(`SELECT 1 FROM pg_stat_activity WHERE pid = ${pid}`)).length);
    await simulator.faults([]);
  });

  await t.test('dropping and creating anew', async () => {
    await client.query('DROP FOREIGN TABLE stripe.refunds');
    await client.query('IMPORT FOREIGN SCHEMA stripe LIMIT TO (refunds) FROM SERVER stripe INTO stripe');
    assert.ok((await rowsOf('SELECT * FROM stripe.refunds')).length > 0);
    await client.query('BEGIN; DROP SERVER stripe CASCADE; ROLLBACK');
    await same(`SELECT id FROM {}.charges WHERE customer = '${customer}' ORDER BY 1`);
    await client.query('DROP EXTENSION stripe_fdw CASCADE; CREATE EXTENSION stripe_fdw');
  });
});
