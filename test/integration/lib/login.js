// The program stripe_fdw_login, run with pipes or in a terminal, and the
// browser that it opens.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { bound, makeFolder } = require('./processes');
const { until } = require('./until');

// undefined: it is not there.  (Ubuntu's package is no browser, but a pointer to a snap.)
const CHROMIUM = ['/usr/bin/chromium'].find((file) => fs.existsSync(file));

const CHROMIUM_ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

function program() {
  return path.join(execFileSync(process.env.PG_CONFIG || 'pg_config', ['--bindir'], { encoding: 'utf8' }).trim(), 'stripe_fdw_login');
}

function environmentOf(cluster, more) {
  return { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...cluster.environment, ...more };
}

// A running process: stdout and stderr as they grow, `ended` its exit status
// (or signal), see(pattern) what is printed sooner or later.
class Run {
  constructor(child) {
    this.child = child;
    this.pid = child.pid;
    this.stdout = '';
    this.stderr = '';
    child.stdout.on('data', (data) => { this.stdout += data; });
    child.stderr.on('data', (data) => { this.stderr += data; });
    child.stdin.on('error', () => {}); // it may end without reading
    this.running = true;
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        this.running = false;
        resolve(signal ?? status);
      });
    });
  }

  get output() {
    return this.stdout + this.stderr;
  }

  async see(pattern) {
    return until(String(pattern), () => {
      const match = pattern.exec(this.output);
      if (!match && !this.running) throw new Error(`it ended without printing ${pattern}:\n${this.output}`);
      return match;
    });
  }

  type(text) {
    this.child.stdin.write(text);
  }
}

// A command as this process's own user, which ends with it.
function start(command, args, env) {
  return spawn(...bound({ uid: null }, 'KILL', command, args), { env });
}

// With pipes: input is all of its standard input; null: what type() sends.
function run(cluster, args, { input = '', env = {} } = {}) {
  const child = start(program(), args, environmentOf(cluster, env));
  if (input !== null) child.stdin.end(input);
  return new Run(child);
}

// In a terminal, by script(1): what is typed is echoed, unless the program turns
// that off.  then: a command that runs after it, in the same terminal.
function runInTerminal(cluster, args, { env = {}, then } = {}) {
  const words = [program(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const command = then ? `trap '' INT; (trap - INT; exec ${words}); echo status $?; ${then}` : `exec ${words}`;
  return new Run(start('script', ['--quiet', '--return', '--echo', 'always', '--command', command, '/dev/null'],
    environmentOf(cluster, { SHELL: '/bin/sh', TERM: 'dumb', ...env })));
}

// A command for $BROWSER that only notes the address it is given, and its environment.
function makeBrowserCommand(t) {
  const folder = makeFolder('stripe_fdw_browser.', { uid: null });
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const command = path.join(folder, 'browser');
  const noted = path.join(folder, 'address');
  fs.writeFileSync(command, `#!/bin/sh\nenv > '${folder}/environment'\nprintf '%s' "$1" > '${noted}.part'\nmv '${noted}.part' '${noted}'\n`, { mode: 0o755 });
  return {
    command,
    address: () => until('the browser is opened', () => fs.existsSync(noted) && fs.readFileSync(noted, 'utf8')),
    environment: () => fs.readFileSync(path.join(folder, 'environment'), 'utf8'),
  };
}

// A headless Chromium that ends with the test t.
async function openChromium(t) {
  const { chromium } = require('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGUMENTS });
  t.after(() => browser.close());
  return browser;
}

module.exports = { CHROMIUM, Run, start, run, runInTerminal, makeBrowserCommand, openChromium };
