import { describe, it } from 'vitest';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample, checkSamples } from '../oracle/check.js';

describe('gradients of matrix products', () => {
  it('Gemm with any transposition, factors and C', async () => {
    await checkSamples(16, (random) => {
      const [m, k, n] = [1 + random.below(4), 1 + random.below(4), 1 + random.below(4)];
      const [transA, transB] = [random.below(2), random.below(2)];
      const c = [[n], [m, 1], [1, n], [m, n], [1], []][random.below(6)];
      const attributes = attributesOf({ transA, transB, alpha: 0.5, beta: 1.5 });
      const inputs = [transA ? [k, m] : [m, k], transB ? [n, k] : [k, n], ...(random.below(4) ? [c] : [])];
      return { opType: 'Gemm', attributes, inputs };
    });
  });

  it('MatMul of batches that broadcast', async () => {
    const shapes = [
      [
        [2, 3],
        [3, 4],
      ],
      [
        [2, 5, 2, 3],
        [3, 4],
      ],
      [
        [2, 3],
        [5, 3, 4],
      ],
      [
        [5, 2, 3],
        [5, 3, 4],
      ],
      [
        [1, 2, 3],
        [5, 3, 4],
      ],
      [
        [2, 1, 2, 3],
        [5, 3, 4],
      ],
      [
        [2, 5, 2, 3],
        [1, 3, 4],
      ],
      [
        [2, 1, 2, 3],
        [1, 5, 3, 2],
      ],
    ];
    for (const [i, inputs] of shapes.entries()) await checkSample({ opType: 'MatMul', inputs }, i);
  });

  it('MatMul with a vector on either side', async () => {
    const shapes = [
      [[3], [3, 4]],
      [[2, 3], [3]],
      [[3], [3]],
      [[3], [2, 5, 3, 4]],
      [[2, 5, 4, 3], [3]],
    ];
    for (const [i, inputs] of shapes.entries()) await checkSample({ opType: 'MatMul', inputs }, i);
  });

  it('MatMul and Gemm with a free batch', async () => {
    await checkSample(
      {
        opType: 'MatMul',
        inputs: [
          [3, 2, 4],
          [4, 5],
        ],
        free: [0],
      },
      1,
    );
    await checkSample(
      {
        opType: 'MatMul',
        inputs: [
          [3, 2, 4],
          [4, 5],
        ],
        free: [0, 1],
      },
      2,
    );
    await checkSample(
      {
        opType: 'MatMul',
        inputs: [
          [3, 2, 4],
          [1, 4, 5],
        ],
        free: [0],
      },
      3,
    );
    await checkSample({ opType: 'Gemm', inputs: [[3, 4], [4, 5], [5]], free: [0] }, 4);
  });
});
