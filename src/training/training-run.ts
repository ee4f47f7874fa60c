import type { Document, Progress } from '../core/index.js';
import type { KernelMemory } from '../kernels/index.js';
import { modelBytes } from '../onnx/index.js';
import type { OpenParallel } from '../runtime/parallel.js';
import { Batches, type Split } from './batches.js';
import { initializeWeights } from './initialize.js';
import type { NoiseInput } from './noise-inputs.js';
import { createOptimizer } from './optimizers/optimizer.js';
import type { ResolvedTrainOptions } from './options.js';
import { reestimateBatchNorm } from './reestimate-batch-norm.js';
import type { SampleFeeds } from './sample-feeds.js';
import { Stepper } from './stepper.js';
import type { Teacher } from './teacher.js';
import type { TrainPorts, TrainReport } from './train.js';
import type { TrainingGraph } from './training-graph.js';
import { type EpochReport, TrainingState } from './training-state.js';
import { type Score, scoreOf } from './validate.js';
import type { WeightParametrization } from './weight-parametrization.js';
import { WeightStore } from './weight-store.js';

/** What is there before the first step. */
export interface TrainingSetup {
  readonly document: Document;
  readonly options: ResolvedTrainOptions;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly split: Split;
  /** Samples of a run. */
  readonly shard: number;
  readonly graph: TrainingGraph;
  readonly samples: SampleFeeds;
  readonly noise: readonly NoiseInput[];
  readonly memory: KernelMemory;
  readonly open: OpenParallel;
  readonly teacher: Teacher | null;
  readonly ports: TrainPorts;
}

/** From the first weights to the last; see `train`. */
export async function runTraining(setup: TrainingSetup): Promise<TrainReport> {
  const { options, recipe, split, shard, graph, samples, noise, memory, open, teacher, ports } = setup;
  if (options.fromScratch) forget(setup);
  const store = new WeightStore(graph, memory);
  const batches = new Batches(split.training, options.batch, shard, options.seed);
  const { stepsPerEpoch } = batches;
  const total = options.epochs * stepsPerEpoch;
  const weights = options.parametrize(store, { stepsPerEpoch, steps: total });
  const optimizer = createOptimizer(options.optimizer, weights, memory);
  const state = new TrainingState(recipe, store, weights, optimizer, ports.checkpoint ?? null, options.keep === 'best');
  await state.restore();
  const continuedAt = state.step > 0 ? state.step : null;
  if (continuedAt !== null) ports.logger.info(`goes on after step ${continuedAt} of ${total}`);

  // Before anything is validated: the step shares with the document what it does not train.
  const session = await open(modelBytes(graph.document), store.layout);
  const parts = { options, store, weights, optimizer, session, samples, noise, teacher, batches, shard, total };
  const stepper = new Stepper(parts);
  try {
    if (options.neverWorse && continuedAt === null) state.enterStart(await validate(setup, store, weights));
    while (state.step < total && !ports.signal?.aborted) {
      if (weights.advance?.(state.step)) await endRound(setup, state, store, weights);
      state.add(await stepper.step(state.step));
      const ended = state.step % stepsPerEpoch === 0;
      if (ended) state.endEpoch(stepsPerEpoch, await validate(setup, store, weights), describe(weights));
      ports.onProgress(progressOf(state, stepsPerEpoch, options.epochs, total));
      if (state.step % options.checkpointEvery === 0 && state.step < total) await state.save();
    }
    if (state.step < total) await state.save();
    else endLastRound(state);
  } finally {
    await stepper.stop();
    await session.release();
  }
  weights.harden();
  store.writeBack(state.best?.inputs ?? store.inputs.view());
  await reestimate(setup);
  return {
    schema: 1,
    recipe,
    parameterCount: store.parameters.reduce((sum, { length }) => sum + length, 0),
    stepsPerEpoch,
    steps: state.step,
    epochs: state.epochs,
    rounds: state.rounds,
    best: state.best?.epoch ?? null,
    continuedAt,
    interrupted: state.step < total,
  };
}

function forget({ document, graph, options, ports }: TrainingSetup): void {
  for (const name of initializeWeights(document, graph, options.seed, options.freeze)) {
    ports.logger.warn(`"${name}" begins as it was: no operator says how it is to be drawn`);
  }
}

/** Of the weights, and what normalizes, as they would be written now. */
async function validate(
  setup: TrainingSetup,
  store: WeightStore,
  weights: WeightParametrization,
): Promise<Score | null> {
  const { document, options, split, ports } = setup;
  weights.harden();
  store.writeBack();
  if (split.validation.length === 0) return null;
  await reestimate(setup);
  const losses = [options.loss].flat();
  return scoreOf(document, ports.dataset, split.validation, ports.runtime, losses);
}

/** Where that is asked for, and after a cut, too: what is left of a training is a whole model. */
async function reestimate({ document, options, open, ports: { runtime, dataset } }: TrainingSetup): Promise<void> {
  const { reestimate: samples, seed, freeze: kept } = options;
  if (samples > 0) await reestimateBatchNorm(document, { samples, seed, kept }, { runtime, dataset, open });
}

async function endRound(
  setup: TrainingSetup,
  state: TrainingState,
  store: WeightStore,
  weights: WeightParametrization,
): Promise<void> {
  const score = await validate(setup, store, weights);
  state.endRound(score, weights.describe?.());
}

/** Where rounds have left something free, the last one comes after the last step: it is what the end of the last epoch has tried. */
function endLastRound(state: TrainingState): void {
  const [epoch, round] = [state.epochs.at(-1), state.rounds.at(-1)];
  if (epoch && (round?.figures?.fixed ?? 1) < 1) state.endRound(epoch.score, { ...epoch.figures, fixed: 1 });
}

function describe(weights: WeightParametrization): Pick<EpochReport, 'figures' | 'histograms'> {
  const [figures, histograms] = [weights.describe?.(), weights.histograms?.()];
  return { ...(figures ? { figures } : {}), ...(histograms ? { histograms } : {}) };
}

function progressOf(state: TrainingState, stepsPerEpoch: number, epochs: number, total: number): Progress {
  const epoch = Math.min(epochs, Math.floor(state.step / stepsPerEpoch) + 1);
  const score = state.epochs.at(-1)?.score;
  const notes = [`epoch ${epoch}/${epochs}`, `loss ${state.recentLoss.toPrecision(3)}`];
  if (score) notes.push(`${score.metric} ${score.value.toPrecision(4)}`);
  return { step: 'train', done: state.step, total, note: notes.join('  ') };
}
