import { WringError } from '../core/index.js';
import type { KernelMemory, Region } from '../kernels/index.js';
import type { FloatField, FloatLayout } from '../runtime/parallel.js';
import type { RunningStatistic, TrainingGraph, TrainingParameter } from './training-graph.js';

/** Floats at which tensors begin: 64 bytes, so that no vector straddles a cache line. */
const ALIGNMENT = 16;

/** A tensor within the floats of a {@link WeightStore}. */
export interface StoredTensor<T = TrainingParameter> {
  readonly source: T;
  readonly offset: number;
  readonly length: number;
}

/**
 * The weights of a model in the memory of the kernels, tensor after tensor, gaps filled with 0; behind them the running
 * statistics of batch normalization. Gradients, and the statistics as a step leaves them, lie in a second array in the
 * same places. onnxruntime reads the one and writes the other.
 */
export class WeightStore {
  readonly parameters: readonly StoredTensor[];
  readonly statistics: readonly StoredTensor<RunningStatistic>[];
  readonly layout: FloatLayout;
  /** What every run of a step reads: weights, then statistics. */
  readonly inputs: Region<Float32Array>;
  /** What a step gives: gradients, then updated statistics. */
  readonly sums: Region<Float32Array>;
  /** The weights alone, and ∂loss/∂weights. */
  readonly weights: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;

  /**
   * Holds what the tensors of the document hold.
   *
   * @throws {WringError} E_NOT_FINITE for NaN among it
   */
  constructor(
    readonly graph: TrainingGraph,
    readonly memory: KernelMemory,
  ) {
    const [parameters, weightCount] = place(graph.parameters, 0);
    const [statistics, length] = place(graph.runningStatistics, weightCount);
    this.parameters = parameters;
    this.statistics = statistics;
    this.layout = {
      length,
      shared: [...parameters, ...statistics].map((stored) => fieldOf(stored, stored.source.name)),
      gathered: [
        ...parameters.map((stored) => fieldOf(stored, stored.source.gradient)),
        ...statistics.map((stored) => fieldOf(stored, stored.source.updated)),
      ],
      others: [graph.loss],
    };
    this.inputs = memory.floats(length);
    this.sums = memory.floats(length);
    this.weights = part(this.inputs, 0, weightCount);
    this.gradients = part(this.sums, 0, weightCount);
    for (const { source, offset, length } of [...parameters, ...statistics]) {
      const numbers = source.tensor.toFloat32();
      assertNumbers(numbers, source.name);
      this.inputs.view(offset, offset + length).set(numbers);
    }
  }

  /** Takes the statistics as the step has left them. */
  keepStatistics(): void {
    const start = this.weights.length;
    this.inputs.view(start).set(this.sums.view(start));
  }

  /** Gives the document these weights and statistics, laid out as `inputs`. */
  writeBack(floats: Float32Array = this.inputs.view()): void {
    for (const { source, offset, length } of [...this.parameters, ...this.statistics]) {
      source.tensor.setFloat32(floats.slice(offset, offset + length));
    }
  }
}

/** Elements [start, start + length) of a region. */
export function part(region: Region<Float32Array>, start: number, length: number): Region<Float32Array> {
  return { length, view: (from = 0, to = length) => region.view(start + from, start + to) };
}

function place<T extends { readonly dims: readonly number[] }>(
  sources: readonly T[],
  start: number,
): [StoredTensor<T>[], end: number] {
  let offset = start;
  const stored = sources.map((source) => {
    const length = source.dims.reduce((product, dim) => product * dim, 1);
    const tensor = { source, offset, length };
    offset += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return tensor;
  });
  return [stored, offset];
}

/** Infinity passes: a mask of an attention may hold it, and be trained nevertheless. */
function assertNumbers(numbers: Float32Array, name: string): void {
  const odd = numbers.findIndex(Number.isNaN);
  if (odd < 0) return;
  throw new WringError(
    'E_NOT_FINITE',
    `Tensor "${name}": element ${odd} is NaN, expected a number; repair the model, or train it from scratch`,
  );
}

function fieldOf({ source, offset }: StoredTensor<{ readonly dims: readonly number[] }>, name: string): FloatField {
  return { name, dims: source.dims, offset };
}
