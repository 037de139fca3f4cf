'use strict';

const { ApiError } = require('./errors');

// The objects of one resource in one account: those that are made from the
// seed, by index, and those that were added, changed or deleted while the
// simulator runs.

class Collection {
  /**
   * @param {object} company
   * @param {object} resource the catalogue's entry
   * @param {object} source how objects are made
   * @param {number} source.size
   * @param {{idOf: function, indexOf: function}} source.ids
   * @param {(index: number) => number} source.timeOf creation, unix seconds, non-decreasing
   * @param {(index: number) => object} source.make
   * @param {object} [source.quick] field path → (index) → value, the same as make(index) holds, but cheap
   * @param {object} source.attributes list parameter → (index) → value(s) that no field holds
   * @param {object} [source.includable] field → (object, index) → value of a field left out unless expanded
   * @param {(index: number) => boolean} [source.removed] deleted from the start: {id, object, deleted} remains
   */
  constructor(company, resource, source) {
    this.company = company;
    this.resource = resource;
    this.source = source;
    this.base = source.size;
    this.added = [];
    this.deleted = new Set();
  }

  get size() {
    return this.base + this.added.length;
  }

  timeOf(index) {
    return index < this.base ? this.source.timeOf(index) : this.added[index - this.base].time;
  }

  idOf(index) {
    return index < this.base ? this.source.ids.idOf(index) : this.added[index - this.base].object.id;
  }

  /** Index of an id, deleted ones included; -1 if there never was one. */
  indexOf(id) {
    const index = this.source.ids.indexOf(id);
    if (index >= 0 && index < this.base) return index;
    const at = this.added.findIndex((entry) => entry.object.id === id);
    return at < 0 ? -1 : this.base + at;
  }

  isDeleted(index) {
    return this.deleted.has(index) || (index < this.base && this.source.removed !== undefined && this.source.removed(index));
  }

  /** The object as a list shows it, without what only expand[] reveals. */
  object(index) {
    return index < this.base ? this.source.make(index) : this.added[index - this.base].object;
  }

  deletedObject(index) {
    return { id: this.idOf(index), object: this.resource.object, deleted: true };
  }

  /** A cheap accessor of one field, or undefined when only the whole object tells. */
  quick(path) {
    const make = this.source.quick && this.source.quick[path];
    return make && this.added.length === 0 ? make : undefined;
  }

  /**
   * What `make(index)` gives, remembered under a name until the data change: filters ask for the same
   * field of every object, and making an object is dear.
   */
  remembered(name, make) {
    if (this.rememberedVersion !== this.company.version) {
      this.columns = new Map();
      this.rememberedVersion = this.company.version;
    }
    let column = this.columns.get(name);
    if (!column) this.columns.set(name, (column = new Array(this.size)));
    return (index) => {
      let value = column[index];
      if (value === undefined) {
        value = make(index);
        column[index] = value === undefined ? null : value;
      }
      return value;
    };
  }

  /** What answers to a list parameter that no field holds: (index) → value(s); undefined if a field holds it. */
  attribute(param) {
    const make = this.source.attributes[param];
    return make && ((index) => (index < this.base ? make(index) : this.added[index - this.base].attributes[param]));
  }

  includable(object, field) {
    const index = this.indexOf(object.id);
    const make = this.source.includable && this.source.includable[field.name];
    if (make && index >= 0 && index < this.base) return make(object, index);
    return undefined;
  }

  /**
   * Adds an object; what is not given is made up. Newest of all, as in Stripe.
   * @param {object} given fields
   * @param {object} attributes answers to list parameters that no field holds
   */
  add(given, attributes = {}) {
    const index = this.size;
    const last = index > 0 ? this.timeOf(index - 1) : 0;
    const time = given.created !== undefined ? given.created : Math.max(last, this.company.now);
    if (!Number.isInteger(time) || time < last) {
      throw new ApiError(400, { type: 'simulator_error', message: `created must be an integer >= ${last}, the newest object's` });
    }
    const id = given.id !== undefined ? given.id : this.source.ids.idOf(index);
    if (this.indexOf(id) >= 0) {
      throw new ApiError(400, { type: 'simulator_error', message: `there is already an object '${id}'` });
    }
    const object = this.company.makeUp(this.resource, { index, id, created: time, given });
    this.added.push({ time, object, attributes });
    this.company.changed();
    return object;
  }

  /** Deletes by id; false if there is no such object. */
  delete(id) {
    const index = this.indexOf(id);
    if (index < 0 || this.isDeleted(index)) return false;
    this.deleted.add(index);
    this.company.changed();
    return true;
  }
}

module.exports = { Collection };
