'use strict';

const { EMBEDDED_LINES } = require('./constants');

/** A sub-list as it is embedded in an object: its first elements and whether there are more. */
function list(url, elements, limit = EMBEDDED_LINES) {
  return { object: 'list', data: elements.slice(0, limit), has_more: elements.length > limit, url };
}

module.exports = { list };
