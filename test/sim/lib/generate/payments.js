'use strict';

const facts = require('./facts');
const spine = require('./spine');
const { list, customerAccount } = require('./shapes');
const { nameOf, emailOf } = require('./customers');
const { hash } = require('../random');

// Payment intents, charges, refunds, disputes, checkout sessions.

const idAt = (company, kind, block, position) => company.collection(kind).idOf(spine.indexAt(kind, block, position));
const timeAt = (company, kind) => (index) => company.slotTime(facts.slotOf(kind, index));

const CARDS_KEPT = 5000;

/** What only payments made for connected accounts have: left to chance on one payment in 37. */
const WITHOUT_CONNECT = {
  application: null, application_fee: null, application_fee_amount: null, on_behalf_of: null, source_transfer: null, transfer: undefined,
  transfer_data: null, level3: undefined,
};

/** The card that a customer pays with, as charges show it; remembered, as it is the dearest part of a charge. */
function cardOf(company, customer) {
  const cards = company.cards || (company.cards = new Map());
  let card = cards.get(customer);
  if (!card) {
    const resource = company.catalog.resource('charges');
    const { type } = company.catalog.field(resource.type, 'payment_method_details');
    const created = company.collection('customers').timeOf(customer);
    const ctx = { company, resource, index: customer, id: '', created };
    card = company.generator.object(type, company.random('card', customer), ctx, 1, { type: 'card' });
    if (cards.size >= CARDS_KEPT) cards.clear();
    cards.set(customer, card);
  }
  return card;
}

function reviewOf(company, block, { review }) {
  const index = spine.indexAt('reviews', block, review);
  return index < company.spineSize('reviews') ? company.collection('reviews').idOf(index) : null;
}

function chargeGiven(company, index) {
  const { block, entry } = spine.place('charges', index);
  const { customer, currency, amount } = facts.payment(company, index);
  const refunded = entry.refunds
    .filter((position) => spine.indexAt('refunds', block, position) < company.spineSize('refunds'))
    .reduce((sum, position) => sum + facts.refundAmount(amount, spine.BLOCK.refunds[position].part), 0);
  const disputed = entry.dispute >= 0 && spine.indexAt('disputes', block, entry.dispute) < company.spineSize('disputes');
  const id = company.collection('charges').idOf(index);
  return {
    amount,
    amount_captured: entry.captured && !entry.failed ? amount : 0,
    amount_refunded: refunded,
    balance_transaction: entry.balance < 0 ? null : idAt(company, 'balance_transactions', block, entry.balance),
    billing_details: {
      address: { city: null, country: null, line1: null, line2: null, postal_code: String(10000 + (index % 90000)), state: null },
      email: emailOf(customer),
      name: nameOf(company, customer),
      phone: null,
      tax_id: null,
    },
    captured: entry.captured && !entry.failed,
    currency,
    customer: company.collection('customers').idOf(customer),
    disputed,
    ...(entry.failed ? {} : { failure_balance_transaction: null }),
    failure_code: entry.failed ? 'card_declined' : null,
    failure_message: entry.failed ? 'Your card was declined.' : null,
    paid: !entry.failed,
    payment_intent: entry.intent < 0 ? null : idAt(company, 'payment_intents', block, entry.intent),
    payment_method: company.collection('payment_methods').idOf(customer * 2),
    payment_method_details: cardOf(company, customer),
    review: entry.review < 0 ? null : reviewOf(company, block, entry),
    receipt_url: `https://pay.stripe.com/receipts/${id}`,
    refunded: refunded > 0 && refunded === amount,
    status: entry.failed ? 'failed' : 'succeeded',
    transfer_group: index % 50 === 0 ? `group_${index % 7}` : null,
    ...(index % 37 === 5 ? {} : WITHOUT_CONNECT),
  };
}

/** The payment intent's charge that tells its state: the last one that exists; null if none was tried. */
function lastCharge(company, block, entry) {
  if (entry.charge < 0) return null;
  const last = block * spine.SLOTS + entry.charge;
  return last < company.charges ? last : block * spine.SLOTS + entry.first;
}

function intentGiven(company, index) {
  const { block, entry } = spine.place('payment_intents', index);
  const charge = lastCharge(company, block, entry);
  const slot = block * spine.SLOTS + entry.slot;
  const { customer, currency, amount } = facts.payment(company, charge === null ? slot : charge);
  const of = charge === null ? null : spine.BLOCK.charges[charge % spine.SLOTS];
  const untried = ['requires_payment_method', 'requires_confirmation', 'requires_action', 'canceled', 'processing'];
  const status = of === null ? untried[entry.variant] : of.failed ? 'requires_payment_method' : of.captured ? 'succeeded' : 'requires_capture';
  const canceled = status === 'canceled';
  const failed = status === 'requires_payment_method' && of !== null;
  return {
    amount,
    amount_capturable: status === 'requires_capture' ? amount : 0,
    amount_received: status === 'succeeded' ? amount : 0,
    canceled_at: canceled ? company.slotTime(slot) + 60 : null,
    cancellation_reason: canceled ? 'abandoned' : null,
    currency,
    customer: company.collection('customers').idOf(customer),
    customer_account: customerAccount(index),
    latest_charge: charge === null ? null : company.collection('charges').idOf(charge),
    payment_method: company.collection('payment_methods').idOf(customer * 2),
    capture_method: status === 'requires_capture' ? 'manual' : 'automatic',
    last_payment_error: failed
      ? { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', charge: company.collection('charges').idOf(charge), message: 'Your card was declined.' }
      : null,
    ...(status === 'requires_action' ? {} : { next_action: null }),
    review: charge === null || of.review < 0 ? null : reviewOf(company, block, of),
    status,
    ...(index % 37 === 5 ? {} : WITHOUT_CONNECT),
  };
}

function sessionGiven(company, index) {
  const { block, entry } = spine.place('checkout_sessions', index);
  const slot = block * spine.SLOTS + entry.slot;
  const { customer, currency, amount } = facts.payment(company, slot);
  const complete = entry.complete;
  return {
    amount_subtotal: amount,
    amount_total: amount,
    currency,
    customer: company.collection('customers').idOf(customer),
    customer_account: customerAccount(index),
    customer_details: {
      address: null, business_name: null, email: emailOf(customer), individual_name: null, name: nameOf(company, customer),
      phone: null, tax_exempt: 'none', tax_ids: [],
    },
    mode: complete ? 'payment' : ['payment', 'setup', 'subscription'][index % 3],
    // What an abandoned session was for is left to chance.
    ...(complete ? { invoice: null, subscription: null, setup_intent: null } : {}),
    payment_intent: complete ? idAt(company, 'payment_intents', block, entry.intent) : null,
    payment_status: complete ? 'paid' : 'unpaid',
    status: complete ? 'complete' : entry.variant % 2 ? 'open' : 'expired',
    url: complete ? null : `https://checkout.stripe.com/c/pay/${index}#fid`,
  };
}

const REFUND_TROUBLE = ['pending', 'requires_action', 'failed', 'canceled'];

function refundGiven(company, index) {
  const { block, entry } = spine.place('refunds', index);
  const { currency, amount } = facts.payment(company, block * spine.SLOTS + entry.charge);
  const charge = spine.BLOCK.charges[entry.charge];
  const status = index % 25 === 24 ? REFUND_TROUBLE[Math.floor(index / 25) % REFUND_TROUBLE.length] : 'succeeded';
  return {
    amount: facts.refundAmount(amount, entry.part),
    balance_transaction: idAt(company, 'balance_transactions', block, entry.balance),
    charge: idAt(company, 'charges', block, entry.charge),
    currency,
    ...(status === 'failed' ? {} : { failure_balance_transaction: undefined }),
    payment_intent: charge.intent < 0 ? null : idAt(company, 'payment_intents', block, charge.intent),
    status,
    ...(index % 30 === 7 ? {} : { source_transfer_reversal: null, transfer_reversal: null }),
  };
}

function disputeGiven(company, index) {
  const { block, entry } = spine.place('disputes', index);
  const { currency, amount } = facts.payment(company, block * spine.SLOTS + entry.charge);
  const charge = spine.BLOCK.charges[entry.charge];
  const balance = company.collection('balance_transactions');
  return {
    amount,
    balance_transactions: [balance.object(spine.indexAt('balance_transactions', block, entry.balance))],
    charge: idAt(company, 'charges', block, entry.charge),
    currency,
    payment_intent: charge.intent < 0 ? null : idAt(company, 'payment_intents', block, charge.intent),
  };
}

const resources = {
  charges: (company) => ({
    size: company.charges,
    timeOf: company.slotTime,
    given: (index) => chargeGiven(company, index),
    quick: {
      customer: (index) => company.collection('customers').idOf(facts.payment(company, index).customer),
      payment_intent: (index) => {
        const { block, entry } = spine.place('charges', index);
        return entry.intent < 0 ? null : idAt(company, 'payment_intents', block, entry.intent);
      },
      transfer_group: (index) => (index % 50 === 0 ? `group_${index % 7}` : null),
    },
    includable: {
      refunds: (charge, index) => {
        const { block, entry } = spine.place('charges', index);
        const refunds = company.collection('refunds');
        const indexes = entry.refunds.map((position) => spine.indexAt('refunds', block, position)).filter((i) => i < refunds.base);
        return list(`/v1/charges/${charge.id}/refunds`, indexes.reverse().map((i) => refunds.object(i)));
      },
    },
  }),

  payment_intents: (company) => ({
    size: company.spineSize('payment_intents'),
    timeOf: timeAt(company, 'payment_intents'),
    given: (index) => intentGiven(company, index),
    quick: {
      customer: (index) => {
        const { block, entry } = spine.place('payment_intents', index);
        const charge = lastCharge(company, block, entry);
        const slot = charge === null ? block * spine.SLOTS + entry.slot : charge;
        return company.collection('customers').idOf(facts.payment(company, slot).customer);
      },
    },
  }),

  checkout_sessions: (company, resource) => ({
    size: company.spineSize('checkout_sessions'),
    timeOf: timeAt(company, 'checkout_sessions'),
    given: (index) => sessionGiven(company, index),
    includable: {
      line_items: (session) => {
        const field = company.catalog.field(resource.type, 'line_items');
        const price = company.collection('prices').object(hash(company.seed, session.id) % company.collection('prices').base);
        const item = company.generator.includable(resource.type, session, { ...field, kind: 'object', name: 'line_item' }, { company, resource, index: 0, id: `li_${session.id}`, created: session.created });
        const line = { ...item, id: `li_${session.id.split('_').pop()}`, object: 'item', amount_subtotal: session.amount_total, amount_total: session.amount_total, currency: session.currency, quantity: 1, price };
        return list(`/v1/checkout/sessions/${session.id}/line_items`, [line]);
      },
    },
  }),

  refunds: (company) => ({
    size: company.spineSize('refunds'),
    timeOf: timeAt(company, 'refunds'),
    given: (index) => refundGiven(company, index),
    quick: {
      charge: (index) => {
        const { block, entry } = spine.place('refunds', index);
        return idAt(company, 'charges', block, entry.charge);
      },
    },
  }),

  disputes: (company) => ({
    size: company.spineSize('disputes'),
    timeOf: timeAt(company, 'disputes'),
    given: (index) => disputeGiven(company, index),
  }),

  reviews: (company) => ({
    size: company.spineSize('reviews'),
    timeOf: timeAt(company, 'reviews'),
    given: (index) => {
      const { block, entry } = spine.place('reviews', index);
      const { intent } = spine.BLOCK.charges[entry.charge];
      return {
        charge: idAt(company, 'charges', block, entry.charge),
        payment_intent: intent < 0 ? null : idAt(company, 'payment_intents', block, intent),
        open: entry.open,
        closed_reason: entry.open ? null : 'approved',
      };
    },
  }),

  setup_intents: (company) => ({
    size: company.spineSize('setup_intents'),
    timeOf: timeAt(company, 'setup_intents'),
    given: (index) => {
      const customer = facts.payerAt(company, facts.slotOf('setup_intents', index));
      return {
        customer: company.collection('customers').idOf(customer),
        customer_account: customerAccount(index),
        payment_method: company.collection('payment_methods').idOf(customer * 2),
      };
    },
  }),
};

module.exports = { resources };
