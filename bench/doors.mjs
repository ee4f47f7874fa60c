// npm run bench:doors [-- name …]: cold start, throughput, bytes shipped and peak memory of each door, on a model of ten megabytes
// that the bench makes. Names of parts (library, cli, http, lambda, wasmtime, browser …) alone are done anew; the rows of the
// others stay. Writes bench/results/doors.{json,md}.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { makeModels } from './doors/model.mjs';
import { bare, commandLine, http, lambda, library } from './doors/node.mjs';
import { wasmtime } from './doors/wasmtime.mjs';
import { machine } from './machine.mjs';

/** @type {Record<string, (context: any) => Promise<any[]>>} */
const PARTS = { node: bare, library, cli: commandLine, http, lambda, wasmtime };
const BROWSER = new URL('doors/browser.mjs', import.meta.url);
if (existsSync(BROWSER)) Object.assign(PARTS, (await import(BROWSER.href)).default);

const RESULTS = new URL('results/doors.json', import.meta.url);
const MARKDOWN = new URL('results/doors.md', import.meta.url);
const saved = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : { parts: {} };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new Error(`There is no part ${unknown[0]}; expected ${Object.keys(PARTS).join(', ')}`);

const folder = mkdtempSync(join(tmpdir(), 'wring-doors-'));
try {
  const models = await makeModels(folder);
  const context = { ...models, folder, readFile: (path) => readFileSync(path) };
  for (const [name, measure] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const rows = await measure(context);
    if (rows.length === 0) continue;
    saved.parts[name] = { machine: machine(), rows };
    save();
    for (const row of rows) console.error(line(row));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function save() {
  writeFileSync(RESULTS, `${JSON.stringify(saved, null, 2)}\n`);
  const known = Object.keys(PARTS).filter((name) => name in saved.parts);
  const { cpu, cores, node, commit, date } = saved.parts[known[0]].machine;
  writeFileSync(
    MARKDOWN,
    `# The doors

Made by \`npm run bench:doors\` on ${cpu}, ${cores} cores, Node ${node}, commit ${commit}, ${date}. Other work shared the machine, so times are
upper bounds. The model: six dense layers of random numbers, 10.0 MB of ONNX, made by [bench/doors/model.mjs](../doors/model.mjs) and
compressed by \`uniform\` without a runtime. Cold: from starting the process to the first answer (a small model decoded, \`--version\`,
\`/health\`). MB/s: of ONNX bytes, for a command line the whole process counted in. Shipped: bundled, minified, after gzip; for
wasmtime the module and the script. Peak: resident set of the process (VmHWM), what Node itself takes counted in. The Lambda function runs
with \`--max-semi-space-size=1 --max-old-space-size=32\` and \`MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536
MALLOC_TRIM_THRESHOLD_=65536\`, its event in base64 and its answer streamed.

| door | operation | shipped kB | cold ms | MB/s | peak MiB |
|---|---|--:|--:|--:|--:|
${known.flatMap((name) => saved.parts[name].rows.map(line)).join('\n')}
${known.map((name) => saved.parts[name].text ?? '').join('')}`,
  );
}

function line({ door, operation, shipped, coldMs, bytesPerSecond, peakBytes }) {
  const cell = (value, scale, digits) => (value === undefined || value === null ? '' : (value / scale).toFixed(digits));
  const numbers = [
    cell(shipped, 1000, 1),
    cell(coldMs, 1, 0),
    cell(bytesPerSecond, 1e6, 1),
    cell(peakBytes, 2 ** 20, 0),
  ];
  return `| ${[door, operation, ...numbers].join(' | ')} |`;
}
