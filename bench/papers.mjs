// npm run bench:papers [-- word …]: WFN and PWFN, with training and without, levels trained under a rate term, VNQ, RQ and SRQ, on LeNet-5,
// ResNet-20 and ResNet-56: through the command line, on the data of ../shared/data. Words choose rows: methods and networks that are named
// (`-- vnq rq srq`), and of those, rows whose id has all other words (`-- resnet20 rate`). A row that is cut off goes on where it was, and one that is there is not measured again: delete
// it from its file in bench/results to begin it anew. Every choice is made on a tenth of the training data; the test set is
// looked at once a row. Writes bench/results/papers.{json,md,svg}
// and papers-vnq.{json,md,svg}, papers-relaxed.{json,md} with papers-relaxed-{srq,rq,drop}.svg.
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
import { relaxedMarkdown } from './papers/relaxed-markdown.mjs';
import { RELAXED_ROWS } from './papers/relaxed-rows.mjs';
import { ROWS as FIXED_ROWS } from './papers/rows.mjs';
import { vnqMarkdown } from './papers/vnq-markdown.mjs';
import { VNQ_ROWS } from './papers/vnq-rows.mjs';
import { weightsOverTime } from './papers/weights-over-time.mjs';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
/** Of pictures of weights over the training. */
const IN_LEVELS = { unit: 'θ in units of a', reach: 2, height: 1.6 };
const IN_STEPS = { unit: 'numbers behind the weights, in steps', reach: 5, height: 6 };
const inSteps = (method, ofKind) => (rows) =>
  weightsOverTime(
    rows.filter(({ kind }) => kind === ofKind),
    { ...IN_STEPS, method },
  );
/** By a row's `report`: where it goes. Pictures by what their names end in. */
const REPORTS = {
  papers: { name: 'papers', rows: FIXED_ROWS, text: markdown, pictures: { '': frontier } },
  relaxed: {
    name: 'papers-relaxed',
    rows: RELAXED_ROWS,
    text: relaxedMarkdown,
    pictures: {
      '-srq': inSteps('SRQ', 'srq'),
      '-rq': inSteps('RQ-ST', 'rq'),
      '-drop': inSteps('SRQ + DropBits', 'drop'),
    },
  },
  vnq: {
    name: 'papers-vnq',
    rows: VNQ_ROWS,
    text: vnqMarkdown,
    pictures: { '': (rows) => weightsOverTime(rows, { ...IN_LEVELS, method: 'VNQ' }) },
  },
};
const ROWS = Object.entries(REPORTS).flatMap(([report, { rows }]) => rows.map((row) => ({ ...row, report })));
const TRAINED = fileURLToPath(new URL('../build/trained/', import.meta.url));
const TRAIN = fileURLToPath(new URL('trained.mjs', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** Of compress: it takes less time with more, and gives the same bytes. */
const THREADS = process.env.WRING_PAPERS_THREADS ?? '1';
/** Half-done rows wait here. */
const WORK = process.env.WRING_PAPERS_WORK ?? join(tmpdir(), 'wring-papers');

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:papers needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const words = process.argv.slice(2);
const found = Object.fromEntries(Object.entries(REPORTS).map(([report, { name }]) => [report, load(name)]));
const onnxruntime = (await ortNode()).version;
for (const plan of ROWS.filter(isWanted)) {
  const rows = found[plan.report];
  if (rows.some(({ id }) => id === plan.id)) continue;
  const source = plan.after && rows.find(({ id }) => id === plan.after);
  if (plan.after && !source) {
    console.log(`${plan.id} waits for ${plan.after}`);
    continue;
  }
  console.log(`${plan.id}: ${plan.argv.join(' ')}`);
  rows.push(await measure(source ? { ...plan, argv: plan.argvAfter(source) } : plan));
  rows.sort((a, b) => order(a) - order(b));
  console.log(JSON.stringify({ ...rows.find(({ id }) => id === plan.id), epochs: undefined }));
  save(plan.report);
}
for (const report of Object.keys(REPORTS)) save(report);

function isWanted({ id }) {
  const parts = id.split('-');
  // An id begins with its network and its method.
  const isNamed = (place) => {
    const known = new Set(ROWS.map((row) => row.id.split('-')[place]));
    const named = words.filter((word) => known.has(word));
    return named.length === 0 || named.includes(parts[place]);
  };
  const rest = words.filter((word) => !ROWS.some((row) => row.id.split('-').slice(0, 2).includes(word)));
  return isNamed(0) && isNamed(1) && rest.every((word) => parts.includes(word));
}

function order({ id }) {
  return ROWS.findIndex((row) => row.id === id);
}

async function measure({ id, model, pretraining, data, method, setting, kind, paper, argv, calibrates = false }) {
  const folder = join(WORK, id);
  mkdirSync(folder, { recursive: true });
  const [output, reportPath] = [join(folder, 'model.wrg'), join(folder, 'report.json')];
  const path = pretraining ? trainedPath(model, pretraining) : join(DATA, 'models', `${model}.onnx`);
  if (!existsSync(reportPath)) compress(path, output, join(DATA, 'datasets', data), argv, calibrates, reportPath);
  const report = JSON.parse(readFileSync(reportPath, 'utf8'));
  const document = await new NodeIO().read(output);
  const refs = listCompressible(document, { ignoredScope: {}, shareNorms: true });
  const tensors = refs.map(({ tensor }) => tensor);
  const weights = refs.filter(({ role }) => role === 'weight').map(({ tensor }) => tensor);
  const { training, before, after, seconds, peakRssBytes, coverage } = report;
  return {
    id,
    model,
    method,
    setting,
    kind,
    ...(['rq', 'srq'].includes(method) ? { widths: widthsOf(tensors) } : {}),
    ...(paper === undefined ? {} : { paper, figures: report.training.epochs.at(-1).figures }),
    command: `wring compress ${argv.join(' ')} --data ${data}${calibrates ? `#test --calibrate ${data}#train` : ''}`,
    bytes: report.input.byteLength,
    wrgBytes: report.output.byteLength,
    before: before.top1,
    after: after.top1,
    count: after.count,
    ...figuresOf(tensors),
    weights: figuresOf(weights),
    covered: coverage.share,
    validation: training?.epochs.at(-1)?.score?.value ?? null,
    epochs: (training?.epochs ?? []).map(packed),
    seconds,
    threads: Number(THREADS),
    peakRssBytes,
    ...machine(),
  };
}

/** A network that bench:trained makes of random weights; made now if it is not there. */
function trainedPath(network, pretraining) {
  const path = join(TRAINED, `${network}.trained.onnx`);
  if (!existsSync(path)) {
    const { status } = spawnSync(process.execPath, [TRAIN, pretraining], { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
  return path;
}

/** Values that differ, and entropy, of all numbers together. */
function figuresOf(tensors) {
  return valueFigures(Float32Array.from(tensors.flatMap((tensor) => [...tensor.toFloat32()])));
}

/** Bits that the levels of a tensor need. */
function widthsOf(tensors) {
  const grids = tensors.filter(({ coding, dims }) => coding?.kind === 'grid' && dims.length > 1);
  return Object.fromEntries(
    grids.map(({ name, coding }) => {
      let bits = 2;
      const fits = (code) => code >= -(2 ** (bits - 1)) && code < 2 ** (bits - 1);
      while (!coding.codes.every(fits)) bits++;
      return [name, bits];
    }),
  );
}

/** Histograms as text: a line each. */
function packed({ histograms, ...epoch }) {
  if (!histograms) return epoch;
  const texts = Object.entries(histograms).map(([layer, counts]) => [layer, counts.join(' ')]);
  return { ...epoch, histograms: Object.fromEntries(texts) };
}

/** The command's own report is kept when all of it is there. */
function compress(path, output, data, argv, calibrates, reportPath) {
  const trains = argv.includes('--epochs') && !argv.join(' ').includes('--epochs 0');
  const samples = ['--data', trains ? data : `${data}#test`, ...(calibrates ? ['--calibrate', `${data}#train`] : [])];
  const args = [CLI, '--json', '--threads', THREADS, 'compress', path, '-o', output, ...samples, ...argv];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(`${reportPath}.part`, stdout);
  renameSync(`${reportPath}.part`, reportPath);
}

function pathOf(name, extension) {
  return fileURLToPath(new URL(`results/${name}.${extension}`, import.meta.url));
}

function load(name) {
  const path = pathOf(name, 'json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).rows : [];
}

function save(report) {
  const rows = found[report];
  if (rows.length === 0) return;
  const { name, text, pictures } = REPORTS[report];
  const header = { made: 'npm run bench:papers', onnxruntime };
  writeFileSync(pathOf(name, 'json'), `${JSON.stringify({ ...header, rows }, null, 1)}\n`);
  writeFileSync(pathOf(name, 'md'), text({ ...header, rows }));
  for (const [end, draw] of Object.entries(pictures)) writeFileSync(pathOf(`${name}${end}`, 'svg'), draw(rows));
}
