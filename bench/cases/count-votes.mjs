import { centroidsFor, N, normals, uniforms } from './data.mjs';

const K = 256;
const DELTA = 1;

export default [
  {
    name: `countVotes k=${K}`,
    n: N,
    byteLength: 8 * N,
    data: () => ({
      means: normals(1, N),
      sigmas: uniforms(2, N, 0.01).map((sigma) => sigma + 1e-4),
      centroids: centroidsFor(K),
      votes: new Int32Array(K),
    }),
    perWeight: ['means', 'sigmas'],
    run(kernels, { means, sigmas, centroids, votes }) {
      kernels.countVotes(means, sigmas, DELTA, centroids, votes);
      return votes;
    },
    native: { source: 'count_votes.c', args: ({ means, sigmas, centroids }) => [means, sigmas, centroids, DELTA] },
  },
];
