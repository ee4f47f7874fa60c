import { Random } from '../../dist/core/index.js';
import { normals } from './data.mjs';

const POINTS = 32768;
const K = 256;

function data() {
  const random = new Random(8);
  const values = Float32Array.from(new Set(normals(7, 2 * POINTS)))
    .sort()
    .filter((_, i) => i < POINTS);
  return { values, counts: Float64Array.from(values, () => 1 + random.below(500)) };
}

export default [
  {
    name: `clusterOptimal k=${K}, per point`,
    n: POINTS,
    byteLength: 12 * POINTS,
    data,
    perWeight: [],
    run: (kernels, { values, counts }) => kernels.clusterOptimal(values, counts, K),
    native: { source: 'cluster_optimal.c', args: ({ values, counts }) => [values, counts, K] },
  },
];
