// npm run bench:training [-- name …]: steps a second of the training engine on the models of ../shared/data, forward alone
// and forward with backward, and the memory that a step takes. Each row is measured in a process of its own, in turns
// through worker threads as `wring train` runs it; the best of several rounds counts, so that other work on the machine
// disturbs little. Where there is a python3 with PyTorch (or $PYTHON), the same steps in it. Writes bench/results/training.{json,md}; a row is saved as soon as it is measured.
import { execFileSync, spawnSync } from 'node:child_process';
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
const TORCH = fileURLToPath(new URL('training/torch_steps.py', import.meta.url));
const PYTHON = process.env.PYTHON ?? 'python3';
const words = process.argv.slice(2);
const found = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
const { rows = [] } = found;
let { torch = null } = found;
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
if (words.length === 0 || words.includes('torch')) measureTorch();
save();

function measureTorch() {
  if (spawnSync(PYTHON, ['-c', 'import torch']).status !== 0) {
    console.log(`${PYTHON} has no PyTorch; its rows are left as they were`);
    return;
  }
  torch = JSON.parse(execFileSync(PYTHON, [TORCH, String(cpus().length)], { encoding: 'utf8' }));
  console.log(JSON.stringify(torch));
}

/** Ours beside PyTorch's, both on as many threads. */
function torchLines(rate) {
  if (!torch) return [];
  const lines = torch.rows.map(({ name, batch, threads, forwardMs, stepMs }) => {
    const ours = rows.find((row) => row.name === name && row.batch === batch && row.workers === threads);
    const cells = [
      ...[name, batch, threads, rate(forwardMs), rate(stepMs), ((1000 * batch) / stepMs).toFixed(0)],
      ...[`${(forwardMs / ours.forwardMs).toFixed(2)}x`, `${(stepMs / ours.stepMs).toFixed(2)}x`],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '',
    `## Beside PyTorch ${torch.torch}`,
    '',
    'The same networks with random weights and inputs, the same step, on the same machine right after; its threads share each operator, where',
    'ours share the batch. Of stories260k, 4,096 numbers of ours are tables of cosines and sines, which it has as constants. The last two columns',
    'say how many times as fast wring is. PyTorch is as Debian builds it, with oneDNN and OpenBLAS: other builds and newer versions may be faster, above all',
    'where matrices are small, as in stories260k.',
    '',
    '| model | batch | threads | forward /s | step /s | samples /s | wring: forward | step |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
  ];
}

function save() {
  const header = { command: 'npm run bench:training', ...machine() };
  writeFileSync(RESULTS, `${JSON.stringify({ ...header, rows, torch }, null, 2)}\n`);
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
      ...torchLines(rate),
    ].join('\n')}\n`,
  );
}
