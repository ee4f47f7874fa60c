// The doors in Node: library, command line, HTTP, and one function for Lambda.
import { fileURLToPath } from 'node:url';
import { buildLambda } from '../../scripts/build-lambda.mjs';
import { best, start } from './process.mjs';
import { bundledBytes } from './shipped.mjs';

const ROUNDS = 5;
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NODE = process.execPath;
/** What a function of 128 MB is given: V8 collects garbage early. */
const LAMBDA_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=32'];
/** And of glibc: one arena, and what is freed goes back to the system. */
const LAMBDA_ENV = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};

/** A bare `node -e 0`: what every row below pays, too. */
export async function bare() {
  const run = await best(ROUNDS, () => start(NODE, ['-e', '0']));
  return [{ door: 'Node alone', operation: 'nothing', coldMs: run.ms, peakBytes: run.peakBytes }];
}

export async function library({ small, wrg, bytes }) {
  const rows = [];
  for (const door of ['decode', 'decode-stream']) {
    const child = fileURLToPath(new URL('decode-child.mjs', import.meta.url));
    const cold = await best(ROUNDS, () => start(NODE, [child, door, small, small, '0']));
    const run = await start(NODE, [child, door, small, wrg, String(ROUNDS)]).done;
    const once = await start(NODE, [child, door, small, wrg, '1']).done;
    rows.push({
      door: `wring/${door}`,
      operation: 'decode',
      shipped: await bundledBytes(`dist/${door}.js`),
      coldMs: cold.ms,
      bytesPerSecond: bytes.length / (Number(run.stdout.split('\n')[1]) / 1000),
      peakBytes: once.peakBytes,
    });
  }
  return rows;
}

export async function commandLine({ wrg, onnx, bytes, folder }) {
  const cold = await best(ROUNDS, () => start(NODE, [CLI, '--version']));
  const commands = [
    ['decode', ['unpack', wrg, '-o', `${folder}/out.onnx`]],
    ['pack', ['pack', onnx, '-o', `${folder}/out.wrg`]],
    ['inspect', ['inspect', wrg, '--quiet']],
  ];
  const rows = [];
  for (const [operation, args] of commands) {
    const { ms, peakBytes } = await best(2, () => start(NODE, [CLI, ...args]));
    rows.push({
      door: 'wring (command line)',
      operation,
      coldMs: cold.ms,
      bytesPerSecond: bytes.length / (ms / 1000),
      peakBytes,
    });
  }
  return rows;
}

export async function http({ wrg, bytes, readFile }) {
  const server = start(NODE, [CLI, 'serve', '--port', '0']);
  while (!/http:\S+/.test(server.stdout)) await new Promise((resolve) => setTimeout(resolve, 1));
  const [url] = /http:\S+/.exec(server.stdout);
  await (await fetch(`${url}/health`)).json();
  const coldMs = performance.now() - server.started;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const started = performance.now();
    const response = await fetch(`${url}/v1/decode`, { method: 'POST', body: readFile(wrg) });
    if ((await response.arrayBuffer()).byteLength === 0) throw new Error('an empty answer');
    least = Math.min(least, performance.now() - started);
  }
  const { peakBytes } = server;
  server.child.kill('SIGTERM');
  await server.done;
  const shipped = await bundledBytes('dist/http/index.js');
  return [
    {
      door: 'wring serve (HTTP)',
      operation: 'decode',
      shipped,
      coldMs,
      bytesPerSecond: bytes.length / (least / 1000),
      peakBytes,
    },
  ];
}

export async function lambda({ onnx, wrg, bytes, folder }) {
  const { path, gzipped } = await buildLambda(`${folder}/handler.mjs`);
  const child = fileURLToPath(new URL('lambda-child.mjs', import.meta.url));
  const call = (...args) => start(NODE, [...LAMBDA_FLAGS, child, path, ...args], LAMBDA_ENV);
  const cold = await best(ROUNDS, () => call('GET', '/health'));
  const rows = [];
  const requests = [
    ['decode', '/v1/decode', '', wrg],
    ['inspect .wrg', '/v1/inspect', '', wrg],
    ['inspect .onnx', '/v1/inspect', '', onnx],
    ['pack', '/v1/compress', 'lossless=true', onnx],
    ['compress', '/v1/compress', 'method=uniform', onnx],
  ];
  for (const [operation, ...args] of requests) {
    const run = await call('POST', ...args).done;
    const { ms, status } = JSON.parse(run.stdout);
    if (status !== 200) throw new Error(`${operation}: ${status}`);
    const { peakBytes } = run;
    rows.push({
      door: 'Lambda function',
      operation,
      shipped: gzipped,
      coldMs: cold.ms,
      bytesPerSecond: bytes.length / (ms / 1000),
      peakBytes,
    });
  }
  return rows;
}
