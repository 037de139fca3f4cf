#!/usr/bin/env node
'use strict';

const fs = require('fs');
const { Simulator } = require('./lib/simulator');

// The Stripe simulator's command line; see README.md.

const FLAGS = {
  port: { value: 'number', default: 0 },
  seed: { value: 'number', default: 1 },
  size: { value: 'string', default: 'small' },
  charges: { value: 'number' },
  now: { value: 'number' },
  uneven: { value: 'none' },
  'sale-seconds': { value: 'number' },
  latency: { value: 'number', default: 0 },
  limits: { value: 'string', default: 'off' },
  pretty: { value: 'none' },
  tls: { value: 'none' },
  cert: { value: 'string' },
  key: { value: 'string' },
  'parent-pid': { value: 'number' },
};

function readArguments(list) {
  const options = {};
  for (const [name, flag] of Object.entries(FLAGS)) if (flag.default !== undefined) options[name] = flag.default;
  for (let i = 0; i < list.length; i++) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/.exec(list[i]) || [];
    const flag = name && FLAGS[name];
    if (!flag) throw new Error(`unknown argument ${list[i]}; known are ${Object.keys(FLAGS).map((f) => `--${f}`).join(' ')}`);
    if (flag.value === 'none') {
      options[name] = true;
      continue;
    }
    const text = inline !== undefined ? inline : list[++i];
    if (text === undefined) throw new Error(`--${name} needs a value`);
    options[name] = flag.value === 'number' ? Number(text) : text;
    if (flag.value === 'number' && !Number.isInteger(options[name])) throw new Error(`--${name} needs an integer, not "${text}"`);
  }
  if (!['on', 'off'].includes(options.limits)) throw new Error('--limits is on or off');
  if (options.tls && !(options.cert && options.key)) throw new Error('--tls needs --cert FILE and --key FILE');
  return options;
}

/** Exits as soon as a process is gone: a simulator must not outlive the test run that started it. */
function followParent(pid) {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (error.code === 'ESRCH') process.exit(0);
    }
  }, 500).unref();
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  if (options.tls) options.tls = { cert: fs.readFileSync(options.cert), key: fs.readFileSync(options.key) };
  const simulator = new Simulator({ ...options, saleSeconds: options['sale-seconds'] });
  const address = await simulator.listen(options.port);
  if (options['parent-pid'] !== undefined) followParent(options['parent-pid']);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
  process.stdout.write(`listening on ${address}\n`);
}

main().catch((error) => {
  process.stderr.write(`simulator: ${error.message}\n`);
  process.exit(1);
});
