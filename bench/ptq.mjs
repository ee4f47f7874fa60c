// npm run bench:ptq [-- word …]: what samples are worth without training. Accuracy against whole-file .wrg bytes for rounding to
// nearest, uniform, multipoint, gpfq and path, with 64 to 2048 samples, at several settings each. Calibrated on the training
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
import { path } from '../dist/methods/path/index.js';
import { tune } from '../dist/methods/tune/index.js';
import { uniform } from '../dist/methods/uniform/index.js';
import { NodeIO, openDataset, ortNode } from '../dist/node.js';
import { cleanUp, listCompressible } from '../dist/pipeline/clean-up.js';
import { decisionFactor, noiseOfQuality } from '../dist/pipeline/options.js';
import { layerOperations, measurePosterior, spreadPosterior } from '../dist/posterior/index.js';
import { machine } from './machine.mjs';
import { frontierSvg } from './ptq/frontier.mjs';
import { markdown } from './ptq/markdown.mjs';
import { mixedPrecision } from './ptq/mixed-precision.mjs';

const DATA = new URL('../../shared/data/', import.meta.url).pathname;
const RESULTS = new URL('results/ptq.json', import.meta.url).pathname;
const CONTEXT = { logger: SILENT, onProgress: () => {} };
const SEED = 1;

/**
 * `held`: samples of the test split that are kept for calibration, where there is no training split. `samples`: how many
 * are looked at; with the first number all methods are compared, with others those that gain by samples.
 */
const MODELS = [
  { name: 'kws-dscnn-bn', held: 256, samples: [64, 256] },
  { name: 'resnet8-mlperf-cifar10', samples: [64, 256, 1024] },
  { name: 'stories260k', held: 8, samples: [8] },
  { name: 'resnet20-cifar10-bn', samples: [64, 256, 512, 1024, 2048] },
  { name: 'squeezenet1.1-imagenet', held: 256, samples: [64, 256] },
  { name: 'resnet56-cifar10-bn', samples: [64, 256, 512, 1024, 2048] },
  { name: 'resnet-large-mlperf-cifar10', samples: [64, 256, 1024] },
];
const QUALITIES = { gpfq: [65, 55, 45, 37], path: [60, 50, 46, 45, 42, 36], others: [65, 55, 45] };
/** Steps of plain rounding, in standard deviations of each tensor. */
const PLAIN_STEPS = [0.5, 0.7, 0.9];
/** Coarse enough for layers to drift apart. */
const TUNED = { qualities: [42, 36], steps: 100 };
const COMPRESSIBLE = { ignoredScope: {}, shareNorms: false };
const PAPER_BITS = [3, 4];
const POINT_BITS = [3, 4];
const GRANULARITIES = /** @type {const} */ (['channel', 'tensor']);

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:ptq needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const { models } = JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8'));
// Each word is a model, a method, a quality ('quality 50') or a number of samples; a row is measured if it has one of each kind that is named.
const words = process.argv.slice(2);
const wantedModels = MODELS.filter(({ name }) => words.includes(name));
const wantedSamples = words.filter((word) => /^[0-9]+$/.test(word)).map(Number);
const wantedQualities = words.filter((word) => word.startsWith('quality '));
const others = words.filter((word) => !wantedSamples.includes(Number(word)) && !wantedQualities.includes(word));
const wantedMethods = others.filter((word) => !MODELS.some(({ name }) => name === word));
// `npm run bench:ptq -- draw` measures nothing and draws what is there.
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const folder = mkdtempSync(join(tmpdir(), 'wring-ptq-'));
const io = new NodeIO();
const [choosing, measuring] = [await ortNode({ threads: 1 }), await ortNode()];
if (words.includes('draw')) {
  save();
  process.exit(0);
}
try {
  for (const plan of MODELS) {
    if (wantedModels.length > 0 && !wantedModels.includes(plan)) continue;
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
  for (const [i, count] of model.samples.entries()) {
    const settings = i === 0 ? [...followers(), ...comparisons(), ...pointSettings()] : followers();
    await measureSetting(model, { before, test }, count, settings, partOf(calibration, 0, count));
  }
}

/** Rows of one number of samples, which have their posterior in common. */
async function measureSetting(model, { before, test }, samples, settings, calibration) {
  if (wantedSamples.length > 0 && !wantedSamples.includes(samples)) return;
  const missing = settings.filter(
    ({ method, setting }) =>
      (wantedMethods.length === 0 || wantedMethods.includes(method)) &&
      (wantedQualities.length === 0 || wantedQualities.includes(setting)) &&
      !find(model.name, method, setting, samples),
  );
  if (missing.length === 0) return;
  const started = performance.now();
  const document = await read(model);
  const feeds = calibration ? await datasetInputs(document, choosing, calibration, { count: samples }) : [];
  await cleanUp(document, { fuseBatchNorm: true, freeze: false }, choosing, CONTEXT);
  const tensors = weightsOf(document).map(({ tensor }) => tensor);
  const operations = calibration ? await layerOperations(document, new Set(tensors), feeds[0], choosing) : new Map();
  const posterior = calibration
    ? await measurePosterior(document, tensors, feeds, choosing, SEED, CONTEXT)
    : spreadPosterior(tensors);
  const posteriorSeconds = (performance.now() - started) / 1000;
  for (const { method, setting, transform } of missing) {
    const start = performance.now();
    const fresh = await read(model);
    await cleanUp(fresh, { fuseBatchNorm: true, freeze: false }, choosing, CONTEXT);
    const [weights, biases] = [weightsOf(fresh), biasesOf(fresh)];
    const tensorsOf = [[...document.tensors()], [...fresh.tensors()]];
    const own = transfer(posterior, ...tensorsOf);
    const ownOperations = moveKeys(operations, ...tensorsOf);
    await fresh.transformWith(
      CONTEXT,
      transform({
        weights,
        biases,
        posterior: own,
        operations: ownOperations,
        feeds,
        runtime: choosing,
        original: document,
      }),
    );
    const seconds = posteriorSeconds + (performance.now() - start) / 1000;
    const path = join(folder, 'model.wrg');
    await io.write(path, fresh);
    const after = await qualityOf(await io.read(path), model, test);
    rows.push({
      ...{ model: model.name, method, setting, samples, bytes: model.bytes, wrgBytes: statSync(path).size },
      ...{ metric: before.metric, before: before.value, after: after.value, count: after.count },
      ...{ seconds, peakRssBytes: process.resourceUsage().maxRSS * 1024, commit: machine().commit },
    });
    console.log(JSON.stringify(rows.at(-1)));
    save();
  }
}

/** What was measured on one copy of a document is true of another, whose tensors are in the same order. */
function transfer({ sensitivity, moments, outputs }, from, to) {
  const twin = new Map(from.map((tensor, i) => [tensor, to[i]]));
  const layers = [...moments].map(([tensor, layer]) => [tensor, { ...layer, bias: twin.get(layer.bias) ?? null }]);
  return { sensitivity: moveKeys(sensitivity, from, to), moments: moveKeys(layers, from, to), outputs };
}

function moveKeys(entries, from, to) {
  const twin = new Map(from.map((tensor, i) => [tensor, to[i]]));
  return new Map(Array.from(entries, ([tensor, value]) => [twin.get(tensor), value]));
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

function noiseOf(quality, { outputs }) {
  return noiseOfQuality(quality) * decisionFactor(outputs);
}

function byQuality(method, qualities, make) {
  return qualities.map((quality) => ({
    method,
    setting: `quality ${quality}`,
    transform: (targets) => make(targets, noiseOf(quality, targets.posterior)),
  }));
}

/** What gains by more samples. */
function followers() {
  return [
    ...byQuality('path', QUALITIES.path, (targets, noise) => path(targets, { noise })),
    ...byQuality('path, tuned', TUNED.qualities, pathTuned),
    ...byQuality('gpfq', QUALITIES.gpfq, (targets, noise) => gpfqWithin(targets, noise)),
  ];
}

/** About as many steps whatever the number of samples. */
function pathTuned(targets, noise) {
  return async (document, context) => {
    await path(targets, { noise })(document, context);
    const samples = targets.feeds.reduce((sum, feed) => sum + Object.values(feed)[0].dims[0], 0);
    const epochs = Math.max(2, Math.ceil((TUNED.steps * 64) / samples));
    await tune(document, targets, { epochs }, { ...context, runtime: targets.runtime });
  };
}

function comparisons() {
  const greedy = /** @type {const} */ ({ path: 'greedy', damping: 0 });
  return [
    ...byQuality('uniform', QUALITIES.others, (targets, noise) => uniform(targets, { noise })),
    ...byQuality('gpfq, greedy', QUALITIES.others, (targets, noise) => gpfqWithin(targets, noise, greedy)),
    ...byQuality('multipoint', QUALITIES.others, (targets, noise) => multipointWithin(targets, noise, [2, 3, 4])),
    ...PAPER_BITS.map((bits) => ({
      method: 'gpfq, paper',
      setting: `${2 ** bits + 1} levels`,
      transform: (targets) => gpfq(targets, { levels: 2 ** bits + 1 }),
    })),
  ];
}

/** What the paper compares, at one bit width for all layers: one point; some more; and more bits in their place. */
function pointSettings() {
  return POINT_BITS.flatMap((bits) =>
    GRANULARITIES.flatMap((granularity) => {
      const grid = `${bits} bits a ${granularity}`;
      const points = (method, setting, rule) => ({
        method,
        setting,
        transform: (targets) => multipoint(targets, { bits, granularity, points: rule }),
      });
      const budgets = ['bytes', 'operations'].map((by) => ({ by, value: 0.25 }));
      return [
        points('single point', grid, { by: 'bytes', value: 0 }),
        ...budgets.flatMap((budget) => [
          points('multipoint, paper', `${grid}, +25 % ${budget.by}`, budget),
          {
            method: 'mixed precision',
            setting: `${grid}, +25 % ${budget.by}`,
            transform: (targets) => mixedPrecision(targets, { bits, granularity, budget }),
          },
        ]),
      ];
    }),
  );
}

function weightsOf(document) {
  return listCompressible(document, COMPRESSIBLE).filter(({ role }) => role !== 'bias');
}

function biasesOf(document) {
  const refs = listCompressible(document, COMPRESSIBLE).filter(({ role }) => role === 'bias');
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
  for (const model of new Set(rows.map((row) => row.model))) {
    const svg = frontierSvg(rows.filter((row) => row.model === model));
    writeFileSync(RESULTS.replace('.json', `-${model}.svg`), svg);
  }
}
