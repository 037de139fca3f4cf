'use strict';
/*
 * Turns declarations of objects into the catalogue's types: a table of fields
 * with their kind, reached from a root type by following every reference.
 */
const ts = require('typescript');
const { qualifiedName, segmentsOf, docOf } = require('./source');
const { firstSentence } = require('./text');
const { numberKind, stringKind } = require('./kinds');

/** What a type node says, before a field's name or documentation is looked at. */
class Shape {
  constructor(kind, rest = {}) {
    Object.assign(this, { kind, nullable: false, enum: null, closed: false, targets: null, type: null, element: null }, rest);
  }
}

class TypeReader {
  /**
   * @param {import('./source').Source} source the package
   * @param {{get(type: string, field: string): {kind: string}|undefined}} kinds
   *   the overlay's kinds.tsv
   */
  constructor(source, kinds = new Map()) {
    this.source = source;
    this.kinds = kinds;
    this.types = new Map();
  }

  /**
   * Read the type that a reference node names, and all it leads to.
   *
   * @returns {string} its name in this.types; throws when it isn't an object
   */
  root(scope, node) {
    const shape = this.shape(scope, node);
    if (shape.kind !== 'object' || !shape.type)
      throw new Error(`${scope.module.file}: ${node.getText()} is not one object type`);
    return shape.type;
  }

  /** The Shape of a type node used in `scope`. */
  shape(scope, node) {
    if (ts.isParenthesizedTypeNode(node)) return this.shape(scope, node.type);
    if (ts.isUnionTypeNode(node)) return this.unionShape(scope, node);
    if (ts.isArrayTypeNode(node)) return this.arrayShape('array', this.shape(scope, node.elementType));
    if (ts.isTypeLiteralNode(node)) return this.literalShape(scope, node);
    if (ts.isLiteralTypeNode(node)) {
      if (ts.isStringLiteral(node.literal))
        return new Shape('enum', { enum: [node.literal.text], closed: true });
      if (node.literal.kind === ts.SyntaxKind.NullKeyword) return new Shape('null');
      return new Shape('boolean'); // `deleted: true`
    }
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword:
        return new Shape('string');
      case ts.SyntaxKind.NumberKeyword:
        return new Shape('number');
      case ts.SyntaxKind.BooleanKeyword:
        return new Shape('boolean');
      case ts.SyntaxKind.VoidKeyword:
        return new Shape('void');
      case ts.SyntaxKind.UnknownKeyword:
      case ts.SyntaxKind.AnyKeyword:
        return new Shape('any');
      case ts.SyntaxKind.TypeReference:
        return this.referenceShape(scope, node);
    }
    throw new Error(`${scope.module.file}: cannot read the type ${node.getText()}`);
  }

  /** `{[key: string]: T}` */
  literalShape(scope, node) {
    if (node.members.length !== 1 || !ts.isIndexSignatureDeclaration(node.members[0]))
      throw new Error(`${scope.module.file}: cannot read the type ${node.getText()}`);
    return this.arrayShape('map', this.shape(scope, node.members[0].type));
  }

  /** A container of `element`s. */
  arrayShape(kind, element) {
    return new Shape(kind, {
      element: element.kind === 'number' ? 'integer' : element.kind,
      type: element.type,
      targets: element.targets,
      enum: element.enum,
      closed: element.closed,
    });
  }

  referenceShape(scope, node) {
    const segments = segmentsOf(node.typeName);
    const args = node.typeArguments || [];
    switch (segments.join('.')) {
      case 'Array':
        return this.arrayShape('array', this.shape(scope, args[0]));
      case 'ApiList':
        return this.arrayShape('list', this.shape(scope, args[0]));
      case 'Metadata':
      case 'MetadataParam':
        return new Shape('map', { element: 'string' });
      case 'Decimal':
        return new Shape('decimal_string');
      case 'OtherString':
        return new Shape('other');
      case 'Emptyable':
        return Object.assign(this.shape(scope, args[0]), { nullable: true });
    }
    const found = this.source.resolve(scope, segments);
    if (found.entry.interface) return this.objectShape(found);
    if (found.entry.alias) return this.aliasShape(found);
    throw new Error(`${scope.module.file}: ${segments.join('.')} is neither an interface nor an alias`);
  }

  objectShape(found) {
    const name = qualifiedName(found);
    this.define(name, found.scope, found.entry.interface);
    return new Shape('object', { type: name });
  }

  /**
   * What an alias stands for.  An alias of many interfaces that extend the
   * same base (Event) is that base under the alias's name.
   */
  aliasShape(found) {
    const node = found.entry.alias.type;
    if (ts.isUnionTypeNode(node) && node.types.every(ts.isTypeReferenceNode)) {
      const members = node.types.map((t) => this.reference(found.scope, t)).filter(Boolean);
      const bases = new Set(members.map((m) => baseName(m.entry.interface)));
      if (members.length === node.types.length && bases.size === 1 && !bases.has(null)) {
        const base = this.source.resolve(members[0].scope, [...bases]);
        const name = qualifiedName(found);
        this.define(name, base.scope, base.entry.interface);
        return new Shape('object', { type: name });
      }
    }
    return this.shape(found.scope, node);
  }

  /** The interface that a reference node names, or null. */
  reference(scope, node) {
    const segments = segmentsOf(node.typeName);
    if (segments[0] === 'OtherString') return null;
    const found = this.source.resolve(scope, segments);
    return found.entry.interface ? found : null;
  }

  unionShape(scope, node) {
    const parts = node.types.map((t) => this.shape(scope, t));
    const nullable = parts.some((p) => p.kind === 'null' || p.nullable);
    const rest = parts.filter((p) => p.kind !== 'null');
    const open = rest.some((p) => p.kind === 'other');
    const known = rest.filter((p) => p.kind !== 'other');
    const all = (kind) => known.every((p) => p.kind === kind);
    const targets = [...new Set(known.flatMap((p) => p.targets || (p.type ? [p.type] : [])))];

    if (known.length === 1 && !open) return Object.assign(known[0], { nullable });
    if (all('enum'))
      return new Shape('enum', { nullable, enum: known.flatMap((p) => p.enum), closed: !open && known.every((p) => p.closed) });
    if (all('object')) return new Shape('object', { nullable, targets });
    const [head, ...others] = known;
    if (head.kind === 'string' && others.length && others.every((p) => p.kind === 'object'))
      return new Shape('expandable', {
        nullable,
        targets: [...new Set(others.flatMap((p) => p.targets || [p.type]))],
        type: soleTarget(others.flatMap((p) => p.targets || [p.type])),
      });
    throw new Error(`${scope.module.file}: cannot read the union ${node.getText()}`);
  }

  /** Enter an interface into this.types, once, with all its fields. */
  define(name, scope, node) {
    if (this.types.has(name)) return;
    const type = { name, object: null, doc: firstSentence(docOf(node)), fields: [] };
    this.types.set(name, type);
    for (const { scope: inScope, member } of this.members(scope, node)) {
      const field = this.field(name, inScope, member);
      if (!field) continue;
      if (field.name === 'object' && field.enum) {
        // A constant on every object: a text, and what tells types apart.
        type.object = field.enum.length === 1 ? field.enum[0] : null;
        Object.assign(field, { kind: 'string', enum: null, closed: false });
      }
      type.fields.push(field);
    }
  }

  /** The properties of an interface, those of its bases first; the last of a name wins. */
  members(scope, node) {
    const byName = new Map();
    for (const clause of node.heritageClauses || [])
      for (const base of clause.types) {
        const found = this.source.resolve(scope, heritageSegments(base.expression));
        for (const m of this.members(found.scope, found.entry.interface)) byName.set(m.member.name.text, m);
      }
    for (const member of node.members) {
      if (!ts.isPropertySignature(member))
        throw new Error(`${scope.module.file}: ${node.name.text} has a member that is no property`);
      byName.set(member.name.text, { scope, member });
    }
    return [...byName.values()];
  }

  /** One field, or null for one that never has a value. */
  field(typeName, scope, member) {
    const name = member.name.text;
    const doc = docOf(member);
    const shape = this.shape(scope, member.type);
    // `deleted?: void` says that a live object lacks what a deleted one has
    if (shape.kind === 'void') return null;
    const override = this.kinds.get(typeName, name);
    let { kind, element } = shape;
    // "map:decimal" gives the kind of a container's elements too
    if (override) [kind, element] = override.kind.includes(':') ? override.kind.split(':') : [override.kind, element];
    else if (kind === 'number') kind = numberKind(name, doc);
    else if (kind === 'string') kind = stringKind(name, doc);
    return {
      name,
      kind,
      nullable: shape.nullable,
      optional: Boolean(member.questionToken),
      includable: false,
      enum: shape.enum,
      closed: shape.closed,
      targets: shape.targets,
      type: kind === shape.kind || kind === 'object' ? shape.type : null,
      element,
      doc: firstSentence(doc),
      fullDoc: doc,
    };
  }
}

/** The one type among targets that isn't a deleted object, or null. */
function soleTarget(targets) {
  const live = [...new Set(targets)].filter((t) => !/(^|\.)Deleted[A-Z]\w*$/.test(t));
  return live.length === 1 ? live[0] : null;
}

/** The name of the one interface that this one extends, or null. */
function baseName(node) {
  const types = (node.heritageClauses || []).flatMap((c) => [...c.types]);
  return types.length === 1 && ts.isIdentifier(types[0].expression) ? types[0].expression.text : null;
}

/** `Event.Data` as written after `extends` → its segments. */
function heritageSegments(node) {
  return ts.isIdentifier(node) ? [node.text] : [...heritageSegments(node.expression), node.name.text];
}

module.exports = { TypeReader };
