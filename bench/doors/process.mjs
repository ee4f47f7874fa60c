// Runs programs, and watches how long they take and how much memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 3;

/** A program that runs: its output so far, the largest resident set (as Linux counts it, in bytes), and its end. */
export function start(command, args, env = {}) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const run = { child, started, stdout: '', stderr: '', peakBytes: 0, ms: 0, done: null };
  child.stdout.on('data', (data) => {
    run.stdout += data;
  });
  child.stderr.on('data', (data) => {
    run.stderr += data;
  });
  const timer = setInterval(() => {
    try {
      const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      if (kilobytes) run.peakBytes = Math.max(run.peakBytes, 1024 * Number(kilobytes[1]));
    } catch {}
  }, POLL_MS);
  run.done = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(timer);
      run.ms = performance.now() - started;
      if (code === 0 || code === null) resolve(run);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${run.stderr.slice(-2000)}`));
    });
  });
  return run;
}

/** The run of least time among several. */
export async function best(rounds, begin) {
  const runs = [];
  for (let i = 0; i < rounds; i++) runs.push(await begin().done);
  return runs.reduce((a, b) => (b.ms < a.ms ? b : a));
}
