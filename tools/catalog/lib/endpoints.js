'use strict';
/*
 * The calls of every API class: the method's request from the .js file, its
 * parameters and answer from the declaration beside it.
 */
const ts = require('typescript');
const { docOf } = require('./source');

/**
 * All calls that one file's classes make.
 *
 * @param {string} js the text of the .js file
 * @param {import('./source').Scope} scope the scope of the declarations beside it
 * @returns {{http: string, path: string, method: string, doc: string,
 *   scope: Scope, params: ts.TypeNode|null, paramsRequired: boolean,
 *   element: ts.TypeNode|null, answer: ts.TypeNode|null}[]}
 *   `path` with "{name}" for each argument; `element` for a list's element
 */
function callsOf(js, scope) {
  const calls = [];
  const ast = ts.createSourceFile('resource.js', js, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  for (const cls of ast.statements.filter(ts.isClassDeclaration)) {
    const entry = scope.names.get(cls.name.text);
    if (!entry || !entry.class) continue;
    for (const method of cls.members.filter(ts.isMethodDeclaration))
      for (const { http, path } of requestsOf(method)) {
        const declared = entry.class.members.filter(
          (m) => ts.isMethodDeclaration(m) && m.name.getText() === method.name.getText()
        );
        for (const d of declared) {
          const answer = answerOf(d.type);
          const params = d.parameters.find((p) => p.name.getText() === 'params');
          calls.push({
            http,
            path,
            method: method.name.getText(),
            doc: docOf(d),
            scope,
            params: params ? params.type : null,
            paramsRequired: Boolean(params && !params.questionToken),
            answer: answer.node,
            element: answer.list ? answer.node : null,
          });
        }
      }
  }
  return calls;
}

/** Every `this._makeRequest('GET', path, …)` inside a method. */
function requestsOf(method) {
  const found = [];
  const visit = (node) => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === '_makeRequest'
    ) {
      const [http, path] = node.arguments;
      const text = pathText(path);
      if (ts.isStringLiteral(http) && text !== null) found.push({ http: http.text, path: text });
    }
    ts.forEachChild(node, visit);
  };
  visit(method);
  return found;
}

/** '/v1/charges' or `/v1/charges/${encodeURIComponent(id)}` → text, null if computed otherwise. */
function pathText(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  let text = node.head.text;
  for (const span of node.templateSpans) {
    const e = span.expression;
    if (!ts.isCallExpression(e) || e.arguments.length !== 1 || !ts.isIdentifier(e.arguments[0])) return null;
    text += `{${e.arguments[0].text}}${span.literal.text}`;
  }
  return text;
}

/** ApiListPromise<T> → {list: true, node: T}; Promise<Response<T>> → {list: false, node: T} */
function answerOf(node) {
  const args = (n) => (ts.isTypeReferenceNode(n) && n.typeArguments) || [];
  const name = ts.isTypeReferenceNode(node) ? node.typeName.getText() : '';
  if (name === 'ApiListPromise') return { list: true, node: args(node)[0] };
  const response = name === 'Promise' ? args(node)[0] : null;
  return { list: false, node: response ? args(response)[0] || null : null };
}

module.exports = { callsOf };
