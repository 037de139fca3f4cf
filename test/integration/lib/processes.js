// Starting servers that end with this process.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const NOTHING = { uid: null, gid: null, name: os.userInfo().username };

// The user that servers run as: this one, or an unprivileged one when this is
// root, since PostgreSQL refuses to run as root.
function serverUser() {
  if (process.getuid() !== 0) return NOTHING;
  for (const name of ['postgres', 'nobody']) {
    const line = fs.readFileSync('/etc/passwd', 'utf8').split('\n').find((entry) => entry.startsWith(`${name}:`));
    if (line) {
      const [, , uid, gid] = line.split(':');
      return { uid: Number(uid), gid: Number(gid), name };
    }
  }
  throw new Error('neither the user postgres nor the user nobody exists');
}

// The command line that runs command as user and sends it signal when this
// process ends, however it ends.
function bound(user, signal, command, args) {
  const identity = user.uid === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return ['setpriv', [...identity, `--pdeathsig=${signal}`, '--', command, ...args]];
}

// Runs a command to its end as user; throws with what it printed if it fails.
function runAs(user, command, args) {
  execFileSync(...bound(user, 'KILL', command, args), { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
}

// Starts a server whose output goes to logPath, and waits until ready(log)
// returns something; rejects if it ends before.  Returns { child, found }.
async function startServer({ user, signal, command, args, logPath, cwd, env, ready }) {
  const log = fs.openSync(logPath, 'a');
  const child = spawn(...bound(user, signal, command, args), { cwd, env, stdio: ['ignore', log, log] });
  fs.closeSync(log);
  const ended = new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  child.ended = ended;
  let running = true;
  ended.then(() => { running = false; });
  for (;;) {
    const text = fs.readFileSync(logPath, 'utf8');
    const found = ready(text);
    if (found) return { child, found };
    if (!running) throw new Error(`${path.basename(command)} did not start:\n${text}`);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
}

// Sends a signal and waits for the end.
async function stopServer(child, signal) {
  child.kill(signal);
  await child.ended;
}

// A private folder of user's below the system's folder for temporary files.
function makeFolder(prefix, user) {
  const folder = fs.mkdtempSync(path.join('/tmp', prefix));
  if (user.uid !== null) fs.chownSync(folder, user.uid, user.gid);
  return folder;
}

// Runs stop when the test t ends; t may be null for those who stop by themselves.
function stopWith(t, stop) {
  if (!t) return;
  // A suite's context has no after() of its own in Node 18.
  const { after } = typeof t.after === 'function' ? { after: t.after.bind(t) } : require('node:test');
  after(stop);
}

module.exports = { serverUser, bound, runAs, startServer, stopServer, makeFolder, stopWith };
