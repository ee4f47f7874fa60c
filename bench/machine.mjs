// What a recorded figure has to say of where it was measured.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import process from 'node:process';

export function machine() {
  return {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0].model,
    cores: cpus().length,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** What rows that were measured at different times say of where that was. */
export function machinesOf(rows) {
  const of = (key) => [...new Set(rows.map((row) => row[key]))].join(', ');
  return `Node ${of('node')}; ${of('cpu')}, ${of('cores')} cores`;
}

/** Seconds, on one thread unless it says otherwise. */
export function timeOf({ seconds, threads = 1 }) {
  return `${Math.round(seconds)}${threads > 1 ? ` (${threads} threads)` : ''}`;
}
