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

  tax_ids: (company) => {
    const owners = {
      self: () => ({}),
      customer: (index) => ({ customer: company.collection('customers').idOf(index % 7) }),
      account: (index) => ({ account: company.collection('accounts').idOf(index % 3) }),
      application: () => ({ application: 'ca_tax' }),
    };
    const typeOf = (index) => ['self', 'customer', 'self', 'account', 'application'][index % 5];
    const ownerOf = (index) => ({ customer_account: null, type: typeOf(index), ...owners[typeOf(index)](index) });
    const attributes = { 'owner[type]': typeOf };
    for (const member of ['account', 'customer', 'customer_account']) attributes[`owner[${member}]`] = (index) => ownerOf(index)[member];
    return { given: (index) => ({ owner: ownerOf(index), customer: ownerOf(index).customer ?? null }), attributes };
  },

  treasury_transactions: (company) => ({
    given: (index) => {
      const status = ['posted', 'open', 'posted', 'void'][index % 4];
      const later = company.collection('treasury_transactions').timeOf(index) + 3600 * (1 + ((index * 7) % 90));
      const at = (wanted) => (status === wanted ? later : null);
      return { status, status_transitions: { posted_at: at('posted'), void_at: at('void') } };
    },
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
