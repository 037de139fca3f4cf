// Stripe's own client for Node as the witness of what a list holds.
'use strict';

const { API_KEY } = require('./simulator');

const METHODS = { '/v1/credit_notes/preview/lines': ['creditNotes', 'listPreviewLineItems'] };

// An HTTP client of the package's that hands each body it reads to seen(body),
// before the package makes numbers of its own out of decimal strings.
function watchingHttpClient(Stripe, seen) {
  const client = Stripe.createNodeHttpClient();
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    const response = await makeRequest(...request);
    const toJSON = response.toJSON.bind(response);
    response.toJSON = async () => {
      const body = await toJSON();
      seen(structuredClone(body));
      return body;
    };
    return response;
  };
  return client;
}

// Member of an object whose name is wanted without its capitals: 'invoiceitems' is invoiceItems.
function member(node, wanted) {
  for (const name in node) if (name.toLowerCase() === wanted) return node[name];
  return undefined;
}

// The function (parameters) → page of a list path: '/v1/checkout/sessions'.
function listMethod(client, path) {
  if (METHODS[path]) {
    const [resource, method] = METHODS[path];
    return client[resource][method].bind(client[resource]);
  }
  const parts = path.split('/').slice(2).map((part) => part.replaceAll('_', ''));
  let node = client;
  for (const part of parts) node = node && member(node, part);
  node ??= member(client, parts.join(''));
  if (!node || !node.list) throw new Error(`the package has no list method for ${path}`);
  return node.list.bind(node);
}

// The package's client, talking to the simulator, and what it read.
class Official {
  constructor(simulator, options = {}) {
    const Stripe = require('stripe');
    const { protocol, hostname, port } = new URL(simulator.url);
    this.bodies = [];
    this.client = new Stripe(API_KEY, {
      host: hostname, port, protocol: protocol.slice(0, -1), maxNetworkRetries: 0, telemetry: false,
      httpClient: watchingHttpClient(Stripe, (body) => this.bodies.push(body)), ...options,
    });
  }

  // All objects of a list, by the package's auto-paging, as they came over the wire.
  async listAll(path, parameters) {
    this.bodies = [];
    const ids = [];
    for await (const { id } of listMethod(this.client, path)(parameters)) ids.push(id);
    const objects = this.bodies.flatMap((body) => body.data);
    if (objects.length !== ids.length || objects.some(({ id }, at) => id !== ids[at])) {
      throw new Error(`the package did not give out what it read of ${path}`);
    }
    return objects;
  }
}

module.exports = { Official };
