'use strict';

const facts = require('./facts');
const spine = require('./spine');
const { DAY } = require('./constants');

// Balance transactions and payouts.  net = amount - fee; a payout is the sum
// of the nets of what it pays out.

/** The source of a balance transaction: the id of a charge, refund, dispute or payout. */
function sourceId(company, index) {
  const { block, entry } = spine.place('balance_transactions', index);
  const { kind, position } = entry.source;
  return company.collection(kind).idOf(spine.indexAt(kind, block, position));
}

/** The payout that a transaction was paid out with; null while there is none. */
function payoutOf(company, index) {
  const { block } = spine.place('balance_transactions', index);
  const { currency } = facts.balance(company, index);
  const position = spine.BLOCK.payouts.findIndex((entry) => entry.currency === currency);
  const payout = spine.indexAt('payouts', block, position);
  return payout < company.spineSize('payouts') ? company.collection('payouts').idOf(payout) : null;
}

const CATEGORY = { charge: 'charge', refund: 'refund', adjustment: 'dispute', payout: 'payout' };

function transactionGiven(company, index) {
  const { entry } = spine.place('balance_transactions', index);
  const { amount, currency, fee, net, rate } = facts.balance(company, index);
  const created = company.slotTime(facts.slotOf('balance_transactions', index));
  const available = created + 2 * DAY;
  return {
    amount,
    available_on: available,
    currency,
    exchange_rate: rate,
    fee,
    fee_details: fee === 0 ? [] : [{ amount: fee, application: null, currency, description: 'Stripe processing fees', type: 'stripe_fee' }],
    net,
    reporting_category: CATEGORY[entry.type],
    source: sourceId(company, index),
    status: available <= company.now ? 'available' : 'pending',
    type: entry.type,
  };
}

function payoutGiven(company, index) {
  const { block, entry } = spine.place('payouts', index);
  const arrival = company.slotTime(facts.slotOf('payouts', index)) + 2 * DAY;
  const failed = index % 20 === 19;
  return {
    amount: facts.payoutAmount(company, block, entry.currency),
    arrival_date: arrival - (arrival % DAY),
    automatic: true,
    balance_transaction: company.collection('balance_transactions').idOf(spine.indexAt('balance_transactions', block, entry.balance)),
    currency: entry.currency,
    failure_balance_transaction: failed ? company.collection('balance_transactions').idOf(spine.indexAt('balance_transactions', block, entry.balance)) : null,
    failure_code: failed ? 'account_closed' : null,
    failure_message: failed ? 'The bank account has been closed' : null,
    ...(index % 12 === 5 ? {} : { original_payout: null, reversed_by: null }),
    status: failed ? 'failed' : arrival <= company.now ? 'paid' : 'in_transit',
  };
}

const resources = {
  balance_transactions: (company) => ({
    size: company.spineSize('balance_transactions'),
    timeOf: (index) => company.slotTime(facts.slotOf('balance_transactions', index)),
    given: (index) => transactionGiven(company, index),
    quick: {
      type: (index) => spine.place('balance_transactions', index).entry.type,
      source: (index) => sourceId(company, index),
      currency: (index) => facts.balance(company, index).currency,
    },
    attributes: { payout: (index) => payoutOf(company, index) },
  }),

  payouts: (company) => ({
    size: company.spineSize('payouts'),
    timeOf: (index) => company.slotTime(facts.slotOf('payouts', index)),
    given: (index) => payoutGiven(company, index),
  }),
};

module.exports = { resources };
