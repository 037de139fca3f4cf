// The same query with pushdown on and off gives the same rows: generated
// queries, compared; see ../../equivalence.test.js and ../../soak/equivalence.js.
'use strict';

const { startStack } = require('..');
const { Random } = require('../random');
const { readSchema, IMPORTED } = require('./schema');
const { Conditions } = require('./conditions');
const { randomQuery } = require('./shapes');
const { compare, script } = require('./compare');
const { shrink } = require('./shrink');
const { NOW, createEdges } = require('./edges');

// Several thousand objects in all; enough charges for a second that holds more
// of them than a page.
const CHARGES = 1200;
const EDGED = ['charges', 'invoices', 'customers', 'prices'];
const SHOWN = 10; // rows of an answer that a report shows
const FAILURES = 5; // after so many different ones, enough is known

async function startEquivalence(t, seed) {
  const stack = await startStack(t, {
    simulator: ['--charges', String(CHARGES), '--now', String(NOW)],
    import: `LIMIT TO (${IMPORTED.join(', ')})`,
  });
  // What Stripe says to an id that nobody has depends on the list.
  await stack.simulator.config({ unknown_reference: seed % 2 ? 'error' : 'empty' });
  for (const resource of EDGED) await createEdges(stack.simulator, resource);
  const schema = await readSchema(stack, new Random(seed));
  await stack.query(`CREATE COLLATION local.ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE FUNCTION local.known(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN $1; END $$`);
  return { stack, schema };
}

const shown = (answer) => (Array.isArray(answer)
  ? [`${answer.length} rows`, ...answer.slice(0, SHOWN), ...(answer.length > SHOWN ? ['…'] : [])].join('\n    ') : answer);

function report({ seed, at, query, found }) {
  return [`query ${at} of seed ${seed}: ${found.what}`, script(query), `pushdown on:  ${shown(found.on)}`, `pushdown off: ${shown(found.off)}`].join('\n');
}

// Runs queries number from … count-1 of a seed.  Returns { ran, failures }, failures
// being reports, each of which found() gets as soon as it is there.
async function runQueries({ stack, schema }, { seed, count, from = 0, found: tell = () => {} }) {
  const client = await stack.connect();
  const failures = [];
  let ran = 0;
  for (let at = from; at < count && failures.length < FAILURES; at++) {
    // Each has a seed of its own, so that any of them can be repeated by itself.
    const random = new Random(seed * 1000003 + at);
    const query = randomQuery(random, new Conditions(random), schema);
    const found = await compare(client, query);
    ran++;
    if (!found) continue;
    const smallest = await shrink(query, found, async (candidate) => {
      const again = await compare(client, candidate);
      return again?.kind === found.kind ? again : null;
    });
    failures.push(report({ seed, at, ...smallest }));
    tell(failures.at(-1));
  }
  await client.end();
  return { ran, failures };
}

module.exports = { startEquivalence, runQueries };
