import type { Node } from '../../../src/core/index.js';
import { numbers, text } from './attributes.js';
import { type DoubleArray, doubleArray, sizeOf } from './double-array.js';
import { averagePool, conv, convTranspose, globalAveragePool, globalMaxPool } from './reference-conv.js';
import { lstm } from './reference-lstm.js';
import { groupNormalization, instanceNormalization, rmsNormalization } from './reference-normalization.js';

/** An operator in double precision, as its definition reads. */
export type Reference = (node: Node, inputs: readonly DoubleArray[]) => DoubleArray[];

/** The operators that onnxruntime has in float only. */
export const REFERENCES: Readonly<Record<string, Reference>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  LSTM: lstm,
  Erf: pointwise(() => erf),
  LeakyRelu: pointwise((node) => (x) => (x < 0 ? number(node, 'alpha', 0.01) * x : x)),
  ThresholdedRelu: pointwise((node) => (x) => (x > number(node, 'alpha', 1) ? x : 0)),
  Elu: pointwise((node) => (x) => (x < 0 ? number(node, 'alpha', 1) * Math.expm1(x) : x)),
  Celu: pointwise((node) => {
    const alpha = number(node, 'alpha', 1);
    return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
  }),
  Selu: pointwise((node) => {
    const [alpha, gamma] = [number(node, 'alpha', 1.6732631921768188), number(node, 'gamma', 1.0507010221481323)];
    return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x));
  }),
  HardSigmoid: pointwise((node) => (x) => clamp(number(node, 'alpha', 0.2) * x + number(node, 'beta', 0.5))),
  HardSwish: pointwise(() => (x) => x * clamp(x / 6 + 0.5)),
  Sigmoid: pointwise(() => sigmoid),
  Softplus: pointwise(() => softplus),
  Softsign: pointwise(() => (x) => x / (1 + Math.abs(x))),
  Mish: pointwise(() => (x) => x * Math.tanh(softplus(x))),
  Swish: pointwise((node) => (x) => x * sigmoid(number(node, 'alpha', 1) * x)),
  Gelu: pointwise((node) =>
    text(node, 'approximate', 'none') === 'tanh'
      ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  ),
  Clip: (node, [x, ...bounds]) => {
    const low = bounds[0]?.data[0] ?? number(node, 'min', Number.NEGATIVE_INFINITY);
    const high = bounds[1]?.data[0] ?? number(node, 'max', Number.POSITIVE_INFINITY);
    const clip = (value: number) => Math.min(high, Math.max(low, value));
    return [doubleArray(x.dims, x.data.map(clip))];
  },
  Mean: (_, inputs) => {
    const rank = Math.max(...inputs.map(({ dims }) => dims.length));
    const dims = Array.from({ length: rank }, (_, i) =>
      Math.max(...inputs.map((input) => input.dims[i - rank + input.dims.length] ?? 1)),
    );
    const mean = doubleArray(dims, new Float64Array(sizeOf(dims)));
    for (const { dims: own, data } of inputs) {
      const index = broadcastIndex(dims, own);
      mean.data.forEach((_, i) => {
        mean.data[i] += data[index(i)] / inputs.length;
      });
    }
    return [mean];
  },
  PRelu: (_, [x, slope]) => {
    // Unidirectional broadcasting: the slope's dims are the last ones.
    const strides = broadcastIndex(x.dims, slope.dims);
    return [
      doubleArray(
        x.dims,
        x.data.map((value, i) => (value < 0 ? slope.data[strides(i)] * value : value)),
      ),
    ];
  },
};

function pointwise(make: (node: Node) => (x: number) => number): Reference {
  return (node, [x]) => [doubleArray(x.dims, x.data.map(make(node)))];
}

function number(node: Node, name: string, fallback: number): number {
  return numbers(node, name, [fallback])[0];
}

function clamp(x: number): number {
  return Math.min(1, Math.max(0, x));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** erf x = 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), to the last bit for |x| < 3 and to 1e-10 below 5. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** From an index into an array of `dims` to one into an array that is broadcast to them. */
export function broadcastIndex(dims: readonly number[], from: readonly number[]): (index: number) => number {
  const offset = dims.length - from.length;
  return (index) => {
    let [rest, stride, result] = [index, 1, 0];
    for (let axis = dims.length - 1; axis >= offset; axis--) {
      const position = rest % dims[axis];
      rest = Math.floor(rest / dims[axis]);
      if (from[axis - offset] !== 1) result += position * stride;
      stride *= from[axis - offset];
    }
    return result;
  };
}
