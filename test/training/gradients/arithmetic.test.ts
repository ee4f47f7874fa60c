import { describe, it } from 'vitest';
import type { Random } from '../../../src/core/index.js';
import { floatTensor, int64Tensor } from '../../helpers/build.js';
import { checkSample, checkSamples } from '../oracle/check.js';

/** Dims of several values that broadcast to one shape: axes of length 1, leading axes left out. */
function broadcastable(random: Random, count: number): number[][] {
  const full = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(3));
  return Array.from({ length: count }, () =>
    full.slice(random.below(full.length + 1)).map((dim) => (random.below(3) === 0 ? 1 : dim)),
  );
}

describe('gradients of arithmetic', () => {
  it.each(['Add', 'Sub', 'Mul'])('%s undoes broadcasting', async (opType) => {
    await checkSamples(8, (random) => ({ opType, inputs: broadcastable(random, 2) }));
  });

  it('Div and Pow, away from zero', async () => {
    const draw = (random: Random) => 0.5 + random.uniform();
    await checkSamples(8, (random) => ({ opType: 'Div', inputs: broadcastable(random, 2), draw }));
    await checkSamples(8, (random) => ({ opType: 'Pow', inputs: broadcastable(random, 2), draw }));
  });

  it('Pow of a negative number by 2 and 3, floats or integers', async () => {
    await checkSample({ opType: 'Pow', inputs: [[3, 4], int64Tensor('', [1], [3])] }, 4);
    for (const exponent of [2, 3]) {
      await checkSample({ opType: 'Pow', inputs: [[3, 4], floatTensor('e', [], [exponent])] }, exponent);
    }
  });

  it.each(['Sum', 'Mean', 'Max', 'Min'])('%s of several', async (opType) => {
    await checkSamples(6, (random) => ({ opType, inputs: broadcastable(random, 1 + random.below(4)) }));
  });

  it('free sizes are summed over as fixed ones are', async () => {
    for (const opType of ['Add', 'Mul', 'Sub']) {
      await checkSample(
        {
          opType,
          inputs: [
            [3, 2, 4],
            [2, 1],
          ],
          free: [0],
        },
        1,
      );
      await checkSample({ opType, inputs: [[3, 2, 4], [4]], free: [0, 1] }, 2);
    }
  });
});
