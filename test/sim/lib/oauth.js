'use strict';

const { randomBytes } = require('crypto');

// What Stripe knows about OAuth: the applications ("clients"), the codes and
// tokens that it has handed out, and what has become of each.

/**
 * The applications that are known from the start.  `secrets`: the API keys that
 * may exchange for it; `redirect_uris`: beside http on a loopback address, which
 * test mode allows.
 */
const CLIENTS = {
  ca_test_stripe_fdw_sim: { flow: 'connect', livemode: false, name: 'Reports for PostgreSQL', secrets: ['sk_test_stripe_fdw_sim'], redirect_uris: [] },
  ca_live_stripe_fdw_sim: {
    flow: 'connect', livemode: true, name: 'Reports for PostgreSQL', secrets: ['sk_live_stripe_fdw_sim'], redirect_uris: ['https://reports.example.com/stripe/callback'],
  },
  ca_test_stripe_fdw_sim_app: { flow: 'app', livemode: false, name: 'PostgreSQL App', secrets: ['sk_test_stripe_fdw_sim_developer'], redirect_uris: [] },
  ca_live_stripe_fdw_sim_app: {
    flow: 'app', livemode: true, name: 'PostgreSQL App', secrets: ['sk_live_stripe_fdw_sim_developer'], redirect_uris: ['https://reports.example.com/stripe/callback'],
  },
};

const SETTINGS = {
  code_seconds: 300, // life of a code
  access_token_seconds: 3600, // … of an access token of the app flow; those of connect have no end
  refresh_token_seconds: 31536000, // … of a refresh token of the app flow
  offset_seconds: 0, // what the clock for all of these is ahead of the machine's
  answer_delay_ms: 0, // between an exchange and its answer
  idempotent: false, // whether an exchange under an Idempotency-Key that was used gets the first answer again
  only_account: false, // a connect exchange answers stripe_user_id alone
};

/** An error of the token endpoints: HTTP status and {error, error_description}. */
class OAuthError extends Error {
  constructor(error, description, status = 400) {
    super(description);
    Object.assign(this, { error, status });
  }
}

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1)(:[0-9]+)?(\/[^#]*)?$/;

const secretOf = (prefix, length) => prefix + randomBytes(length).toString('base64').replace(/[^A-Za-z0-9]/g, '').padEnd(length, 'x').slice(0, length);

class OAuth {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.reset();
  }

  reset() {
    this.clients = JSON.parse(JSON.stringify(CLIENTS));
    this.settings = { ...SETTINGS };
    this.codes = new Map();
    this.refreshTokens = new Map();
    this.exchanges = [];
    this.answers = new Map(); // by Idempotency-Key
    this.handedOut = []; // every code and token
  }

  /** Seconds since the epoch. */
  now() {
    return Date.now() / 1000 + this.settings.offset_seconds;
  }

  client(id) {
    return Object.prototype.hasOwnProperty.call(this.clients, id) ? this.clients[id] : null;
  }

  mayRedirectTo(client, uri) {
    if (client.redirect_uris.includes(uri)) return !client.livemode || uri.startsWith('https://');
    return !client.livemode && LOOPBACK.test(uri);
  }

  /** The accounts whose owner may consent: the first few that are connected. */
  accounts(livemode) {
    const accounts = this.world.company(this.world.account, livemode).collection('accounts');
    return Array.from({ length: Math.min(5, accounts.size) }, (_, index) => accounts.object(index));
  }

  handOut(secret) {
    this.handedOut.push(secret);
    return secret;
  }

  /** Consent was given: the code that says so. */
  issueCode({ clientId, account, scope, redirectUri }) {
    const code = this.handOut(secretOf('ac_', 32));
    this.codes.set(code, { clientId, account, scope, redirectUri, issued: this.now(), tokens: null, over: false });
    return code;
  }

  /** Throws unless the code can be exchanged; else marks it used and returns the answer. */
  exchangeCode(code, clientId, redirectUri) {
    const grant = this.codes.get(code);
    if (!grant || grant.clientId !== clientId) throw new OAuthError('invalid_grant', `Authorization code does not exist: ${code}`);
    if (grant.tokens) {
      this.revoke(grant.tokens);
      throw new OAuthError('invalid_grant', 'This authorization code has already been used. All tokens issued with this code have been revoked.');
    }
    if (this.now() >= grant.issued + this.settings.code_seconds) throw new OAuthError('invalid_grant', `Authorization code expired: ${code}`);
    if (redirectUri !== undefined && redirectUri !== grant.redirectUri) {
      throw new OAuthError('invalid_grant', `The redirect_uri does not match the one that authorization code ${code} was issued for`);
    }
    grant.tokens = { accessTokens: [], refreshTokens: [] };
    this.world.connect(grant.account, this.clients[clientId].livemode);
    return this.issueTokens(grant);
  }

  /** A refresh token's exchange; in the app flow it retires the token. */
  exchangeRefreshToken(token, clientIds) {
    const held = this.refreshTokens.get(token);
    if (!held || held.revoked || !clientIds.includes(held.grant.clientId)) throw new OAuthError('invalid_grant', `Refresh token does not exist: ${token}`);
    if (held.retired) throw new OAuthError('invalid_grant', `Refresh token has already been used: ${token}`);
    if (held.expires !== null && this.now() >= held.expires) throw new OAuthError('invalid_grant', `Refresh token expired: ${token}`);
    const rotates = this.clients[held.grant.clientId].flow === 'app';
    if (rotates) held.retired = true;
    return this.issueTokens(held.grant, rotates ? null : token);
  }

  issueTokens(grant, refreshToken = null) {
    const client = this.clients[grant.clientId];
    const { livemode } = client;
    const app = client.flow === 'app';
    const mode = livemode ? 'live' : 'test';
    const now = this.now();
    const access = this.handOut(secretOf(`sk_${mode}_oauth`, 40));
    const expires = app ? now + this.settings.access_token_seconds : null;
    const oauth = this;
    this.world.keys[access] = {
      livemode,
      permissions: null,
      account: grant.account,
      expires,
      get expired() {
        return expires !== null && oauth.now() >= expires;
      },
    };
    grant.tokens.accessTokens.push(access);
    let refresh = refreshToken;
    if (!refresh) {
      refresh = this.handOut(secretOf('rt_', 48));
      this.refreshTokens.set(refresh, { grant, retired: false, revoked: false, expires: app ? now + this.settings.refresh_token_seconds : null, access });
      grant.tokens.refreshTokens.push(refresh);
    } else {
      this.refreshTokens.get(refresh).access = access;
    }
    if (!app && this.settings.only_account) return { stripe_user_id: grant.account };
    return {
      access_token: access,
      livemode,
      refresh_token: refresh,
      token_type: 'bearer',
      stripe_publishable_key: `pk_${mode}_${grant.account.slice('acct_'.length)}`,
      stripe_user_id: grant.account,
      scope: grant.scope,
    };
  }

  revoke({ accessTokens, refreshTokens }) {
    for (const token of accessTokens) if (this.world.keys[token]) this.world.keys[token].revoked = true;
    for (const token of refreshTokens) this.refreshTokens.get(token).revoked = true;
  }

  /** The account's owner, or the application, ends the connection: every token of it is void. */
  disconnect(clientId, account) {
    const grants = Array.from(this.codes.values()).filter((grant) => grant.clientId === clientId && grant.account === account && grant.tokens && !grant.over);
    if (!grants.length) throw new OAuthError('invalid_client', `This application is not connected to stripe account ${account}, or that account does not exist.`, 401);
    for (const grant of grants) {
      grant.over = true;
      this.revoke(grant.tokens);
    }
    this.world.disconnect(account, this.clients[clientId].livemode);
  }

  /** What has been handed out, and whether it works now. */
  tokens() {
    return Array.from(this.refreshTokens, ([refresh, { grant, retired, revoked, expires, access }]) => {
      const key = this.world.keys[access];
      return {
        client_id: grant.clientId, account: grant.account, scope: grant.scope,
        refresh_token: refresh, refresh_token_works: !retired && !revoked && (expires === null || this.now() < expires),
        access_token: access, access_token_works: !key.revoked && !key.expired, access_token_expires: key.expires,
      };
    });
  }
}

module.exports = { OAuth, OAuthError, SETTINGS };
