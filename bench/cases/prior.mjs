import { priorNumbers } from '../../dist/kernels/prior-kernels.js';
import { N, normals, uniforms } from './data.mjs';

const BOUNDS = { logVariances: [-10, 1], outermost: 0.2, border: 0.5 };
const TERNARY = { unit: 0.1, levels: 1, corrected: false, strength: 0.01, border: 0.5 };

/** Log-variances, and what they are logarithms of. */
function gaussians() {
  const logVariances = uniforms(2, N, 8).map((number) => number - 11);
  return { means: normals(1, N, 0.15), logVariances, variances: logVariances.map(Math.exp) };
}

function divergence(name, prior) {
  return {
    name,
    n: N,
    byteLength: 20 * N,
    data: () => ({
      ...gaussians(),
      meansBefore: normals(3, N, 1e-3),
      variancesBefore: normals(4, N, 1e-3),
      byMeans: new Float32Array(N),
      byVariances: new Float32Array(N),
    }),
    perWeight: ['means', 'logVariances', 'variances', 'byMeans', 'byVariances'],
    reset({ meansBefore, variancesBefore, byMeans, byVariances }) {
      byMeans.set(meansBefore);
      byVariances.set(variancesBefore);
    },
    run(kernels, { means, logVariances, variances, byMeans, byVariances }) {
      kernels.addQuantizingPrior(means, logVariances, variances, prior, byMeans, byVariances);
      return byVariances;
    },
    native: {
      source: 'quantizing_prior.c',
      args: ({ means, logVariances, variances, meansBefore, variancesBefore }) => [
        ...[means, logVariances, variances, priorNumbers(prior), meansBefore, variancesBefore],
        prior.levels,
      ],
    },
  };
}

export default [
  {
    name: 'exponentials',
    n: N,
    byteLength: 4 * N,
    data: () => ({ values: uniforms(1, N, 8).map((number) => number - 11), targets: new Float32Array(N) }),
    perWeight: ['values', 'targets'],
    run(kernels, { values, targets }) {
      kernels.exponentials(values, targets);
      return targets;
    },
    native: { source: 'exponentials.c', args: ({ values }) => [values] },
  },
  {
    name: 'clipGaussians',
    n: N,
    byteLength: 8 * N,
    data: () => ({ ...gaussians(), start: normals(1, N, 0.3) }),
    perWeight: ['means', 'logVariances', 'variances'],
    reset: ({ means, start }) => means.set(start),
    run(kernels, { means, logVariances, variances }) {
      kernels.clipGaussians(means, logVariances, variances, BOUNDS);
      return means;
    },
    native: {
      source: 'clip_gaussians.c',
      args: ({ start, logVariances }) => [start, logVariances, ...BOUNDS.logVariances, BOUNDS.outermost, BOUNDS.border],
    },
  },
  divergence('addQuantizingPrior, 3 levels', TERNARY),
  divergence('addQuantizingPrior, 7 levels, corrected', { ...TERNARY, levels: 3, corrected: true }),
];
