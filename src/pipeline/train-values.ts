import type { Document, Graph, Tensor, TransformContext } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { codesOfValues } from '../methods/codes-of-values.js';
import { pwfnTraining } from '../methods/pwfn/index.js';
import { rateTraining } from '../methods/rate/index.js';
import { FLOAT_BITS, quantizeLayerInputs, relaxedTraining, spellQuantizers } from '../methods/relaxed/index.js';
import { roundBias } from '../methods/round-bias.js';
import { setLevels } from '../methods/set-levels.js';
import { assertRepresentable } from '../methods/share-values.js';
import { vnqTraining } from '../methods/vnq/index.js';
import { readFinite, type WeightRef } from '../methods/weights.js';
import { wfnTraining } from '../methods/wfn/index.js';
import { type Posterior, standardDeviation } from '../posterior/index.js';
import {
  blockOutputs,
  type CheckpointStore,
  type Loss,
  type Parametrize,
  type TrainOptions,
  type TrainPorts,
  type TrainReport,
  train,
} from '../training/index.js';
import { listKeptStatistics, listTrainable } from './clean-up.js';
import { type CompressOptions, trainsNorms } from './options.js';
import { snapshot } from './snapshot.js';

/** What training between rounds works with. */
export interface TrainingPorts {
  readonly dataset: Dataset;
  readonly checkpoint?: CheckpointStore;
}

type Options = Required<CompressOptions>;

/** Teacher's and model's logits are divided by it: wrong answers count by how wrong they are. */
const TEMPERATURE = 2;

/** The papers' optimizers, and what did best under a rate term. */
const USUAL = {
  wfn: { learningRate: 2e-5, optimizer: { kind: 'adam' }, schedule: { kind: 'constant' }, clip: 0.5 },
  pwfn: {
    learningRate: 1e-3,
    optimizer: { kind: 'sgd', nesterov: false, weightDecay: 1e-4 },
    schedule: { kind: 'constant' },
    clip: 1,
  },
  vnq: { learningRate: 1e-3, optimizer: { kind: 'adam' }, schedule: { kind: 'linear' } },
  relaxed: { learningRate: 3e-3, optimizer: { kind: 'adam' }, schedule: { kind: 'cosine', warmup: 20 } },
  rate: { learningRate: 0.005, optimizer: { kind: 'adam' }, schedule: { kind: 'cosine', warmup: 20 } },
} as const satisfies Record<string, TrainOptions>;

/**
 * WFN or PWFN with training between their rounds; with `entropy`, levels trained under a rate term; VNQ, RQ and SRQ. All of
 * `refs` that the outputs depend on get values; everything else stays as it is.
 *
 * @throws {WringError} E_OPTION, E_UNSUPPORTED, E_NOT_FINITE, E_RUNTIME, E_IO
 */
export async function trainValues(
  document: Document,
  refs: readonly WeightRef[],
  posterior: Posterior,
  options: Options,
  ports: TrainPorts & TransformContext,
): Promise<TrainReport> {
  const { entropy, delta, bits, seed, asReleased, method, wfn, pwfn } = options;
  if (method === 'vnq') return trainVnq(document, refs, options, ports);
  if (method === 'rq' || method === 'srq') return trainRelaxed(document, refs, posterior, method, options, ports);
  const trained = new Set<Tensor>();
  const run = (parametrize: Parametrize, usual: TrainOptions) =>
    train(
      document,
      {
        ...usual,
        ...optionsOf(document.graph, refs, options, ports.dataset),
        ...normsOf(document, options),
        parametrize: noting(parametrize, trained),
      },
      ports,
    );
  if (entropy !== null) {
    const weights = refs.filter(({ role }) => role !== 'bias').map(({ tensor }) => tensor);
    const { parametrize, code } = rateTraining(sharesOf(weights, posterior), { bits: entropy });
    const report = await run(parametrize, USUAL.rate);
    code(trained);
    for (const { role, tensor } of refs) if (role === 'bias') roundBias(tensor);
    return report;
  }
  const shared = refs.map(({ tensor }) => tensor);
  const reach = delta === null ? {} : { delta, deltaEnd: delta };
  const report =
    method === 'wfn'
      ? await run(wfnTraining(shared, { ...wfn, ...(delta === null ? {} : { delta }), asReleased }), USUAL.wfn)
      : await run(
          pwfnTraining(shared, { ...pwfn, ...reach, ...(bits === null ? {} : { bits }), seed, asReleased }),
          USUAL.pwfn,
        );
  shareOneCodebook(shared.filter((tensor) => trained.has(tensor)));
  return report;
}

/**
 * Factors and shifts of normalization are trained, too, where they stand apart, but under a rate term. Statistics stay as they are stored:
 * those of a few samples are noise beside what clustering does.
 */
function normsOf(document: Document, options: Options): TrainOptions {
  if (!trainsNorms(options)) return {};
  return { trainable: listTrainable(document, options.ignoredScope).map(({ name }) => name) };
}

/** Share of the samples that is kept back. */
const VALIDATION = 0.1;
/** Samples of which batch normalization takes its statistics in the end: training has seen those of noisy outputs. */
const REESTIMATED = 2048;

/** Trains what normalizes, too; only weights get levels, biases are rounded finely. */
async function trainVnq(
  document: Document,
  refs: readonly WeightRef[],
  options: Options,
  ports: TrainPorts,
): Promise<TrainReport> {
  const { bits, vnq, fromScratch, ignoredScope } = options;
  const weights = refs.filter(({ role }) => role !== 'bias').map(({ tensor }) => tensor);
  const samples = Math.ceil(ports.dataset.length * (1 - VALIDATION));
  const levels = bits === null ? {} : { levels: 2 ** (bits - 1) - 1 };
  const { parametrize, units } = vnqTraining(weights, { ...vnq, ...levels, samples });
  const all = listTrainable(document, ignoredScope);
  const own = { ...reestimated(document, options), validation: VALIDATION, fromScratch, parametrize };
  const report = await train(
    document,
    { ...optionsOf(document.graph, all, options, ports.dataset), ...USUAL.vnq, ...rateOf(options), ...own },
    ports,
  );
  for (const [tensor, unit] of units) setLevels(tensor, Float32Array.of(unit));
  const floats = refs.filter(({ role, tensor }) => role !== 'bias' && !units.has(tensor));
  if (floats.length > 0) {
    ports.logger.warn(
      `vnq: ${floats.length} of ${weights.length} weights are trained, but stay floats, for other operators than Conv, ConvTranspose, Gemm ` +
        `and MatMul read them: ${floats.map(({ name }) => name).join(', ')}`,
    );
  }
  for (const { role, tensor } of refs) if (role === 'bias') roundBias(tensor);
  return report;
}

/** Weights, and if it is asked for what layers take in, learn behind quantizers; what normalizes learns with them. */
async function trainRelaxed(
  document: Document,
  refs: readonly WeightRef[],
  { outputs }: Posterior,
  method: 'rq' | 'srq',
  options: Options,
  ports: TrainPorts & TransformContext,
): Promise<TrainReport> {
  const { bits, seed, relaxed, fromScratch, fuseBatchNorm, ignoredScope } = options;
  const { activationBits = FLOAT_BITS } = relaxed;
  const weights = refs.filter(({ role }) => role !== 'bias');
  const feeds = activationBits === FLOAT_BITS ? null : outputs?.feeds;
  // Distillation asks the model that there was.
  const teacher: Pick<TrainPorts, 'teacher'> = feeds ? { teacher: snapshot(document) } : {};
  const quantizers = feeds ? await quantizeLayerInputs(document, weights, activationBits, feeds, ports.runtime) : [];
  const own = { ...relaxed, ...(bits === null ? {} : { bits }), seed };
  const { parametrize, code } = relaxedTraining(method, { weights, quantizers }, own);
  const all = listTrainable(document, ignoredScope);
  const report = await train(
    document,
    {
      ...USUAL.relaxed,
      ...optionsOf((teacher.teacher ?? document).graph, all, options, ports.dataset),
      trainable: [...all.map(({ name }) => name), ...quantizers.map(({ step }) => step.name)],
      validation: VALIDATION,
      ...(fuseBatchNorm ? {} : reestimated(document, options)),
      fromScratch,
      parametrize,
    },
    { ...teacher, ...ports },
  );
  code();
  for (const { role, tensor } of refs) if (role === 'bias') roundBias(tensor);
  await document.transformWith(ports, spellQuantizers(quantizers));
  return report;
}

/** Batches normalize, and statistics are taken anew at the end, but for those that are to stay. */
function reestimated(document: Document, { ignoredScope }: Options): TrainOptions {
  const freeze = listKeptStatistics(document, ignoredScope).map(({ name }) => name);
  return { batchNorm: 'batch', reestimate: REESTIMATED, freeze };
}

/** Tells which tensors there are to be trained. */
function noting(parametrize: Parametrize, trained: Set<Tensor>): Parametrize {
  const note: Parametrize = (store, length) => {
    for (const { source } of store.parameters) trained.add(source.tensor);
    return parametrize(store, length);
  };
  return Object.assign(note, { recipe: parametrize.recipe });
}

function optionsOf(graph: Graph, refs: readonly WeightRef[], options: Options, dataset: Dataset): TrainOptions {
  const { epochs, batch, augmentation, seed, checkpointEvery } = options;
  return {
    epochs,
    batch,
    seed,
    checkpointEvery,
    augmentation,
    keep: 'last',
    batchNorm: 'inference',
    loss: lossesOf(graph, options, dataset),
    trainable: refs.map(({ name }) => name),
    ...rateOf(options),
  };
}

function rateOf({ learningRate }: Options): TrainOptions {
  return learningRate === null ? {} : { learningRate };
}

/** The papers ask for labels; under a rate term, and where there are none, the original says what is right. */
function lossesOf(graph: Graph, { loss, entropy }: Options, dataset: Dataset): Loss[] {
  const kind = loss ?? (dataset.labels && entropy === null ? 'cross-entropy' : 'distillation');
  if (kind === 'cross-entropy') return [{ kind }];
  const ends = kind === 'blocks' ? blockOutputs(graph) : [];
  return [
    { kind: 'distillation', temperature: TEMPERATURE },
    ...ends.map((value) => ({ kind: 'feature' as const, value, relative: true })),
  ];
}

function sharesOf(tensors: readonly Tensor[], { sensitivity }: Posterior) {
  return tensors.flatMap((tensor) => {
    const own = sensitivity.get(tensor);
    const spread = standardDeviation(readFinite(tensor));
    return own && spread > 0 ? [{ tensor, elementCount: tensor.elementCount, sensitivity: own, spread }] : [];
  });
}

/** Training has left shared values already: here each weight is told which. */
function shareOneCodebook(tensors: readonly Tensor[]): void {
  const numbers = new Float32Array(tensors.reduce((sum, { elementCount }) => sum + elementCount, 0));
  let at = 0;
  for (const tensor of tensors) {
    numbers.set(tensor.toFloat32(), at);
    at += tensor.elementCount;
  }
  const { codebook, codes } = codesOfValues(numbers);
  at = 0;
  for (const tensor of tensors) {
    const own = codes.slice(at, at + tensor.elementCount);
    assertRepresentable(tensor, codebook, own);
    tensor.setCoding({ kind: 'codebook', codebook, codes: own });
    at += tensor.elementCount;
  }
}
