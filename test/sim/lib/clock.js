'use strict';

const { hash } = require('./random');

// When the n-th object of a collection was created.  Time never runs backwards
// over the index, and now and then a whole run of objects shares one second:
// the largest runs are longer than a page, which is what cut-offs must survive.

/**
 * @param {object} o
 * @param {number} o.seed
 * @param {number} o.count how many objects the span holds
 * @param {number} o.start unix seconds of the first object
 * @param {number} o.end unix seconds that the last one stays below
 * @returns {(index: number) => number} unix seconds, non-decreasing
 */
function makeClock({ seed, count, start, end }) {
  const span = Math.max(1, end - start);
  const step = span / Math.max(1, count);
  const small = count >= 256 ? 16 : 4;
  const large = 256;
  return (index) => {
    if (index >= count) return end;
    if (index < 0) return start;
    const mega = Math.floor(index / large);
    if (count >= 4 * large && mega % 8 === 3) {
      return Math.floor(start + mega * large * step);
    }
    const block = Math.floor(index / small);
    if (hash(seed, block) % 8 === 0) {
      return Math.floor(start + block * small * step);
    }
    const jitter = (hash(seed, index, 1) / 4294967296) * 0.9;
    return Math.floor(start + (index + jitter) * step);
  };
}

const MONTH = 30 * 86400;
const BURST = 5000;
const SALE_SECONDS = 3 * 86400;

/**
 * As makeClock, but trade is as uneven as it gets: each month has a weight of its own, one in four has
 * nothing at all, and a sale of three days (or of so many seconds) brings 5,000 objects (at most a quarter
 * of all).
 */
function makeUnevenClock({ seed, count, start, end, saleSeconds = SALE_SECONDS }) {
  const months = Math.max(4, Math.floor((end - start) / MONTH));
  const burst = Math.min(BURST, Math.floor(count / 4));
  const burstMonth = 1 + (hash(seed, 'burst') % (months - 2));
  const weights = Array.from({ length: months }, (_, m) =>
    hash(seed, 'empty', Math.floor(m / 4)) % 4 === m % 4 && m !== burstMonth ? 0 : 0.5 + (hash(seed, 'weight', m) % 1000) / 400);
  const sum = weights.reduce((a, b) => a + b, 0);
  const segments = [];
  let first = 0;
  let weight = 0;
  const add = (from, to, size) => {
    if (size <= 0) return;
    segments.push({ first, last: first + size, timeOf: makeClock({ seed: hash(seed, first), count: size, start: from, end: to }) });
    first += size;
  };
  for (let m = 0; m < months; m++) {
    const before = Math.round(((count - burst) * weight) / sum);
    weight += weights[m];
    const size = Math.round(((count - burst) * weight) / sum) - before;
    const from = Math.floor(start + ((end - start) * m) / months);
    const to = Math.floor(start + ((end - start) * (m + 1)) / months);
    if (m !== burstMonth) {
      add(from, to, size);
      continue;
    }
    const sale = Math.floor((from + to) / 2);
    add(from, sale, Math.floor(size / 2));
    add(sale, sale + saleSeconds, burst);
    add(sale + saleSeconds, to, size - Math.floor(size / 2));
  }
  return (index) => {
    if (index >= count) return end;
    if (index < 0) return start;
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (segments[middle].last > index) high = middle;
      else low = middle + 1;
    }
    return segments[low].timeOf(index - segments[low].first);
  };
}

/** The first index in [0, size) whose time is >= (or, strict, >) the bound; size if none. */
function firstAtLeast(timeOf, size, bound, strict) {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = timeOf(middle);
    if (strict ? time > bound : time >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

module.exports = { makeClock, makeUnevenClock, firstAtLeast };
