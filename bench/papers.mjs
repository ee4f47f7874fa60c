// npm run bench:papers [-- word …]: WFN and PWFN, with training and without, and levels trained under a rate term, on LeNet-5,
// ResNet-20 and ResNet-56: through the command line, on the data of ../shared/data. Words choose rows: every row whose
// id has all of them (`-- resnet20 rate`). A row that is cut off goes on where it was, and one that is there is not measured again: delete
// it from bench/results/papers.json to begin it anew. Every choice is made on a tenth of the training data; the test set is
// looked at once a row. Writes bench/results/papers.{json,md,svg}.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { valueFigures } from '../dist/methods/fixing/value-figures.js';
import { NodeIO, ortNode } from '../dist/node.js';
import { listCompressible } from '../dist/pipeline/clean-up.js';
import { machine } from './machine.mjs';
import { frontier } from './papers/frontier.mjs';
import { markdown } from './papers/markdown.mjs';
import { ROWS } from './papers/rows.mjs';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const RESULTS = fileURLToPath(new URL('results/papers.json', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** Half-done rows wait here. */
const WORK = process.env.WRING_PAPERS_WORK ?? join(tmpdir(), 'wring-papers');

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:papers needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const words = process.argv.slice(2);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const onnxruntime = (await ortNode()).version;
for (const plan of ROWS.filter(({ id }) => words.every((word) => id.split('-').includes(word)))) {
  if (rows.some(({ id }) => id === plan.id)) continue;
  console.log(`${plan.id}: ${plan.argv.join(' ')}`);
  rows.push(await measure(plan));
  rows.sort((a, b) => order(a) - order(b));
  console.log(JSON.stringify({ ...rows.find(({ id }) => id === plan.id), epochs: undefined }));
  save();
}
save();

function order({ id }) {
  return ROWS.findIndex((row) => row.id === id);
}

async function measure({ id, model, data, method, setting, kind, argv }) {
  const folder = join(WORK, id);
  mkdirSync(folder, { recursive: true });
  const [output, reportPath] = [join(folder, 'model.wrg'), join(folder, 'report.json')];
  if (!existsSync(reportPath))
    compress(join(DATA, 'models', `${model}.onnx`), output, join(DATA, 'datasets', data), argv, reportPath);
  const report = JSON.parse(readFileSync(reportPath, 'utf8'));
  const document = await new NodeIO().read(output);
  const tensors = listCompressible(document, { ignoredScope: {}, shareNorms: true }).map(({ tensor }) => tensor);
  const numbers = Float32Array.from(tensors.flatMap((tensor) => [...tensor.toFloat32()]));
  const { training, before, after, seconds, peakRssBytes, coverage } = report;
  return {
    id,
    model,
    method,
    setting,
    kind,
    command: `wring compress ${argv.join(' ')} --data ${data}`,
    bytes: report.input.byteLength,
    wrgBytes: report.output.byteLength,
    before: before.top1,
    after: after.top1,
    count: after.count,
    ...valueFigures(numbers),
    covered: coverage.share,
    validation: training?.epochs.at(-1)?.score?.value ?? null,
    epochs: training?.epochs ?? [],
    seconds,
    peakRssBytes,
    ...machine(),
  };
}

/** The command's own report is kept when all of it is there. */
function compress(path, output, data, argv, reportPath) {
  const trains = argv.join(' ').includes('--epochs 0') ? '#test' : '';
  const args = [CLI, '--json', '--threads', '1', 'compress', path, '-o', output, '--data', `${data}${trains}`, ...argv];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(`${reportPath}.part`, stdout);
  renameSync(`${reportPath}.part`, reportPath);
}

function save() {
  if (rows.length === 0) return;
  const header = { made: 'npm run bench:papers', onnxruntime };
  writeFileSync(RESULTS, `${JSON.stringify({ ...header, rows }, null, 1)}\n`);
  writeFileSync(RESULTS.replace('.json', '.md'), markdown({ ...header, rows }));
  writeFileSync(RESULTS.replace('.json', '.svg'), frontier(rows));
}
