// Signs in to Stripe for a stripe_fdw server from a web application; see
// README.md.  The tokens go from Stripe to PostgreSQL: this program never has
// them.
'use strict';

const crypto = require('node:crypto');
const http = require('node:http');
const { Client } = require('pg');

const SERVER = process.env.STRIPE_SERVER ?? 'stripe'; // the foreign server
const PORT = Number(process.env.PORT ?? 3000);

// Which browser began which sign-in: its cookie → the state that was sent.
// An application that has sessions keeps the state there.
const begun = new Map();

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function page(response, status, title, html) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer', // the address of the callback holds the code
  });
  response.end(`<!DOCTYPE html>\n<title>${escape(title)}</title>\n<h1>${escape(title)}</h1>\n${html}\n`);
}

// One statement on a connection of its own, by PGHOST, PGUSER …
async function query(sql, values) {
  const client = new Client();
  await client.connect();
  try {
    return (await client.query(sql, values)).rows[0];
  } finally {
    await client.end();
  }
}

function redirectUri(request) {
  return process.env.REDIRECT_URI ?? `http://localhost:${request.socket.localPort}/callback`;
}

// Begins: to Stripe's page, with a state that this browser must bring back.
async function connect(request, response) {
  const { url } = await query('SELECT stripe_oauth_authorization_url($1, $2, $3) AS url',
    [SERVER, redirectUri(request), process.env.SCOPE ?? null]);
  const browser = crypto.randomBytes(24).toString('base64url');
  begun.set(browser, new URL(url).searchParams.get('state'));
  const secure = redirectUri(request).startsWith('https:') ? '; Secure' : '';
  response.writeHead(303, { location: url, 'set-cookie': `sign_in=${browser}; HttpOnly; SameSite=Lax; Path=/; Max-Age=900${secure}` });
  response.end();
}

// Back from Stripe, with a code or a refusal.
async function callback(request, response, parameters) {
  const browser = /(?:^|;\s*)sign_in=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const state = begun.get(browser);
  begun.delete(browser);
  if (!state || state !== parameters.get('state')) {
    return page(response, 400, 'Not signed in', '<p>This sign-in was not begun in this browser. <a href="/">Start again</a>.</p>');
  }
  if (parameters.has('error')) {
    const why = parameters.get('error_description') ?? parameters.get('error');
    return page(response, 400, 'Not signed in', `<p>${escape(why)} <a href="/">Start again</a>.</p>`);
  }
  const { account, scope, livemode } = await query('SELECT account, scope, livemode FROM stripe_oauth_get_access_token($1, $2, $3)',
    [SERVER, parameters.get('code'), state]);
  page(response, 200, 'Signed in', `<p>Account <code id="account">${escape(account)}</code>, scope <code>${escape(scope)}</code>, ${livemode ? 'live' : 'test'} mode.</p>`);
}

const ROUTES = {
  '/': (request, response) => page(response, 200, 'Reports', '<p><a id="connect" href="/connect">Connect with Stripe</a></p>'),
  '/connect': connect,
  '/callback': callback,
};

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const route = request.method === 'GET' && Object.hasOwn(ROUTES, url.pathname) ? ROUTES[url.pathname] : null;
  if (!route) return page(response, 404, 'Not found', '');
  try {
    await route(request, response, url.searchParams);
  } catch (error) {
    // PostgreSQL's message says what is wrong, and holds no secret.
    console.error(error.message);
    page(response, 502, 'Not signed in', `<p>${escape(error.message)} <a href="/">Start again</a>.</p>`);
  }
});

server.listen(PORT, '127.0.0.1', () => console.log(`listening on http://localhost:${server.address().port}`));
