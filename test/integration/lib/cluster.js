// A throwaway PostgreSQL server; see index.js.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { serverUser, runAs, startServer, stopServer, makeFolder, stopWith } = require('./processes');
const { leaksIn, looksSecret } = require('./leaks');

const PORT = 5432; // names the socket's file; nothing listens on the network

const SETTINGS = {
  listen_addresses: '',
  fsync: 'off',
  max_connections: '50',
  lc_messages: 'C',
  log_line_prefix: '%m [%p] ',
};

// With WATCH_SECRETS=1 every server logs all that it can, and what it has logged is searched for keys and tokens.
const WATCHING = process.env.WATCH_SECRETS === '1';
const WATCHED = { log_min_messages: 'debug5', log_statement: 'all', log_error_verbosity: 'verbose' };

// Statements that pg_stat_statements sees as they came, where the extension is not preloaded after it.
const UNREDACTED = /^\s*(CREATE|ALTER) USER MAPPING/im;

// Lines of a server log that must never be there, whatever a test looks at.
const UNSOUND = /was terminated by signal|Failed process was running|\] PANIC:|TRAP: |WARNING:.*\bleak/;

function pgBin(program) {
  const config = process.env.PG_CONFIG || 'pg_config';
  const folder = execFileSync(config, ['--bindir'], { encoding: 'utf8' }).trim();
  return path.join(folder, program);
}

const quoted = (value) => `'${String(value).replaceAll("'", "''")}'`;

class Cluster {
  constructor(folder, child, user, exposes) {
    this.folder = folder;
    this.child = child;
    this.exposes = exposes;
    this.user = 'postgres';
    this.database = 'postgres';
    this.systemUser = user;
    this.socketDir = path.join(folder, 'socket');
    this.port = PORT;
    this.clients = new Set();
    this.crashed = new Set(); // pids
  }

  // The pid of the postmaster.
  get pid() {
    return this.child.pid;
  }

  get environment() {
    return { PGHOST: this.socketDir, PGPORT: String(this.port), PGUSER: this.user, PGDATABASE: this.database };
  }

  // A connected client of the package pg; options: as pg's, over our defaults.
  async connect(options = {}) {
    const { Client } = require('pg');
    const client = new Client({
      host: this.socketDir,
      port: this.port,
      user: this.user,
      database: this.database,
      types: { getTypeParser: () => (text) => text },
      ...options,
    });
    client.on('error', () => {}); // the server may end before its clients
    await client.connect();
    this.clients.add(client);
    client.once('end', () => this.clients.delete(client));
    return client;
  }

  serverLog() {
    return fs.readFileSync(path.join(this.folder, 'server.log'), 'utf8');
  }

  // Kills a backend as the kernel might; such a crash is not held against the server.
  crash(pid) {
    this.crashed.add(pid);
    process.kill(pid, 'SIGKILL');
  }

  // Kills the server's first process, as the kernel might.
  killPostmaster() {
    const [, segment] = /^ *\d+ +(\d+) *$/m.exec(fs.readFileSync(path.join(this.folder, 'data', 'postmaster.pid'), 'utf8')) ?? [];
    this.orphan = segment; // shared memory that it would have removed
    process.kill(this.pid, 'SIGKILL');
  }

  expected(line) {
    if (!this.crashed.size) return false;
    const killed = /\(PID (\d+)\) was terminated by signal 9/.exec(line)?.[1];
    return this.crashed.has(Number(killed)) || line.includes('DETAIL:  Failed process was running');
  }

  // What the log, or pg_stat_statements, shows of keys and tokens.
  async leaks() {
    const leaks = leaksIn(this.serverLog(), looksSecret);
    const client = await this.connect().catch(() => null);
    if (!client) return leaks; // the server has ended already
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    const { rows } = await client.query('SELECT query FROM pg_stat_statements');
    const preloaded = (await client.query('SHOW shared_preload_libraries')).rows[0].shared_preload_libraries.includes('stripe_fdw');
    const holds = (query) => looksSecret(this.exposes ? query.replaceAll(quoted(this.exposes), '') : query);
    return leaks.concat(rows.map(({ query }) => query).filter((query) => holds(query) && (preloaded || !UNREDACTED.test(query))));
  }

  async stop() {
    if (!this.child) return;
    const leaks = WATCHING ? await this.leaks() : [];
    const { child } = this;
    this.child = null;
    await Promise.all(Array.from(this.clients, (client) => client.end().catch(() => {})));
    const unsound = this.serverLog().split('\n').filter((line) => UNSOUND.test(line) && !this.expected(line));
    await stopServer(child, 'SIGQUIT');
    if (this.orphan) execFileSync('ipcrm', ['--shmem-id', this.orphan]);
    fs.rmSync(this.folder, { recursive: true, force: true });
    if (leaks.length) throw new Error(`secrets are shown:\n${leaks.join('\n')}`);
    if (unsound.length) throw new Error(`the server log tells of a crash or a leak:\n${unsound.join('\n')}`);
  }
}

async function startCluster(t, { settings = {}, initdb = [], environment = {}, exposes } = {}) {
  const user = serverUser();
  const folder = makeFolder('stripe_fdw_test.', user);
  const data = path.join(folder, 'data');
  runAs(user, pgBin('initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync',
    ...(initdb.length ? initdb : ['-E', 'UTF8', '--locale=C.UTF-8'])]);
  runAs(user, 'mkdir', ['-m', '700', path.join(folder, 'socket')]);
  const all = { ...SETTINGS, ...(WATCHING ? WATCHED : {}), ...settings };
  if (WATCHING) {
    const others = (settings.shared_preload_libraries ?? '').split(',').filter((name) => name && name !== 'pg_stat_statements');
    all.shared_preload_libraries = ['pg_stat_statements', ...others].join(',');
  }
  const lines = Object.entries({ ...all, unix_socket_directories: path.join(folder, 'socket') });
  fs.appendFileSync(path.join(data, 'postgresql.conf'),
    lines.map(([name, value]) => `${name} = ${quoted(value)}\n`).join(''));
  const { child } = await startServer({
    user,
    signal: 'QUIT', // immediate shutdown
    command: pgBin('postgres'),
    args: ['-D', data, '-p', String(PORT)],
    logPath: path.join(folder, 'server.log'),
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...environment },
    ready: (log) => log.includes('database system is ready to accept connections'),
  });
  const cluster = new Cluster(folder, child, user.name, exposes);
  stopWith(t, () => cluster.stop());
  return cluster;
}

module.exports = { startCluster };
