import { N, normals, uniforms } from './data.mjs';

const SEED = 12345;
const [PULL, LIMIT] = [0.01, 0.8];

const draws = ['drawNormals', 'drawUniforms'].map((name, i) => ({
  name,
  n: N,
  byteLength: 4 * N,
  data: () => ({ targets: new Float32Array(N) }),
  perWeight: ['targets'],
  run(kernels, { targets }) {
    kernels[name](SEED, targets);
    return targets;
  },
  native: { source: 'draw_noise.c', args: () => [N, SEED, i] },
}));

export default [
  ...draws,
  {
    name: 'perturb',
    n: N,
    byteLength: 8 * N,
    data: () => ({
      means: normals(1, N),
      spreads: uniforms(2, N, 0.1),
      noises: new Float32Array(N),
      targets: new Float32Array(N),
    }),
    perWeight: ['means', 'spreads', 'noises', 'targets'],
    run(kernels, { means, spreads, noises, targets }) {
      kernels.perturb(means, spreads, SEED, noises, targets);
      return targets;
    },
    native: { source: 'perturb.c', args: ({ means, spreads }) => [means, spreads, SEED] },
  },
  {
    name: 'spreadGradients',
    n: N,
    byteLength: 12 * N,
    data: () => ({
      gradients: normals(1, N),
      spreads: uniforms(2, N),
      noises: normals(3, N, 1),
      targets: new Float32Array(N),
    }),
    perWeight: ['gradients', 'spreads', 'noises', 'targets'],
    run(kernels, { gradients, spreads, noises, targets }) {
      kernels.spreadGradients(gradients, spreads, noises, PULL, LIMIT, targets);
      return targets;
    },
    native: {
      source: 'spread_gradients.c',
      args: ({ gradients, spreads, noises }) => [gradients, spreads, noises, PULL, LIMIT],
    },
  },
];
