import { Random } from '../../dist/core/index.js';

/** One chain, longer than most; the twin tries every state of every step in turn. */
const N = 8192;
const CLASSES = 16;
const MIN = -64;
const SIZE = 128;

function data() {
  const random = new Random(31);
  const floats = (length, next) => Float32Array.from({ length }, next);
  return {
    targets: floats(N, () => 3 * random.normal()),
    weights: floats(N, () => 0.5 + random.uniform()),
    classes: new Uint8Array(N).map(() => random.below(CLASSES)),
    rates: floats(CLASSES * 2 * SIZE, () => random.uniform()),
  };
}

export default [
  {
    name: 'trellisPath',
    n: N,
    byteLength: 4 * N,
    data,
    perWeight: [],
    run(kernels, { targets, weights, classes, rates }) {
      const levels = new Int16Array(N);
      const costs = { min: MIN, size: SIZE, rates };
      kernels.trellisPath(targets, weights, classes, costs, 0, levels, new Uint8Array(N));
      return levels;
    },
    native: {
      source: 'trellis_path.c',
      args: ({ targets, weights, classes, rates }) => [targets, weights, classes, rates, MIN, SIZE],
    },
  },
];
