'use strict';

const { Company } = require('./company');
const { KEYS } = require('./auth');

// All accounts: the platform's own, in test and live mode, and those connected to it.

const ACCOUNT = 'acct_1SimPlatform0001';
const CONNECTED_CHARGES = 300;
const DAY = 86400;

/** Payments and customers of each named size. */
const SIZES = { small: [1000, 150], medium: [20000, 2000], large: [200000, 20000] };

class World {
  /**
   * @param {object} options
   * @param {Catalog} options.catalog
   * @param {number} options.seed
   * @param {string|number} options.size a name of SIZES or the number of customers
   * @param {number} [options.charges] number of payments, whatever the size says
   * @param {number} [options.now] unix seconds; default: the start of this UTC day
   * @param {boolean} [options.uneven] the platform's own trade has empty months and a burst
   * @param {number} [options.saleSeconds] how long that burst lasts
   */
  constructor({ catalog, seed = 1, size = 'small', charges, now, uneven = false, saleSeconds }) {
    this.catalog = catalog;
    this.seed = seed;
    const [payments, customers] = SIZES[size] || [Number(size) * 10, Number(size)];
    if (!Number.isInteger(customers) || customers < 10) throw new Error(`size must be one of ${Object.keys(SIZES).join(', ')} or a number of at least 10`);
    this.charges = charges === undefined ? payments : charges;
    this.customers = charges === undefined ? customers : Math.max(150, Math.floor(charges / 10));
    this.now = now === undefined ? Math.floor(Date.now() / 1000 / DAY) * DAY : now;
    this.uneven = uneven;
    this.saleSeconds = saleSeconds;
    this.account = ACCOUNT;
    this.reset();
  }

  /** Back to the state of the start. */
  reset() {
    this.companies = new Map();
    this.keys = JSON.parse(JSON.stringify(KEYS));
    this.disconnected = new Set();
  }

  company(account, livemode) {
    const key = `${account} ${livemode}`;
    let company = this.companies.get(key);
    if (!company) {
      const own = account === this.account;
      company = new Company({
        catalog: this.catalog,
        seed: this.seed,
        account,
        livemode,
        now: this.now,
        charges: own ? this.charges : Math.min(this.charges, CONNECTED_CHARGES),
        customers: own ? this.customers : 50,
        uneven: own && this.uneven,
        saleSeconds: this.saleSeconds,
      });
      this.companies.set(key, company);
    }
    return company;
  }

  /** Whether an account is connected to the platform. */
  isConnected(account, livemode) {
    const accounts = this.company(this.account, livemode).collection('accounts');
    const index = accounts.indexOf(account);
    return index >= 0 && !accounts.isDeleted(index) && !this.disconnected.has(`${account} ${livemode}`);
  }

  connect(account, livemode) {
    this.disconnected.delete(`${account} ${livemode}`);
  }

  disconnect(account, livemode) {
    this.disconnected.add(`${account} ${livemode}`);
  }
}

module.exports = { World, ACCOUNT, SIZES };
