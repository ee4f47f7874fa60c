import type { DataType, Dimension, Document, Tensor } from '../core/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { GivenGradients } from './gradients/index.js';
import type { Loss } from './losses/loss.js';

/**
 * One step of training as an ONNX model, made by `differentiate`.
 *
 * Inputs of `document.graph`: the model's own inputs, the {@link targets}, one float32 input for every parameter, and
 * with batch statistics one for every running statistic, each under its tensor's own name. Outputs: the loss, a gradient
 * for every parameter, every updated running statistic, then the model's own outputs. A runtime computes all of them in
 * every run.
 */
export interface TrainingGraph {
  readonly document: Document;
  readonly parameters: readonly TrainingParameter[];
  /** Output: float32 scalar, the weighted sum of all losses. */
  readonly loss: string;
  readonly targets: readonly TrainingTarget[];
  /** The model's own outputs, in its order. */
  readonly outputs: readonly string[];
  /** Empty unless batch normalization uses batch statistics. */
  readonly runningStatistics: readonly RunningStatistic[];
}

export interface TrainingParameter {
  /** The tensor in the original document, where the first values come from and the last ones go. */
  readonly tensor: Tensor;
  /** Graph input of the step: float32, `dims`. The name by which the nodes of the model read the tensor. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Output: float32 of the same dims, ∂loss/∂parameter. */
  readonly gradient: string;
}

/** What a loss compares with: fed in every step. */
export interface TrainingTarget {
  /** Graph input of the step. */
  readonly name: string;
  readonly dataType: DataType;
  /** Symbolic dims are those of the model's inputs where they are the same size. */
  readonly dims: readonly Dimension[];
  /** How many classes there are, of int64 class indices; null: it is floats. */
  readonly classes: number | null;
  /** The value of the original model that it is to be (distillation), output or not; null: comes with the data. */
  readonly source: string | null;
}

/**
 * A running mean or variance: updated = momentum · running + (1 − momentum) · batch, with the momentum of its
 * BatchNormalization and the variance of the batch with denominator m, as ONNX has it. To be fed back in the next step.
 */
export interface RunningStatistic {
  readonly tensor: Tensor;
  /** Graph input of the step: float32, `dims`. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Output: float32 of the same dims. */
  readonly updated: string;
}

export interface DifferentiateOptions {
  /** One, or several that are summed. */
  readonly loss: Loss | readonly Loss[];
  /** Tells the shapes of all values: the model runs twice, on a few samples of zeros. */
  readonly runtime: Runtime;
  /**
   * Names of float32 constants of the main graph; what the loss does not depend on is left out (default: every float32
   * initializer of at least two elements, but for the statistics of batch normalization).
   */
  readonly trainable?: Iterable<string>;
  /**
   * 'inference': by the stored statistics, as constants. 'batch': by those of the batch, and the running ones are updated
   * (default: 'inference').
   */
  readonly batchNorm?: 'inference' | 'batch';
  /** Names of statistics that stay as they are where batches normalize: their layers normalize by them (default: none). */
  readonly keptStatistics?: Iterable<string>;
  /** Derivatives of values that are not those of the nodes which compute them (default: none). */
  readonly given?: GivenGradients;
  /** Samples in every step, where none is to have more or fewer; {@link convBlock} makes the most of it (default: any). */
  readonly batchSize?: number | undefined;
  /**
   * Channels in a block of the runtime's own convolution layout, as `findConvBlock(runtime)` finds them on this machine:
   * with a `batchSize` a step of ResNet-20 takes 0.68 of the time, of a depthwise network 0.45, but it is no standard ONNX
   * (default: undefined, standard ONNX alone).
   */
  readonly convBlock?: number | undefined;
}
