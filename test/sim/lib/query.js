'use strict';

const { invalid } = require('./errors');

// Query strings as Stripe reads them: a[b][c]=v, arrays as a[]=v or a[0]=v.

function decode(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch (error) {
    throw invalid('Invalid percent-encoding in the request parameters.');
  }
}

/** "a=1&b[c]=2" → [["a","1"],["b[c]","2"]], in order, decoded. */
function parsePairs(text) {
  if (!text) return [];
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}

/** "/v1/charges?limit=3" → {path, pairs}. The path is decoded. */
function parseUrl(url) {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  return { path: decode(path), pairs: parsePairs(at < 0 ? '' : url.slice(at + 1)) };
}

/** The name without a trailing array index: "types[0]" and "types[]" → "types"; else null. */
function arrayName(key) {
  const match = /^(.*)\[[0-9]*\]$/.exec(key);
  return match ? match[1] : null;
}

module.exports = { parsePairs, parseUrl, arrayName };
