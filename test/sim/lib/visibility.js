'use strict';

// Rows that a list leaves out unless it is asked for them.  One entry per
// resource; each rule may be lifted by the parameters in `unless`.

const DAY = 86400;
const EVENTS_KEPT = 30 * DAY;

/**
 * @typedef {object} Rule
 * @property {string[]} unless list parameters that lift the rule
 * @property {(value: function(string): *, index: number, collection: Collection) => boolean} hides
 *   `value(path)` reads a top-level field of the object
 */
const RULES = {
  customers: [{ unless: ['test_clock'], hides: (value) => value('test_clock') !== null }],
  events: [{ unless: [], hides: (value, index, collection) => collection.timeOf(index) < collection.company.now - EVENTS_KEPT }],
  payment_methods: [{ unless: ['type'], hides: (value) => value('type') === 'custom' }],
  quotes: [{ unless: ['test_clock', 'customer'], hides: (value) => value('test_clock') !== null }],
  reviews: [{ unless: [], hides: (value) => value('open') === false }],
  subscription_schedules: [{ unless: ['customer'], hides: (value) => value('test_clock') !== null }],
  subscriptions: [
    { unless: ['status'], hides: (value) => value('status') === 'canceled' },
    { unless: ['test_clock', 'customer'], hides: (value) => value('test_clock') !== null },
  ],
  tax_ids: [{ unless: ['owner[type]'], hides: (value) => !value('owner') || value('owner').type !== 'self' }],
};

/**
 * The rules that hold for a list asked with these parameters.
 * @param {string} name the resource
 * @param {Set<string>} asked names of the filters given
 * @returns {Rule[]}
 */
function rulesFor(name, asked) {
  return (RULES[name] || []).filter((rule) => !rule.unless.some((param) => asked.has(param)));
}

module.exports = { rulesFor };
