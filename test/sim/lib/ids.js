'use strict';

const { hash } = require('./random');

// Ids are a prefix and ten digits: the object's index put through an
// invertible affine map modulo a prime, so that an id is found without a table
// and ids do not sort in the order of creation (Stripe's do not either).

const MODULUS = 2147483647; // 2^31 - 1, a prime; index * factor stays below 2^53
const DIGITS = 10;

function inverse(factor) {
  let [a, b] = [BigInt(factor), BigInt(MODULUS)];
  let [x, y] = [1n, 0n];
  while (b) {
    const q = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - q * y];
  }
  return (x + BigInt(MODULUS)) % BigInt(MODULUS);
}

/**
 * Ids of one collection.
 * @param {string} prefix such as "ch"
 * @param {number} seed what tells this collection from its namesakes
 */
class DigitIds {
  constructor(prefix, seed) {
    this.prefix = prefix + '_';
    this.factor = 100003 + (hash(seed, 'factor') % 1999000000);
    this.offset = hash(seed, 'offset') % MODULUS;
    this.inverse = inverse(this.factor);
  }

  idOf(index) {
    const n = (index * this.factor + this.offset) % MODULUS;
    return this.prefix + String(n).padStart(DIGITS, '0');
  }

  /** The index behind an id; -1 if it can be none of ours. */
  indexOf(id) {
    if (id.length !== this.prefix.length + DIGITS || !id.startsWith(this.prefix)) return -1;
    const digits = id.slice(this.prefix.length);
    if (!/^[0-9]+$/.test(digits)) return -1;
    const n = BigInt(digits) - BigInt(this.offset);
    const m = BigInt(MODULUS);
    const index = Number((((n % m) + m) * this.inverse) % m);
    return this.idOf(index) === id ? index : -1;
  }
}

/** Ids from a fixed list (currencies, countries). */
class FixedIds {
  constructor(values) {
    this.values = values;
    this.positions = new Map(values.map((value, index) => [value, index]));
  }

  idOf(index) {
    return this.values[index] !== undefined ? this.values[index] : `${this.values[0]}_${index}`;
  }

  indexOf(id) {
    const index = this.positions.get(id);
    return index === undefined ? -1 : index;
  }
}

/** Ids by a pair of functions, for ids that hold words. */
class PatternIds {
  constructor(idOf, pattern) {
    this.idOf = idOf;
    this.pattern = pattern;
  }

  indexOf(id) {
    const match = this.pattern.exec(id);
    if (!match) return -1;
    const index = Number(match[1]);
    return this.idOf(index) === id ? index : -1;
  }
}

module.exports = { DigitIds, FixedIds, PatternIds };
