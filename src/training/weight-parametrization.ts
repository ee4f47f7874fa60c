import type { Document } from '../core/index.js';
import type { Region } from '../kernels/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { GivenGradients } from './gradients/index.js';
import type { NoiseInput } from './noise-inputs.js';
import type { WeightStore } from './weight-store.js';

/**
 * What a method does to weights while they are trained. The model and its gradients know weights alone; the optimizer
 * knows parameters alone; this is between them, and all that methods differ in.
 */
export interface WeightParametrization {
  /** What the optimizer changes. */
  readonly parameters: Region<Float32Array>;
  /** ∂loss/∂parameters, where `backward` leaves them. */
  readonly gradients: Region<Float32Array>;
  /** Of the parameters, without overlap; what is in none is not trained. */
  readonly groups: readonly ParameterGroup[];
  /** What a checkpoint has to hold besides the parameters, such as a mask that grows. */
  readonly state: readonly (Region<Float32Array> | Region<Uint8Array>)[];
  /**
   * What is to happen to parameters between two steps, such as fixing a part of them; called once before each step, in order.
   *
   * @returns whether there was a round, which is looked at as the end of an epoch is
   */
  advance?(step: number): boolean;
  /** parameters → the weights of this step (μ → μ + σε; x → grid point; …) */
  sample(step: number): void;
  /**
   * ∂loss/∂weights → ∂loss/∂parameters, and the gradient of a regularizer on top
   *
   * @param loss of the batch
   */
  backward(loss: number): void;
  /** parameters → the final weights. Parameters stay: validation asks too, and training goes on. */
  harden(): void;
  /** The step at which the optimizer that takes `step` began, with nothing to remember (default: 0). */
  optimizerSince?(step: number): number;
  /** Figures of the weights as `harden` has left them, for the report of an epoch. */
  describe?(): Readonly<Record<string, number>>;
  /** Counts for a picture of the weights over time, by names; null where this epoch needs none. */
  histograms?(): Readonly<Record<string, readonly number[]>> | null;
}

/** A run of parameters that are treated alike. */
export interface ParameterGroup {
  readonly offset: number;
  readonly length: number;
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Factor of the learning rate. */
  readonly rate: number;
  /** u8[length], 0 where a parameter is fixed, by step and by decay; null: none is. */
  readonly mask: Region<Uint8Array> | null;
}

/** How long a training is. */
export interface TrainingLength {
  readonly stepsPerEpoch: number;
  /** Of all epochs. */
  readonly steps: number;
}

/** Makes it for weights; called once, before the first step. */
export interface Parametrize {
  (store: WeightStore, length: TrainingLength): WeightParametrization;
  /** What the result follows from, in JSON: a checkpoint of another one is refused (default: the function's name). */
  readonly recipe?: unknown;
  /**
   * What the graph of a step computes differently from the model: changes `draft`, a copy, before it is differentiated. The
   * model stays as it is; validation and the result are its own graph with the weights that `harden` leaves. Values that the
   * model has keep their names, since losses and teachers ask for them. Called once, before the parametrization is made.
   */
  readonly rewrite?: (draft: Document, runtime: Runtime) => Promise<StepChange>;
}

/** What a rewritten step has that the model has not. */
export interface StepChange {
  /** Initializers that were added and are trained: they stand in the {@link WeightStore} as the model's weights do. */
  readonly trainable: readonly string[];
  /** Inputs that were added. */
  readonly noise: readonly NoiseInput[];
  /** Derivatives that are not those of the nodes (default: none). */
  readonly given?: GivenGradients;
}

/** Parameters are weights. Decay is for tensors of two dimensions and more: not for biases, nor for what normalizes. */
export function plainWeights(store: WeightStore): WeightParametrization {
  return {
    parameters: store.weights,
    gradients: store.gradients,
    groups: store.parameters.map(({ source, offset, length }) => ({
      offset,
      length,
      decay: source.dims.length > 1,
      rate: 1,
      mask: null,
    })),
    state: [],
    sample: () => {},
    backward: () => {},
    harden: () => {},
  };
}
