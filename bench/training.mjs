// npm run bench:training [-- name …]: steps a second of the training engine on the models of ../shared/data, forward alone
// and forward with backward, and the memory that a step takes. Each row is measured in a process of its own, in turns
// through worker threads as `wring train` runs it; the best of several rounds counts, so that other work on the machine
// disturbs little. Writes bench/results/training.{json,md}; a row is saved as soon as it is measured.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ortNode } from '../dist/node.js';
import { machine } from './machine.mjs';
import { MODELS } from './training/case.mjs';

const RESULTS = fileURLToPath(new URL('results/training.json', import.meta.url));
const CASE = fileURLToPath(new URL('training/case.mjs', import.meta.url));

if (!existsSync(new URL('../../shared/data/manifest.json', import.meta.url))) {
  console.log('bench:training needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const words = process.argv.slice(2);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const runtime = await ortNode();
for (const model of MODELS) {
  if (words.length > 0 && !words.includes(model.name)) continue;
  for (const batch of model.batches) {
    for (const workers of [1, cpus().length]) {
      const row = JSON.parse(
        execFileSync(process.execPath, [CASE, model.name, String(batch), String(workers)], { encoding: 'utf8' }),
      );
      const at = rows.findIndex((other) => ['name', 'batch', 'workers'].every((key) => other[key] === row[key]));
      if (at < 0) rows.push(row);
      else rows[at] = row;
      save();
      console.log(JSON.stringify(row));
    }
  }
}

function save() {
  const header = { command: 'npm run bench:training', ...machine() };
  writeFileSync(RESULTS, `${JSON.stringify({ ...header, rows }, null, 2)}\n`);
  const rate = (ms) => (1000 / ms).toFixed(1);
  const lines = rows.map((row) => {
    const cells = [
      ...[row.name, row.parameters, row.batch, row.workers, rate(row.forwardMs), rate(row.stepMs)],
      ...[((1000 * row.batch) / row.stepMs).toFixed(0), row.forwardCpuMs.toFixed(1), row.stepCpuMs.toFixed(1)],
      ...[row.updateMs.toFixed(2), Math.round(row.stepBytes / 1e6), Math.round(row.rssBytes / 1e6)],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  writeFileSync(
    RESULTS.replace('.json', '.md'),
    `${[
      '# The training engine',
      '',
      `Made by \`${header.command}\` on ${header.cpu}, ${header.cores} cores, Node ${header.node}, onnxruntime-node ${runtime.version}, commit ${header.commit}, ${header.date}.`,
      'A batch is cut into shards of 32 samples (text: of 4 sequences of 128 tokens), which workers of one thread each take in',
      'turn. Forward: the loss alone, weights as inputs as in training. Step: loss, gradients, their mean over the shards,',
      'clipping, momentum; samples are made ahead. Least of several rounds; CPU time, of all threads, tells more than wall time',
      'where other work shares the machine. Update: the part of a step that is not runs of the graph. Memory: what the process',
      'takes more when it steps than when it has loaded the data, and all of it.',
      '',
      '| model | parameters | batch | workers | forward /s | step /s | samples /s | forward CPU ms | step CPU ms | update ms | step MB | process MB |',
      '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
      ...lines,
    ].join('\n')}\n`,
  );
}
