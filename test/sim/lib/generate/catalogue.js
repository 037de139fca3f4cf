'use strict';

const values = require('./values');
const facts = require('./facts');
const { DAY, PRODUCTS, PER_PRODUCT } = require('./constants');

// Products and their prices.

const intervalOf = (price) => [null, 'month', 'year'][price % PER_PRODUCT];

function priceGiven(company, index) {
  const interval = intervalOf(index);
  const product = Math.floor(index / PER_PRODUCT);
  const tiered = interval !== null && product % 10 === 9;
  const unit = tiered ? null : facts.priceUnit(company, index);
  return {
    product: company.collection('products').idOf(product),
    currency: facts.priceCurrency(index),
    unit_amount: unit,
    unit_amount_decimal: tiered ? null : String(unit),
    billing_scheme: tiered ? 'tiered' : 'per_unit',
    tiers_mode: tiered ? ['graduated', 'volume'][index % 2] : null,
    ...(interval === null && product % 6 === 5 ? {} : { custom_unit_amount: null }),
    type: interval ? 'recurring' : 'one_time',
    lookup_key: index % 4 === 1 ? `key_${index}` : null,
    recurring: interval && {
      interval,
      interval_count: 1,
      meter: null,
      trial_period_days: index % 5 === 0 ? 14 : null,
      usage_type: 'licensed',
    },
  };
}

const resources = {
  products: (company) => ({
    size: PRODUCTS,
    timeOf: company.clock('products', PRODUCTS, company.start - 60 * DAY, company.start),
    given: (index) => ({
      name: `${values.WORDS[index % values.WORDS.length]} ${values.COMPANY[index % values.COMPANY.length]}`,
      default_price: company.collection('prices').idOf(index * PER_PRODUCT + 1),
      active: index % 7 !== 6,
    }),
  }),

  prices: (company) => ({
    size: PRODUCTS * PER_PRODUCT,
    timeOf: (index) => company.collection('products').timeOf(Math.floor(index / PER_PRODUCT)),
    given: (index) => priceGiven(company, index),
  }),

  // A plan is how older integrations see a recurring price: same id.
  plans: (company) => {
    const prices = company.collection('prices');
    const priceOf = (index) => Math.floor(index / 2) * PER_PRODUCT + 1 + (index % 2);
    return {
      size: PRODUCTS * 2,
      ids: {
        idOf: (index) => prices.source.ids.idOf(priceOf(index)),
        indexOf: (id) => {
          const price = prices.source.ids.indexOf(id);
          if (price < 0 || price % PER_PRODUCT === 0) return -1;
          return Math.floor(price / PER_PRODUCT) * 2 + (price % PER_PRODUCT) - 1;
        },
      },
      timeOf: (index) => prices.source.timeOf(priceOf(index)),
      given: (index) => {
        const price = priceGiven(company, priceOf(index));
        return {
          product: price.product,
          currency: price.currency,
          amount: price.unit_amount,
          amount_decimal: price.unit_amount_decimal,
          billing_scheme: price.billing_scheme,
          tiers_mode: price.tiers_mode,
          interval: price.recurring.interval,
          interval_count: 1,
          usage_type: 'licensed',
        };
      },
    };
  },
};

module.exports = { resources };
