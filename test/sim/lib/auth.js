'use strict';

const { ApiError, invalid } = require('./errors');

// Who asks: keys, their mode and permissions, the account that is meant.

const MISSING =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth " +
  "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.";

const unauthorized = (message, code) =>
  new ApiError(401, { type: 'invalid_request_error', message, ...(code ? { code } : {}) }, { 'www-authenticate': 'Bearer realm="Stripe"' });

/** The key as messages and logs show it: its kind and its last four characters. */
function mask(key) {
  const kind = /^([a-z]+_(?:test|live)_|sk_org_(?:test_|live_)?)/.exec(key);
  const head = kind ? kind[0] : key.slice(0, 3);
  return `${head}${'*'.repeat(Math.max(3, key.length - head.length - 4))}${key.slice(-4)}`;
}

/** The key of an Authorization header: Bearer, or the user name of Basic. null if there is none. */
function keyOf(header) {
  if (!header) return null;
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(header);
  if (bearer) return bearer[1];
  const basic = /^Basic\s+(\S+)\s*$/i.exec(header);
  if (basic) return Buffer.from(basic[1], 'base64').toString('utf8').split(':')[0] || null;
  return null;
}

/** The permission that reading a resource needs. */
const permissionOf = (resource) => `rak_${resource.object.replace(/\./g, '_')}_read`;

/** The keys that are known from the start; control routes and OAuth add others. */
const KEYS = {
  sk_test_stripe_fdw_sim: { livemode: false, permissions: null },
  sk_live_stripe_fdw_sim: { livemode: true, permissions: null },
  sk_test_stripe_fdw_sim_developer: { livemode: false, permissions: null },
  sk_live_stripe_fdw_sim_developer: { livemode: true, permissions: null },
  rk_test_stripe_fdw_sim_charges: { livemode: false, permissions: ['rak_charge_read', 'rak_customer_read'] },
  rk_test_stripe_fdw_sim_none: { livemode: false, permissions: [] },
  sk_org_test_stripe_fdw_sim: { livemode: false, permissions: null, organization: true },
};

/**
 * @param {object} headers lower-case names
 * @param {World} world
 * @returns {{key: string, grant: object, account: string, livemode: boolean}}
 */
function authenticate(headers, world) {
  const key = keyOf(headers.authorization);
  if (!key) throw unauthorized(MISSING);
  const grant = Object.prototype.hasOwnProperty.call(world.keys, key) ? world.keys[key] : null;
  if (!grant) throw unauthorized(`Invalid API Key provided: ${mask(key)}`);
  if (grant.revoked) throw unauthorized('This key is no longer valid: the account has disconnected from the platform.', 'platform_api_key_expired');
  if (grant.expired) throw unauthorized(`Expired API Key provided: ${mask(key)}`, 'api_key_expired');

  const named = headers['stripe-account'];
  const context = headers['stripe-context'];
  if (named && context) {
    throw invalid('You may only specify one of these headers: Stripe-Account, Stripe-Context.');
  }
  if (grant.organization && !context) {
    throw invalid('The Stripe-Context header is required when you use an organization API key.');
  }
  const asked = context ? context.split('/').pop() : named;
  const own = grant.account || world.account; // an OAuth access token is its account's
  if (asked && asked !== own && (grant.account || !world.isConnected(asked, grant.livemode))) {
    throw new ApiError(403, {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: `The provided key '${mask(key)}' does not have access to account '${asked}' (or that account does not exist). Application access may have been revoked.`,
    });
  }
  return { key, grant, account: asked || own, livemode: grant.livemode };
}

/** Throws the 403 of a restricted key that may not read the resource. */
function authorize({ key, grant, account }, resource) {
  const permission = permissionOf(resource);
  if (grant.permissions === null || grant.permissions.includes(permission)) return;
  throw new ApiError(403, {
    type: 'invalid_request_error',
    code: 'more_permissions_required',
    message:
      `The provided key '${mask(key)}' does not have the required permissions for this endpoint on account '${account}'. ` +
      `Having the '${permission}' permission would allow this request to continue.`,
  });
}

module.exports = { KEYS, authenticate, authorize, keyOf, mask, permissionOf };
