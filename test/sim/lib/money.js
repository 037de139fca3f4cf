'use strict';

// Currencies: decimals of the minor unit, what an amount settles to.

const CURRENCIES = {
  usd: { exponent: 2, settles: 'usd', rate: 1, unit: 1900 },
  eur: { exponent: 2, settles: 'eur', rate: 1, unit: 2100 },
  gbp: { exponent: 2, settles: 'usd', rate: 1.2736451827364518, unit: 1500 },
  jpy: { exponent: 0, settles: 'usd', rate: 0.0066912345678912, unit: 2500 },
  kwd: { exponent: 3, settles: 'usd', rate: 3.2573912345678901, unit: 7500 },
};

const NAMES = Object.keys(CURRENCIES);

/**
 * What an amount becomes in the account's balance.
 * @param {number} amount in minor units of `currency`
 * @returns {{amount: number, currency: string, rate: number|null}} rate is null where nothing was converted
 */
function settle(amount, currency) {
  const { exponent, settles, rate } = CURRENCIES[currency];
  if (settles === currency) return { amount, currency, rate: null };
  const scaled = amount * rate * Math.pow(10, CURRENCIES[settles].exponent - exponent);
  return { amount: Math.round(scaled), currency: settles, rate };
}

/** Stripe's fee on a settled amount: 2.9 % and 30 minor units. */
function fee(amount) {
  return Math.round(amount * 0.029) + 30;
}

module.exports = { CURRENCIES, NAMES, settle, fee };
