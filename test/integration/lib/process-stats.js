// What the kernel knows of a process; see index.js.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

// CPU time used so far, user and system, in seconds (in steps of 10 ms).
function cpuSeconds(pid) {
  // The command's name, in parentheses, may hold anything; then come state … utime stime.
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

// Peak of the resident size so far, in KiB; shared memory that it touched included.
function peakMemory(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]);
}

// Number of open file descriptors.
function openFiles(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

module.exports = { cpuSeconds, peakMemory, openFiles };
