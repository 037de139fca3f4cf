// The key is nowhere but where it was written down.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { startStack, API_KEY } = require('./lib');
const { failure, told } = require('./lib/faulty');
const { takeLog } = require('./lib/asked');
const { startServer } = require('./lib/raw-server');

const WRONG_KEY = 'sk_test_wrong_but_secret_98765432';
const FILE_KEY = 'sk_test_stripe_fdw_sim'; // the same key, from a file

test('secrets', async (t) => {
  const stack = await startStack(t, {
    simulator: ['--charges', '250'],
    cluster: { settings: { log_min_messages: 'debug5', log_statement: 'all', log_min_error_statement: 'debug5', log_error_verbosity: 'verbose', client_min_messages: 'debug5',
      log_min_duration_statement: '0', debug_print_parse: 'on', debug_print_rewritten: 'on', debug_print_plan: 'on', log_parser_stats: 'on', log_lock_waits: 'on',
      track_activity_query_size: '65536', max_prepared_transactions: '5' } },
    server: { max_retries: '1', timeout: '3000' },
  });
  const { simulator, cluster } = stack;
  const shown = []; // all that a client was told
  const client = await stack.connect();
  const notices = [];
  client.on('notice', (notice) => notices.push(`${told(notice)} ${JSON.stringify(notice)}`));
  const run = async (sql) => {
    notices.length = 0;
    const outcome = await client.query(sql).catch((error) => error);
    // The user's own statement is repeated by PostgreSQL as often as its settings say.
    if (!/sk_test/.test(sql)) shown.push(...notices);
    shown.push(outcome instanceof Error ? `${told(outcome)} ${JSON.stringify(outcome)}` : JSON.stringify(outcome.rows ?? outcome));
    return outcome;
  };
  // Every place that holds the key openly is one of those statements.
  const mappings = /CREATE USER MAPPING|ALTER USER MAPPING/;

  await t.test('queries, plans and errors', async () => {
    for (const sql of [
      'SELECT * FROM stripe.charges LIMIT 5', 'SELECT count(*) FROM stripe.charges', "SELECT * FROM stripe.charges WHERE customer = 'cus_none'", "SELECT * FROM stripe.charges WHERE id = 'ch_none'",
      'EXPLAIN (VERBOSE, COSTS) SELECT * FROM stripe.charges', 'EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, FORMAT JSON) SELECT c.id FROM stripe.charges c JOIN stripe.customers u ON u.id = c.customer',
      'PREPARE q AS SELECT * FROM stripe.charges WHERE customer = $1', "EXPLAIN VERBOSE EXECUTE q('x')", "EXECUTE q('x')", 'BEGIN', 'DECLARE c CURSOR FOR SELECT * FROM stripe.charges', 'FETCH 3 FROM c',
      'SELECT name, statement FROM pg_cursors', 'SELECT name, statement FROM pg_prepared_statements', 'ROLLBACK',
      'SELECT * FROM stripe.subscription_items', 'SELECT * FROM stripe_resources()', "SELECT * FROM stripe_columns('charges')", 'SELECT stripe_fdw_version()', 'SELECT pg_backend_pid()',
      'SELECT srvoptions FROM pg_foreign_server', 'SELECT * FROM information_schema.foreign_server_options', 'SELECT ftoptions FROM pg_foreign_table LIMIT 3', 'SHOW ALL',
      "SELECT name, setting FROM pg_settings WHERE name LIKE 'stripe%'", 'SELECT query, backend_type FROM pg_stat_activity', "SELECT pg_get_viewdef('pg_user_mappings')",
      "SELECT string_agg(m::text, '') FROM pg_backend_memory_contexts m",
    ]) await run(sql);
    for (const action of [{ status: 500, body: { error: { message: `Invalid API Key provided: ${API_KEY}` } } }, { status: 401, body: { error: { message: `key ${API_KEY} is wrong, header Authorization: Bearer ${API_KEY}` } } },
      { status: 400, body: { error: { message: 'x', code: API_KEY, param: `p[${API_KEY}]`, type: API_KEY } } }, { status: 302, headers: { location: `http://127.0.0.1:1/?key=${API_KEY}` } },
      { html: `<html>${API_KEY}</html>` }, { body: `{"error": "${API_KEY}"` }, { headers: { 'request-id': API_KEY }, status: 404, body: '{}' }, { hang: true }, { reset: 'headers' }, { cut_body_at: 0.5 }, { bad_gzip: true }]) {
      await simulator.faults([{ match: { path: '/v1/charges' }, action }]);
      await run('SELECT id, amount, created FROM stripe.charges');
    }
    await simulator.faults([]);
    await run("SET statement_timeout = '100ms'");
    await simulator.faults([{ match: { path: '/v1/charges' }, action: { hang: true } }]);
    await run('SELECT * FROM stripe.charges');
    await simulator.faults([]);
    await run('RESET statement_timeout');
    await run('SELECT pg_log_backend_memory_contexts(pg_backend_pid())');
    assert.ok(shown.length > 40);
    for (const text of shown) assert.ok(!text.includes(API_KEY) && !text.includes(encodeURIComponent(API_KEY)), `the key in: ${text.slice(0, 2000)}`);
  });

  await t.test('a wrong key, and options that are refused, are not echoed', async () => {
    shown.length = 0;
    await client.query(`CREATE SERVER second FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${simulator.url}'); CREATE FOREIGN TABLE second (id text) SERVER second OPTIONS (object 'charges');
      CREATE USER MAPPING FOR CURRENT_USER SERVER second OPTIONS (api_key '${WRONG_KEY}')`);
    assert.strictEqual((await run('SELECT * FROM second')).code, '28000');
    for (const sql of [
      `CREATE SERVER x FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_key '${WRONG_KEY}')`, `ALTER SERVER stripe OPTIONS (ADD api_key '${WRONG_KEY}')`, `ALTER FOREIGN TABLE second OPTIONS (ADD api_key '${WRONG_KEY}')`,
      `CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (apikey '${WRONG_KEY}')`, `CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (api_key '${WRONG_KEY}', timeout '${WRONG_KEY}')`,
      `CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (auth_scheme '${WRONG_KEY}')`, `ALTER SERVER second OPTIONS (ADD account '${WRONG_KEY}')`, `ALTER SERVER second OPTIONS (SET api_base 'https://${WRONG_KEY}@api.stripe.com')`,
      `CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (api_key ' ${WRONG_KEY}\n')`, `CREATE USER MAPPING FOR PUBLIC SERVER second OPTIONS (api_key_file '/nonexistent/key')`, 'DROP USER MAPPING IF EXISTS FOR PUBLIC SERVER second',
    ]) await run(sql);
    for (const text of shown) assert.ok(!text.includes(WRONG_KEY), `the key in: ${text.slice(0, 2000)}`);
  });

  await t.test('a key from a file', async (t2) => {
    const file = path.join(cluster.folder, 'key');
    fs.writeFileSync(file, `${FILE_KEY}\n`, { mode: 0o600 });
    const { uid, gid } = fs.statSync(cluster.folder);
    fs.chownSync(file, uid, gid);
    t2.after(() => fs.rmSync(file, { force: true }));
    await client.query(`ALTER USER MAPPING FOR CURRENT_USER SERVER second OPTIONS (DROP api_key, ADD api_key_file '${file}')`);
    const outcome = await run('SELECT * FROM second');
    assert.strictEqual(outcome.rows?.length, 250, outcome.message);
    fs.chmodSync(file, 0o644);
    assert.ok((await run('SELECT * FROM second')) instanceof Error, 'a file that everybody may read');
    fs.chmodSync(file, 0o600);
    fs.writeFileSync(file, '');
    assert.ok((await run('SELECT * FROM second')) instanceof Error, 'an empty file');
  });

  await t.test('the key goes to the configured host alone, in one header', async (t2) => {
    const seen = [];
    const server = await startServer((request, response) => {
      seen.push({ url: request.url, headers: request.rawHeaders });
      response.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="x"' });
      response.end('{"error":{"message":"no"}}');
    });
    t2.after(server.close);
    await client.query(`CREATE SERVER third FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${server.url}'); CREATE FOREIGN TABLE third (id text) SERVER third OPTIONS (object 'charges');
      CREATE USER MAPPING FOR CURRENT_USER SERVER third OPTIONS (api_key '${API_KEY}')`);
    await run("SELECT * FROM third WHERE id = 'x'");
    await run('SELECT * FROM third');
    assert.strictEqual(seen.length, 2, 'a 401 is not answered with another attempt');
    for (const { url, headers } of seen) {
      assert.ok(!url.includes(API_KEY));
      const holding = headers.filter((text) => text.includes(API_KEY));
      assert.deepStrictEqual(holding, [`Bearer ${API_KEY}`]);
      assert.strictEqual(headers.filter((text) => text.toLowerCase() === 'authorization').length, 1);
    }
  });

  await t.test('the server log', async () => {
    const requests = await takeLog(simulator);
    assert.ok(requests.length > 20, 'Stripe was asked a lot while it was written');
    const log = cluster.serverLog();
    assert.match(log, /DEBUG/, 'the log tells everything');
    assert.ok(!log.includes(Buffer.from(API_KEY).toString('base64')));
    // A statement may go over several lines and be logged several times: as it came, in its parse tree, with its duration.
    const entries = log.split(/^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \w+ \[\d+\] )/m);
    const leaks = entries.filter((entry) => (entry.includes(API_KEY) || entry.includes(WRONG_KEY)) && !isStatement(entry));
    assert.deepStrictEqual(leaks.map((entry) => entry.slice(0, 600)), []);
  });

  // Entries that repeat a statement of the user's that holds the key: its text or its parse tree.
  function isStatement(entry) {
    const body = entry.replace(/^[^\n]*?\] /, '');
    return mappings.test(body) && /^(LOG|DEBUG|STATEMENT|ERROR)/.test(body)
      || /^STATEMENT:\s+(CREATE|ALTER) (SERVER|FOREIGN TABLE|USER MAPPING)/.test(body)
      || /^LOG:\s+\w+: (statement|duration)/.test(body) && /statement: (CREATE|ALTER) (SERVER|FOREIGN TABLE|USER MAPPING)/.test(body)
      || /^LOG:\s+\w+: (parse tree|rewritten parse tree|plan):/.test(body) && /:utilityStmt|CREATEUSERMAPPING|DEFELEM/.test(body);
  }

  await t.test('pg_stat_activity while a request is under way', async () => {
    await simulator.faults([{ match: { path: '/v1/charges' }, action: { hang: true } }]);
    await simulator.clearLog();
    const busy = await stack.connect();
    const { rows: [{ pid }] } = await busy.query('SELECT pg_backend_pid() AS pid');
    const outcome = failure(busy, 'SELECT * FROM stripe.charges');
    while ((await simulator.log()).every(({ path: asked }) => asked !== '/v1/charges'));
    const rows = JSON.stringify((await client.query('SELECT * FROM pg_stat_activity')).rows);
    assert.ok(!rows.includes(API_KEY));
    for (const file of ['cmdline', 'environ']) assert.ok(!fs.readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(API_KEY), file);
    await client.query(`SELECT pg_cancel_backend(${pid})`);
    await outcome;
    await simulator.faults([]);
  });
});
