'use strict';
/*
 * Reads Stripe's package with the TypeScript compiler's parser and resolves
 * the names in it.
 *
 * Only the parser is used, not the type checker: the declarations are
 * generated and use a small part of the language (interfaces, aliases,
 * namespaces, named imports), and the catalogue needs what was written
 * (the order of union members, the name of an alias), not what it reduces to.
 */
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

/**
 * One level of names: a file or a namespace in it.  `names` maps a name to
 * its declarations: {interface, alias, class, scope, from}.
 */
class Scope {
  /**
   * @param {Module} module the file that holds the scope
   * @param {Scope|null} parent the enclosing scope
   * @param {string} name qualified name within the file, '' for the file
   */
  constructor(module, parent, name) {
    this.module = module;
    this.parent = parent;
    this.name = name;
    this.names = new Map();
  }

  entry(name) {
    let e = this.names.get(name);
    if (!e) this.names.set(name, (e = {}));
    return e;
  }

  /** Enter every declaration of `statements`. */
  declare(statements) {
    for (const s of statements) {
      if (ts.isInterfaceDeclaration(s)) this.entry(s.name.text).interface = s;
      else if (ts.isTypeAliasDeclaration(s)) this.entry(s.name.text).alias = s;
      else if (ts.isClassDeclaration(s) && s.name) this.entry(s.name.text).class = s;
      else if (ts.isModuleDeclaration(s) && s.body) {
        const e = this.entry(s.name.text);
        const qualified = this.name ? `${this.name}.${s.name.text}` : s.name.text;
        if (!e.scope) e.scope = new Scope(this.module, this, qualified);
        e.scope.declare(s.body.statements);
      } else if (ts.isImportDeclaration(s)) this.declareImport(s);
      else if (ts.isExportDeclaration(s)) this.declareExport(s);
    }
  }

  declareImport(s) {
    const file = s.moduleSpecifier.text;
    const bindings = s.importClause && s.importClause.namedBindings;
    if (!bindings) return;
    if (ts.isNamespaceImport(bindings)) this.entry(bindings.name.text).from = { file, name: null };
    else
      for (const el of bindings.elements)
        this.entry(el.name.text).from = { file, name: (el.propertyName || el.name).text };
  }

  declareExport(s) {
    if (!s.moduleSpecifier || !s.exportClause || !ts.isNamedExports(s.exportClause)) return;
    for (const el of s.exportClause.elements)
      this.entry(el.name.text).from = {
        file: s.moduleSpecifier.text,
        name: (el.propertyName || el.name).text,
      };
  }
}

/** A parsed declaration file. */
class Module {
  /**
   * @param {string} file its path, relative to the package's root
   * @param {string} text its contents
   */
  constructor(file, text) {
    this.file = file;
    this.ast = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    this.scope = new Scope(this, null, '');
    this.scope.declare(this.ast.statements);
    // resources/Issuing/Cards.d.ts declares what Stripe calls Issuing.Card
    const dir = path.posix.dirname(file).split('/resources/')[1];
    this.prefix = dir ? dir.split('/').join('.') : '';
  }
}

/** The files of an unpacked package; `read` gives the text of one, or null. */
class Source {
  /** @param {(file: string) => string|null} read */
  constructor(read) {
    this.read = read;
    this.modules = new Map();
  }

  /** Parse a declaration file once.  Throws when there is no such file. */
  module(file) {
    let m = this.modules.get(file);
    if (!m) {
      const text = this.read(file);
      if (text === null) throw new Error(`no file ${file} in the package`);
      m = new Module(file, text);
      this.modules.set(file, m);
    }
    return m;
  }

  /**
   * Find what a name of one or more segments means in a scope.
   *
   * @param {Scope} scope where the name is used
   * @param {string[]} segments the name
   * @returns {{scope: Scope, name: string, entry: object}} the declaring scope
   *   and the declarations; throws when the name means nothing
   */
  resolve(scope, segments) {
    for (let s = scope; s; s = s.parent) {
      const found = this.member(s, segments);
      if (found) return found;
    }
    throw new Error(`${scope.module.file}: cannot resolve ${segments.join('.')}`);
  }

  /** As resolve(), in this scope alone; null when it isn't there. */
  member(scope, [first, ...rest]) {
    const entry = scope.names.get(first);
    if (!entry) return null;
    if (entry.from) {
      const target = this.module(importedFile(scope.module.file, entry.from.file));
      const inner = entry.from.name === null ? rest : [entry.from.name, ...rest];
      return this.member(target.scope, inner);
    }
    if (rest.length === 0) return { scope, name: first, entry };
    return entry.scope ? this.member(entry.scope, rest) : null;
  }
}

/** './Cards.js' seen from a declaration file → that file's declarations. */
function importedFile(from, specifier) {
  const joined = path.posix.join(path.posix.dirname(from), specifier);
  return joined.replace(/\.js$/, '.d.ts');
}

/** The name that Stripe's own documentation gives to a declaration. */
function qualifiedName({ scope, name }) {
  return [scope.module.prefix, scope.name, name].filter(Boolean).join('.');
}

/** The segments of an entity name node: A.B.C → ['A', 'B', 'C']. */
function segmentsOf(node) {
  return ts.isIdentifier(node) ? [node.text] : [...segmentsOf(node.left), node.right.text];
}

/** The text of the documentation comment on a node, or '' */
function docOf(node) {
  const jsDoc = node.jsDoc && node.jsDoc[node.jsDoc.length - 1];
  if (!jsDoc || !jsDoc.comment) return '';
  return ts.getTextOfJSDocComment(jsDoc.comment) || '';
}

/** A Source over a package in a directory (node_modules/stripe). */
function openPackage(dir) {
  return new Source((file) => {
    const full = path.join(dir, file);
    return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : null;
  });
}

/** All files below `sub` whose names end with `suffix`, sorted, as the package names them. */
function listFiles(dir, sub, suffix) {
  const out = [];
  const walk = (rel) => {
    for (const e of fs.readdirSync(path.join(dir, rel), { withFileTypes: true })) {
      const child = `${rel}/${e.name}`;
      if (e.isDirectory()) walk(child);
      else if (e.name.endsWith(suffix)) out.push(child);
    }
  };
  walk(sub);
  return out.sort();
}

module.exports = { Source, Scope, openPackage, listFiles, qualifiedName, segmentsOf, docOf };
