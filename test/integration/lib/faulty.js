// Asking under faults: what comes back, and that the session goes on.
'use strict';

const assert = require('node:assert');
const { API_KEY } = require('./simulator');

// The error of a statement that must fail.
async function failure(client, sql, values) {
  try {
    await client.query(sql, values);
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: `should have failed: ${sql}` });
}

// Everything that an error tells.
const told = ({ message, detail, hint, where }) => [message, detail, hint, where].filter(Boolean).join('\n');

// Fails unless an error has the SQLSTATE (a string, or a pattern) and tells all
// of the parts (strings or patterns), and never a key.
function assertTells(error, code, ...parts) {
  const text = told(error);
  assert.match(error.code ?? '', code instanceof RegExp ? code : new RegExp(`^${code}$`), `SQLSTATE of: ${text}`);
  for (const part of parts) {
    if (part instanceof RegExp) assert.match(text, part);
    else assert.ok(text.includes(part), `"${part}" in: ${text}`);
  }
  assert.ok(!text.includes(API_KEY), `no key in: ${text}`);
  assert.match(error.message, /^[^\n]{1,1000}$/, 'one line that can be read');
}

module.exports = { failure, told, assertTells };
