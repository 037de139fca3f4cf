'use strict';
/* The parameters of a list call as filters of the table. */
const ts = require('typescript');
const { docOf } = require('./source');
const { firstSentence } = require('./text');
const { followPath } = require('./paths');
const { numberKind } = require('./kinds');

const PAGING = ['limit', 'starting_after', 'ending_before', 'expand'];

class FilterReader {
  /**
   * @param {import('./types').TypeReader} reader reads parameters as it reads objects
   * @param {import('./overlay').Table} overlay filters.tsv
   */
  constructor(reader, overlay) {
    this.reader = reader;
    this.overlay = overlay;
  }

  /**
   * @param {string} resource the table's name
   * @param {object} call the list call (see endpoints.js)
   * @param {string} typeName the element's type
   * @returns {{paging: string[], filters: object[]}}
   */
  read(resource, call, typeName) {
    const paging = [];
    const filters = [];
    for (const { scope, member } of this.parameters(call)) {
      const name = member.name.text;
      if (PAGING.includes(name)) paging.push(name);
      else filters.push(...this.flatten(resource, typeName, scope, member, name, true));
    }
    return {
      paging: PAGING.filter((p) => paging.includes(p)),
      filters: filters.sort((a, b) => (a.param < b.param ? -1 : 1)),
    };
  }

  /** The members of a call's parameter interface. */
  parameters(call) {
    if (!call.params) return [];
    const found = this.reader.source.resolve(call.scope, call.params.getText().split('.'));
    return this.reader.members(found.scope, found.entry.interface);
  }

  /** One parameter, or the parameters inside an object-valued one. */
  flatten(resource, typeName, scope, member, param, outerRequired) {
    const required = outerRequired && !member.questionToken;
    const row = this.overlay.get(resource, param);
    const flags = parseFlags(row);
    if (flags.absent) return [];
    const object = this.interfaceOf(scope, member.type);
    if (object)
      return this.reader
        .members(object.scope, object.entry.interface)
        .flatMap((m) => this.flatten(resource, typeName, m.scope, m.member, `${param}[${m.member.name.text}]`, required));

    const shape = this.parameterShape(scope, member.type);
    const field = row ? (row.field === '-' ? null : row.field) : this.sameNamed(typeName, param);
    const target = field && followPath(this.reader.types, typeName, field);
    if (!row && !field)
      throw new Error(`${resource}: filter ${param} is no field of ${typeName}: say in filters.tsv what it is`);
    if (field && !target) throw new Error(`${resource}: filter ${param}: no field ${field} in ${typeName}`);
    const filter = this.filter(param, shape, field, target && target.field, required, flags, docOf(member));
    filter.column = this.columnOf(resource, typeName, filter, flags.column);
    return [filter];
  }

  /**
   * The column by which a filter is asked for, where no field at the top level
   * is that column, or holds it within: "price", "owner_customer".  Null where
   * one is, and for the forms of a condition on a field (several values, a
   * bound).
   */
  columnOf(resource, typeName, { param, op, field }, named) {
    const isField = (name) => followPath(this.reader.types, typeName, name) !== null;
    if ((op !== 'eq' && op !== 'range') || (field && isField(param.split('[')[0]))) return null;
    const column = named || param.replace(/\]/g, '').replace(/\[/g, '_');
    if (isField(column)) throw new Error(`${resource}: filter ${param}: ${column} is a field, give column=… in filters.tsv`);
    return column;
  }

  filter(param, shape, field, target, required, flags, doc) {
    let { kind } = shape;
    let { values, closed } = shape;
    if (kind === 'number') {
      const sameKind = target && ['integer', 'timestamp', 'decimal'].includes(target.kind);
      kind = sameKind ? target.kind : numberKind(param.replace(/.*\[|\]$/g, ''), doc);
    }
    // A text parameter on a field with known values takes those.
    if (kind === 'string' && target && target.kind === 'enum' && target.enum)
      ({ kind, values, closed } = { kind: 'enum', values: target.enum, closed: target.closed });
    if (flags.values) ({ kind, values, closed } = { kind: 'enum', values: flags.values.split('|'), closed: false });
    if (flags.open) closed = false;
    return {
      param,
      op: flags.after ? 'after' : flags.before ? 'before' : shape.op,
      kind,
      field,
      column: null,
      required,
      superset: Boolean(flags.superset),
      excludes_cursor: Boolean(flags.excludes_cursor),
      max_values: Number(flags.max || 0),
      enum: values,
      closed,
      pushed: !flags.unpushed,
      reorders: Boolean(flags.reorders),
      with: companions(flags.with),
      refers: flags.refers || null,
      doc: firstSentence(doc),
    };
  }

  /** The field of the parameter's own name: its path, or null. */
  sameNamed(typeName, param) {
    const path = param.replace(/\[/g, '.').replace(/\]/g, '');
    const found = followPath(this.reader.types, typeName, path);
    if (!found) return null;
    // the id of an object that is embedded whole
    if (found.field.kind === 'object' && found.field.type)
      return followPath(this.reader.types, typeName, `${path}.id`) ? `${path}.id` : null;
    return path;
  }

  /** {op, kind, values, closed} of a parameter's type. */
  parameterShape(scope, node) {
    const parts = ts.isUnionTypeNode(node) ? [...node.types] : [node];
    if (parts.some((p) => p.getText() === 'RangeQueryParam'))
      return { op: 'range', kind: 'number', values: null, closed: false };
    const shape = this.reader.shape(scope, node);
    // objects, which SQL writes as JSON
    if (shape.kind === 'array' && shape.element === 'object')
      return { op: 'eq', kind: 'array', values: null, closed: false };
    if (shape.kind === 'array') return { op: 'any_of', kind: shape.element, values: shape.enum, closed: shape.closed };
    return { op: 'eq', kind: shape.kind, values: shape.enum, closed: shape.closed };
  }

  /** The interface that a parameter's type names (an object of parameters), or null. */
  interfaceOf(scope, node) {
    if (!ts.isTypeReferenceNode(node) || node.typeArguments) return null;
    const segments = node.typeName.getText().split('.');
    if (['RangeQueryParam', 'Decimal', 'MetadataParam', 'OtherString'].includes(segments[0])) return null;
    const found = this.reader.source.resolve(scope, segments);
    return found.entry.interface ? found : null;
  }
}

/** "status=posted&order_by=posted_at" → [{param, value}, …] */
function companions(text) {
  return [...new URLSearchParams(text || '')].map(([param, value]) => ({ param, value }));
}

/** "superset,max=10" → {superset: true, max: '10'} */
function parseFlags(row) {
  const flags = {};
  for (const item of row && row.flags ? row.flags.split(',') : []) {
    const [name, ...value] = item.split('=');
    flags[name] = value.length ? value.join('=') : true;
  }
  return flags;
}

module.exports = { FilterReader, PAGING };
