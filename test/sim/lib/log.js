'use strict';

// The requests received, for tests that assert on what was asked.

const KEPT = 100000;
const HEADERS = ['stripe-version', 'stripe-account', 'stripe-context', 'user-agent', 'accept-encoding', 'accept', 'idempotency-key', 'content-type', 'x-stripe-client-user-agent'];

/** The Authorization header without its secret: scheme and the last four characters of what follows. */
function authorizationShown(header) {
  if (!header) return undefined;
  const [scheme, value = ''] = header.split(' ');
  return `${scheme} …${value.length > 8 ? value.slice(-4) : ''}`;
}

class RequestLog {
  constructor() {
    this.clear();
  }

  clear() {
    this.entries = [];
  }

  /** A new entry; status and what follows are filled in when the answer is known. */
  begin({ method, path, query, headers, connection, protocol }) {
    const shown = {};
    for (const name of HEADERS) if (headers[name] !== undefined) shown[name] = headers[name];
    if (headers.authorization) shown.authorization = authorizationShown(headers.authorization);
    const entry = {
      time: Date.now(), // ms since the epoch
      connection,
      protocol,
      method,
      path,
      query,
      headers: shown,
      body: null,
      status: null, // null: no status line was sent
      request_id: null,
      endpoint: null,
      rows: null, // objects in the page
      bytes: null, // of the body as sent
      fault: null, // id of the rule that struck
      in_flight: 0, // requests in progress when this one came, itself included
      duration: null, // ms
      aborted: false, // the client went away before the end
    };
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.entries.shift();
    return entry;
  }
}

module.exports = { RequestLog };
