import { N, normals, uniforms } from './data.mjs';

const STEP = { rate: 0.01, decay: 0.0005, gradientScale: 0.5 };
const MOMENTUM = { ...STEP, momentum: 0.9, nesterov: true };
const ADAM = { ...STEP, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 0.5, correction2: 0.25 };

const data = () => ({
  start: normals(1, N),
  weights: new Float32Array(N),
  gradients: normals(2, N, 1e-3),
  before: uniforms(3, N, 1e-3),
  state: new Float32Array(N),
  before2: uniforms(4, N, 1e-3),
  state2: new Float32Array(N),
});
const reset = ({ start, weights, before, state, before2, state2 }) => {
  weights.set(start);
  state.set(before);
  state2.set(before2);
};

export default [
  {
    name: 'stepMomentum',
    n: N,
    byteLength: 12 * N,
    data,
    perWeight: ['weights', 'gradients', 'state'],
    reset,
    run(kernels, { weights, gradients, state }) {
      kernels.stepMomentum(weights, gradients, state, null, MOMENTUM);
      return weights;
    },
    native: {
      source: 'step_momentum.c',
      args: ({ start, gradients, before }) => [start, gradients, before, 0.5, 0.9, 0.01, 0.01 * 0.0005],
    },
  },
  {
    name: 'stepAdam',
    n: N,
    byteLength: 16 * N,
    data,
    perWeight: ['weights', 'gradients', 'state', 'state2'],
    reset,
    run(kernels, { weights, gradients, state, state2 }) {
      kernels.stepAdam(weights, gradients, state, state2, null, ADAM);
      return weights;
    },
    native: {
      source: 'step_adam.c',
      args: ({ start, gradients, before, before2 }) => [
        start,
        gradients,
        before,
        before2,
        ...[0.5, 0.9, 1 - 0.9, 0.999, 1 - 0.999, 1 / Math.sqrt(0.25), 1e-8, 0.01 / 0.5, 0.01 * 0.0005],
      ],
    },
  },
  {
    name: 'sumScaled of 2',
    n: N,
    byteLength: 8 * N,
    data,
    perWeight: ['start', 'gradients', 'weights'],
    run(kernels, { start, gradients, weights }) {
      kernels.sumScaled([start, gradients], [0.5, 0.5], weights);
      return weights;
    },
  },
  {
    name: 'sumSquares',
    n: N,
    byteLength: 4 * N,
    data: () => ({ values: normals(1, N) }),
    perWeight: ['values'],
    run: (kernels, { values }) => Float64Array.of(kernels.sumSquares(values)),
  },
];
