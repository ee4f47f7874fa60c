import { Random } from '../../dist/core/index.js';
import { referenceKernels } from '../../dist/kernels/index.js';
import { centroidsFor, N, normals, uniforms } from './data.mjs';

const K = 64;
const CONTEXTS = 32;

function data() {
  const random = new Random(3);
  const weights = normals(1, N);
  const centroids = centroidsFor(K);
  centroids[K / 2] = 0;
  const nearest = new Uint16Array(N);
  referenceKernels.assignNearest(weights, centroids, nearest);
  return {
    weights,
    importance: uniforms(2, N, 20_000),
    centroids,
    contexts: Uint8Array.from({ length: N }, () => random.below(CONTEXTS)),
    bits: uniforms(4, CONTEXTS * K, 10),
    nearest,
    codes: new Uint16Array(N),
  };
}

export default [
  {
    name: `assignRateDistortion k=${K}`,
    n: N,
    byteLength: 11 * N,
    data,
    perWeight: ['weights', 'importance', 'contexts', 'codes'],
    reset: ({ codes, nearest }) => codes.set(nearest),
    run(kernels, { weights, importance, centroids, contexts, bits, codes }) {
      kernels.assignRateDistortion(weights, importance, centroids, contexts, bits, K / 2, codes);
      return codes;
    },
    native: {
      source: 'assign_rate_distortion.c',
      args: ({ weights, importance, centroids, contexts, bits, nearest }) => [
        weights,
        importance,
        centroids,
        contexts,
        bits,
        nearest,
        K / 2,
      ],
    },
  },
];
