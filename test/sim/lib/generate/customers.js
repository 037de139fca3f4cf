'use strict';

const { hash } = require('../random');
const values = require('./values');
const facts = require('./facts');
const { list, customerAccount, legacySource } = require('./shapes');

// Customers and what hangs on them.

function nameOf(company, index) {
  const rng = company.random('customer name', index);
  return index % 3 === 0 ? rng.pick(values.COMPANY) : values.person(rng);
}

function emailOf(index) {
  if (index % 13 === 12) return null;
  if (index % 9 === 4) return 'Shared.Box@Example.com';
  return index % 2 ? `customer${index}@example.com` : `customer${index}+ü@example.com`;
}

const resources = {
  customers: (company) => ({
    size: company.customers,
    removed: facts.isDeletedCustomer,
    given: (index) => ({
      name: index % 11 === 10 ? null : nameOf(company, index),
      email: emailOf(index),
      currency: facts.customerCurrency(company, index),
      balance: index % 6 === 5 ? -((hash(company.seed, 'balance', index) % 9000) + 1) : 0,
      test_clock: facts.testClock(company, index),
      default_source: legacySource(index),
      ...(index % 8 === 5 ? {} : { discount: null }),
    }),
    quick: { test_clock: (index) => facts.testClock(company, index), email: emailOf },
    includable: {
      subscriptions: (customer, index) => {
        const subscriptions = company.collection('subscriptions');
        const of = Math.floor(index / 5) * 3 + (index % 5);
        const has = index % 5 < 3 && of < subscriptions.base && !subscriptions.isDeleted(of);
        const data = has && facts.subscriptionStatus(of) !== 'canceled' ? [subscriptions.object(of)] : [];
        return list(`/v1/customers/${customer.id}/subscriptions`, data);
      },
    },
  }),

  payment_methods: (company, resource) => {
    const customers = company.collection('customers');
    const types = company.catalog.field(resource.type, 'type').enum || ['card', 'custom'];
    const typeOf = (index) => (index % 2 === 0 ? 'card' : types[((index - 1) / 2) % types.length]);
    const customerOf = (index) => customers.idOf(Math.floor(index / 2));
    return {
      size: company.customers * 2,
      timeOf: (index) => customers.timeOf(Math.floor(index / 2)),
      given: (index) => ({ customer: customerOf(index), customer_account: customerAccount(index), type: typeOf(index) }),
      quick: { type: typeOf, customer: customerOf },
    };
  },

  promotion_codes: () => ({
    given: (index) => ({ code: index % 2 ? `Spring${index}` : `SPRING${index}` }),
  }),
};

module.exports = { resources, nameOf, emailOf };
