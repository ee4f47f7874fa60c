import { MAGNITUDE_BUCKETS, referenceKernels } from '../../dist/kernels/index.js';
import { N, normals } from './data.mjs';

const DELTA = 0.01;
const COVERAGE = 0.99;

function data() {
  const counts = new Uint32Array(MAGNITUDE_BUCKETS);
  referenceKernels.countMagnitudes(normals(1, N), counts);
  return { counts };
}

export default [
  {
    name: `coverRelative delta=${DELTA}, per bucket`,
    n: MAGNITUDE_BUCKETS,
    byteLength: 4 * MAGNITUDE_BUCKETS,
    data,
    perWeight: [],
    run: (kernels, { counts }) => kernels.coverRelative(counts, DELTA, COVERAGE, 4096),
    native: { source: 'cover_relative.c', args: ({ counts }) => [counts, DELTA, COVERAGE, 4096] },
  },
];
