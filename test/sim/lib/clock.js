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

module.exports = { makeClock, firstAtLeast };
