'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const { makeUnevenClock } = require('../lib/clock');
const { start, NOW } = require('./support');

const DAY = 86400;
const MONTH = 30 * DAY;
const START = NOW - 5 * 365 * DAY;

for (const count of [20000, 5000, 150, 3]) {
  test(`uneven trade of ${count} never runs backwards`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const timeOf = makeUnevenClock({ seed, count, start: START, end: NOW });
      for (let i = 0; i < count; i++) {
        assert.ok(Number.isInteger(timeOf(i)) && timeOf(i) >= START && timeOf(i) < NOW, `${seed}: ${i} at ${timeOf(i)}`);
        assert.ok(i === 0 || timeOf(i) >= timeOf(i - 1), `${seed}: ${i}`);
      }
      assert.strictEqual(timeOf(count), NOW);
    }
  });
}

test('uneven trade has empty months and a sale of three days', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const timeOf = makeUnevenClock({ seed, count: 40000, start: START, end: NOW });
    const days = new Array(5 * 365).fill(0);
    const months = new Array(60).fill(0);
    for (let i = 0; i < 40000; i++) {
      days[Math.floor((timeOf(i) - START) / DAY)]++;
      months[Math.floor(((timeOf(i) - START) / (NOW - START)) * 60)]++;
    }
    assert.ok(months.filter((n) => n === 0).length >= 10, `${seed}: months ${months}`);
    const best = Math.max(...days.map((_, d) => days.slice(d, d + 4).reduce((a, b) => a + b)));
    assert.ok(best >= 5000, `${seed}: ${best} in the best four days`);
  }
});

test('--uneven spreads the payments over five years', async () => {
  const sim = await start({ charges: 900, uneven: true });
  try {
    const times = (await sim.objects('charges')).map(({ created }) => created);
    assert.strictEqual(times.length, 900);
    assert.ok(times[899] < NOW - 4.5 * 365 * DAY && times[0] > NOW - 4 * MONTH, `${times[899]} to ${times[0]}`);
    const books = await sim.objects('balance_transactions');
    assert.ok(books.length > 700);
  } finally {
    await sim.close();
  }
});
