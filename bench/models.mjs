// npm run bench:models [-- name …]: compresses every model of ../shared/data through the command line, with the defaults,
// and measures what came out: whole-file bytes, accuracy on the whole test set (or output fidelity), time, peak memory.
// Writes bench/results/models.{json,md}; a row is saved as soon as it is measured, and named models alone are done anew.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { evaluateAccuracy, evaluateLanguage, outputFidelity } from '../dist/evaluation/index.js';
import { syntheticInputs } from '../dist/index.js';
import { NodeIO, openDataset, ortNode } from '../dist/node.js';
import { machine } from './machine.mjs';

const DATA = new URL('../../shared/data/', import.meta.url).pathname;
const RESULTS = new URL('results/models.json', import.meta.url).pathname;
const CLI = new URL('../dist/cli/main.js', import.meta.url).pathname;

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:models needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const { models } = JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8'));
const wanted = process.argv.slice(2);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const folder = mkdtempSync(join(tmpdir(), 'wring-bench-'));
const io = new NodeIO();
const runtime = await ortNode();
try {
  for (const model of models) {
    if (wanted.length > 0 && !wanted.includes(model.name)) continue;
    const row = await measure(model);
    const at = rows.findIndex((other) => other.name === row.name);
    if (at < 0) rows.push(row);
    else rows[at] = row;
    save();
    console.log(JSON.stringify(row));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(model) {
  const path = join(DATA, model.file);
  const packed = join(folder, `${model.name}.wrg`);
  const started = performance.now();
  const report = JSON.parse(
    execFileSync(process.execPath, [CLI, '--json', '--quiet', 'compress', path, '-o', packed], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const original = readFileSync(path);
  const brotli = brotliCompressSync(original, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  const row = {
    name: model.name,
    bytes: original.length,
    wrgBytes: statSync(packed).size,
    brotliBytes: brotli.length,
    method: report.method,
    coverage: report.coverage.share,
    seconds,
    peakRssBytes: report.peakRssBytes,
  };
  const [before, after] = [await io.read(path), await io.read(packed)];
  return { ...row, ...(await quality(model, before, after)) };
}

async function quality(model, before, after) {
  if (model.name === 'stories260k') {
    const dataset = await openDataset(join(DATA, 'datasets/stories260k'));
    const a = await evaluateLanguage(before, dataset, runtime);
    const b = await evaluateLanguage(after, dataset, runtime);
    return { metric: 'NLL (nats)', before: a.nll, after: b.nll, count: a.count };
  }
  if (model.dataset && model.preprocess?.kind !== 'tokens') {
    const dataset = await openDataset(join(DATA, 'datasets', model.dataset), { preprocess: model.preprocess });
    const a = await evaluateAccuracy(before, dataset, runtime);
    const b = await evaluateAccuracy(after, dataset, runtime);
    return { metric: 'top-1 (%)', before: a.top1, after: b.top1, count: b.count };
  }
  try {
    const feeds = await syntheticInputs(before, runtime, { count: 16, seed: 99 });
    const { sqnr, cosine, top1Agreement } = await outputFidelity(before, after, feeds, runtime);
    return { metric: 'output SQNR (dB)', before: null, after: sqnr, cosine, top1Agreement, count: 16 };
  } catch (error) {
    return { metric: 'not run', before: null, after: null, count: 0, reason: error.message };
  }
}

function save() {
  const header = { command: 'npm run bench:models', ...machine() };
  writeFileSync(RESULTS, `${JSON.stringify({ ...header, rows }, null, 2)}\n`);
  const kB = (bytes) => (bytes / 1000).toFixed(1);
  const lines = rows.map((row) => {
    const change =
      row.before === null || row.before === undefined
        ? `${row.after === null ? row.reason : row.after.toFixed(1)}`
        : `${row.before.toFixed(row.metric.startsWith('NLL') ? 4 : 2)} → ${row.after.toFixed(row.metric.startsWith('NLL') ? 4 : 2)}`;
    return (
      `| ${row.name} | ${kB(row.bytes)} | ${kB(row.wrgBytes)} | **${(row.bytes / row.wrgBytes).toFixed(2)}x** | ` +
      `${kB(row.brotliBytes)} | ${row.metric} | ${change} | ${row.count} | ${row.method} | ${(100 * row.coverage).toFixed(2)} | ` +
      `${row.seconds.toFixed(1)} | ${Math.round(row.peakRssBytes / 1e6)} |`
    );
  });
  writeFileSync(
    RESULTS.replace('.json', '.md'),
    `${[
      '# Every model, compressed with the defaults',
      '',
      `Made by \`${header.command}\` on ${header.cpu}, ${header.cores} cores, Node ${header.node}, onnxruntime-node ${runtime.version}, commit ${header.commit}.`,
      'Without data: no labels, no samples. Bytes are of whole files, in kB (1000 bytes); accuracy is on the whole test set.',
      'SQNR: of the outputs, on synthetic inputs of another seed.',
      '',
      '| model | original kB | .wrg kB | ratio | brotli-11 kB | metric | before → after | n | method | covered % | s | peak RSS MB |',
      '|---|--:|--:|--:|--:|---|---|--:|---|--:|--:|--:|',
      ...lines,
    ].join('\n')}\n`,
  );
}
