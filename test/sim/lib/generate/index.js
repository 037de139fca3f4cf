'use strict';

const { hash, Random } = require('../random');
const { DigitIds, FixedIds, PatternIds } = require('../ids');

// Where each resource's objects come from: the hand-made ones below, for the
// company whose books must balance; all the others from their types alone.

const HAND_MADE = Object.assign(
  {},
  require('./customers').resources,
  require('./catalogue').resources,
  require('./subscriptions').resources,
  require('./invoices').resources,
  require('./payments').resources,
  require('./balance').resources,
  require('./events').resources,
  require('./others').resources
);

/** Prefixes of ids that Stripe's users know by heart; others derive from the name. */
const PREFIXES = {
  accounts: 'acct', application_fees: 'fee', balance_transactions: 'txn', charges: 'ch', checkout_sessions: 'cs_test',
  credit_notes: 'cn', credit_notes_preview_lines: 'cnli', customers: 'cus', disputes: 'du', events: 'evt', file_links: 'link',
  files: 'file', invoice_payments: 'inpay', invoiceitems: 'ii', invoices: 'in', issuing_authorizations: 'iauth',
  issuing_cardholders: 'ich', issuing_cards: 'ic', issuing_disputes: 'idp', issuing_transactions: 'ipi', issuing_tokens: 'intok',
  payment_intents: 'pi', payment_links: 'plink', payment_methods: 'pm', payouts: 'po', plans: 'price', prices: 'price',
  products: 'prod', promotion_codes: 'promo', quotes: 'qt', radar_early_fraud_warnings: 'issfr', radar_value_list_items: 'rsli',
  radar_value_lists: 'rsl', refunds: 're', reporting_report_runs: 'frr', reviews: 'prv', setup_attempts: 'setatt',
  setup_intents: 'seti', shipping_rates: 'shr', sigma_scheduled_query_runs: 'sqr', subscription_items: 'si',
  subscription_schedules: 'sub_sched', subscriptions: 'sub', tax_ids: 'txi', tax_rates: 'txr', tax_registrations: 'taxreg',
  terminal_configurations: 'tmc', terminal_locations: 'tml', terminal_readers: 'tmr', test_helpers_test_clocks: 'clock',
  topups: 'tu', transfers: 'tr', treasury_financial_accounts: 'fa', webhook_endpoints: 'we',
};

const CODES = {
  country: [
    'AE', 'AT', 'AU', 'BE', 'BG', 'BR', 'CA', 'CH', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GB', 'GR', 'HK', 'HU', 'IE', 'IT',
    'JP', 'LT', 'LU', 'LV', 'MT', 'MX', 'MY', 'NL', 'NO', 'NZ', 'PL', 'PT', 'RO', 'SE', 'SG', 'SI', 'SK', 'TH', 'US',
  ],
  currency: [
    'usd', 'aed', 'aud', 'bhd', 'brl', 'cad', 'chf', 'clp', 'czk', 'dkk', 'eur', 'gbp', 'hkd', 'huf', 'inr', 'isk', 'jod', 'jpy', 'krw',
    'kwd', 'mxn', 'nok', 'nzd', 'omr', 'pln', 'sek', 'sgd', 'tnd', 'ugx', 'vnd', 'xaf', 'xof', 'zar',
  ],
};

/** Ids that are not a prefix and digits. */
const SPECIAL_IDS = {
  country_specs: () => new FixedIds(CODES.country),
  exchange_rates: () => new FixedIds(CODES.currency),
  coupons: () => new PatternIds((i) => `SAVE-${i} ${['Winter', 'été', '50%', 'a/b', 'A&B'][i % 5]}`, /^SAVE-([0-9]+) /),
  tax_codes: () => new PatternIds((i) => `txcd_${String(10000000 + i * 17)}`, { exec: taxCode }),
  climate_products: () => new PatternIds((i) => `climsku_frontier_offtake_${i}`, /^climsku_frontier_offtake_([0-9]+)$/),
  reporting_report_types: () => new PatternIds((i) => `balance.activity_${i}.itemized.1`, /^balance\.activity_([0-9]+)\.itemized\.1$/),
};

function taxCode(id) {
  const match = /^txcd_([0-9]{8})$/.exec(id);
  return match ? [id, (Number(match[1]) - 10000000) / 17] : null;
}

/** How many objects there are where it is not left to chance. */
const SIZES = {
  accounts: 16,
  country_specs: CODES.country.length,
  exchange_rates: CODES.currency.length,
  payment_method_configurations: 90,
  quotes: 130,
  reporting_report_types: 37,
  tax_codes: 250,
  tax_ids: 160,
  test_helpers_test_clocks: 12,
};

/** Between a dozen and a few hundred objects; many where a list is asked per parent. */
function sizeOf(resource) {
  if (SIZES[resource.name]) return SIZES[resource.name];
  if (resource.filters.some((f) => f.required)) return 330;
  const h = hash('size', resource.name);
  const [low, high] = [[12, 40], [41, 99], [101, 180], [200, 320]][h % 4];
  return low + ((h >>> 4) % (high - low + 1));
}

function prefixOf(name) {
  if (PREFIXES[name]) return PREFIXES[name];
  const words = name.toLowerCase().split(/[._]/);
  return words.map((word) => word.slice(0, 3)).join('');
}

function idsOf(company, resource) {
  const special = SPECIAL_IDS[resource.name];
  if (special) return special();
  let prefix = prefixOf(resource.name);
  if (company.livemode) prefix = prefix.replace(/_test$/, '_live');
  return new DigitIds(prefix, hash(company.seed, 'ids', resource.name));
}

/**
 * A value for a list parameter that no field holds: what the object would
 * answer to, kept beside it.  A function of (index) per such parameter.
 */
function hiddenAttributes(company, resource) {
  const attributes = {};
  for (const filter of resource.filters) {
    if (filter.field || filter.op === 'any_of') continue;
    const noun = filter.param.replace(/\]$/, '').split('[').pop();
    const target = company.catalog.resourceOfNoun(noun, resource);
    attributes[filter.param] = (index) => {
      const rng = new Random(hash(company.seed, 'attribute', resource.name, filter.param, index));
      if (filter.enum && filter.enum.length) return filter.enum[index % filter.enum.length];
      if (filter.kind === 'boolean') return rng.chance(0.5);
      if (filter.kind === 'timestamp') return company.collection(resource.name).timeOf(index);
      if (filter.kind === 'integer') return rng.int(0, 1000);
      return target ? company.reference(target.name, rng) : `value_${rng.int(1, 9)}`;
    };
  }
  return attributes;
}

/** How a resource's objects are made; see Collection. */
function sourceOf(company, resource) {
  const ids = idsOf(company, resource);
  const hand = HAND_MADE[resource.name] ? HAND_MADE[resource.name](company, resource, ids) : {};
  const size = hand.size !== undefined ? hand.size : sizeOf(resource);
  const timeOf = hand.timeOf || company.clock(resource.name, size);
  const source = { ids, ...hand, size, timeOf };
  source.attributes = { ...hiddenAttributes(company, resource), ...hand.attributes };
  const given = hand.given || (() => ({}));
  source.make = (index) =>
    company.makeUp(resource, {
      index,
      id: source.ids.idOf(index),
      created: timeOf(index),
      given: given(index),
    });
  return source;
}

module.exports = { sourceOf, prefixOf };
