'use strict';
/* What the comparisons with lists kept outside the repository have in common. */
const fs = require('node:fs');

/**
 * Read a tab-separated list whose rows need no reason.
 *
 * @param {string} file its path
 * @returns {object[]} a record a line, by column name
 */
function readList(file) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const columns = lines[0].split('\t');
  return lines.slice(1).map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(columns.map((c, i) => [c, cells[i] || '']));
  });
}

/**
 * Match the differences found with those explained in the overlay, and report.
 *
 * @param {{key: string, ours: string, theirs: string}[]} found
 * @param {import('./overlay').Table} explained keyed by the same
 *   key, or one whose first part is "*"
 * @param {(line: string) => void} print
 * @returns {number} the exit status: 1 for an unexplained difference or an
 *   explanation that explains nothing
 */
function report(found, explained, print) {
  let unexplained = 0;
  for (const d of found) {
    const [first, ...rest] = d.key;
    const row = explained.get(first, ...rest) || explained.get('*', ...rest);
    if (row && row.ours === d.ours && row.theirs === d.theirs) continue;
    unexplained++;
    print(`${d.key.join(' ')}: ours ${d.ours}, theirs ${d.theirs}`);
  }
  const stale = explained.stale();
  stale.forEach(print);
  print(`${found.length} differences, ${unexplained} unexplained, ${stale.length} stale explanations`);
  return unexplained || stale.length ? 1 : 0;
}

module.exports = { readList, report };
