import { DataType, type Document, Random, stopIfAborted } from '../core/index.js';
import { createKernelMemory } from '../kernels/index.js';
import { modelBytes } from '../onnx/index.js';
import { type FloatField, type FloatLayout, openInProcess } from '../runtime/parallel.js';
import { freeze, prune } from '../transforms/index.js';
import { useBatchStatistics } from './autodiff/batch-statistics.js';
import { copyDocument } from './autodiff/draft.js';
import { float, GraphWriter } from './autodiff/graph-writer.js';
import { probeShapes } from './autodiff/probe-shapes.js';
import { upgrade } from './autodiff/upgrade.js';
import { STREAM } from './batches.js';
import { fixedBatch, SampleFeeds } from './sample-feeds.js';
import type { TrainPorts } from './train.js';
import type { RunningStatistic } from './training-graph.js';

export interface ReestimateOptions {
  /** How many samples to look at; at most all (default: 2048). */
  readonly samples?: number;
  /** Samples whose statistics are taken together (default: 64). */
  readonly batch?: number;
  /** Chooses the samples (default: 0). */
  readonly seed?: number;
  /** Names of statistics that stay as they are (default: none). */
  readonly kept?: readonly string[];
}

/**
 * Replaces the stored statistics of every BatchNormalization by those of samples, as every layer has them when the layers
 * before it normalize by their batches: what weights need that have changed since, or were made coarser. In place.
 *
 * mean = E[m], variance = E[v] + E[m²] − E[m]² over batches of mean m and variance v (denominator the batch, as in ONNX).
 *
 * @throws {WringError} E_RUNTIME, E_UNSUPPORTED, E_INTERRUPTED with nothing changed
 */
export async function reestimateBatchNorm(
  document: Document,
  options: ReestimateOptions,
  ports: Pick<TrainPorts, 'runtime' | 'dataset' | 'open' | 'signal'>,
): Promise<void> {
  const { samples: wanted = 2048, batch: size = 64, seed = 0, kept = [] } = options;
  const { dataset, runtime } = ports;
  // Often there is none, and the graph need not be written.
  if (document.graph.nodes.every(({ opType }) => opType !== 'BatchNormalization')) return;
  const { step, statistics } = await statisticsGraph(document, new Set(kept), ports);
  if (statistics.length === 0) return;
  const feeds = new SampleFeeds(dataset, document.graph, []);
  const all = Uint32Array.from({ length: dataset.length }, (_, i) => i);
  const chosen = new Random(seed).fork(STREAM.SHUFFLE).shuffle(all).subarray(0, wanted);
  const batch = fixedBatch(document.graph) ?? Math.min(size, chosen.length);
  const layout = place(statistics);
  const { length } = layout;

  const memory = await createKernelMemory();
  const open = ports.open ?? openInProcess(runtime, (count) => memory.floats(count).view);
  const session = await open(modelBytes(step), layout);
  const stored = new Float32Array(length);
  const means = new Float64Array(length);
  const squares = new Float64Array(length);
  const batches = Math.floor(chosen.length / batch);
  try {
    for (let first = 0; first < batches; first += session.width) {
      stopIfAborted(ports.signal, 'estimating the statistics of batch normalization');
      const round = Array.from({ length: Math.min(session.width, batches - first) }, (_, i) =>
        feeds.make(chosen.subarray((first + i) * batch, (first + i + 1) * batch), null),
      );
      for (const { gathered } of await session.run(() => stored, round)) {
        for (let i = 0; i < length; i++) {
          means[i] += gathered[i] / batches;
          squares[i] += (gathered[i] * gathered[i]) / batches;
        }
      }
    }
  } finally {
    await session.release();
  }
  store(document, statistics, layout, means, squares);
}

/** The model with the statistics of its batch as its only outputs. */
async function statisticsGraph(
  document: Document,
  kept: ReadonlySet<string>,
  { runtime }: Pick<TrainPorts, 'runtime'>,
) {
  const step = copyDocument(document);
  step.irVersion = Math.max(4, step.irVersion);
  await step.transform(freeze());
  for (const { opType, attributes } of step.graph.nodes) {
    if (opType === 'BatchNormalization') attributes.set('momentum', float(0));
  }
  const write = new GraphWriter(step);
  upgrade(step, write, await probeShapes(step, runtime));
  const statistics = useBatchStatistics(step, write, kept);
  step.graph.outputs = statistics.map(({ updated, dims }) => ({ name: updated, dataType: DataType.FLOAT, dims }));
  await step.transform(prune());
  return { step, statistics };
}

/** Statistics one after another, in and out in the same places. */
function place(statistics: readonly RunningStatistic[]): FloatLayout {
  let length = 0;
  const shared: FloatField[] = [];
  for (const { name, dims } of statistics) {
    shared.push({ name, dims, offset: length });
    length += dims.reduce((product, dim) => product * dim, 1);
  }
  const gathered = shared.map((field, i) => ({ ...field, name: statistics[i].updated }));
  return { length, shared, gathered, others: [] };
}

function store(
  { graph }: Document,
  statistics: readonly RunningStatistic[],
  { shared }: FloatLayout,
  means: Float64Array,
  squares: Float64Array,
): void {
  const places = new Map(statistics.map(({ name, tensor }, i) => [name, { tensor, offset: shared[i].offset }]));
  for (const { opType, inputs } of graph.nodes) {
    const [mean, variance] = [places.get(inputs[3]), places.get(inputs[4])];
    if (opType !== 'BatchNormalization' || !mean || !variance) continue;
    const length = mean.tensor.elementCount;
    mean.tensor.setFloat32(Float32Array.from({ length }, (_, i) => means[mean.offset + i]));
    const within = (i: number) => means[variance.offset + i];
    const between = (i: number) =>
      Math.max(0, squares[mean.offset + i] - means[mean.offset + i] * means[mean.offset + i]);
    variance.tensor.setFloat32(Float32Array.from({ length }, (_, i) => within(i) + between(i)));
  }
}
