'use strict';

const { hash } = require('../random');
const money = require('../money');
const spine = require('./spine');
const { DAY, PRODUCTS, PER_PRODUCT, ITEMS_IN_LONG_INVOICE } = require('./constants');

// The company's facts as arithmetic: who owns what, what it costs, what was
// paid.  Each is a cheap pure function of an index, so that the objects made
// from them agree with each other without being kept.

// --- customers ---------------------------------------------------------

function customerCurrency(company, customer) {
  const share = hash(company.seed, 'customer currency', customer) % 10;
  return share < 5 ? 'usd' : share < 7 ? 'eur' : ['gbp', 'jpy', 'kwd'][share - 7];
}

const isDeletedCustomer = (customer) => customer % 40 === 13;

function testClock(company, customer) {
  if (customer % 50 !== 7) return null;
  const clocks = company.collection('test_helpers_test_clocks');
  return clocks.idOf(Math.floor(customer / 50) % clocks.base);
}

/** The share of the company's life that had passed at a slot, as an index below `size`. */
function existingBy(company, slot, size) {
  return 1 + Math.floor((slot / Math.max(1, company.charges)) * (size - 1));
}

/** The customer behind a payment without subscription: one that existed by then; a few buy often. */
function payerAt(company, slot) {
  const u = (hash(company.seed, 'payer', slot) % 65536) / 65536;
  return Math.floor(u * u * existingBy(company, slot, company.customers));
}

// --- prices ------------------------------------------------------------

const priceCurrency = (price) => money.NAMES[Math.floor(price / PER_PRODUCT) % money.NAMES.length];

/** A price's unit amount, minor units. */
function priceUnit(company, price) {
  const base = money.CURRENCIES[priceCurrency(price)].unit;
  return base * [1, 2, 20][price % PER_PRODUCT] + (hash(company.seed, 'unit', price) % 50) * 10;
}

// --- subscriptions: three customers of five have one; one of four has two items ---

const subscriptionCount = (company) => Math.floor(company.customers / 5) * 3;
const subscriber = (subscription) => Math.floor(subscription / 3) * 5 + (subscription % 3);
const subscriptionItems = (subscription) => {
  const group = Math.floor(subscription / 4) * 5;
  return subscription % 4 === 0 ? [group, group + 1] : [group + 1 + (subscription % 4)];
};
const itemSubscription = (item) => Math.floor(item / 5) * 4 + Math.max(0, (item % 5) - 1);

/** The price of an item: monthly or yearly, in the subscriber's currency. */
function itemPrice(company, item) {
  const currency = customerCurrency(company, subscriber(itemSubscription(item)));
  const perCurrency = PRODUCTS / money.NAMES.length;
  const product = (hash(company.seed, 'item product', item) % perCurrency) * money.NAMES.length + money.NAMES.indexOf(currency);
  return product * PER_PRODUCT + 1 + (hash(company.seed, 'yearly', item) % 4 === 0 ? 1 : 0);
}

const itemQuantity = (company, item) => 1 + (hash(company.seed, 'quantity', item) % 3);

/** An item's current billing period, [start, end] in unix seconds. */
function itemPeriod(company, item) {
  const created = company.collection('customers').timeOf(subscriber(itemSubscription(item)));
  const length = itemPrice(company, item) % PER_PRODUCT === 2 ? 365 * DAY : 30 * DAY;
  const start = created + Math.floor((company.now - created) / length) * length;
  return [start, start + length];
}

const SUBSCRIPTION_STATUSES = [
  'active', 'active', 'trialing', 'canceled', 'active', 'past_due', 'active', 'unpaid', 'canceled', 'active', 'paused', 'incomplete',
  'incomplete_expired',
];
const subscriptionStatus = (subscription) => SUBSCRIPTION_STATUSES[subscription % SUBSCRIPTION_STATUSES.length];

// --- invoices ----------------------------------------------------------

const slotOf = (kind, index) => {
  const { block, entry } = spine.place(kind, index);
  return block * spine.SLOTS + entry.slot;
};

/** The subscription that an invoice bills. */
function invoiceSubscription(company, invoice) {
  return hash(company.seed, 'billed', invoice) % existingBy(company, slotOf('invoices', invoice), subscriptionCount(company));
}

const UNPAID = ['draft', 'open', 'void', 'uncollectible'];
function invoiceStatus(invoice) {
  const { entry } = spine.place('invoices', invoice);
  return entry.paid ? 'paid' : UNPAID[entry.variant % UNPAID.length];
}

function invoiceItemAmount(company, invoiceitem) {
  const currency = customerCurrency(company, invoiceItemCustomer(company, invoiceitem));
  return money.CURRENCIES[currency].unit + (hash(company.seed, 'invoiceitem', invoiceitem) % 40) * 10;
}

/** The invoice that a one-off item was billed on; -1 while it is pending. */
function invoiceItemInvoice(company, invoiceitem) {
  const { block, entry } = spine.place('invoiceitems', invoiceitem);
  if (entry.invoice < 0) return -1;
  const invoice = spine.indexAt('invoices', block, entry.invoice);
  return invoice < company.spineSize('invoices') ? invoice : -1;
}

function invoiceItemCustomer(company, invoiceitem) {
  const invoice = invoiceItemInvoice(company, invoiceitem);
  return invoice < 0 ? payerAt(company, slotOf('invoiceitems', invoiceitem)) : subscriber(invoiceSubscription(company, invoice));
}

/**
 * An invoice's lines: [{amount, quantity, item, price} | {amount, quantity, invoiceitem}].
 * One invoice in fifty bills usage in more lines than Stripe embeds.
 */
function invoiceLines(company, invoice) {
  const subscription = invoiceSubscription(company, invoice);
  const lines = subscriptionItems(subscription).map((item) => {
    const price = itemPrice(company, item);
    const quantity = itemQuantity(company, item);
    return { amount: priceUnit(company, price) * quantity, quantity, item, price };
  });
  if (hash(company.seed, 'long invoice', invoice) % 50 === 0) {
    while (lines.length < ITEMS_IN_LONG_INVOICE) lines.push({ ...lines[0], amount: 10 * lines.length, quantity: lines.length });
  }
  const { block, entry } = spine.place('invoices', invoice);
  for (const position of entry.items) {
    const invoiceitem = spine.indexAt('invoiceitems', block, position);
    lines.push({ amount: invoiceItemAmount(company, invoiceitem), quantity: 1, invoiceitem });
  }
  return lines;
}

const invoiceTotal = (company, invoice) => invoiceLines(company, invoice).reduce((sum, line) => sum + line.amount, 0);

// --- payments ----------------------------------------------------------

/** Who paid, how much, in which currency: of the payment in a slot. */
function payment(company, slot) {
  const block = Math.floor(slot / spine.SLOTS);
  const charge = spine.BLOCK.charges[slot % spine.SLOTS];
  if (charge.invoice >= 0) {
    const invoice = spine.indexAt('invoices', block, charge.invoice);
    const customer = subscriber(invoiceSubscription(company, invoice));
    return { customer, currency: customerCurrency(company, customer), amount: invoiceTotal(company, invoice) };
  }
  // A second attempt is the first one's payment again.
  const origin = charge.r === 19 ? slot - 1 : slot;
  const customer = payerAt(company, origin);
  const currency = customerCurrency(company, customer);
  return { customer, currency, amount: money.CURRENCIES[currency].unit + (hash(company.seed, 'amount', origin) % 2000) * 10 };
}

/** How much of a charge came back, by refund position in its block. */
const refundAmount = (charged, part) => Math.max(1, Math.floor(charged * part));

/**
 * The amounts of a balance transaction, settled.
 * @returns {{amount, currency, fee, net, rate}}
 */
function balance(company, index) {
  const { block, entry } = spine.place('balance_transactions', index);
  const source = entry.source;
  if (entry.type === 'payout') {
    const amount = -payoutAmount(company, block, source.currency);
    return { amount, currency: source.currency, fee: 0, net: amount, rate: null };
  }
  const charge = block * spine.SLOTS + (source.kind === 'charges' ? source.position : source.charge);
  const paid = payment(company, charge);
  if (entry.type === 'charge') {
    const settled = money.settle(paid.amount, paid.currency);
    const fee = money.fee(settled.amount);
    return { ...settled, fee, net: settled.amount - fee };
  }
  const gross = entry.type === 'refund' ? refundAmount(paid.amount, source.part) : paid.amount;
  const settled = money.settle(gross, paid.currency);
  const fee = entry.type === 'adjustment' ? 1500 : 0;
  return { ...settled, amount: -settled.amount, fee, net: -settled.amount - fee };
}

/** What a block's payout in a currency pays out: the net of all that settled in it. */
function payoutAmount(company, block, currency) {
  if (!company.payouts) company.payouts = new Map();
  const key = `${block} ${currency}`;
  let sum = company.payouts.get(key);
  if (sum === undefined) {
    sum = 0;
    spine.BLOCK.balance_transactions.forEach((entry, position) => {
      if (entry.type === 'payout') return;
      const part = balance(company, spine.indexAt('balance_transactions', block, position));
      if (part.currency === currency) sum += part.net;
    });
    company.payouts.set(key, sum);
  }
  return sum;
}

/** The newest invoice of each subscription, by index; -1 where there is none. */
function latestInvoices(company) {
  if (!company.latestInvoices) {
    const latest = new Int32Array(subscriptionCount(company)).fill(-1);
    const count = company.spineSize('invoices');
    for (let invoice = 0; invoice < count; invoice++) latest[invoiceSubscription(company, invoice)] = invoice;
    company.latestInvoices = latest;
  }
  return company.latestInvoices;
}

module.exports = {
  customerCurrency, isDeletedCustomer, testClock, payerAt, priceCurrency, priceUnit, subscriptionCount, subscriber, subscriptionItems,
  itemSubscription, itemPrice, itemQuantity, itemPeriod, subscriptionStatus, slotOf, invoiceSubscription, invoiceStatus,
  invoiceItemAmount, invoiceItemInvoice, invoiceItemCustomer, invoiceLines, invoiceTotal, payment, refundAmount, balance,
  payoutAmount, latestInvoices,
};
