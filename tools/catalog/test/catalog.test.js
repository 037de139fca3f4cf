'use strict';
/* The catalogue that the pinned package and the overlay make together. */
const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { buildCatalog } = require('../lib/model');
const { loadOverlay, parseTable } = require('../lib/overlay');
const { followPath } = require('../lib/paths');
const { movedFields } = require('../lib/moved');
const { emitC, str } = require('../lib/emit_c');
const { emitJson } = require('../lib/emit_json');

const PACKAGE = path.join(__dirname, '..', 'node_modules', 'stripe');
const OVERLAY = path.join(__dirname, '..', 'overlay');
const build = () => buildCatalog(PACKAGE, loadOverlay(OVERLAY));
const catalog = build();
const types = new Map(Object.entries(catalog.types));
const resource = (name) => catalog.resources.find((r) => r.name === name);
const filter = (name, param) => resource(name).filters.find((f) => f.param === param);

test('generation is deterministic', () => {
  const again = build();
  assert.ok(emitJson(again) === emitJson(catalog));
  assert.ok(emitC(again) === emitC(catalog));
});

test('the JSON is JSON and holds what the model holds', () => {
  const json = JSON.parse(emitJson(catalog));
  assert.strictEqual(json.resources.length, catalog.resources.length);
  assert.deepStrictEqual(Object.keys(json.types), Object.keys(catalog.types));
  assert.strictEqual(json.moved.length, catalog.moved.length);
});

test('97 top-level lists, sorted by name, each with one family and an id', () => {
  assert.strictEqual(catalog.resources.length, 97);
  const names = catalog.resources.map((r) => r.name);
  assert.deepStrictEqual(names, [...new Set(names)].sort());
  for (const r of catalog.resources) {
    assert.match(r.family, /^[a-z_]+$/, r.name);
    assert.ok(followPath(types, r.type, 'id'), `${r.name} has no id`);
  }
});

test('every type that is named exists', () => {
  for (const r of catalog.resources) assert.ok(types.has(r.type), r.type);
  for (const t of types.values()) {
    const names = t.fields.map((f) => f.name);
    assert.strictEqual(new Set(names).size, names.length, t.name);
    for (const f of t.fields)
      for (const name of [f.type, ...(f.targets || [])].filter(Boolean)) assert.ok(types.has(name), `${t.name}.${f.name}: ${name}`);
  }
});

test('every filter has a field of a fitting kind, or none', () => {
  for (const r of catalog.resources)
    for (const f of r.filters) {
      if (f.field === null) continue;
      const found = followPath(types, r.type, f.field);
      assert.ok(found, `${r.name}.${f.param}: ${f.field}`);
      if (f.op === 'range') assert.strictEqual(found.field.kind, f.kind, `${r.name}.${f.param}`);
      assert.ok(!['list', 'array', 'map'].includes(found.field.kind), `${r.name}.${f.param}`);
    }
});

test('every filter that is sent is a column, or a condition on a field', () => {
  for (const r of catalog.resources) {
    const names = types.get(r.type).fields.map((f) => f.name);
    for (const f of r.filters.filter(({ pushed }) => pushed)) {
      const what = `${r.name}.${f.param}`;
      if (f.column) assert.ok(!names.includes(f.column) && /^[a-z_]+$/.test(f.column), what);
      else assert.ok(f.field && (names.includes(f.param.split('[')[0]) || ['any_of', 'after', 'before'].includes(f.op)), what);
    }
    const columns = r.filters.map(({ column }) => column).filter(Boolean);
    assert.strictEqual(new Set(columns).size, columns.length, r.name);
  }
  assert.strictEqual(filter('tax_ids', 'owner[customer]').column, 'owner_customer');
  assert.strictEqual(filter('credit_notes_preview_lines', 'amount').column, 'credit_note_amount');
  assert.deepStrictEqual([filter('billing_alerts', 'meter').column, filter('billing_alerts', 'meter').field], ['meter', 'usage_threshold.meter']);
  assert.deepStrictEqual(['lookup_key', 'lookup_keys'].map((name) => filter('prices', name)?.column), [undefined, null]);
});

test('what must accompany a filter is a filter too, and takes the value', () => {
  let companions = 0;
  for (const r of catalog.resources)
    for (const f of r.filters)
      for (const { param, value } of f.with) {
        assert.ok(filter(r.name, param).enum.includes(value), `${r.name}.${f.param}: ${param}=${value}`);
        companions++;
      }
  assert.ok(companions > 5);
  const posted = filter('treasury_transactions', 'status_transitions[posted_at]');
  assert.deepStrictEqual(posted.with, [{ param: 'status', value: 'posted' }, { param: 'order_by', value: 'posted_at' }]);
  assert.deepStrictEqual([posted.reorders, filter('treasury_transactions', 'order_by').reorders, filter('treasury_transactions', 'status').reorders], [true, true, false]);
});

test('created_field is a time', () => {
  for (const r of catalog.resources.filter((x) => x.created_field))
    assert.strictEqual(followPath(types, r.type, r.created_field).field.kind, 'timestamp', r.name);
  assert.strictEqual(resource('invoiceitems').created_field, 'date');
  assert.strictEqual(resource('product_catalog_trial_offers').created_field, null);
});

test('how much is expected of a list that nobody has counted', () => {
  const expected = (name) => [resource(name).rows, resource(name).days];
  assert.deepStrictEqual(expected('events'), [20000, 30]);
  assert.deepStrictEqual(expected('charges'), [10000, 1095], 'the usual time');
  assert.deepStrictEqual(expected('files'), [1000, 1095], 'the usual number too');
});

test('moved fields: the path is there, the name is not', () => {
  assert.ok(catalog.moved.length > 100);
  for (const m of catalog.moved) {
    const { type } = resource(m.resource);
    assert.strictEqual(followPath(types, type, m.name), null, `${m.resource}.${m.name}`);
    if (m.path) assert.ok(followPath(types, type, m.path), `${m.resource}.${m.name}: ${m.path}`);
    else assert.ok(m.hint, `${m.resource}.${m.name}`);
  }
  const end = catalog.moved.find((m) => m.resource === 'subscriptions' && m.name === 'current_period_end');
  assert.deepStrictEqual([end.path, end.pick, end.since], ['items.data.current_period_end', 'min', '2025-03-31.basil']);
});

test('paths go through lists by data, and through ids only when expanding', () => {
  const leads = (p, options) => Boolean(followPath(types, 'Invoice', p, options));
  assert.ok(leads('lines.data.amount'));
  assert.ok(!leads('lines.amount'));
  assert.ok(!leads('customer.email'));
  assert.ok(leads('customer.email', { expand: true }));
  assert.ok(!leads('discounts.start'));
  assert.ok(leads('discounts.start', { expand: true }));
});

test('a wrong moved entry is refused', () => {
  const entry = { resource: 'charges', name: 'gone', kind: 'string', since: '2020-01-01', path: '', pick: '', hint: 'Use x.', reason: 'r' };
  const check = (change) =>
    movedFields(catalog.resources, types, { rows: [{ ...entry, ...change }], get: () => {} }, catalog.api_version);
  assert.strictEqual(check({}).length, 1);
  assert.throws(() => check({ name: 'amount' }), /still a field/);
  assert.throws(() => check({ path: 'no.where' }), /no field no.where/);
  assert.throws(() => check({ hint: '' }), /gone, and no hint/);
  assert.throws(() => check({ kind: 'number' }), /no kind/);
  assert.throws(() => check({ since: '2999-01-01' }), /moves after/);
  assert.throws(() => check({ path: 'refunds.data.id' }), /no pick/);
  assert.throws(() => check({ path: 'billing_details.email', pick: 'min' }), /no array on the way/);
  assert.throws(() => check({ resource: 'nothing' }), /no such table/);
});

test('facts about Stripe that other code relies on', () => {
  assert.deepStrictEqual(resource('subscriptions').defaults.map((d) => [d.param, d.value]), [['status', 'all']]);
  assert.strictEqual(resource('reporting_report_types').paging, 'none');
  assert.deepStrictEqual(resource('payment_attempt_records').paging_params, ['limit', 'starting_after', 'expand']);
  assert.deepStrictEqual([filter('promotion_codes', 'code').superset, filter('customers', 'email').superset], [true, false]);
  assert.deepStrictEqual([filter('products', 'ids').field, filter('products', 'ids').excludes_cursor], ['id', true]);
  assert.strictEqual(filter('prices', 'lookup_keys').max_values, 10);
  assert.strictEqual(filter('events', 'types').max_values, 20);
  assert.strictEqual(filter('payment_records', 'created_after').op, 'after');
  assert.strictEqual(filter('subscriptions', 'current_period_end').field, null);
  assert.strictEqual(filter('entitlements_active_entitlements', 'customer').required, true);
  assert.strictEqual(filter('charges', 'transfer_group').pushed, false);
  assert.deepStrictEqual([filter('balance_transactions', 'payout').lasting, filter('subscriptions', 'price').lasting, filter('subscriptions', 'plan').lasting], [true, true, false]);
  assert.strictEqual(resource('charges').newest_first, true);
  assert.strictEqual(resource('disputes').newest_first, false);
});

test('which fields are left out unless expanded', () => {
  const includable = (p) => {
    const [name, ...rest] = p.split(':');
    return followPath(types, name, rest[0]).field.includable;
  };
  for (const p of ['Customer:sources', 'Customer:tax', 'Charge:refunds', 'Invoice:payments', 'Price:tiers', 'Quote:line_items'])
    assert.strictEqual(includable(p), true, p);
  for (const p of ['Invoice:lines', 'Subscription:items', 'CreditNote:lines', 'Transfer:reversals', 'ApplicationFee:refunds',
    'Radar.ValueList:list_items', 'File:links', 'Issuing.Card:number', 'Issuing.Card:cvc', 'Treasury.Transaction:entries'])
    assert.strictEqual(includable(p), false, p);
});

test('C: filters that are not to be sent stay out, texts are quoted', () => {
  const c = emitC(catalog);
  assert.match(filter('charges', 'transfer_group').doc, /limited to 100/);
  assert.doesNotMatch(c, /limited to 100/);
  assert.match(c, /"scope\[type\]"/);
  assert.strictEqual(str('a "b" \\ ??c'), '"a \\"b\\" \\\\ ?\\?c"');
  assert.strictEqual(str(null), 'NULL');
  assert.throws(() => str('caf\u00e9'), /not ASCII/);
});

test('an overlay row needs a reason and the right number of cells', () => {
  assert.deepStrictEqual(parseTable('a\treason\n1\twhy\n', 'x'), [{ a: '1', reason: 'why' }]);
  assert.throws(() => parseTable('a\treason\n1\t\n', 'x'), /x:2: no reason/);
  assert.throws(() => parseTable('a\treason\n1\n', 'x'), /x:2: 1 cells/);
});

test('an overlay row that matches nothing is an error', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'overlay-'));
  try {
    fs.cpSync(OVERLAY, dir, { recursive: true });
    fs.appendFileSync(path.join(dir, 'kinds.tsv'), 'Charge\tno_such_field\tinteger\ttest\n');
    assert.throws(() => buildCatalog(PACKAGE, loadOverlay(dir)), /nothing in the package matches Charge no_such_field/);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
