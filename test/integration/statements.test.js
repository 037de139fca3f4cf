// Statements with a secret in them whose query is analysed while they are
// executed: where its constants are is counted in the text as it came.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startCluster } = require('./lib');

// A constant of a query, which nothing hides: it is no secret of a user mapping or of one of our functions.
const SECRET = `sk_test_${'s'.repeat(100)}`;
// What is 100 characters further on, where the constants are taken to be once the secret is shorter.
const SELECT = `SELECT '${SECRET}', ${'1,'.repeat(100)}'${'l'.repeat(300)}',${'1,'.repeat(200)}2`;

test('statements with a secret in them, under pg_stat_statements', async (t) => {
  const cluster = await startCluster(t, { settings: {
    shared_preload_libraries: 'pg_stat_statements,stripe_fdw', 'pg_stat_statements.track': 'all', compute_query_id: 'on',
  }, exposes: SECRET });
  const client = await cluster.connect();
  await client.query('CREATE EXTENSION pg_stat_statements');
  for (const statement of [
    `PREPARE p AS ${SELECT}`,
    `EXPLAIN ${SELECT}`,
    `DO 'BEGIN END'; PREPARE q AS ${SELECT}`,
    `BEGIN; DECLARE c CURSOR FOR ${SELECT}; COMMIT`,
    `COPY (${SELECT}) TO '/dev/null'`,
    `CREATE TEMPORARY VIEW v AS SELECT FROM (${SELECT}) AS s`,
    `CREATE TEMPORARY TABLE t AS SELECT FROM (${SELECT}) AS s`,
  ]) {
    await client.query(statement);
    assert.strictEqual((await client.query("SELECT 'there' AS it")).rows[0].it, 'there', statement.slice(0, 30));
  }
  assert.deepStrictEqual(await cluster.leaks(), [], 'nothing but the constant that was put there');
  await client.query("COMMENT ON DATABASE postgres IS 'sk_test_of_another_name'");
  assert.strictEqual((await cluster.leaks()).length, 1, 'any other is still found');
  await client.query('SELECT pg_stat_statements_reset()');
});
