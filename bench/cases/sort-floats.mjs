import { N, normals } from './data.mjs';

export default [
  {
    name: 'sortFloats',
    n: N,
    byteLength: 4 * N,
    data: () => ({ values: normals(1, N), sorted: new Float32Array(N) }),
    perWeight: [],
    reset: ({ values, sorted }) => sorted.set(values),
    run(kernels, { sorted }) {
      kernels.sortFloats(sorted);
      return sorted;
    },
    native: { source: 'sort_floats.c', args: ({ values }) => [values] },
  },
];
