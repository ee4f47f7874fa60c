// npm run bench:trained [-- name …]: trains LeNet-5 from random weights and fine-tunes ResNet-20 through the command line, on
// the data of ../shared/data. Every choice (rate, epochs, augmentation, the epoch that is kept) is by the validation split
// of the training data; the test set is looked at once, at the end. Writes bench/results/trained.{json,md}.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateAccuracy } from '../dist/evaluation/index.js';
import { NodeIO, openDataset, ortNode } from '../dist/node.js';
import { machine } from './machine.mjs';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const RESULTS = fileURLToPath(new URL('results/trained.json', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const RUNS = [
  {
    name: 'LeNet-5 from scratch',
    model: 'lenet5-caffe-mnist',
    data: 'mnist',
    scratch: true,
    argv: 'train --from-scratch --epochs 10 --batch 64 --optimizer adam --rate 0.001 --decay 0.01 --pad 1 --seed 1',
  },
  {
    name: 'ResNet-20 fine-tuned',
    model: 'resnet20-cifar10-bn',
    data: 'cifar10',
    scratch: false,
    argv: 'finetune --epochs 2 --rate 0.001 --pad 4 --flip --seed 1',
  },
];

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:trained needs ../shared/data beside the project; it is not here, nothing was trained');
  process.exit(0);
}
const words = process.argv.slice(2);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const folder = mkdtempSync(join(tmpdir(), 'wring-trained-'));
const runtime = await ortNode();
try {
  for (const run of RUNS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))) {
    const row = await measure(run);
    const at = rows.findIndex(({ name }) => name === row.name);
    if (at < 0) rows.push(row);
    else rows[at] = row;
    save();
    console.log(JSON.stringify(row));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure({ name, model, data, scratch, argv }) {
  const [path, dataPath, output] = [
    join(DATA, 'models', `${model}.onnx`),
    join(DATA, 'datasets', data),
    join(folder, `${model}.onnx`),
  ];
  const [command, ...options] = argv.split(' ');
  const args = ['--json', command, path, '-o', output, '--data', dataPath, '--test', dataPath, ...options];
  const report = JSON.parse(execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }));
  const dataset = await openDataset(dataPath, { model: path });
  const before = scratch ? null : (await evaluateAccuracy(await new NodeIO().read(path), dataset, runtime)).top1;
  const { epochs, best, test, seconds, steps, recipe, peakRssBytes } = report;
  return {
    name,
    command: `wring ${argv}`,
    before,
    after: test.value,
    count: test.count,
    best,
    epochs,
    steps,
    seconds,
    peakRssBytes,
    recipe,
  };
}

function save() {
  const header = { made: 'npm run bench:trained', ...machine() };
  writeFileSync(RESULTS, `${JSON.stringify({ ...header, rows }, null, 2)}\n`);
  const lines = rows.map((row) => {
    const cells = [
      ...[
        row.name,
        `\`${row.command}\``,
        row.before === null ? '' : row.before.toFixed(2),
        row.after.toFixed(2),
        row.count,
      ],
      ...[`${row.best.score.value.toFixed(2)} (${row.best.epoch} of ${row.epochs.length})`, row.steps],
      ...[row.seconds.toFixed(0), Math.round(row.peakRssBytes / 1e6)],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  writeFileSync(
    RESULTS.replace('.json', '.md'),
    `${[
      '# Trained through the command line',
      '',
      `Made by \`${header.made}\` on ${header.cpu}, ${header.cores} cores, Node ${header.node}, onnxruntime-node ${runtime.version}, commit ${header.commit}, ${header.date}.`,
      'Top-1 in %. Options, and the epoch that was kept, were chosen on the validation split (a tenth of the training data);',
      'the test set was looked at once, at the end. Seconds on a machine that other work shared.',
      '',
      '| what | command | test before | test after | n | validation (epoch) | steps | s | peak RSS MB |',
      '|---|---|--:|--:|--:|--:|--:|--:|--:|',
      ...lines,
    ].join('\n')}\n`,
  );
}
