// Fields that Stripe moved or removed, under the names that they had.
'use strict';

const { test } = require('node:test');
const assert = require('node:assert');
const { startStack, API_KEY } = require('./lib');
const { failure, assertTells } = require('./lib/faulty');
const { TYPE_OF_KIND, assertShown } = require('./lib/values');
const catalog = require('../sim/catalog.json');

const OLDEST = '2014-06-17'; // before every move
const quoteName = (name) => `"${name.replaceAll('"', '""')}"`;

// All values at a path, walking through arrays, lists and what is expanded.
function valuesAt(object, [name, ...rest]) {
  if (object === null || object === undefined) return [];
  if (Array.isArray(object)) return object.flatMap((element) => valuesAt(element, [name, ...rest]));
  if (name === undefined) return [object];
  if (object.object === 'list' && name !== 'data') return valuesAt(object.data, [name, ...rest]);
  const value = object[name];
  if (rest.length === 0) return Array.isArray(value) || value === undefined || value === null ? [] : [value];
  return valuesAt(value, rest);
}

const PICK = {
  first: (values) => values[0], min: (values) => values.sort((a, b) => a - b)[0], max: (values) => values.sort((a, b) => b - a)[0], default: (values) => values[0],
};

// What an object of a type must be asked for with expand[], so that a path reads a value of the kind.
function expandFor(typeName, path, kind) {
  const parts = path.split('.');
  let type = catalog.types[typeName];
  for (const [at, part] of parts.entries()) {
    const field = type.fields.find(({ name }) => name === part);
    const here = parts.slice(0, at + 1).join('.');
    if (!field) return null; // data of a list
    if (field.includable || (field.kind === 'expandable' && kind === 'object')) return here;
    type = catalog.types[field.type] ?? { fields: [] };
  }
  return null;
}

// The value that a moved field has in an object of the current version.
function current(object, { path, pick }) {
  const parts = path.split('.');
  if (pick === 'default') {
    // The element of the list that is the default one.
    const data = parts.indexOf('data');
    const elements = parts.slice(0, data).reduce((inner, name) => inner?.[name], object)?.data ?? [];
    return valuesAt(elements.find((element) => element.is_default) ?? null, parts.slice(data + 1))[0] ?? null;
  }
  const value = parts.reduce((inner, name) => (inner === null || Array.isArray(inner) ? undefined : inner?.[name]), object);
  if (value !== undefined) return value; // nothing to walk through: arrays and objects as they are
  return PICK[pick](valuesAt(object, parts)) ?? null;
}

test('moved fields', async (t) => {
  const stack = await startStack(t, { simulator: ['--charges', '1200'], import: false });
  const { simulator } = stack;
  await stack.query(`SET timezone = 'UTC'; SET datestyle = 'ISO';
    CREATE SERVER old FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base '${simulator.url}', api_version '${OLDEST}');
    CREATE USER MAPPING FOR CURRENT_USER SERVER old OPTIONS (api_key '${API_KEY}')`);
  const get = async (path, headers) => {
    const response = await fetch(`${simulator.url}${path}`, { headers: { authorization: `Bearer ${API_KEY}`, ...headers } });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.json();
  };

  // An invoice that a list of its own has rows for.
  async function parentWithRows(resource, param) {
    assert.strictEqual(param, 'invoice');
    for (const { id } of await simulator.objects('invoices')) {
      if ((await get(`${resource.list}?${param}=${id}`)).data.length > 0) return id;
    }
    throw new Error(`no invoice has any ${resource.name}`);
  }

  const resources = new Map(catalog.resources.map((resource) => [resource.name, resource]));
  for (const [at, moved] of catalog.moved.entries()) {
    const resource = resources.get(moved.resource);
    const type = TYPE_OF_KIND[moved.kind];
    const parts = moved.name.split('.');
    const column = `value ${type} OPTIONS (path '${moved.name}')`;
    const required = resource.filters.find((filter) => filter.required);

    await t.test(`${moved.resource}.${moved.name}, ${moved.path ? `now ${moved.path}` : 'gone'} since ${moved.since}`, async () => {
      // Under its own name where it is one, and by a path.
      const definition = parts.length === 1 ? `${quoteName(moved.name)} ${type}` : column;
      const name = parts.length === 1 ? quoteName(moved.name) : 'value';
      const echo = required && required.field === null ? `, ${quoteName(required.param)} text` : '';
      const value = required && await parentWithRows(resource, required.param);
      const where = required ? ` WHERE ${quoteName(required.param)} = '${value}'` : '';
      const parameters = [...(required ? [`${required.param}=${value}`] : []), ...resource.defaults.map((preset) => `${preset.param}=${preset.value}`), 'limit=100'];
      for (const [server, table] of [['stripe', `now${at}`], ['old', `old${at}`], ['stripe', `path${at}`]]) {
        await stack.query(`CREATE FOREIGN TABLE ${table} (id text, ${table.startsWith('path') ? column : definition}${echo}) SERVER ${server} OPTIONS (object '${moved.resource}')`);
      }

      // An older version: where it was.
      const before = await get(`${resource.list}?${parameters.join('&')}`, { 'stripe-version': OLDEST });
      const { rows: old } = await stack.query(`SELECT id, ${name} AS value FROM old${at}${where} LIMIT 100`);
      assert.ok(old.length > 0);
      for (const { id, value: shown } of old) {
        const object = before.data.find((candidate) => candidate.id === id);
        assertShown(shown, type, parts.reduce((inner, part) => inner?.[part], object), id);
      }

      if (!moved.path) {
        for (const [table, what] of [[`now${at}`, name], [`path${at}`, 'value']]) {
          assertTells(await failure(stack.client, `SELECT id, ${what} FROM ${table}${where}`), /^HV/, what.replaceAll('"', ''), moved.since, moved.hint);
          // What isn't asked for does no harm.
          assert.ok((await stack.query(`SELECT id FROM ${table}${where} LIMIT 1`)).rows.length > 0);
        }
        return;
      }

      // The current version: where it is now.
      const wanted = expandFor(resource.type, moved.path, moved.kind);
      const expand = wanted ? [`expand[]=data.${wanted}`] : [];
      const now = await get(`${resource.list}?${[...parameters, ...expand].join('&')}`);
      let filled = 0;
      for (const [table, what] of [[`now${at}`, name], [`path${at}`, 'value']]) {
        const { rows } = await stack.query(`SELECT id, ${what} AS value FROM ${table}${where} LIMIT 100`);
        assert.strictEqual(rows.length, now.data.length);
        for (const { id, value: shown } of rows) {
          assertShown(shown, type, current(now.data.find((candidate) => candidate.id === id), moved), id);
          if (shown !== null) filled++;
        }
      }
      assert.ok(filled > 0 || !['invoices', 'subscriptions'].includes(moved.resource) || /quote|rendering|proration/.test(moved.name), 'some row has it');
    });
  }
});
