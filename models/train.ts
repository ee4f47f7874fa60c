import type { Layer, Parameter } from './layers.js';

export interface NamedLayer {
  /** Of its node in ONNX, and the beginning of its tensors' names. */
  readonly name: string;
  readonly layer: Layer;
}

export interface Batch {
  /** Channel-major, see `Layer`. */
  readonly x: Float64Array;
  /** Class index a sample. */
  readonly labels: Uint8Array;
}

export interface TrainingOptions {
  readonly steps: number;
  /** Falls linearly from here to zero, after a rise over the first 2 % of the steps. */
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Stochastic gradient descent with momentum on softmax cross-entropy; every step takes the next fresh batch. */
export function train(
  layers: readonly Layer[],
  nextBatch: () => Batch,
  options: TrainingOptions,
  onStep: (step: number, accuracy: number) => void,
) {
  const parameters = layers.flatMap((layer) => layer.parameters);
  const velocities = parameters.map(({ value }) => new Float64Array(value.length));
  for (let step = 0; step < options.steps; step++) {
    const { x, labels } = nextBatch();
    const logits = forward(layers, x, labels.length, true);
    let gradient = crossEntropyGradient(logits, labels);
    for (let i = layers.length - 1; i >= 0; i--) gradient = layers[i].backward(gradient);
    const rate = options.learningRate * Math.min((step + 1) / (options.steps * 0.02), 1 - step / options.steps);
    parameters.forEach((parameter, i) => {
      descend(parameter, velocities[i], rate, options);
    });
    onStep(step, accuracyOf(logits, labels));
  }
}

export function forward(layers: readonly Layer[], x: Float64Array, batch: number, training: boolean): Float64Array {
  return layers.reduce((y, layer) => layer.forward(y, batch, training), x);
}

/** @param logits f64[classes][batch] @returns (softmax − one-hot) / batch */
function crossEntropyGradient(logits: Float64Array, labels: Uint8Array): Float64Array {
  const batch = labels.length;
  const gradient = new Float64Array(logits.length);
  for (let n = 0; n < batch; n++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = n; i < logits.length; i += batch) largest = Math.max(largest, logits[i]);
    let total = 0;
    for (let i = n; i < logits.length; i += batch) {
      gradient[i] = exp(logits[i] - largest);
      total += gradient[i];
    }
    for (let i = n; i < logits.length; i += batch) gradient[i] /= total * batch;
    gradient[labels[n] * batch + n] -= 1 / batch;
  }
  return gradient;
}

/**
 * e^x from additions and multiplications alone: engines differ in the last place of Math.exp, and the models must come
 * out the same everywhere. Taylor to the 14th power of x / 2^k with |x / 2^k| < 1/2, squared k times.
 */
export function exp(x: number): number {
  if (x < -700) return 0;
  let squarings = 0;
  while (x < -0.5 || x > 0.5) {
    x /= 2;
    squarings++;
  }
  let power = 1;
  for (let i = 14; i > 0; i--) power = 1 + (power * x) / i;
  for (; squarings > 0; squarings--) power *= power;
  return power;
}

function descend(parameter: Parameter, velocity: Float64Array, rate: number, options: TrainingOptions) {
  const { value, gradient, decays } = parameter;
  const decay = decays ? options.weightDecay : 0;
  for (let i = 0; i < value.length; i++) {
    velocity[i] = options.momentum * velocity[i] + gradient[i] + decay * value[i];
    value[i] -= rate * velocity[i];
  }
}

/** Share of the batch whose largest logit is that of the label. */
export function accuracyOf(logits: Float64Array, labels: Uint8Array): number {
  const batch = labels.length;
  let correct = 0;
  for (let n = 0; n < batch; n++) {
    let best = n;
    for (let i = n; i < logits.length; i += batch) if (logits[i] > logits[best]) best = i;
    if (Math.floor(best / batch) === labels[n]) correct++;
  }
  return correct / batch;
}
