// Secrets in what a server logs; see "Secrets" in doc/reference.md.
'use strict';

// What the reference warns of: statements and their parameters are logged as they came.
const DOCUMENTED = /^LOG: +(00000: )?((duration: [\d.]+ ms +)?(statement|execute|parse|bind)[^:]*:|(parse tree|rewritten parse tree|plan):)/;

// The entries of a server log: { pid, body }, the body without what each begins with.
function logEntries(log) {
  return log.split(/^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \w+ \[\d+\] )/m).map((entry) => {
    const [prefix, pid] = /^[^\n]*? \[(\d+)\] /.exec(entry) ?? [''];
    return { pid, body: entry.slice(prefix.length) };
  });
}

// The entries in which holds(text) finds a secret, but for those that are documented.
function leaksIn(log, holds) {
  const leaks = [];
  const parents = new Map(); // by process: others log at the same time
  for (const { pid, body } of logEntries(log)) {
    // Parameters, trees, context and statement belong to what is logged before them.
    const part = /^(DETAIL: +(parameters|prepare|[({])|CONTEXT:|STATEMENT:)/i.test(body);
    if (/^(DEBUG|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC)/.test(body)) parents.set(pid, body);
    const parent = parents.get(pid) ?? '';
    // With log_min_error_statement below its default, every message brings the statement along.
    if (/^STATEMENT:/.test(body) && /^(DEBUG|LOG|INFO|NOTICE)/.test(parent)) continue;
    if (holds(body) && !DOCUMENTED.test(part ? parent : body)) leaks.push(`${body.slice(0, 500)} after ${parent.slice(0, 200)}`);
  }
  return leaks;
}

// Anything that looks like a key, a code or a token of Stripe's, in full.
const looksSecret = (text) => /\b([sr]k_(live|test|org)_[A-Za-z0-9_]{6,}|(ac|rt)_[A-Za-z0-9]{10,})/.test(text);

module.exports = { DOCUMENTED, logEntries, leaksIn, looksSecret };
