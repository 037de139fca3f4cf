'use strict';

// Deterministic randomness.  Everything that the simulator makes up is a pure
// function of (seed, place), so that any object can be made again by its index.

/** Mixes one 32-bit integer into a hash. Returns an unsigned 32-bit integer. */
function mix(hash, value) {
  let h = Math.imul(hash ^ value, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca77);
  return (h ^ (h >>> 13)) >>> 0;
}

/** Hash of a string, FNV-1a. Unsigned 32 bits. */
function hashString(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  return h >>> 0;
}

/** Hash of any number of integers and strings. Unsigned 32 bits. */
function hash(...parts) {
  let h = 0x12345;
  for (const part of parts) {
    h = mix(h, typeof part === 'string' ? hashString(part) : part);
  }
  return h;
}

/** A stream of random values that starts from a 32-bit state (mulberry32). */
class Random {
  constructor(state) {
    this.state = state >>> 0;
  }

  /** An unsigned 32-bit integer. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A fraction in [0, 1). */
  unit() {
    return this.next() / 4294967296;
  }

  /** An integer in [low, high], both included. */
  int(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** True with the given probability. */
  chance(probability) {
    return this.unit() < probability;
  }

  pick(values) {
    return values[Math.floor(this.unit() * values.length)];
  }

  /** `count` decimal digits, the first one not 0. */
  digits(count) {
    let text = String(this.int(1, 9));
    while (text.length < count) text += String(this.next() % 10);
    return text;
  }

  /** An index in [0, size), low indexes far more often than high ones. */
  skewed(size) {
    const u = this.unit();
    return Math.floor(u * u * u * size);
  }
}

module.exports = { hash, hashString, mix, Random };
