// Whole-system tests: a throwaway PostgreSQL server, the Stripe simulator, and
// the extension between them.
//
//   const { startStack } = require('./lib');
//
//   test('a filter becomes a request', async (t) => {
//     const stack = await startStack(t, { simulator: ['--charges', '500'] });
//     const { rows } = await stack.query("SELECT id FROM stripe.charges WHERE customer = 'cus_1'");
//     assert.deepStrictEqual(await stack.requests(), ['GET /v1/charges?customer=cus_1&limit=100']);
//   });
//
// startStack(t, options) starts both, creates the extension, a server "stripe",
// a user mapping and the schema "stripe", and imports every table into it.
// Everything ends with the test (or suite) t; and with this process, however it
// ends.  options:
//   simulator   command-line arguments for test/sim/main.js
//   cluster     as startCluster's
//   server      options for CREATE SERVER besides api_base; rate limits that no
//               test meets are among them: { rate_limit: null } leaves one out
//   mapping     options for CREATE USER MAPPING; default: the simulator's key
//   import      what to import: true (default): everything; false: nothing;
//               or the clause: 'LIMIT TO (charges)'
// A Stack has
//   cluster, simulator
//   query(sql, values)   one statement on a connection that it keeps; values
//                        come back as PostgreSQL writes them, as text, so that
//                        no digit is lost: '12', 't', null.  A failed statement
//                        is a rejection with code (the SQLSTATE), message,
//                        detail and hint
//   column(sql, values)  the first column of the answer, as an array
//   value(sql, values)   the only value of the answer
//   explain(sql, how)    the lines of EXPLAIN (how), how: 'COSTS OFF'
//   connect(options)     another connection, a client of the package pg
//   requests()           what Stripe was asked since the last call of it, as
//                        'GET /v1/charges?created[gte]=1&limit=10', decoded;
//                        control routes are left out
//   stop()
//
// startCluster(t, options) starts PostgreSQL alone: a new data directory, a
// Unix socket in a private folder, no network.  options:
//   settings    lines of postgresql.conf: { work_mem: '64kB' }
//   initdb      its arguments: ['--encoding', 'LATIN1', '--locale', 'C']
//   environment variables of the server: { http_proxy: 'http://127.0.0.1:1' }
//   exposes     the one key that pg_stat_statements may show, as a literal by
//               itself: a test of statements that nothing redacts
// A Cluster has socketDir, port, user, database, environment (PGHOST …),
// pid (the postmaster's), connect(options), serverLog(), leaks() (keys that are
// shown in the log or by pg_stat_statements) and stop(), which fails if a
// backend has crashed, or the log warns of a memory leak; crash(pid) kills
// a backend on purpose, killPostmaster() the server's first process.
//
// startSimulator(t, args) starts the simulator alone.  A Simulator has
//   url
//   log(), clearLog()           the requests received
//   faults(rules)               POST /_sim/faults; [] ends them
//   config(settings)            POST /_sim/config: latency, limits
//   objects(resource)           all objects of a resource as it holds them
//   createObject(resource, o), deleteObject(resource, id), reset()
//   control(method, path, body) any other control route
//   stop()
//
// Of a process by its pid (SELECT pg_backend_pid()):
//   cpuSeconds(pid)   user and system time so far, in steps of 10 ms
//   peakMemory(pid)   peak resident size in KiB
//   openFiles(pid)    number of open file descriptors
//
// Servers run as an unprivileged user when this process is root's.  Nothing in
// here needs an npm package but the connections, which need pg.
'use strict';

const { startCluster } = require('./cluster');
const { startSimulator, API_KEY } = require('./simulator');
const { startStack } = require('./stack');
const { cpuSeconds, peakMemory, openFiles } = require('./process-stats');

module.exports = {
  startCluster,
  startSimulator,
  startStack,
  API_KEY,
  cpuSeconds,
  peakMemory,
  openFiles,
};
