import { centroidsFor, N, normals } from './data.mjs';

const assignNearest = (k) => ({
  name: `assignNearest k=${k}`,
  n: N,
  byteLength: 4 * N,
  data: () => ({ weights: normals(1, N), centroids: centroidsFor(k), codes: new Uint16Array(N) }),
  perWeight: ['weights', 'codes'],
  run(kernels, { weights, centroids, codes }) {
    kernels.assignNearest(weights, centroids, codes);
    return codes;
  },
  native: { source: 'assign_nearest.c', args: ({ weights, centroids }) => [weights, centroids] },
});

export default [assignNearest(16), assignNearest(256)];
