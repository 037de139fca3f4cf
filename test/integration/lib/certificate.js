// A certificate for a server on loopback.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { stopWith } = require('./processes');

// Makes a self-signed one for 127.0.0.1 and api.slow.test (see slow-resolver.c) in a folder that the server's user can read: { cert, key } are files.
function makeCertificate(t) {
  const folder = fs.mkdtempSync('/tmp/stripe_fdw_cert.');
  fs.chmodSync(folder, 0o755);
  stopWith(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=stripe_fdw test',
    '-addext', 'subjectAltName=IP:127.0.0.1,DNS:api.slow.test', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  fs.chmodSync(cert, 0o644);
  return { cert, key };
}

module.exports = { makeCertificate };
