'use strict';

const { keyOf, mask } = require('./auth');
const { OAuthError } = require('./oauth');
const { consentPage } = require('./consent');

// The OAuth addresses that Stripe has on connect.stripe.com (connect),
// marketplace.stripe.com and api.stripe.com (app), all of them on this one.

const FLOWS = { '/oauth/authorize': 'connect', '/oauth/v2/authorize': 'app' };
const SCOPES = ['read_only', 'read_write'];

const json = (status, value, headers = {}) => ({ status, headers, text: JSON.stringify(value) });

/** Stripe's answer to a browser that should not have come. */
const refusal = (message) => json(400, { error: { message } });

function redirect(uri, parameters) {
  const query = Object.entries(parameters).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return { status: 303, headers: { location: `${uri}${uri.includes('?') ? '&' : '?'}${query.join('&')}` }, text: '' };
}

class OAuthEndpoints {
  /** @param {OAuth} oauth */
  constructor(oauth) {
    this.oauth = oauth;
    this.routes = {
      'GET /oauth/authorize': (request) => this.authorize(request),
      'POST /oauth/authorize': (request) => this.decide(request),
      'GET /oauth/v2/authorize': (request) => this.authorize(request),
      'POST /oauth/v2/authorize': (request) => this.decide(request),
      'POST /oauth/token': (request) => this.exchange(request, 'connect'),
      'POST /v1/oauth/token': (request) => this.exchange(request, 'app'),
      'POST /oauth/deauthorize': (request) => this.deauthorize(request),
    };
  }

  /**
   * @param {object} request {method, path, pairs, body (pairs), headers}
   * @returns {{status: number, headers: object, text: string, delay: number}|null} null: none of its addresses
   */
  answer(request) {
    const route = this.routes[`${request.method} ${request.path}`];
    if (!route) return null;
    try {
      return { delay: 0, ...route(request) };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return { ...json(error.status, { error: error.error, error_description: error.message }), delay: 0 };
    }
  }

  /** The application and redirect address of a request to sign in, or `refused`: an answer. */
  asked(path, pairs) {
    const given = new Map(pairs);
    const client = this.oauth.client(given.get('client_id'));
    if (!client || client.flow !== FLOWS[path]) return { refused: refusal('No application matches the supplied client identifier') };
    const redirectUri = given.get('redirect_uri') || client.redirect_uris[0];
    if (!redirectUri || !this.oauth.mayRedirectTo(client, redirectUri)) {
      return { refused: refusal(`Invalid redirect URI '${redirectUri || ''}'. Ensure this uri exactly matches one of the uris specified in your application settings`) };
    }
    const state = given.get('state');
    if (client.flow === 'app') return { client, redirectUri, state, scope: 'stripe_apps', given };
    if (given.get('response_type') !== 'code') {
      return { refused: redirect(redirectUri, { error: 'unsupported_response_type', error_description: 'response_type must be code', state }) };
    }
    const scope = given.get('scope') || 'read_only';
    if (!SCOPES.includes(scope)) return { refused: redirect(redirectUri, { error: 'invalid_scope', error_description: `Invalid scope: ${scope}`, state }) };
    return { client, redirectUri, state, scope, given };
  }

  authorize({ path, pairs }) {
    const { refused, client, redirectUri, state, scope, given } = this.asked(path, pairs);
    if (refused) return refused;
    const kept = { client_id: given.get('client_id'), redirect_uri: redirectUri, scope, state };
    if (client.flow === 'connect') kept.response_type = 'code';
    return {
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      text: consentPage({ action: path, client, scope, accounts: this.oauth.accounts(client.livemode), kept }),
    };
  }

  /** One of the two buttons of the page. */
  decide({ path, body }) {
    const { refused, client, redirectUri, state, scope, given } = this.asked(path, body);
    if (refused) return refused;
    if (given.get('decision') !== 'connect') return redirect(redirectUri, { error: 'access_denied', error_description: 'The user denied your request', state });
    const account = given.get('account');
    if (!this.oauth.accounts(client.livemode).some(({ id }) => id === account)) return refusal('No such account');
    return redirect(redirectUri, { scope, code: this.oauth.issueCode({ clientId: given.get('client_id'), account, scope, redirectUri }), state });
  }

  /** The ids of the applications of a flow that the request's secret key may speak for. */
  clientsOf(headers, given, flow) {
    const key = keyOf(headers.authorization) || (flow === 'app' ? undefined : given.get('client_secret'));
    if (!key) throw new OAuthError('invalid_client', 'You did not provide an API key', 401);
    const ids = Object.keys(this.oauth.clients).filter((id) => (flow === null || this.oauth.clients[id].flow === flow) && this.oauth.clients[id].secrets.includes(key));
    if (!ids.length) throw new OAuthError('invalid_client', `Invalid API Key provided: ${mask(key)}`, 401);
    return ids;
  }

  /** A code, or a refresh token, for tokens. */
  exchange({ headers, body }, flow) {
    const given = new Map(body);
    const key = this.oauth.settings.idempotent ? headers['idempotency-key'] : undefined;
    if (this.oauth.answers.has(key)) return { ...json(200, this.oauth.answers.get(key), { 'idempotent-replayed': 'true' }), delay: 0 };
    const entry = { time: this.oauth.now(), flow, grant_type: given.get('grant_type') || null, presented: given.get('code') || given.get('refresh_token') || null };
    this.oauth.exchanges.push(entry);
    try {
      entry.answer = this.tokensFor(given, this.clientsOf(headers, given, flow));
      if (key) this.oauth.answers.set(key, entry.answer);
      return { ...json(200, entry.answer), delay: this.oauth.settings.answer_delay_ms };
    } catch (error) {
      if (error instanceof OAuthError) entry.error = error.error;
      throw error;
    }
  }

  tokensFor(given, ids) {
    const required = (name) => {
      if (!given.get(name)) throw new OAuthError('invalid_request', `Missing required param: ${name}`);
      return given.get(name);
    };
    const grantType = required('grant_type');
    if (grantType === 'refresh_token') return this.oauth.exchangeRefreshToken(required('refresh_token'), ids);
    if (grantType !== 'authorization_code') throw new OAuthError('unsupported_grant_type', `Unsupported grant type: ${grantType}`);
    const code = required('code');
    const grant = this.oauth.codes.get(code);
    const id = given.get('client_id') || (grant && ids.includes(grant.clientId) ? grant.clientId : ids[0]);
    if (!ids.includes(id)) throw new OAuthError('invalid_client', `No application matches the supplied client identifier: ${id}`, 401);
    return this.oauth.exchangeCode(code, id, given.get('redirect_uri'));
  }

  deauthorize({ headers, body }) {
    const given = new Map(body);
    const ids = this.clientsOf(headers, given, null);
    const [clientId, account] = [given.get('client_id'), given.get('stripe_user_id')];
    if (!clientId) throw new OAuthError('invalid_request', 'Missing required param: client_id');
    if (!account) throw new OAuthError('invalid_request', 'Missing required param: stripe_user_id');
    if (!ids.includes(clientId)) throw new OAuthError('invalid_client', `No application matches the supplied client identifier: ${clientId}`, 401);
    this.oauth.disconnect(clientId, account);
    return json(200, { stripe_user_id: account });
  }
}

module.exports = { OAuthEndpoints };
