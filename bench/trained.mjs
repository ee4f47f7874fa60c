// npm run bench:trained [-- 'name' …]: trains networks from random weights and fine-tunes ResNet-20 through the command line,
// on the data of ../shared/data. Every choice (rate, epochs, augmentation, the epoch that is kept) is by the validation
// split of the training data; the test set is looked at once, at the end. Writes bench/results/trained.{json,md}; a row that
// is there already is left alone unless it is named. A run that is cut off goes on from build/trained/ when begun again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateAccuracy } from '../dist/evaluation/index.js';
import { NodeIO, openDataset, ortNode } from '../dist/node.js';
import { importTypeScript } from '../scripts/import-typescript.mjs';
import { machine, machinesOf } from './machine.mjs';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const RESULTS = fileURLToPath(new URL('results/trained.json', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const FOLDER = fileURLToPath(new URL('../build/trained/', import.meta.url));

const GREY = { divide: 255, mean: [0.1307], std: [0.3081] };
const COLOUR = { divide: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };
const CIFAR = '--batch 128 --rate 0.1 --decay 0.0005 --warmup 140 --pad 4 --flip --seed 1';

/** `network`: built here, of models/paper-networks.ts; `model`: from ../shared/data. `preprocess`: for who goes on with the result. */
const RUNS = [
  {
    name: 'LeNet-300-100 from scratch',
    network: 'lenet-300-100',
    preprocess: GREY,
    data: 'mnist',
    argv: 'train --from-scratch --epochs 15 --batch 64 --optimizer adam --rate 0.001 --decay 0.05 --pad 1 --seed 1',
  },
  {
    name: 'LeNet-5 from scratch',
    model: 'lenet5-caffe-mnist',
    preprocess: GREY,
    data: 'mnist',
    argv: 'train --from-scratch --epochs 10 --batch 64 --optimizer adam --rate 0.001 --decay 0.01 --pad 1 --seed 1',
  },
  {
    name: 'LeNet-5-64 from scratch',
    network: 'lenet-5-64',
    preprocess: GREY,
    data: 'mnist',
    argv: 'train --from-scratch --epochs 10 --batch 64 --optimizer adam --rate 0.001 --decay 0.01 --pad 1 --seed 1',
  },
  {
    name: 'ResNet-8 from scratch',
    network: 'resnet-8',
    preprocess: COLOUR,
    data: 'cifar10',
    argv: `train --from-scratch --epochs 20 ${CIFAR}`,
  },
  {
    name: 'VGG-7 from scratch',
    network: 'vgg-7',
    preprocess: COLOUR,
    data: 'cifar10',
    argv: `train --from-scratch --epochs 20 ${CIFAR}`,
  },
  {
    name: 'ResNet-20 fine-tuned',
    model: 'resnet20-cifar10-bn',
    data: 'cifar10',
    argv: 'finetune --epochs 2 --pad 4 --flip --seed 1',
  },
  {
    name: 'ResNet-20 fine-tuned, last weights',
    model: 'resnet20-cifar10-bn',
    data: 'cifar10',
    argv: 'finetune --epochs 2 --rate 0.0001 --validation 0 --pad 4 --flip --seed 1',
  },
];

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:trained needs ../shared/data beside the project; it is not here, nothing was trained');
  process.exit(0);
}
const words = process.argv.slice(2);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const runtime = await ortNode();
mkdirSync(FOLDER, { recursive: true });
for (const run of RUNS.filter(isWanted)) {
  const row = await measure(run);
  const at = rows.findIndex(({ name }) => name === row.name);
  if (at < 0) rows.push(row);
  else rows[at] = row;
  console.log(JSON.stringify(row));
  save();
}
save();

function isWanted({ name }) {
  if (words.length > 0) return words.some((word) => name === word || name.startsWith(`${word} `));
  return !rows.some((row) => row.name === name);
}

async function measure(run) {
  const { name, data, argv } = run;
  const path = run.model ? join(DATA, 'models', `${run.model}.onnx`) : await writeNetwork(run);
  const trained = join(FOLDER, `${run.model ?? run.network}.trained`);
  const output = `${trained}.onnx`;
  const dataPath = join(DATA, 'datasets', data);
  const [command, ...options] = argv.split(' ');
  const args = ['--json', command, path, '-o', output, '--data', dataPath, '--test', dataPath, ...options];
  const child = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (child.status !== 0) throw new Error(child.stderr);
  if (run.preprocess) writeFileSync(`${trained}.preprocess.json`, JSON.stringify(run.preprocess));
  const { epochs, best, test, seconds, steps, parameterCount, recipe, peakRssBytes } = JSON.parse(child.stdout);
  const dataset = await openDataset(dataPath, { model: path });
  const scratch = argv.includes('--from-scratch');
  const before = scratch ? null : (await evaluateAccuracy(await new NodeIO().read(path), dataset, runtime)).top1;
  return {
    name,
    command: `wring ${argv}`,
    parameterCount,
    before,
    after: test.value,
    count: test.count,
    best,
    epochs,
    steps,
    seconds,
    peakRssBytes,
    recipe,
    made: machine(),
  };
}

/** The untrained graph, with what it expects of its input beside it. @returns its path */
async function writeNetwork({ network, preprocess }) {
  const { PAPER_NETWORKS, networkBytes } = await importTypeScript('models/paper-networks.ts');
  const path = join(FOLDER, `${network}.onnx`);
  writeFileSync(path, networkBytes(PAPER_NETWORKS[network]()));
  writeFileSync(join(FOLDER, `${network}.preprocess.json`), JSON.stringify(preprocess));
  return path;
}

function save() {
  writeFileSync(RESULTS, `${JSON.stringify({ command: 'npm run bench:trained', rows }, null, 2)}\n`);
  const lines = rows.map(({ name, command, before, after, count, best, epochs, steps, seconds, ...row }) => {
    const cells = [
      ...[name, row.parameterCount, `\`${command}\``, before?.toFixed(2) ?? '', after.toFixed(2), count],
      ...[
        best ? `${best.score.value.toFixed(2)} (${best.epoch} of ${epochs.length})` : 'none',
        steps,
        seconds.toFixed(0),
      ],
      ...[Math.round(row.peakRssBytes / 1e6), row.made.commit],
    ];
    return `| ${cells.join(' | ')} |`;
  });
  writeFileSync(
    RESULTS.replace('.json', '.md'),
    `${[
      '# Trained through the command line',
      '',
      `Made by \`npm run bench:trained\` on ${machinesOf(rows.map(({ made }) => made))}, onnxruntime-node ${runtime.version}.`,
      'Top-1 in %. Options, and the epoch that was kept, were chosen on the validation split (a tenth of the training data);',
      'the test set was looked at once, at the end. Seconds are upper bounds: other work shared the machine. Of CIFAR-10',
      '20,000 of the 50,000 training images are there, 18,000 to train on. LeNet-300-100, LeNet-5-64, ResNet-8 and VGG-7 are built by',
      '[models/paper-networks.ts](../../models/paper-networks.ts). Epoch 0 is the model as it came, which a fine-tuning leaves',
      'where no epoch does better on the validation split; the weights of ResNet-20 were made with all 50,000 images, those',
      'of the validation split too.',
      '',
      '| what | parameters | command | test before | test after | n | validation (epoch) | steps | s | peak RSS MB | commit |',
      '|---|--:|---|--:|--:|--:|--:|--:|--:|--:|---|',
      ...lines,
    ].join('\n')}\n`,
  );
}
