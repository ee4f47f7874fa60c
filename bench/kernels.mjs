// npm run bench:kernels: time of each kernel in WebAssembly, against its TypeScript twin and plain C. Variants take turns
// and the least of several rounds counts, so that other work on the machine disturbs the ratios little.
// `node bench/kernels.mjs assign` runs the cases whose names contain the word, and writes nothing.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { createWasmKernels, referenceKernels } from '../dist/kernels/index.js';
import { referenceCodecKernels } from '../dist/kernels/reference/codec-kernels.js';
import { createWasmRansCoder } from '../dist/kernels/wasm/rans-coder.js';
import { loadWringModule } from '../dist/wasm/wring-module.js';
import { CASES } from './cases/index.mjs';
import { machine } from './machine.mjs';
import { openNative } from './native.mjs';

const ROUNDS = 9;
/** The twins are slow and need no fine figure. */
const TWIN_ROUNDS = 3;
/** Room for the kernels' own tables, so that memory does not grow under the arrays in place. */
const HEADROOM = 96 << 20;

const module = await loadWringModule();
if (!module) throw new Error('this engine has no WebAssembly SIMD');
const wasmKernels = { ...createWasmKernels(module), ...createWasmRansCoder(module) };
const twins = { ...referenceKernels, ...referenceCodecKernels };
const native = openNative();
if (!native) console.error('no gcc: the column of native code stays empty');

const word = process.argv[2] ?? '';
const rows = CASES.filter(({ name }) => name.includes(word)).map(measure);
native?.close();
const report = {
  ...machine(),
  native: native?.description ?? null,
  rounds: ROUNDS,
  rows,
};
const text = markdown(report);
process.stdout.write(text);
if (!word) {
  writeFileSync(new URL('results/kernels.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL('results/kernels.md', import.meta.url), text);
}

function measure(benchCase) {
  console.error(benchCase.name);
  const data = benchCase.data();
  return module.arena.scope(() => {
    const placed = place(benchCase, data);
    const variants = {
      wasm: () => time(benchCase, wasmKernels, placed),
      copied: () => time(benchCase, wasmKernels, data),
      twin: () => time(benchCase, twins, data),
      native: native && benchCase.native ? native.prepare(benchCase.native, data) : null,
    };
    const best = { wasm: null, copied: null, twin: null, native: null };
    let hash;
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, run] of Object.entries(variants)) {
        if (!run || (name === 'twin' && round >= TWIN_ROUNDS)) continue;
        const result = run();
        hash ??= result.hash;
        if (result.hash !== hash) throw new Error(`${benchCase.name}: ${name} gives another result than wasm`);
        best[name] = Math.min(best[name] ?? result.ns, result.ns);
      }
    }
    const { name, n, byteLength } = benchCase;
    return { name, n, byteLength, ns: best };
  });
}

/** `data` with the per-weight arrays in the module's memory. */
function place({ perWeight }, data) {
  const { arena } = module;
  const pointers = perWeight.map((name) => arena.allocate(data[name].byteLength));
  arena.scope(() => arena.allocate(HEADROOM));
  const placed = { ...data };
  for (const [i, name] of perWeight.entries()) {
    placed[name] = new data[name].constructor(arena.memory.buffer, pointers[i], data[name].length);
    placed[name].set(data[name]);
  }
  return placed;
}

function time({ reset, run }, kernels, data) {
  reset?.(data);
  const start = process.hrtime.bigint();
  const result = run(kernels, data);
  const ns = Number(process.hrtime.bigint() - start);
  return { ns, hash: hashBytes(new Uint8Array(result.buffer, result.byteOffset, result.byteLength)) };
}

/** FNV-1a; bench/native/bench.h has the same. */
function hashBytes(bytes) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}

function markdown({ node, v8, cpu, cores, native, commit, date, rounds, rows }) {
  const number = (value, digits) => (value === null ? '' : value.toFixed(digits));
  const header = [
    'kernel',
    'n',
    'wasm, ns each',
    'wasm, GB/s',
    'with copying, ns each',
    'times faster than twin',
    'wasm / native time',
  ];
  const body = rows.map(({ name, n, byteLength, ns }) => [
    name,
    String(n),
    number(ns.wasm / n, 2),
    number(byteLength / ns.wasm, 2),
    number(ns.copied / n, 2),
    number(ns.twin / ns.wasm, 1),
    number(ns.native === null ? null : ns.wasm / ns.native, 2),
  ]);
  return `# Kernels

${date}, commit ${commit}, Node ${node} (V8 ${v8}), ${cpu}, ${cores} threads, native: ${native ?? 'not measured'}. Least of ${rounds} rounds, variants in turn.
All variants of a row gave the same bytes. GB/s counts input bytes.

${table(header, body)}
`;
}

/** A Markdown table with padded cells, the first column to the left and the others to the right. */
function table(header, body) {
  const widths = header.map((_, i) => Math.max(...[header, ...body].map((cells) => cells[i].length)));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [header, rule, ...body].map(line).join('\n');
}
