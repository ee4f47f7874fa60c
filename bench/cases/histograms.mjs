import { Random } from '../../dist/core/index.js';
import { MAGNITUDE_BUCKETS } from '../../dist/kernels/index.js';
import { N, normals } from './data.mjs';

const K = 256;

function codes() {
  const random = new Random(5);
  // The sum of two dice: common codes in the middle, as quantized weights have.
  return Uint16Array.from({ length: N }, () => (random.below(K) + random.below(K)) >> 1);
}

export default [
  {
    name: `countCodes k=${K}`,
    n: N,
    byteLength: 2 * N,
    data: () => ({ codes: codes(), counts: new Uint32Array(K) }),
    perWeight: ['codes'],
    reset: ({ counts }) => counts.fill(0),
    run(kernels, { codes, counts }) {
      kernels.countCodes(codes, counts);
      return counts;
    },
    native: { source: 'count_codes.c', args: ({ codes }) => [codes, K] },
  },
  {
    name: 'countMagnitudes',
    n: N,
    byteLength: 4 * N,
    data: () => ({ weights: normals(1, N), counts: new Uint32Array(MAGNITUDE_BUCKETS) }),
    perWeight: ['weights'],
    reset: ({ counts }) => counts.fill(0),
    run(kernels, { weights, counts }) {
      kernels.countMagnitudes(weights, counts);
      return counts;
    },
    native: { source: 'count_magnitudes.c', args: ({ weights }) => [weights] },
  },
];
