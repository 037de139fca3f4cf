// What psql shows is the same however PostgreSQL goes about it: the whole
// regression suite again, in a parallel worker's place, with generic plans,
// and with JIT.  Nothing has to be left out: the value "regress" of the first
// setting hides from EXPLAIN what it adds, and so does COSTS OFF for JIT.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { startCluster, startSimulator } = require('./lib');

const PROJECT = path.join(__dirname, '..', '..');

// The settings of a mode; null: this server can't.
const MODES = {
  'in a parallel worker': async (client) => {
    const { rows: [{ name }] } = await client.query("SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')");
    return { [name]: 'regress' };
  },
  'with generic plans': async () => ({ plan_cache_mode: 'force_generic_plan' }),
  'with JIT': async (client) => {
    const { rows: [{ available }] } = await client.query('SELECT pg_jit_available() AS available');
    return available === 't' ? { jit: 'on', jit_above_cost: '0', jit_inline_above_cost: '0', jit_optimize_above_cost: '0' } : null;
  },
};

// Runs pg_regress; returns what it printed and the differences it found.
async function regress(folder, environment) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const args = ['-f', path.join(PROJECT, 'Makefile'), '-s', 'installcheck', `PG_CONFIG=${process.env.PG_CONFIG || 'pg_config'}`];
  const child = spawn('make', args, { cwd: folder, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data; });
  const [status] = await once(child, 'close');
  const diffs = path.join(folder, 'regression.diffs');
  return { status, output, differences: fs.existsSync(diffs) ? fs.readFileSync(diffs, 'utf8') : '' };
}

for (const [mode, settingsOf] of Object.entries(MODES)) {
  test(`the regression suite ${mode}`, async (t) => {
    const cluster = await startCluster(t);
    const simulator = await startSimulator(t);
    const client = await cluster.connect();
    const settings = await settingsOf(client);
    await client.end();
    if (!settings) {
      t.skip('this server has no JIT');
      return;
    }
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' ');
    const check = await cluster.connect({ options });
    for (const [name, value] of Object.entries(settings)) {
      assert.strictEqual((await check.query('SELECT current_setting($1) AS value', [name])).rows[0].value, value);
    }
    await check.end();
    const folder = path.join(PROJECT, 'build', 'regress-modes', mode.replaceAll(' ', '-'));
    const { status, output, differences } = await regress(folder, { ...cluster.environment, PGOPTIONS: options, STRIPE_API_BASE: simulator.url });
    assert.ok(differences === '', `${differences}\n${output}`);
    assert.ok(status === 0, output);
    const tests = fs.readdirSync(path.join(PROJECT, 'sql')).length;
    const passed = output.split('\n').filter((line) => /^(test|ok).*( ok |- )/.test(line.replace(/\s+/g, ' '))).length;
    assert.ok(passed === tests, output);
  });
}
