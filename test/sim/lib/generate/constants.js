'use strict';

module.exports = {
  DAY: 86400, // seconds
  PRODUCTS: 60, // a multiple of the number of currencies
  PER_PRODUCT: 3, // prices: single, monthly, yearly
  EMBEDDED_LINES: 10, // how many elements of a sub-list Stripe embeds
  ITEMS_IN_LONG_INVOICE: 13,
};
