// Counts the tests of one suite.
//
//   suite 2>&1 | node tap.js NAME LOG COUNTS
//
// Reads TAP (and whatever else the suite prints) from standard input, copies
// all of it to the file LOG, prints failures as they come, and writes
// "passed failed skipped" to the file COUNTS.  A test with subtests is not
// counted, they are; unless it failed although they passed.  A stream that
// ends early (fewer tests than planned, "Bail out!", an unfinished subtest)
// counts as one failure; so does one without any test.
'use strict';

const fs = require('node:fs');
const readline = require('node:readline');

const RESULT = /^( *)(not )?ok\b *(\d+)? *-? *(.*)$/;
const PLAN = /^( *)1\.\.(\d+)\b/;
const DIRECTIVE = /(?:^|[^\\])# *(skip|todo)\b/i;

class TapCounter {
  // print: called with each line that a reader should see.
  constructor(print) {
    this.print = print;
    this.passed = 0;
    this.failed = 0;
    this.skipped = 0;
    this.levels = [{ seen: 0, failed: 0, plan: null }];
    this.yamlIndent = null;
    this.showDiagnostics = false;
  }

  fail(what) {
    this.failed++;
    this.print(`not ok - ${what}`);
  }

  // Results of depth d + 1 and deeper belong to the next result of depth d.
  takeLevelsBelow(depth) {
    const below = this.levels[depth + 1];
    this.levels.length = Math.min(this.levels.length, depth + 1);
    return below;
  }

  level(depth) {
    while (this.levels.length <= depth) this.levels.push({ seen: 0, failed: 0, plan: null });
    return this.levels[depth];
  }

  line(text) {
    if (this.yamlIndent !== null) {
      if (this.showDiagnostics) this.print(text);
      if (text.trimEnd() === `${this.yamlIndent}...`) this.yamlIndent = null;
      return;
    }
    const yaml = /^( +)---$/.exec(text);
    if (yaml) {
      this.yamlIndent = yaml[1];
      if (this.showDiagnostics) this.print(text);
      return;
    }
    const result = RESULT.exec(text);
    if (result) {
      this.result(result[1].length >> 2, !result[2], result[4], text);
      return;
    }
    const plan = PLAN.exec(text);
    if (plan) {
      // Several streams may follow one another: their plans add up.
      const level = this.level(plan[1].length >> 2);
      level.plan = (level.plan ?? 0) + Number(plan[2]);
      return;
    }
    if (/^Bail out!/.test(text)) {
      this.fail(text);
      return;
    }
    if (this.showDiagnostics && /^ *#(?! Subtest:)/.test(text)) this.print(text);
    else this.showDiagnostics = false;
  }

  result(depth, ok, description, text) {
    const children = this.takeLevelsBelow(depth);
    const level = this.level(depth);
    const directive = DIRECTIVE.exec(description);
    this.showDiagnostics = false;
    level.seen++;
    if (directive) {
      if (!children) this.skipped++;
      return;
    }
    if (!ok) level.failed++;
    if (children && children.plan !== null && children.plan !== children.seen) {
      this.fail(`${description}: ${children.plan} subtests planned, ${children.seen} seen`);
    } else if (!ok && !(children && children.failed)) {
      this.failed++;
      this.showDiagnostics = true;
      this.print(text);
    } else if (ok && !children) {
      this.passed++;
    }
  }

  end() {
    const [top] = this.levels;
    if (this.levels.length > 1) this.fail('the suite ended within a test');
    if (top.plan !== null && top.plan !== top.seen) {
      this.fail(`${top.plan} tests were planned, ${top.seen} were seen`);
    }
    if (this.passed + this.failed + this.skipped === 0) this.fail('the suite ran no test');
  }
}

async function main([name, logPath, countsPath]) {
  const log = fs.createWriteStream(logPath);
  const counter = new TapCounter((text) => console.log(`    ${text}`));
  const progress = setInterval(() => {
    console.log(`    ${name}: ${counter.passed} passed so far`);
  }, 20000);
  for await (const text of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    log.write(`${text}\n`);
    counter.line(text);
  }
  clearInterval(progress);
  counter.end();
  log.end();
  fs.writeFileSync(countsPath, `${counter.passed} ${counter.failed} ${counter.skipped}\n`);
}

module.exports = { TapCounter };

if (require.main === module) main(process.argv.slice(2));
