// Server, simulator and extension together; see index.js.
'use strict';

const { startCluster } = require('./cluster');
const { startSimulator, API_KEY } = require('./simulator');
const { stopWith } = require('./processes');

const literal = (value) => `'${String(value).replaceAll("'", "''")}'`;

// { api_key: 'x', account: null } as the clause OPTIONS ("api_key" 'x'); nothing for {}.
function optionsClause(options) {
  const given = Object.entries(options).filter(([, value]) => value !== null);
  const parts = given.map(([name, value]) => `"${name}" ${literal(value)}`);
  return parts.length ? ` OPTIONS (${parts.join(', ')})` : '';
}

// One received request as text, decoded: 'GET /v1/charges?limit=10'.
function requestText({ method, path, query }) {
  const parameters = query.map(([name, value]) => `${name}=${value}`).join('&');
  return `${method} ${path}${parameters && `?${parameters}`}`;
}

// The simulator takes what comes, unless it is told otherwise.
const UNLIMITED = { rate_limit: 10000, endpoint_rate_limit: 10000 };

class Stack {
  constructor(cluster, simulator) {
    this.cluster = cluster;
    this.simulator = simulator;
    this.client = null;
  }

  connect(options) {
    return this.cluster.connect(options);
  }

  async query(sql, values) {
    this.client ??= await this.connect();
    return this.client.query(sql, values);
  }

  async column(sql, values) {
    this.client ??= await this.connect();
    const { rows } = await this.client.query({ text: sql, values, rowMode: 'array' });
    return rows.map((row) => row[0]);
  }

  async value(sql, values) {
    const column = await this.column(sql, values);
    if (column.length !== 1) throw new Error(`${column.length} rows instead of one: ${sql}`);
    return column[0];
  }

  explain(sql, how = 'COSTS OFF') {
    return this.column(`EXPLAIN (${how}) ${sql}`);
  }

  async requests() {
    const log = await this.simulator.log();
    await this.simulator.clearLog();
    return log.filter((entry) => !entry.path.startsWith('/_sim/')).map(requestText);
  }

  async stop() {
    try {
      await this.cluster.stop();
    } finally {
      await this.simulator.stop();
    }
  }
}

async function startStack(t, options = {}) {
  const { simulator: args = [], cluster: clusterOptions = {}, server = {}, mapping = { api_key: API_KEY } } = options;
  const cluster = await startCluster(null, clusterOptions);
  const simulator = await startSimulator(null, args).catch(async (error) => {
    await cluster.stop();
    throw error;
  });
  const stack = new Stack(cluster, simulator);
  stopWith(t, () => stack.stop());
  await stack.query('CREATE EXTENSION stripe_fdw');
  await stack.query(`CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw${optionsClause({ api_base: simulator.url, ...UNLIMITED, ...server })}`);
  await stack.query(`CREATE USER MAPPING FOR CURRENT_USER SERVER stripe${optionsClause(mapping)}`);
  await stack.query('CREATE SCHEMA stripe');
  const { import: what = true } = options;
  if (what) {
    await stack.query(`IMPORT FOREIGN SCHEMA stripe ${what === true ? '' : what} FROM SERVER stripe INTO stripe`);
  }
  return stack;
}

module.exports = { startStack };
