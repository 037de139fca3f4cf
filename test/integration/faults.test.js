// A few random schedules of faults; many more are in make soak.
'use strict';

const { test } = require('node:test');
const { Schedules } = require('./soak/schedules');

const SEEDS = [1, 20261123];
const EACH = 30;

for (const seed of SEEDS) {
  test(`${EACH} schedules of seed ${seed}`, async (t) => {
    const schedules = new Schedules(seed);
    await schedules.start(t);
    while (schedules.count < EACH) await schedules.next();
    t.diagnostic(await schedules.finish());
  });
}
