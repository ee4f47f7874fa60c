import { Random } from '../../dist/core/index.js';

/** A convolution of 512 filters on 128 channels, 3 × 3; 31 symbols, 16 classes to choose among. */
const SHAPE = [512, 128, 9];
const N = 512 * 128 * 9;
const ALPHABET = 31;
const COUNT = 16;
const PITCH = 49;

function data() {
  const random = new Random(12);
  return {
    symbols: new Uint8Array(N).map(() => random.below(ALPHABET)),
    bases: new Uint8Array(N).map(() => random.below(PITCH - COUNT)),
    costs: new Int32Array(ALPHABET * PITCH).map(() => random.below(1 << 17)),
  };
}

const sum = (axis) => ({
  name: `sumClassCosts along ${['rows', 'columns', 'taps'][axis]}`,
  n: N,
  byteLength: 2 * N,
  data,
  perWeight: [],
  run: (kernels, { symbols, bases, costs }) => kernels.sumClassCosts(symbols, bases, SHAPE, axis, costs, PITCH, COUNT),
  native: {
    source: 'sum_class_costs.c',
    args: ({ symbols, bases, costs }) => [symbols, bases, costs, ...SHAPE, axis, PITCH, COUNT],
  },
});

export default [sum(0), sum(1)];
