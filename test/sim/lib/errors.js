'use strict';

// Stripe's error envelopes.

/** An answer that is an error. `error` is what goes into {"error": …}. */
class ApiError extends Error {
  constructor(status, error, headers = {}) {
    super(error.message);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }

  body(requestId) {
    const error = { ...this.error };
    if (error.code) error.doc_url = `https://stripe.com/docs/error-codes/${error.code.replace(/_/g, '-')}`;
    if (requestId) error.request_log_url = `https://dashboard.stripe.com/test/logs/${requestId}`;
    return { error };
  }
}

function invalid(message, param, code, status = 400) {
  const error = { type: 'invalid_request_error', message };
  if (code) error.code = code;
  if (param) error.param = param;
  return new ApiError(status, error);
}

const unknownParameters = (names) =>
  invalid(`Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`, names[0], 'parameter_unknown');

const missingParameter = (name) => invalid(`Missing required param: ${name}.`, name, 'parameter_missing');

const emptyParameter = (name) =>
  invalid(
    `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; ` +
      `however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
    name,
    'parameter_invalid_empty'
  );

/** @param {string} object Stripe's name of the object: "customer" */
const noSuch = (object, id, param, status = 400, hint = '') =>
  invalid(`No such ${object}: '${id}'${hint}`, param, 'resource_missing', status);

const unrecognized = (method, path) =>
  invalid(
    `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    undefined,
    undefined,
    404
  );

module.exports = { ApiError, invalid, unknownParameters, missingParameter, emptyParameter, noSuch, unrecognized };
