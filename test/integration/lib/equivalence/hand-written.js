// Tables that are not as IMPORT FOREIGN SCHEMA makes them: other types, paths
// into objects, and one that is inherited from.
'use strict';

const TABLES = [
  {
    name: 'hand_charges', object: 'charges', weight: 4,
    columns: {
      id: 'text', created: 'timestamp', customer: 'varchar(40)', payment_intent: 'char(30)', amount: 'integer', currency: 'char(3)', captured: 'boolean', status: 'text',
    },
  },
  {
    name: 'hand_invoices', object: 'invoices', weight: 4,
    columns: { id: 'varchar', created: 'date', due_date: 'date', customer: 'text', status: 'varchar', collection_method: 'text', total: 'numeric(20,2)' },
  },
  {
    name: 'hand_payouts', object: 'payouts', weight: 4,
    columns: { id: 'text', created: 'bigint', arrival_date: 'timestamp', status: 'varchar(20)', destination: 'text', amount: 'numeric' },
  },
  {
    name: 'hand_prices', object: 'prices', weight: 4,
    columns: {
      id: 'text', created: 'timestamptz', every: 'text', usage: 'varchar', product: 'text', active: 'boolean', lookup_key: 'varchar(100)', unit_amount: 'integer',
    },
    paths: { every: 'recurring.interval', usage: 'recurring.usage_type' },
  },
  {
    name: 'hand_cards', object: 'issuing_cards', weight: 3,
    columns: { id: 'text', created: 'timestamp', exp_month: 'integer', exp_year: 'smallint', last4: 'char(4)', status: 'text', type: 'text', cardholder: 'text' },
  },
  {
    name: 'hand_subscriptions', object: 'subscriptions', weight: 3,
    columns: { id: 'text', customer: 'text', status: 'text', current_period_start: 'timestamptz', current_period_end: 'timestamp' },
  },
  {
    name: 'hand_items', object: 'invoiceitems', weight: 2,
    columns: { id: 'text', created: 'timestamptz', date: 'timestamptz', customer: 'text', invoice: 'text' },
  },
  {
    name: 'hand_rates', object: 'shipping_rates', weight: 2,
    columns: { id: 'text', created: 'timestamptz', currency: 'text', active: 'boolean' },
  },
  {
    name: 'hand_codes', object: 'promotion_codes', weight: 2,
    columns: { id: 'text', created: 'timestamptz', coupon: 'text', code: 'text', active: 'boolean' },
  },
  {
    name: 'hand_family', object: 'charges', weight: 3, parent: true,
    columns: { id: 'text', created: 'timestamptz', customer: 'text', payment_intent: 'text', amount: 'bigint', currency: 'text' },
  },
];

// The parent of one that is inherited from has a few rows of another child, too.
function definition({ name, object, columns, paths = {}, parent }) {
  const options = `SERVER stripe OPTIONS (object '${object}')`;
  const list = Object.entries(columns).map(([column, type]) => `${column} ${type}${paths[column] && !parent ? ` OPTIONS (path '${paths[column]}')` : ''}`).join(', ');
  if (!parent) return `CREATE FOREIGN TABLE stripe.${name} (${list}) ${options}`;
  return `CREATE TABLE local.${name} (${list});
    CREATE FOREIGN TABLE stripe.${name} () INHERITS (local.${name}) ${options};
    CREATE TABLE local.${name}_rest () INHERITS (local.${name});
    INSERT INTO local.${name}_rest SELECT * FROM stripe.${name} LIMIT 30`;
}

module.exports = { TABLES, definition };
