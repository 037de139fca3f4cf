// A relay before the simulator, in a process of its own, that can stop working
// at the beginning of a connection.
//
//   const front = await startFront(t, simulator.url);             // plain TCP
//   const front = await startFront(t, simulator.url, { cert, key });  // ends TLS, HTTP/1.1 only
//
// front.url; front.mute(): drops all connections, and says nothing on new ones;
// front.freeze(): drops them, and answers no SYN; front.relay(): works again.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const { startServer, stopServer, makeFolder, stopWith } = require('./processes');
const { until } = require('./until');

const FILLERS = 8; // more connections than the backlog takes

class Front {
  constructor(url, child, folder) {
    this.url = url;
    this.child = child;
    this.folder = folder;
    this.fillers = [];
  }

  async say(signal, word) {
    const log = () => fs.readFileSync(`${this.folder}/log`, 'utf8').split(word).length;
    const before = log();
    process.kill(this.child.pid, signal);
    await until(`the front says "${word}"`, () => log() > before);
  }

  mute() {
    return this.say('SIGUSR2', 'mute');
  }

  async freeze() {
    if (this.fillers.length) return;
    await this.mute();
    process.kill(this.child.pid, 'SIGSTOP');
    const { hostname, port } = new URL(this.url);
    let taken = 0;
    for (let i = 0; i < FILLERS; i++) {
      const socket = net.connect(port, hostname, () => taken++);
      socket.on('error', () => {});
      this.fillers.push(socket);
    }
    await until('the backlog is full', () => taken > 0);
  }

  async relay() {
    for (const socket of this.fillers.splice(0)) socket.destroy();
    process.kill(this.child.pid, 'SIGCONT');
    await this.say('SIGHUP', 'relaying');
  }

  async stop() {
    await stopServer(this.child, 'SIGKILL');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

async function startFront(t, target, { cert, key } = {}) {
  const self = { uid: null, gid: null };
  const folder = makeFolder('stripe_fdw_front.', self);
  const { child, found } = await startServer({
    user: self, signal: 'KILL', command: process.execPath, args: [__filename, target, ...(cert ? [cert, key] : [])],
    logPath: `${folder}/log`, cwd: '/', env: { PATH: process.env.PATH },
    ready: (log) => /^listening on (\S+)$/m.exec(log)?.[1],
  });
  const front = new Front(found, child, folder);
  stopWith(t, () => front.stop());
  return front;
}

// The process itself.
function main(target, cert, key) {
  const { hostname, port } = new URL(target);
  const sockets = new Set();
  let muted = false;
  const pass = (socket) => {
    const upstream = net.connect(port, hostname);
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  };
  const secure = cert && tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key), ALPNProtocols: ['http/1.1'] }, pass);
  secure?.on('tlsClientError', () => {});
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (muted) return;
    if (secure) secure.emit('connection', socket);
    else pass(socket);
  });
  const switchTo = (now, word) => {
    muted = now;
    for (const socket of sockets) socket.destroy();
    console.log(word);
  };
  process.on('SIGUSR2', () => switchTo(true, 'mute'));
  process.on('SIGHUP', () => switchTo(false, 'relaying'));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    console.log(`listening on ${cert ? 'https' : 'http'}://127.0.0.1:${server.address().port}`);
  });
}

if (require.main === module) main(...process.argv.slice(2));

module.exports = { startFront };
