'use strict';
/* Documentation comments, which Stripe writes in Markdown, as plain sentences. */

// A full stop after these ends no sentence.
const ABBREVIATIONS = /(?:\b(?:e\.g|i\.e|etc|vs|U\.S|Inc|no|approx)|\([^)]*)$/;

/**
 * The first sentence of a documentation comment, without Markdown.
 *
 * @param {string} doc the comment
 * @returns {string|null} null for an empty comment
 */
function firstSentence(doc) {
  const text = plain(doc.split(/\n\s*\n/).find((p) => p.trim()) || '');
  if (!text) return null;
  for (const stop of text.matchAll(/[.!?](?=\s+["'(]?[A-Z0-9`])/g)) {
    const sentence = text.slice(0, stop.index + 1);
    if (!ABBREVIATIONS.test(text.slice(0, stop.index))) return sentence;
  }
  return text;
}

// The texts end up in a database of any encoding: typographic marks as ASCII.
const ASCII = { '\u2018': "'", '\u2019': "'", '\u201c': '"', '\u201d': '"', '\u2013': '-', '\u2014': '-', '\u2026': '...', '\u00a0': ' ' };

/** Markdown links, code marks and HTML tags taken off; white space folded. */
function plain(markdown) {
  return markdown
    .replace(/[\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0]/g, (c) => ASCII[c])
    .replace(/\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
    .replace(/<[^<>]*>/g, '')
    .replace(/`/g, '')
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

module.exports = { firstSentence, plain };
