// Choices that a seed repeats.
'use strict';

// mulberry32: small, seeded; [0, 1).
function randomSource(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Random {
  constructor(seed) {
    this.next = randomSource(seed);
  }

  chance(probability) {
    return this.next() < probability;
  }

  // A whole number from first to last, both included.
  integer(first, last) {
    return first + Math.floor(this.next() * (last - first + 1));
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  // One of [[weight, value], …].
  weighted(choices) {
    let at = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      at -= weight;
      if (at < 0) return value;
    }
    return choices.at(-1)[1];
  }

  // count different elements, in any order; all of them if there are fewer.
  some(list, count) {
    const rest = [...list];
    const found = [];
    while (found.length < count && rest.length) found.push(...rest.splice(this.integer(0, rest.length - 1), 1));
    return found;
  }
}

module.exports = { Random, randomSource };
