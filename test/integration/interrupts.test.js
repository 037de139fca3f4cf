// Whatever a backend waits for, with one request or with several: it can be interrupted, and loses nothing by that.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { startStack, openFiles, API_KEY } = require('./lib');
const { makeCertificate } = require('./lib/certificate');
const { startFront } = require('./lib/front');
const { until } = require('./lib/until');

const SOON = 5000; // ms: far below every timeout; how long it really takes is printed
const SEVERAL = 160; // rows after which several requests are in flight
const IDLE = 16; // connections that a backend keeps
const SETTINGS = { shared_preload_libraries: 'stripe_fdw', jit: 'off' };
const SERVER = { timeout: 60000, connect_timeout: 60000, page_size: 20, concurrency: 8, rate_limit: 10000, endpoint_rate_limit: 10000 };

// A name service that keeps silent while a file exists; see slow-resolver.c.
function makeResolver(t) {
  const folder = fs.mkdtempSync('/tmp/stripe_fdw_resolver.');
  fs.chmodSync(folder, 0o755);
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const library = path.join(folder, 'resolver.so');
  const silence = path.join(folder, 'silence');
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, path.join(__dirname, 'lib', 'slow-resolver.c'), '-ldl'], { stdio: 'pipe' });
  return { environment: { LD_PRELOAD: library, SLOW_RESOLVER: silence }, keepSilent: () => fs.writeFileSync(silence, ''), speak: () => fs.rmSync(silence) };
}

// It is no more, or waits for its parent to notice.
function isGone(pid) {
  try {
    return /\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return error.code === 'ENOENT' || error.code === 'ESRCH';
  }
}

test('interrupts', async (t) => {
  const resolver = makeResolver(t);
  const stack = await startStack(t, { cluster: { settings: SETTINGS, environment: resolver.environment }, simulator: ['--charges', '6000'], server: SERVER });
  const { simulator } = stack;
  const certificate = makeCertificate(t);
  const [plain, secure, resolved] = await Promise.all([undefined, certificate, certificate].map((tls) => startFront(t, simulator.url, tls)));
  // Each phase has a resource of its own, so that all can be on at once.
  const struck = {};
  const strike = (resource, action) => ({
    block: async () => { struck[resource] = { match: { path: `/v1/${resource}` }, action }; await simulator.faults(Object.values(struck)); },
    unblock: async () => { delete struck[resource]; await simulator.faults(Object.values(struck)); },
  });
  const { port } = new URL(resolved.url);
  const phases = {
    'name resolution': { base: `https://api.slow.test:${port}`, single: true, block: resolver.keepSilent, unblock: resolver.speak },
    connecting: { base: plain.url, block: () => plain.freeze(), unblock: () => plain.relay() },
    'TLS handshake': { base: secure.url, block: () => secure.mute(), unblock: () => secure.relay() },
    'first byte': { table: 'payment_intents', ...strike('payment_intents', { hang: true }) },
    'between headers and body': { table: 'refunds', ...strike('refunds', { delay_after_headers_ms: 60000 }) },
    'the body': { table: 'balance_transactions', ...strike('balance_transactions', { drip: { bytes: 10, interval_ms: 50 } }) },
    'back-off': { table: 'invoices', idle: true, ...strike('invoices', { status: 503, headers: { 'Retry-After': '50' } }) },
    'the limiter': { table: 'invoice_payments', options: { endpoint_rate_limit: 1 }, idle: true, several: 40, block: () => {}, unblock: () => {} },
  };
  const options = (given) => Object.entries(given).map(([name, value]) => `${name} '${value}'`).join(', ');
  for (const [at, phase] of Object.values(phases).entries()) {
    phase.table ??= 'charges';
    for (const concurrency of [1, 8]) {
      const name = `s${at}_${concurrency}`;
      await stack.query(`CREATE SERVER ${name} FOREIGN DATA WRAPPER stripe_fdw
          OPTIONS (${options({ ...SERVER, api_base: phase.base ?? simulator.url, ca_file: certificate.cert, concurrency, ...phase.options })});
        CREATE USER MAPPING FOR CURRENT_USER SERVER ${name} OPTIONS (api_key '${API_KEY}'); CREATE SCHEMA ${name};
        IMPORT FOREIGN SCHEMA stripe LIMIT TO (${phase.table}) FROM SERVER ${name} INTO ${name}`);
      phase[concurrency] = `${name}.${phase.table}`;
    }
  }

  const version = Number(await stack.value('SHOW server_version_num'));
  const waitEvents = version >= 170000 ? ['StripeRequest', 'StripeBackoff'] : ['Extension'];
  const inFlight = () => stack.value('SELECT coalesce(sum(in_flight), 0)::int FROM stripe_stats');

  // Takes a session to where it will wait in a phase when it goes on.
  async function prepare(client, phase, concurrency) {
    await client.query(`BEGIN; DECLARE c CURSOR FOR SELECT id FROM ${phase[concurrency]}`);
    if (concurrency > 1) await client.query(`FETCH ${phase.several ?? SEVERAL} FROM c`);
    await phase.block();
  }

  // Goes on; resolves to the error, and how long it took.
  function goOn(client) {
    const began = Date.now();
    return client.query('FETCH ALL FROM c').then(() => null, (error) => ({ code: error.code, ms: Date.now() - began }));
  }

  // It waits, under the name of the wait event, and several requests are in flight if there are any.
  const waits = (client, phase, concurrency) => until(`it waits, reading ${phase[concurrency]}`, async () => {
    const { rows: [line] } = await stack.query(`SELECT wait_event_type, wait_event, in_flight FROM pg_stat_activity p
      JOIN stripe_activity a USING (pid) WHERE pid = $1 AND state = 'active'`, [client.processID]);
    if (!line || !waitEvents.includes(line.wait_event)) return false;
    assert.strictEqual(line.wait_event_type, 'Extension');
    return concurrency === 1 || phase.idle || Number(line.in_flight) > 1;
  });

  const session = await stack.connect();
  const works = async (client, from = 'stripe.charges') => assert.deepStrictEqual(
    (await client.query(`SELECT count(*) FROM (SELECT id FROM ${from} LIMIT 30) c`)).rows, [{ count: '30' }]);
  await works(session);
  const files = openFiles(session.processID);

  const ends = {
    cancel: { code: '57014', end: (pid) => stack.query('SELECT pg_cancel_backend($1)', [pid]) },
    statement_timeout: { code: '57014', after: 1500 },
    pg_terminate_backend: { code: '57P01', goes: true, end: (pid) => stack.query('SELECT pg_terminate_backend($1)', [pid]) },
  };
  for (const [name, phase] of Object.entries(phases)) {
    for (const concurrency of phase.single ? [1] : [1, 8]) {
      await t.test(`${name}, ${concurrency === 1 ? 'one request' : 'several'}`, async (t2) => {
        const took = [];
        for (const [how, { code, end, after = 0, goes }] of Object.entries(ends)) {
          // A session remembers the addresses that it was told.
          const client = goes || phase.single ? await stack.connect() : session;
          await prepare(client, phase, concurrency);
          if (after) await client.query(`SET LOCAL statement_timeout = ${after}`);
          const failing = goOn(client);
          await waits(client, phase, concurrency);
          const began = Date.now();
          await end?.(client.processID);
          const failure = await failing;
          const ms = end ? Date.now() - began : failure.ms - after;
          took.push(`${how} ${ms} ms`);
          assert.strictEqual(failure?.code, code, how);
          assert.ok(ms < SOON, `${how} took ${ms} ms`);
          if (goes) await until('it is gone', () => isGone(client.processID));
          else {
            // The same session goes on: elsewhere at once, and here when it works again.
            await client.query('ROLLBACK');
            await works(client);
          }
          await phase.unblock();
          if (!goes) {
            await works(client, phase[concurrency]);
            await until('no thread is left', () => fs.readdirSync(`/proc/${client.processID}/task`).length === 1);
          }
          assert.strictEqual(await inFlight(), '0', `${how}: nothing is left in flight`);
        }
        await until('descriptors are closed', () => openFiles(session.processID) <= files + IDLE);
        t2.diagnostic(took.join(', '));
      });
    }
  }

  await t.test('the postmaster dies: all that wait end', async (t2) => {
    const waiting = [];
    // Those with several begin first, for they must get somewhere before all is blocked.
    for (const concurrency of [8, 1]) {
      for (const phase of Object.values(phases).filter(({ single }) => concurrency === 1 || !single)) {
        const client = await stack.connect();
        await prepare(client, phase, concurrency);
        waiting.push({ client, failing: goOn(client) });
        await waits(client, phase, concurrency);
      }
    }
    const began = Date.now();
    stack.cluster.killPostmaster();
    await until('all backends are gone', () => waiting.every(({ client }) => isGone(client.processID)), SOON / 1000);
    t2.diagnostic(`${waiting.length} backends ended within ${Date.now() - began} ms`);
    for (const { failing } of waiting) assert.notStrictEqual(await failing, null);
  });
});
