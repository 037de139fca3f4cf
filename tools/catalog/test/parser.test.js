'use strict';
/* The rules by which declarations are read, on samples small enough to check by eye. */
const test = require('node:test');
const assert = require('node:assert');
const { Source } = require('../lib/source');
const { TypeReader } = require('../lib/types');
const { callsOf } = require('../lib/endpoints');
const { FilterReader } = require('../lib/filters');
const { numberKind, stringKind } = require('../lib/kinds');
const { firstSentence } = require('../lib/text');

const FILES = {
  'esm/shared.d.ts': `
    export interface Metadata { [name: string]: string; }
    export interface Address { city: string | null; }
    export interface RangeQueryParam { gt?: number; }
    export interface PaginationParams { limit?: number; starting_after?: string; }`,
  'esm/resources/Customers.d.ts': `
    export interface Customer { id: string; object: 'customer'; }
    export interface DeletedCustomer { id: string; object: 'customer'; deleted: true; }`,
  'esm/resources/Issuing/index.d.ts': `export { Card } from './Cards.js';`,
  'esm/resources/Issuing/Cards.d.ts': `export interface Card { id: string; }`,
  'esm/resources/Things.d.ts': `
    import { Customer, DeletedCustomer } from './Customers.js';
    import * as Issuing from './Issuing/index.js';
    import { Metadata, Address, PaginationParams, RangeQueryParam, OtherString, Decimal } from '../shared.js';
    export declare class ThingResource {
      /** Lists things. */
      list(params?: ThingListParams, options?: RequestOptions): ApiListPromise<Thing>;
      retrieve(id: string, params?: X, options?: RequestOptions): Promise<Response<Thing>>;
    }
    export interface Thing {
      id: string;
      object: 'thing';
      /** Time at which it was made. Measured in seconds since the Unix epoch. */
      made: number;
      count: number | null;
      exact: Decimal | null;
      deleted?: void;
      customer: string | Customer | DeletedCustomer | null;
      cards: ApiList<Issuing.Card>;
      links?: Array<string | Customer>;
      status: Thing.Status;
      address: Address;
      details?: Thing.Details | null;
      metadata: Metadata;
      rates: { [key: string]: number; };
      who: Owner;
    }
    export type Owner = Customer | Issuing.Card;
    export declare namespace Thing {
      type Status = 'new' | 'old' | OtherString;
      interface Details { level: Details.Level; }
      namespace Details { type Level = 'high' | 'low'; }
    }
    export interface ThingListParams extends PaginationParams {
      made?: RangeQueryParam | number;
      status?: ThingListParams.Status;
      details?: ThingListParams.Details;
      scope: ThingListParams.Scope;
      ids?: Array<string>;
    }
    export declare namespace ThingListParams {
      type Status = 'all' | 'new' | OtherString;
      interface Details { level: string; }
      interface Scope { type: string; user?: string; }
    }`,
};
const JS = `
  export class ThingResource extends StripeResource {
    list(params, options) { return this._makeRequest('GET', '/v1/things', params, options, { methodType: 'list' }); }
    retrieve(id, params, options) { return this._makeRequest('GET', \`/v1/things/\${encodeURIComponent(id)}\`, params, options); }
  }`;

function open() {
  const source = new Source((file) => FILES[file] ?? null);
  const reader = new TypeReader(source);
  const { scope } = source.module('esm/resources/Things.d.ts');
  const calls = callsOf(JS, scope);
  reader.root(scope, calls.find((c) => c.element).element);
  return { source, reader, calls, field: (name) => reader.types.get('Thing').fields.find((f) => f.name === name) };
}

test('kinds, nullability and absence of fields', () => {
  const { field } = open();
  const seen = (name) => [field(name).kind, field(name).nullable, field(name).optional];
  assert.deepStrictEqual(seen('id'), ['string', false, false]);
  assert.deepStrictEqual(seen('made'), ['timestamp', false, false]);
  assert.deepStrictEqual(seen('count'), ['integer', true, false]);
  assert.deepStrictEqual(seen('exact'), ['decimal_string', true, false]);
  assert.deepStrictEqual(seen('details'), ['object', true, true]);
  assert.deepStrictEqual(seen('metadata'), ['map', false, false]);
  assert.strictEqual(field('deleted'), undefined);
  assert.strictEqual(field('rates').element, 'integer');
});

test('the constant "object" is a text that names the type', () => {
  const { reader, field } = open();
  assert.strictEqual(field('object').kind, 'string');
  assert.strictEqual(field('object').enum, null);
  assert.strictEqual(reader.types.get('Thing').object, 'thing');
});

test('an expandable field knows its targets, and its type when one is not deleted', () => {
  const { field } = open();
  assert.strictEqual(field('customer').kind, 'expandable');
  assert.deepStrictEqual(field('customer').targets, ['Customer', 'DeletedCustomer']);
  assert.strictEqual(field('customer').type, 'Customer');
});

test('lists and arrays know their elements, through namespaces and index files', () => {
  const { field, reader } = open();
  assert.deepStrictEqual([field('cards').kind, field('cards').element, field('cards').type], ['list', 'object', 'Issuing.Card']);
  assert.deepStrictEqual([field('links').kind, field('links').element], ['array', 'expandable']);
  assert.ok(reader.types.has('Issuing.Card'));
});

test('enums are open or closed; a union of objects is an object without one type', () => {
  const { field, reader } = open();
  assert.deepStrictEqual([field('status').enum, field('status').closed], [['new', 'old'], false]);
  const level = reader.types.get('Thing.Details').fields[0];
  assert.deepStrictEqual([level.enum, level.closed], [['high', 'low'], true]);
  assert.deepStrictEqual([field('who').kind, field('who').type, field('who').targets], ['object', null, ['Customer', 'Issuing.Card']]);
});

test('what cannot be read is an error, not a guess', () => {
  const source = new Source(() => 'export interface A { x: string | number; } export interface B { y: Missing; }');
  const { scope } = source.module('esm/resources/A.d.ts');
  const reader = new TypeReader(source);
  const define = (name) => reader.define(name, scope, scope.names.get(name).interface);
  assert.throws(() => define('A'), /cannot read the union/);
  assert.throws(() => define('B'), /cannot resolve Missing/);
});

test('calls: path, kind of answer, documentation', () => {
  const { calls } = open();
  assert.deepStrictEqual(
    calls.map((c) => [c.http, c.path, Boolean(c.element)]),
    [['GET', '/v1/things', true], ['GET', '/v1/things/{id}', false]]
  );
  assert.strictEqual(calls[0].doc, 'Lists things.');
});

test('parameters become filters', () => {
  const { reader, calls } = open();
  const rows = { 'scope[type]': { field: '-', flags: '' }, 'scope[user]': { field: '-', flags: '' }, ids: { field: 'id', flags: 'max=3,excludes_cursor' } };
  const filters = new FilterReader(reader, { get: (_, param) => rows[param] }).read('things', calls[0], 'Thing');
  const by = Object.fromEntries(filters.filters.map((f) => [f.param, f]));
  assert.deepStrictEqual(filters.paging, ['limit', 'starting_after']);
  assert.deepStrictEqual([by.made.op, by.made.kind, by.made.field], ['range', 'timestamp', 'made']);
  assert.deepStrictEqual([by.status.op, by.status.kind, by.status.enum], ['eq', 'enum', ['all', 'new']]);
  assert.deepStrictEqual([by['details[level]'].field, by['details[level]'].kind, by['details[level]'].required], ['details.level', 'enum', false]);
  assert.deepStrictEqual([by['scope[type]'].field, by['scope[type]'].required], [null, true]);
  assert.strictEqual(by['scope[user]'].required, false);
  assert.deepStrictEqual([by.ids.op, by.ids.field, by.ids.max_values, by.ids.excludes_cursor], ['any_of', 'id', 3, true]);
});

test('a filter that is no field must be explained', () => {
  const { reader, calls } = open();
  assert.throws(() => new FilterReader(reader, { get: () => undefined }).read('things', calls[0], 'Thing'), /say in filters.tsv/);
});

test('numbers and texts: kind by name and documentation', () => {
  assert.strictEqual(numberKind('canceled_at', ''), 'timestamp');
  assert.strictEqual(numberKind('due_date', ''), 'timestamp');
  assert.strictEqual(numberKind('period_end', ''), 'timestamp');
  assert.strictEqual(numberKind('until', 'A Unix timestamp.'), 'timestamp');
  assert.strictEqual(numberKind('application_fee_percent', ''), 'decimal');
  assert.strictEqual(numberKind('exchange_rate', ''), 'decimal');
  assert.strictEqual(numberKind('amount', 'Amount in cents.'), 'integer');
  assert.strictEqual(numberKind('interval_count', ''), 'integer');
  assert.strictEqual(stringKind('created', 'Time in RFC 3339 format.'), 'datetime');
  assert.strictEqual(stringKind('name', 'The name.'), 'string');
});

test('the first sentence of a documentation, without Markdown', () => {
  assert.strictEqual(firstSentence(''), null);
  assert.strictEqual(firstSentence('The `id`. More.'), 'The id.');
  assert.strictEqual(firstSentence('See [the page](https://docs.stripe.com/x_(y)). Then go.'), 'See the page.');
  assert.strictEqual(firstSentence('An amount (e.g. 100 for $1.00). Always.'), 'An amount (e.g. 100 for $1.00).');
  assert.strictEqual(firstSentence('No stop'), 'No stop');
  assert.strictEqual(firstSentence('The customer\u2019s \u201cname\u201d.'), 'The customer\'s "name".');
});
