'use strict';
/*
 * The declarations say `number` for times, integers and fractions alike, and
 * `string` for times in text.  The field's name and documentation tell them
 * apart; what they don't tell is in overlay/kinds.tsv.
 */

const SECONDS = /seconds since the (?:Unix )?epoch|Unix (?:epoch )?timestamp|Unix epoch/i;
const RFC_3339 = /RFC ?3339|ISO 8601 (?:date-?time|timestamp)/i;
// Names that hold a time wherever they appear; a few are only said to be dates
// by their documentation, in many wordings.
const TIME_NAME =
  /^(?:created|deadline|start|end|timestamp)$|_(?:at|date|timestamp|deadline)$|(?:^|_)(?:period|trial|interval)_(?:start|end)$/;
// "_percent", "percentage", "percent_off"; tax rates
const FRACTION_NAME = /percent|(?:^|_)rate$|(?:^|_)latitude$|(?:^|_)longitude$/;

/**
 * @param {string} name the field's name
 * @param {string} doc its documentation
 * @returns {'timestamp'|'integer'|'decimal'}
 */
function numberKind(name, doc) {
  if (SECONDS.test(doc) || TIME_NAME.test(name)) return 'timestamp';
  if (FRACTION_NAME.test(name)) return 'decimal';
  return 'integer';
}

/** @returns {'datetime'|'string'} */
function stringKind(name, doc) {
  return RFC_3339.test(doc) ? 'datetime' : 'string';
}

module.exports = { numberKind, stringKind };
