import { describe, expect, it } from 'vitest';
import { SILENT } from '../../../src/core/index.js';
import { referenceKernels } from '../../../src/kernels/index.js';
import { fixPwfnRound } from '../../../src/methods/pwfn/fix-round.js';
import { pwfnTraining, SIGMA_JOINS } from '../../../src/methods/pwfn/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { train, type WeightParametrization } from '../../../src/training/index.js';
import { cloudNet, clouds } from '../../training/tasks.js';

describe('σ of what is fixed', () => {
  it.each([
    // Population: means 0.25 and 0.75 around 0.5.
    ['std-mu', [0.25, 0.25]],
    ['mean-sigma', [Math.sqrt(0.15625), Math.sqrt(0.15625)]],
    ['half', [0.125, 0.25]],
    ['tenth', [0.025, 0.05]],
    ['retrain', [0.25, 0.5]],
  ] as const)('%s', (join, expected) => {
    const means = Float32Array.from([0.25, 0.75, 40]);
    const spreads = Float32Array.from([0.25, 0.5, 0.125]);
    const fixed = new Uint8Array(3);
    const steps = fixPwfnRound(means, spreads, fixed, {
      share: 0.6,
      delta: 1,
      increase: 2,
      bits: 1,
      maxOrder: 4,
      zeroFix: false,
      asReleased: false,
      join,
      kernels: referenceKernels,
    });
    expect(steps).toMatchObject([{ centroid: 0.5, taken: 2 }]);
    expect([...means]).toEqual([0.5, 0.5, 40]);
    expect([...fixed]).toEqual([1, 1, 0]);
    expect([...spreads].map((spread) => spread.toFixed(6))).toEqual([...expected, 0.125].map((s) => s.toFixed(6)));
  });

  it('is trained on where that is asked for, and stays where it is not', async () => {
    const runtime = await ortNode();
    for (const join of SIGMA_JOINS) {
      const document = cloudNet();
      let weights!: WeightParametrization;
      const seen: Float32Array[] = [];
      const make = pwfnTraining([...document.graph.initializers.values()], { rounds: [0.5, 1], join, seed: 3 });
      const parametrize = Object.assign(
        (...args: Parameters<typeof make>) => {
          weights = make(...args);
          return weights;
        },
        { recipe: make.recipe },
      );
      const fixedSpreads = () => {
        const all = weights.parameters.view();
        const masks = weights.state.map((region) => region.view()).filter((view) => view instanceof Uint8Array);
        return Float32Array.from(
          weights.groups
            .filter(({ offset }) => offset >= all.length / 2)
            .flatMap(({ offset }, at) => [...masks[at]].flatMap((open, i) => (open === 0 ? [all[offset + i]] : []))),
        );
      };
      await train(
        document,
        {
          epochs: 1,
          batch: 32,
          shard: 16,
          learningRate: 0.1,
          parametrize,
          validation: 0,
          loss: { kind: 'distillation' },
        },
        { runtime, dataset: clouds(600), logger: SILENT, onProgress: () => seen.push(fixedSpreads()) },
      );
      const [first, last] = [seen[1], seen.at(-1)!];
      expect(first.length, join).toBeGreaterThan(10);
      expect(last.some((spread, i) => spread !== first[i])).toBe(join === 'retrain');
    }
  });
});
