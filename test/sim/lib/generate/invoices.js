'use strict';

const facts = require('./facts');
const spine = require('./spine');
const { list, customerAccount } = require('./shapes');
const { nameOf, emailOf } = require('./customers');
const { Random, hash } = require('../random');
const { DAY } = require('./constants');

// Invoices with their lines and payments, one-off items, credit notes.

function linesOf(company, resource, index, id, currency) {
  const type = company.catalog.field(resource.type, 'lines').type;
  const subscription = company.collection('subscriptions').idOf(facts.invoiceSubscription(company, index));
  const created = company.slotTime(facts.slotOf('invoices', index));
  return facts.invoiceLines(company, index).map((line, n) => {
    const rng = new Random(hash(company.seed, 'line', index, n));
    const ctx = { company, resource, index: n, id: `il_${String(index).padStart(9, '0')}${n}`, created };
    const parent = line.invoiceitem === undefined
      ? { type: 'subscription_item_details', invoice_item_details: null, subscription_item_details: {
          invoice_item: null, proration: false, proration_details: null, subscription,
          subscription_item: company.collection('subscription_items').idOf(line.item) } }
      : { type: 'invoice_item_details', subscription_item_details: null, invoice_item_details: {
          invoice_item: company.collection('invoiceitems').idOf(line.invoiceitem), proration: false, proration_details: null, subscription: null } };
    return company.generator.object(type, rng, ctx, 1, {
      id: ctx.id,
      object: 'line_item',
      amount: line.amount,
      subtotal: line.amount,
      currency,
      invoice: id,
      livemode: company.livemode,
      quantity: line.quantity,
      quantity_decimal: String(line.quantity),
      subscription,
      parent,
      discounts: [],
      discount_amounts: [],
      taxes: [],
      period: { start: created, end: created + 30 * DAY },
      pricing: line.price === undefined ? null : {
        type: 'price_details',
        price_details: {
          price: company.collection('prices').idOf(line.price),
          product: company.collection('products').idOf(Math.floor(line.price / 3)),
        },
        unit_amount_decimal: String(line.amount / line.quantity),
      },
    });
  });
}

function invoiceGiven(company, resource, index) {
  const { entry } = spine.place('invoices', index);
  const id = company.collection('invoices').idOf(index);
  const created = company.slotTime(facts.slotOf('invoices', index));
  const subscription = facts.invoiceSubscription(company, index);
  const customer = facts.subscriber(subscription);
  const currency = facts.customerCurrency(company, customer);
  const total = facts.invoiceTotal(company, index);
  const status = facts.invoiceStatus(index);
  const paid = status === 'paid' ? total : 0;
  const collection = index % 3 === 0 ? 'send_invoice' : 'charge_automatically';
  const when = (states, value) => (states.includes(status) ? value : null);
  return {
    customer: company.collection('customers').idOf(customer),
    customer_account: customerAccount(index),
    customer_name: nameOf(company, customer),
    customer_email: emailOf(customer),
    currency,
    status,
    collection_method: collection,
    due_date: collection === 'send_invoice' ? created + 14 * DAY : null,
    number: status === 'draft' ? null : `SIM-${String(index + 1).padStart(6, '0')}`,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    total_discount_amounts: [],
    total_taxes: [],
    total_pretax_credit_amounts: [],
    discounts: [],
    amount_due: total,
    amount_paid: paid,
    amount_overpaid: 0,
    amount_remaining: total - paid,
    amount_shipping: 0,
    attempted: entry.paid,
    attempt_count: entry.paid ? 1 : 0,
    starting_balance: 0,
    ending_balance: status === 'draft' ? null : 0,
    pre_payment_credit_notes_amount: 0,
    post_payment_credit_notes_amount: 0,
    period_start: created - 30 * DAY,
    period_end: created,
    test_clock: facts.testClock(company, customer),
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: {}, subscription: company.collection('subscriptions').idOf(subscription), pause_collection: null },
    },
    status_transitions: {
      finalized_at: status === 'draft' ? null : created + 3600,
      marked_uncollectible_at: when(['uncollectible'], created + 30 * DAY),
      paid_at: when(['paid'], created),
      voided_at: when(['void'], created + 2 * DAY),
    },
    lines: list(`/v1/invoices/${id}/lines`, linesOf(company, resource, index, id, currency)),
  };
}

function invoicePaymentGiven(company, index) {
  const { block, entry } = spine.place('invoice_payments', index);
  const slot = facts.slotOf('invoice_payments', index);
  const { amount, currency } = facts.payment(company, slot);
  return {
    invoice: company.collection('invoices').idOf(spine.indexAt('invoices', block, entry.invoice)),
    amount_paid: amount,
    amount_requested: amount,
    currency,
    is_default: true,
    status: 'paid',
    payment: { type: 'payment_intent', payment_intent: company.collection('payment_intents').idOf(spine.indexAt('payment_intents', block, entry.intent)) },
    status_transitions: { canceled_at: null, paid_at: company.slotTime(slot) },
  };
}

const resources = {
  invoices: (company, resource) => ({
    size: company.spineSize('invoices'),
    timeOf: (index) => company.slotTime(facts.slotOf('invoices', index)),
    given: (index) => invoiceGiven(company, resource, index),
    quick: {
      customer: (index) => company.collection('customers').idOf(facts.subscriber(facts.invoiceSubscription(company, index))),
      status: facts.invoiceStatus,
    },
    attributes: { subscription: (index) => company.collection('subscriptions').idOf(facts.invoiceSubscription(company, index)) },
    includable: {
      payments: (invoice, index) => {
        const { block, entry } = spine.place('invoices', index);
        const payments = company.collection('invoice_payments');
        const data = entry.payment < 0 ? [] : [payments.object(spine.indexAt('invoice_payments', block, entry.payment))];
        return list(`/v1/invoice_payments?invoice=${invoice.id}`, data);
      },
    },
  }),

  invoice_payments: (company) => ({
    size: company.spineSize('invoice_payments'),
    timeOf: (index) => company.slotTime(facts.slotOf('invoice_payments', index)),
    given: (index) => invoicePaymentGiven(company, index),
    quick: {
      invoice: (index) => {
        const { block, entry } = spine.place('invoice_payments', index);
        return company.collection('invoices').idOf(spine.indexAt('invoices', block, entry.invoice));
      },
    },
  }),

  invoiceitems: (company) => {
    const timeOf = (index) => company.slotTime(facts.slotOf('invoiceitems', index));
    return {
      size: company.spineSize('invoiceitems'),
      timeOf,
      given: (index) => {
        const customer = facts.invoiceItemCustomer(company, index);
        const invoice = facts.invoiceItemInvoice(company, index);
        const amount = facts.invoiceItemAmount(company, index);
        return {
          date: timeOf(index),
          amount,
          quantity: 1,
          quantity_decimal: '1',
          currency: facts.customerCurrency(company, customer),
          customer: company.collection('customers').idOf(customer),
          customer_account: customerAccount(index),
          invoice: invoice < 0 ? null : company.collection('invoices').idOf(invoice),
          test_clock: facts.testClock(company, customer),
        };
      },
      attributes: { pending: (index) => facts.invoiceItemInvoice(company, index) < 0 },
    };
  },

  credit_notes: (company, resource) => ({
    size: company.spineSize('credit_notes'),
    timeOf: (index) => company.slotTime(facts.slotOf('credit_notes', index)),
    given: (index) => {
      const { block, entry } = spine.place('credit_notes', index);
      const invoice = spine.indexAt('invoices', block, entry.invoice);
      const customer = facts.subscriber(facts.invoiceSubscription(company, invoice));
      const amount = Math.floor(facts.invoiceTotal(company, invoice) / 10);
      const id = company.collection('credit_notes').idOf(index);
      const ctx = { company, resource, index: 0, id: `cnli_${index}`, created: company.slotTime(facts.slotOf('credit_notes', index)) };
      const line = company.generator.object(company.catalog.field(resource.type, 'lines').type, new Random(hash(company.seed, 'cnl', index)), ctx, 1, {
        id: ctx.id, object: 'credit_note_line_item', amount, livemode: company.livemode,
      });
      return {
        invoice: company.collection('invoices').idOf(invoice),
        customer: company.collection('customers').idOf(customer),
        customer_account: customerAccount(index),
        currency: facts.customerCurrency(company, customer),
        amount,
        subtotal: amount,
        total: amount,
        status: 'issued',
        lines: list(`/v1/credit_notes/${id}/lines`, [line]),
      };
    },
  }),
};

module.exports = { resources };
