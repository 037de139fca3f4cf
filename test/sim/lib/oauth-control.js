'use strict';

const { ApiError } = require('./errors');
const { SETTINGS } = require('./oauth');

// The control routes under /_sim/oauth/.

const refuse = (message) => new ApiError(400, { type: 'simulator_error', message });

/** What may be said of a client, with its default. */
const CLIENT = { flow: 'connect', livemode: false, name: 'An application', secrets: [], redirect_uris: [] };

/** @returns {Array} [method, pattern, run(match, query, body)], as Control's own */
function oauthRoutes(sim) {
  const { oauth, world } = sim;

  function configure(body) {
    for (const [name, value] of Object.entries(body || {})) {
      if (!Object.prototype.hasOwnProperty.call(SETTINGS, name)) throw refuse(`no setting "${name}"; there are ${Object.keys(SETTINGS).join(', ')}`);
      oauth.settings[name] = value;
    }
    return oauth.settings;
  }

  /** Adds clients or changes them; a secret that is no key yet becomes one. */
  function register(body) {
    for (const [id, given] of Object.entries(body || {})) {
      for (const name of Object.keys(given)) if (!Object.prototype.hasOwnProperty.call(CLIENT, name)) throw refuse(`a client has no "${name}"`);
      const client = { ...CLIENT, ...oauth.client(id), ...given };
      oauth.clients[id] = client;
      for (const key of client.secrets) world.keys[key] = world.keys[key] || { livemode: client.livemode, permissions: null };
    }
    return oauth.clients;
  }

  /** A code as if someone had consented in a browser. */
  function code(body) {
    const { client_id: clientId, account, scope, redirect_uri: redirectUri } = body || {};
    const client = oauth.client(clientId);
    if (!client) throw refuse(`no client "${clientId}"`);
    const owner = account || oauth.accounts(client.livemode)[0].id;
    return { code: oauth.issueCode({ clientId, account: owner, scope: scope || (client.flow === 'app' ? 'stripe_apps' : 'read_only'), redirectUri }), account: owner };
  }

  function disconnect(body) {
    const { client_id: clientId, account } = body || {};
    if (!oauth.client(clientId)) throw refuse(`no client "${clientId}"`);
    try {
      oauth.disconnect(clientId, account);
    } catch (error) {
      throw refuse(error.message);
    }
    return { ok: true };
  }

  return [
    ['GET', /^\/_sim\/oauth\/config$/, () => oauth.settings],
    ['POST', /^\/_sim\/oauth\/config$/, (m, q, body) => configure(body)],
    ['GET', /^\/_sim\/oauth\/clients$/, () => oauth.clients],
    ['POST', /^\/_sim\/oauth\/clients$/, (m, q, body) => register(body)],
    ['POST', /^\/_sim\/oauth\/code$/, (m, q, body) => code(body)],
    ['POST', /^\/_sim\/oauth\/disconnect$/, (m, q, body) => disconnect(body)],
    ['GET', /^\/_sim\/oauth\/tokens$/, () => oauth.tokens()],
    ['GET', /^\/_sim\/oauth\/secrets$/, () => oauth.handedOut],
    ['GET', /^\/_sim\/oauth\/exchanges$/, () => oauth.exchanges],
    ['DELETE', /^\/_sim\/oauth\/exchanges$/, () => {
      oauth.exchanges.length = 0;
      return { ok: true };
    }],
  ];
}

module.exports = { oauthRoutes };
