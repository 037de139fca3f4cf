// A stack whose user mapping signs in with OAuth at the simulator.
'use strict';

const { startStack } = require('./stack');

const CLIENTS = {
  connect: { id: 'ca_test_stripe_fdw_sim', secret: 'sk_test_stripe_fdw_sim' },
  app: { id: 'ca_test_stripe_fdw_sim_app', secret: 'sk_test_stripe_fdw_sim_developer' },
};
const REDIRECT_URI = 'http://127.0.0.1:8910/callback';

// Options of a user mapping that is to sign in.
const mappingOptions = (flow) => ({
  auth_scheme: 'oauth', oauth_flow: flow, oauth_client_id: CLIENTS[flow].id, oauth_client_secret: CLIENTS[flow].secret, oauth_redirect_uri: REDIRECT_URI,
});

// As startStack; flow: 'connect' or 'app'; the OAuth addresses are the simulator's.
async function startOAuthStack(t, { flow = 'app', mapping = {}, ...options } = {}) {
  const stack = await startStack(t, { import: 'LIMIT TO (charges)', ...options, mapping: { ...mappingOptions(flow), ...mapping } });
  await pointTo(stack, 'stripe');
  return stack;
}

const pointTo = (stack, server) => stack.query(`ALTER SERVER ${server} OPTIONS (ADD connect_base '${stack.simulator.url}', ADD marketplace_base '${stack.simulator.url}')`);

const stateOf = (url) => new URL(url).searchParams.get('state');

// A code as the account's owner would have sent it by consenting.
const consent = (stack, flow, more = {}) => stack.simulator.control('POST', '/_sim/oauth/code', { client_id: CLIENTS[flow].id, redirect_uri: REDIRECT_URI, ...more });

// Signs in on a connection; returns what the function does.
async function signIn(stack, flow, { client, server = 'stripe', account } = {}) {
  const connection = client ?? await (async () => { stack.client ??= await stack.connect(); return stack.client; })();
  const { rows: [{ url }] } = await connection.query('SELECT stripe_oauth_authorization_url($1) AS url', [server]);
  const { code, account: owner } = await consent(stack, flow, account ? { account } : {});
  const { rows: [tokens] } = await connection.query('SELECT * FROM stripe_oauth_get_access_token($1, $2, $3)', [server, code, stateOf(url)]);
  return { ...tokens, owner, code };
}

// The options of a mapping as stored: { api_key: '…' }.
async function storedOptions(stack, { server = 'stripe', user = 'postgres' } = {}) {
  stack.admin ??= await stack.connect();
  const { rows } = await stack.admin.query(`SELECT option_name AS name, option_value AS value FROM pg_user_mapping um
      JOIN pg_foreign_server s ON s.oid = um.umserver, pg_options_to_table(umoptions) WHERE srvname = $1
      AND coalesce((SELECT rolname FROM pg_roles r WHERE r.oid = umuser), 'public') = $2`, [server, user]);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

// What the simulator was asked to exchange since the last call.
async function takeExchanges(stack) {
  const exchanges = await stack.simulator.control('GET', '/_sim/oauth/exchanges');
  await stack.simulator.control('DELETE', '/_sim/oauth/exchanges');
  return exchanges;
}

const configure = (stack, settings) => stack.simulator.control('POST', '/_sim/oauth/config', settings);

module.exports = { CLIENTS, REDIRECT_URI, mappingOptions, startOAuthStack, pointTo, stateOf, consent, signIn, storedOptions, takeExchanges, configure };
