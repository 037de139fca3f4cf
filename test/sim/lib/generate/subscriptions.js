'use strict';

const facts = require('./facts');
const { list, customerAccount, legacySource } = require('./shapes');
const { DAY } = require('./constants');

// Subscriptions and their items.

function subscriptionGiven(company, index) {
  const owner = facts.subscriber(index);
  const id = company.collection('subscriptions').idOf(index);
  const items = company.collection('subscription_items');
  const created = company.collection('customers').timeOf(owner);
  const status = facts.subscriptionStatus(index);
  const over = status === 'canceled' || status === 'incomplete_expired';
  const latest = facts.latestInvoices(company)[index];
  return {
    customer: company.collection('customers').idOf(owner),
    customer_account: customerAccount(index),
    currency: facts.customerCurrency(company, owner),
    status,
    canceled_at: over ? created + DAY : null,
    ended_at: over ? created + 2 * DAY : null,
    cancel_at: status === 'past_due' ? company.now + 30 * DAY : null,
    start_date: created,
    latest_invoice: latest < 0 ? null : company.collection('invoices').idOf(latest),
    default_payment_method: company.collection('payment_methods').idOf(owner * 2),
    default_source: legacySource(index),
    test_clock: facts.testClock(company, owner),
    items: list(`/v1/subscription_items?subscription=${id}`, facts.subscriptionItems(index).map((item) => items.object(item))),
  };
}

function itemGiven(company, index) {
  const price = company.collection('prices').object(facts.itemPrice(company, index));
  const plans = company.collection('plans');
  const [start, end] = facts.itemPeriod(company, index);
  return {
    subscription: company.collection('subscriptions').idOf(facts.itemSubscription(index)),
    price,
    plan: plans.object(plans.indexOf(price.id)),
    quantity: facts.itemQuantity(company, index),
    current_period_start: start,
    current_period_end: end,
  };
}

const resources = {
  subscriptions: (company) => {
    const owners = company.collection('customers');
    const prices = (index) => facts.subscriptionItems(index).map((item) => company.collection('prices').idOf(facts.itemPrice(company, item)));
    const periods = (index, end) => facts.subscriptionItems(index).map((item) => facts.itemPeriod(company, item)[end]);
    return {
      size: facts.subscriptionCount(company),
      timeOf: (index) => owners.source.timeOf(facts.subscriber(index)),
      given: (index) => subscriptionGiven(company, index),
      quick: {
        customer: (index) => owners.idOf(facts.subscriber(index)),
        status: facts.subscriptionStatus,
        test_clock: (index) => facts.testClock(company, facts.subscriber(index)),
      },
      attributes: {
        current_period_start: (index) => Math.max(...periods(index, 0)),
        current_period_end: (index) => Math.min(...periods(index, 1)),
        price: prices,
        plan: prices,
      },
    };
  },

  subscription_items: (company) => ({
    size: facts.subscriptionItems(facts.subscriptionCount(company) - 1).pop() + 1,
    timeOf: (index) => company.collection('subscriptions').source.timeOf(facts.itemSubscription(index)),
    given: (index) => itemGiven(company, index),
    quick: { subscription: (index) => company.collection('subscriptions').idOf(facts.itemSubscription(index)) },
  }),
};

module.exports = { resources };
