import { type Document, type Logger, type Progress, VERSION, WringError } from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { createKernelMemory } from '../kernels/index.js';
import { type OpenParallel, openInProcess } from '../runtime/parallel.js';
import type { Runtime } from '../runtime/runtime.js';
import { findConvBlock } from './autodiff/blocked-conv.js';
import { differentiate } from './autodiff/differentiate.js';
import { copyDocument } from './autodiff/draft.js';
import { splitSamples } from './batches.js';
import type { CheckpointStore } from './checkpoint.js';
import { fingerprintOf, modelFingerprint } from './fingerprint.js';
import { type ResolvedTrainOptions, resolveTrainOptions, type TrainOptions } from './options.js';
import { fixedBatch, SampleFeeds } from './sample-feeds.js';
import { openTeacher } from './teacher.js';
import type { DifferentiateOptions, TrainingGraph } from './training-graph.js';
import { runTraining } from './training-run.js';
import type { EpochReport, RoundReport } from './training-state.js';
import { usualShard } from './usual-shard.js';
import type { StepChange } from './weight-parametrization.js';

/** What {@link train} works with. */
export interface TrainPorts {
  readonly runtime: Runtime;
  readonly dataset: Dataset;
  /** What distillation follows, of the same graph (default: the document as it is before the first step). */
  readonly teacher?: Document;
  /** Runs the graph (default: on this thread; see `openInWorkers`). */
  readonly open?: OpenParallel;
  /** Where the state is kept, and where a training that was cut off goes on (default: nowhere). */
  readonly checkpoint?: CheckpointStore;
  readonly logger: Logger;
  readonly onProgress: (progress: Progress) => void;
  /** When aborted, the training ends after the step that goes on, with the best weights so far. */
  readonly signal?: AbortSignal;
}

export interface TrainReport {
  readonly schema: 1;
  /** Everything that the result follows from. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Numbers that were trained. */
  readonly parameterCount: number;
  readonly stepsPerEpoch: number;
  /** Steps taken, those before a continuation too. */
  readonly steps: number;
  readonly epochs: readonly EpochReport[];
  /** Of a method that fixes values in rounds: what each has left. */
  readonly rounds: readonly RoundReport[];
  /** The epoch whose weights were kept, 0 for the model as it came; null: the last ones. */
  readonly best: EpochReport | null;
  /** The step at which a training went on from its checkpoint; null: it began at the beginning. */
  readonly continuedAt: number | null;
  readonly interrupted: boolean;
}

/**
 * Trains a model in place, lossy: the graph stays, weights and running statistics change.
 *
 * A training that is cut off, however hard, and begun again with the same options, data and checkpoint store ends with
 * the very weights of one that was not: everything random is computed from seed and step, and sums have a fixed order.
 *
 * @throws {WringError} E_OPTION, E_UNSUPPORTED for a model that cannot be trained, before anything is changed;
 *   E_NOT_FINITE at a step whose loss or gradients are not numbers; E_RUNTIME, E_IO
 */
export async function train(document: Document, options: TrainOptions, ports: TrainPorts): Promise<TrainReport> {
  const resolved = resolveTrainOptions(options);
  const { dataset, runtime } = ports;
  const convBlock = resolved.nativeLayout ? await findConvBlock(runtime) : undefined;
  const split = splitSamples(dataset.length, resolved.validation, resolved.seed);
  const wanted = resolved.shard ?? usualShard(document.graph, dataset, resolved);
  const shard = fixedBatch(document.graph) ?? Math.min(wanted, split.training.length);
  const recipe = { ...recipeOf(document, { ...resolved, shard: wanted }, ports), convBlock };
  const { draft, trainable, noise, given = new Map() } = await rewrite(document, resolved, runtime);
  const where = { runtime, convBlock, batchSize: shard, given };
  const graph = await trainingGraph(draft, { ...resolved, trainable }, where);
  const samples = new SampleFeeds(dataset, document.graph, graph.targets, resolved.augmentation);
  const memory = await createKernelMemory();
  const open = ports.open ?? openInProcess(runtime, (length) => memory.floats(length).view);
  // The original: before its weights are forgotten.
  const teacher = await openTeacher(ports.teacher ?? document, samples.inputName, graph.targets, open);
  try {
    const parts = {
      document,
      options: resolved,
      recipe,
      split,
      shard,
      graph,
      samples,
      noise,
      memory,
      open,
      teacher,
      ports,
    };
    return await runTraining(parts);
  } finally {
    await teacher?.release();
  }
}

/** The graph that is differentiated: the model's own, or what the parametrization makes of a copy of it. */
async function rewrite(
  document: Document,
  { parametrize, trainable }: ResolvedTrainOptions,
  runtime: Runtime,
): Promise<Omit<StepChange, 'trainable'> & Pick<ResolvedTrainOptions, 'trainable'> & { readonly draft: Document }> {
  if (!parametrize.rewrite) return { draft: document, trainable, noise: [] };
  const draft = copyDocument(document);
  const change = await parametrize.rewrite(draft, runtime);
  return { ...change, draft, trainable: trainable && [...trainable, ...change.trainable] };
}

/** Differentiates by all that can be trained, but for what is frozen. */
async function trainingGraph(
  document: Document,
  { loss, batchNorm, freeze, trainable }: ResolvedTrainOptions,
  where: Pick<DifferentiateOptions, 'runtime' | 'convBlock' | 'batchSize' | 'given'>,
): Promise<TrainingGraph> {
  const options = { ...where, loss, batchNorm, ...(trainable ? { trainable } : {}) };
  const graph = await differentiate(document, options);
  if (freeze.length === 0) return graph;
  const names = graph.parameters.map(({ name }) => name);
  const known = new Set([...names, ...graph.runningStatistics.map(({ name }) => name)]);
  const unknown = freeze.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new WringError('E_OPTION', `Cannot freeze "${unknown}": what is trained are ${[...known].join(', ')}`);
  }
  const rest = names.filter((name) => !freeze.includes(name));
  return differentiate(document, { ...options, trainable: rest, keptStatistics: freeze });
}

function recipeOf(
  document: Document,
  { parametrize, checkpointEvery, nativeLayout, ...options }: ResolvedTrainOptions,
  { dataset, runtime, teacher }: TrainPorts,
): Record<string, unknown> {
  return {
    wring: VERSION,
    model: modelFingerprint(document),
    teacher: teacher ? modelFingerprint(teacher) : null,
    data: `${dataset.name}, ${dataset.length} samples, ${fingerprintOf(dataset)}`,
    parametrization: parametrize.recipe ?? parametrize.name,
    ...options,
    runtime: `${runtime.name} ${runtime.version}`,
  };
}
