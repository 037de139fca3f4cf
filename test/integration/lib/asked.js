// What the simulator's log says was asked, in a form to compare.
'use strict';

const PAGING = new Set(['limit', 'starting_after', 'ending_before']);

// The bounds of parameters such as created[gte] as whole numbers, both inclusive: { created: [5, 9] }; null: none.
function ranges(query) {
  const found = {};
  for (const [name, value] of query) {
    const [, param, bound] = /^(.*)\[(gt|gte|lt|lte)\]$/.exec(name) ?? [];
    if (!param) continue;
    found[param] ??= [null, null];
    if (bound.startsWith('g')) found[param][0] = Number(value) + (bound === 'gt' ? 1 : 0);
    else found[param][1] = Number(value) - (bound === 'lt' ? 1 : 0);
  }
  return found;
}

// What a request asks besides paging: { customer: 'cus_1', created: [5, null], expand: ['data.x'] }.
// A bare number of a range parameter is written as its range when ranged names it.
function conditions(query, ranged = ['created']) {
  const found = ranges(query);
  for (const [name, value] of query) {
    if (PAGING.has(name) || /\[(gt|gte|lt|lte)\]$/.test(name)) continue;
    const array = /^(.*)\[\d*\]$/.exec(name)?.[1];
    if (array) (found[array] ??= []).push(value);
    else found[name] = ranged.includes(name) ? [Number(value), Number(value)] : value;
  }
  return found;
}

// The API requests of the log since the last call.
async function takeLog(simulator) {
  const log = await simulator.log();
  await simulator.clearLog();
  return log.filter(({ path }) => !path.startsWith('/_sim/'));
}

module.exports = { conditions, takeLog };
