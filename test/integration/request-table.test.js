// How many requests typical queries ask, beside the smallest number that could answer them:
// request-table.expected.tsv, one query a line, with
//   query     braces stand for what the data say, see VALUES and TEXTS below
//   asked     how many requests it asks
//   minimum   how many it would take at least
//   because   why that many
//   reason    where more are asked: why; - elsewhere
// One request at a time: this is about what is planned, and how a list is split to be
// read in parallel depends on how fast the answers come.
// Any change of a number shows as a difference of that file: say why in its last column.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { startStack } = require('./lib');
const { takeLog } = require('./lib/asked');

const EXPECTED = path.join(__dirname, 'request-table.expected.tsv');
const EQUAL = 36; // so many queries at least ask what is necessary, and no more
const CHARGES = 2000;
const NOW = Date.parse('2026-11-01T00:00:00Z') / 1000;
const DAY = 86400;

const quoted = (texts) => texts.map((text) => `'${text}'`).join(', ');

function readTable() {
  const [header, ...lines] = fs.readFileSync(EXPECTED, 'utf8').trimEnd().split('\n').map((line) => line.split('\t'));
  return lines.map((line) => Object.fromEntries(header.map((name, at) => [name, line[at] === '-' ? '' : line[at]])));
}

// What the queries name, from the objects that there are.
function valuesOf(charges) {
  const counts = new Map();
  for (const { customer } of charges) if (customer) counts.set(customer, (counts.get(customer) ?? 0) + 1);
  const customers = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([customer]) => customer);
  const every = (step, count) => Array.from({ length: count }, (_, at) => charges[at * step].id);
  return {
    charge: charges[1234].id,
    customer: customers[0], // the one with most charges
    customers: quoted(customers.slice(1, 4)),
    ids: quoted(every(300, 5)),
    'ids of 500': quoted(every(4, 500)),
    // as many days back as it is to 30 days before the data end, whatever day it is
    days: String(Math.ceil(Date.now() / 1000 / DAY - (NOW / DAY - 30))),
    columns: Object.keys(charges[0]).filter((name) => name !== 'refunds').map((name) => `"charges"."${name}" AS "${name}"`).join(', '),
    local: { ids: every(350, 5), 'many ids': every(6, 300), customers: customers.slice(5, 10) },
  };
}

test('requests asked, beside the smallest number that could answer', async (t) => {
  const stack = await startStack(t, {
    simulator: ['--charges', String(CHARGES), '--now', String(NOW)], server: { concurrency: '1' },
    import: 'LIMIT TO (charges, customers, invoices, subscriptions, prices)',
  });
  const values = valuesOf(await stack.simulator.objects('charges'));
  const table = (texts) => `VALUES ${texts.map((text) => `('${text}')`).join(', ')}`;
  await stack.query(`SET timezone = 'UTC'; CREATE SCHEMA local;
    CREATE TABLE local.five (id text); INSERT INTO local.five ${table(values.local.ids)};
    CREATE TABLE local.many (id text); INSERT INTO local.many ${table(values.local['many ids'])};
    CREATE TABLE local.sync (at timestamptz); INSERT INTO local.sync VALUES ('2026-10-15');
    CREATE TABLE local.days (day date); INSERT INTO local.days VALUES ('2024-03-01'), ('2025-03-01'), ('2026-03-01');
    CREATE TABLE local.customers (customer text); INSERT INTO local.customers ${table(values.local.customers)};
    CREATE TEMPORARY TABLE "#Tableau_1_Group" (status text, name text); INSERT INTO "#Tableau_1_Group" VALUES ('succeeded', 'good'), ('failed', 'bad');
    ANALYZE local.sync; ANALYZE local.days; ANALYZE local.five; ANALYZE local.many; ANALYZE local.customers`);

  const expected = readTable();
  const found = [];
  for (const line of expected) {
    await stack.simulator.clearLog();
    await stack.query(line.query.replace(/\{([^}]+)\}/g, (_, name) => {
      assert.ok(values[name], `{${name}} stands for nothing`);
      return values[name];
    }));
    found.push({ ...line, asked: String((await takeLog(stack.simulator)).length) });
    await stack.query('DEALLOCATE ALL');
  }

  await t.test('the table is what is asked', () => {
    const numbers = (lines) => lines.map(({ asked, query }) => `${asked}\t${query}`);
    assert.deepStrictEqual(numbers(found), numbers(expected));
  });

  await t.test('nothing is asked where nothing is needed, and never less than it takes', () => {
    for (const { query, asked, minimum } of found) assert.ok(Number(asked) >= Number(minimum), `${asked} requests, ${minimum} would be needed: ${query}`);
    assert.deepStrictEqual(found.filter(({ asked, minimum }) => minimum === '0' && asked !== '0'), []);
  });

  await t.test(`at least ${EQUAL} of ${expected.length} ask the smallest number, the others say why`, () => {
    const more = found.filter(({ asked, minimum }) => asked !== minimum);
    assert.ok(found.length >= 40);
    assert.ok(found.length - more.length >= EQUAL, more.map(({ asked, minimum, query }) => `${asked} instead of ${minimum}: ${query}`).join('\n'));
    for (const { query, reason } of more) assert.notStrictEqual(reason, '', query);
    for (const { query, because } of found) assert.notStrictEqual(because, '', query);
    for (const { query, asked, minimum, reason } of found) assert.ok(asked !== minimum || reason === '', `no reason is needed: ${query}`);
  });
});
