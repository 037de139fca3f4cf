'use strict';

const { firstAtLeast } = require('../clock');
const { hash } = require('../random');
const facts = require('./facts');
const spine = require('./spine');
const { DAY } = require('./constants');

// Two events per payment of the last forty days: Stripe shows thirty.

const KEPT = 40 * DAY;

/** The event's type and the object it tells of: [type, resource, index]. */
function subject(company, slot, second) {
  const block = Math.floor(slot / spine.SLOTS);
  const charge = spine.BLOCK.charges[slot % spine.SLOTS];
  if (!second) return [charge.failed ? 'charge.failed' : charge.captured ? 'charge.succeeded' : 'charge.updated', 'charges', slot];
  if (charge.invoice >= 0) return ['invoice.paid', 'invoices', spine.indexAt('invoices', block, charge.invoice)];
  if (charge.intent < 0) return ['customer.updated', 'customers', facts.payment(company, slot).customer];
  const type = charge.failed ? 'payment_intent.payment_failed' : charge.captured ? 'payment_intent.succeeded' : 'payment_intent.amount_capturable_updated';
  return [type, 'payment_intents', spine.indexAt('payment_intents', block, charge.intent)];
}

const resources = {
  events: (company) => {
    const first = firstAtLeast(company.slotTime, company.charges, company.now - KEPT, false);
    const slotAt = (index) => first + Math.floor(index / 2);
    return {
      size: 2 * (company.charges - first),
      timeOf: (index) => company.slotTime(slotAt(index)),
      given: (index) => {
        const [type, name, of] = subject(company, slotAt(index), index % 2 === 1);
        return {
          type,
          api_version: company.catalog.apiVersion,
          data: { object: company.collection(name).object(of) },
          request: { id: null, idempotency_key: null },
          pending_webhooks: index % 3,
        };
      },
      quick: { type: (index) => subject(company, slotAt(index), index % 2 === 1)[0] },
      attributes: { delivery_success: (index) => hash(company.seed, 'delivered', index) % 4 !== 0 },
    };
  },
};

module.exports = { resources };
