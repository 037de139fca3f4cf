// Objects at the moments where time zones differ: days, months and years that
// begin, and hours that are skipped or come twice.
'use strict';

const seconds = (text) => Date.parse(text) / 1000;

// The simulator's made-up past ends here; what is added comes after, in order.
const NOW = seconds('2025-12-31T00:00:00Z');

const ZONES = ['UTC', 'America/Los_Angeles', 'Asia/Kolkata'];

// The first moment of a day in each zone, and a second before and after.
const midnights = (...texts) => texts.flatMap((text) => [-1, 0, 1].map((offset) => seconds(text) + offset));

const every = (step, from, to) => {
  const found = [];
  for (let at = seconds(from); at <= seconds(to); at += step) found.push(at);
  return found;
};

const MOMENTS = [
  // 2026 begins in Kolkata, Greenwich and Los Angeles
  ...midnights('2025-12-31T18:30:00Z', '2026-01-01T00:00:00Z', '2026-01-01T08:00:00Z'),
  // February
  ...midnights('2026-01-31T18:30:00Z', '2026-02-01T00:00:00Z', '2026-02-01T08:00:00Z'),
  // Los Angeles leaps forward at 10:00 UTC; its day has 23 hours
  ...midnights('2026-03-08T08:00:00Z'), ...every(900, '2026-03-08T08:45:00Z', '2026-03-08T11:30:00Z'), ...midnights('2026-03-09T07:00:00Z'),
  // … and back at 09:00 UTC; 25 hours
  ...midnights('2026-11-01T07:00:00Z'), ...every(900, '2026-11-01T07:45:00Z', '2026-11-01T10:30:00Z'), ...midnights('2026-11-02T08:00:00Z'),
];

// Wall-clock times that are worth comparing with, edges included; one does not
// exist in Los Angeles and one is twice.
const WALL_CLOCK = [
  '2025-12-31 23:59:59', '2026-01-01 00:00:00', '2026-01-31 23:59:59.999999', '2026-02-01 00:00:00', '2026-03-08 00:00:00',
  '2026-03-08 01:59:59', '2026-03-08 02:30:00', '2026-03-08 03:00:00', '2026-03-09 00:00:00', '2026-11-01 00:00:00',
  '2026-11-01 00:59:59.5', '2026-11-01 01:00:00', '2026-11-01 01:30:00', '2026-11-01 02:00:00', '2026-11-02 00:00:00',
];

// Amounts that any of the types holds that a table may give them.
const FIELDS = { charges: 'amount', prices: 'unit_amount' };

async function createEdges(simulator, resource) {
  for (const [at, created] of MOMENTS.entries()) {
    await simulator.createObject(resource, { created, ...(FIELDS[resource] && { [FIELDS[resource]]: 100 * at }) });
  }
}

module.exports = { NOW, ZONES, WALL_CLOCK, createEdges };
