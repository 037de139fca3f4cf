'use strict';

const { EMBEDDED_LINES } = require('./constants');

/** A sub-list as it is embedded in an object: its first elements and whether there are more. */
function list(url, elements, limit = EMBEDDED_LINES) {
  return { object: 'list', data: elements.slice(0, limit), has_more: elements.length > limit, url };
}

/** One customer in seventeen is also an account of the newer kind; `index` is of the object that names it. */
const customerAccount = (index) => (index % 17 === 16 ? `acct_2${String(index).padStart(9, '0')}` : null);

/** A card or bank account of the older kind, on one object in seven. */
const legacySource = (index) => (index % 7 === 3 ? `card_${String(index).padStart(10, '0')}` : null);

module.exports = { list, customerAccount, legacySource };
