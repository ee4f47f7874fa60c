// npm run bench:ptq [-- model …]: what samples are worth without training. Accuracy against whole-file .wrg bytes for rounding to
// nearest, uniform, multipoint and gpfq, with 64, 256 and 1024 samples, at several settings each. Calibrated on the training
// split, or on a fixed part of the test split where there is none; measured on the test split, or on the rest of it. A row is
// saved as soon as it is measured, and rows that are there are not measured again: delete bench/results/ptq.json to begin anew.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { SILENT } from '../dist/core/index.js';
import { partOf } from '../dist/data/part-of.js';
import { datasetInputs, evaluateAccuracy, evaluateLanguage } from '../dist/evaluation/index.js';
import { gpfq, gpfqWithin } from '../dist/methods/gpfq/index.js';
import { multipoint, multipointWithin } from '../dist/methods/multipoint/index.js';
import { uniform } from '../dist/methods/uniform/index.js';
import { NodeIO, openDataset, ortNode } from '../dist/node.js';
import { cleanUp, listCompressible } from '../dist/pipeline/clean-up.js';
import { decisionFactor, noiseOfQuality } from '../dist/pipeline/options.js';
import { measurePosterior, spreadPosterior } from '../dist/posterior/index.js';
import { machine } from './machine.mjs';
import { markdown } from './ptq/markdown.mjs';

const DATA = new URL('../../shared/data/', import.meta.url).pathname;
const RESULTS = new URL('results/ptq.json', import.meta.url).pathname;
const CONTEXT = { logger: SILENT, onProgress: () => {} };
const SEED = 1;

/** `held`: samples of the test split that are kept for calibration, where there is no training split. */
const MODELS = [
  { name: 'resnet20-cifar10-bn' },
  { name: 'resnet8-mlperf-cifar10' },
  { name: 'kws-dscnn-bn', held: 256 },
  { name: 'stories260k', held: 8, dataset: 'stories260k' },
  { name: 'resnet-large-mlperf-cifar10' },
  { name: 'resnet56-cifar10-bn' },
  { name: 'squeezenet1.1-imagenet', held: 256 },
];
const SAMPLES = [64, 256, 1024];
const QUALITIES = [65, 55, 45, 37];
/** Steps of plain rounding, in standard deviations of each tensor. */
const PLAIN_STEPS = [0.5, 0.7, 0.9];
const PAPER_BITS = [3, 4];
const POINT_BITS = [3, 4];

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:ptq needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const { models } = JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8'));
const wanted = process.argv.slice(2);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const folder = mkdtempSync(join(tmpdir(), 'wring-ptq-'));
const io = new NodeIO();
const [choosing, measuring] = [await ortNode({ threads: 1 }), await ortNode()];
try {
  for (const plan of MODELS) {
    if (wanted.length > 0 && !wanted.includes(plan.name)) continue;
    await measureModel({ ...models.find(({ name }) => name === plan.name), ...plan });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureModel(model) {
  const open = (split) =>
    openDataset(join(DATA, 'datasets', model.dataset), {
      split,
      ...(model.preprocess ? { preprocess: model.preprocess } : {}),
    });
  const whole = await open('test');
  const test = model.held ? partOf(whole, model.held, whole.length) : whole;
  const calibration = model.held ? partOf(whole, 0, model.held) : await open('train');
  const before = await qualityOf(await read(model), model, test);
  await measureSetting(model, { before, test }, 0, plainSettings(), null);
  for (const samples of SAMPLES) {
    if (samples > calibration.length && samples !== SAMPLES[0]) continue;
    const count = Math.min(samples, calibration.length);
    const settings = samples === SAMPLES[0] ? [...dataSettings(), ...pointSettings()] : dataSettings();
    await measureSetting(model, { before, test }, count, settings, partOf(calibration, 0, count));
  }
}

/** Rows of one number of samples, which have their posterior in common. */
async function measureSetting(model, { before, test }, samples, settings, calibration) {
  const missing = settings.filter(({ method, setting }) => !find(model.name, method, setting, samples));
  if (missing.length === 0) return;
  const started = performance.now();
  const document = await read(model);
  const feeds = calibration ? await datasetInputs(document, choosing, calibration, { count: samples }) : [];
  await cleanUp(document, { fuseBatchNorm: true, freeze: false }, choosing, CONTEXT);
  const tensors = weightsOf(document).map(({ tensor }) => tensor);
  const posterior = calibration
    ? await measurePosterior(document, tensors, feeds, choosing, SEED, CONTEXT)
    : spreadPosterior(tensors);
  const posteriorSeconds = (performance.now() - started) / 1000;
  for (const { method, setting, transform } of missing) {
    const start = performance.now();
    const fresh = await read(model);
    await cleanUp(fresh, { fuseBatchNorm: true, freeze: false }, choosing, CONTEXT);
    const [weights, biases] = [weightsOf(fresh), biasesOf(fresh)];
    const own = transfer(posterior, [...document.tensors()], [...fresh.tensors()]);
    await fresh.transformWith(CONTEXT, transform({ weights, biases, posterior: own, feeds, runtime: choosing }));
    const seconds = posteriorSeconds + (performance.now() - start) / 1000;
    const path = join(folder, 'model.wrg');
    await io.write(path, fresh);
    const after = await qualityOf(await io.read(path), model, test);
    rows.push({
      ...{ model: model.name, method, setting, samples, bytes: model.bytes, wrgBytes: statSync(path).size },
      ...{ metric: before.metric, before: before.value, after: after.value, count: after.count },
      ...{ seconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 },
    });
    console.log(JSON.stringify(rows.at(-1)));
    save();
  }
}

/** What was measured on one copy of a document is true of another, whose tensors are in the same order. */
function transfer({ sensitivity, moments, outputs }, from, to) {
  const twin = new Map(from.map((tensor, i) => [tensor, to[i]]));
  const moved = ([tensor, value]) => [twin.get(tensor), value];
  const layers = [...moments].map(([tensor, layer]) => [tensor, { ...layer, bias: twin.get(layer.bias) ?? null }]);
  return { sensitivity: new Map([...sensitivity].map(moved)), moments: new Map(layers.map(moved)), outputs };
}

function find(model, method, setting, samples) {
  const key = JSON.stringify([model, method, setting, samples]);
  return rows.find((row) => JSON.stringify([row.model, row.method, row.setting, row.samples]) === key);
}

function plainSettings() {
  const plain = { errorFeedback: false, biasCorrection: false };
  return PLAIN_STEPS.map((step) => ({
    method: 'nearest',
    setting: `step ${step} σ`,
    transform: (targets) => uniform(targets, { ...plain, noise: (step * step) / 12 }),
  }));
}

function dataSettings() {
  const noise = (quality, { outputs }) => noiseOfQuality(quality) * decisionFactor(outputs);
  const byQuality = (method, make) =>
    QUALITIES.map((quality) => ({
      method,
      setting: `quality ${quality}`,
      transform: (targets) => make(targets, noise(quality, targets.posterior)),
    }));
  return [
    ...byQuality('uniform', (targets, limit) => uniform(targets, { noise: limit })),
    ...byQuality('gpfq', (targets, limit) => gpfqWithin(targets, limit)),
    ...byQuality('gpfq, greedy', (targets, limit) => gpfqWithin(targets, limit, { path: 'greedy', damping: 0 })),
    ...PAPER_BITS.map((bits) => ({
      method: 'gpfq, paper',
      setting: `${2 ** bits + 1} levels`,
      transform: (targets) => gpfq(targets, { levels: 2 ** bits + 1 }),
    })),
    ...byQuality('multipoint', (targets, limit) => multipointWithin(targets, limit, [2, 3, 4])),
  ];
}

/** What the paper compares: one point against some more, at one bit width for all layers. */
function pointSettings() {
  return POINT_BITS.flatMap((bits) =>
    ['channel', 'tensor'].flatMap((granularity) =>
      [0, 0.25].map((value) => ({
        method: value > 0 ? 'multipoint, paper' : 'single point',
        setting: `${bits} bits a ${granularity}${value > 0 ? `, +${100 * value} % bytes` : ''}`,
        transform: (targets) => multipoint(targets, { bits, granularity, points: { by: 'bytes', value } }),
      })),
    ),
  );
}

function weightsOf(document) {
  return listCompressible(document, {}).filter(({ role }) => role !== 'bias');
}

function biasesOf(document) {
  const refs = listCompressible(document, {}).filter(({ role }) => role === 'bias');
  return refs.map(({ tensor }) => tensor);
}

function read(model) {
  return io.read(join(DATA, model.file));
}

async function qualityOf(document, model, test) {
  if (model.name === 'stories260k') {
    const { nll, count } = await evaluateLanguage(document, test, measuring);
    return { metric: 'NLL (nats)', value: nll, count };
  }
  const { top1, count } = await evaluateAccuracy(document, test, measuring);
  return { metric: 'top-1 (%)', value: top1, count };
}

function save() {
  const report = { command: 'npm run bench:ptq', onnxruntime: measuring.version, ...machine(), rows };
  writeFileSync(RESULTS, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(RESULTS.replace('.json', '.md'), markdown(report));
}
