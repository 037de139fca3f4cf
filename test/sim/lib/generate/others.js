'use strict';

// Objects made from their types, but for a few fields whose meaning lists depend on.

const onTestClock = (company) => (index) => ({
  test_clock: index % 10 === 4 ? company.collection('test_helpers_test_clocks').idOf(index % 12) : null,
});

const resources = {
  quotes: (company) => ({ given: onTestClock(company) }),

  subscription_schedules: (company) => ({
    given: onTestClock(company),
    attributes: { scheduled: (index) => company.collection('subscription_schedules').object(index).status === 'not_started' },
  }),

  radar_value_lists: (company) => ({
    attributes: {
      contains: (index) => {
        const items = company.collection('radar_value_list_items');
        const id = company.collection('radar_value_lists').idOf(index);
        const found = [];
        for (let i = 0; i < items.size; i++) {
          const item = items.object(i);
          if (item.value_list === id && !items.isDeleted(i)) found.push(item.value);
        }
        return found;
      },
    },
  }),
};

module.exports = { resources };
