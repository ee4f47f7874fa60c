import { describe, it } from 'vitest';
import { DataType, type Random } from '../../../src/core/index.js';
import { floatTensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample, checkSamples, type Sample } from '../oracle/check.js';

const positive = (random: Random) => 0.3 + random.uniform() * 2;

/** Operator, attributes, opset, and where its numbers are drawn from. */
const FUNCTIONS: readonly [string, Record<string, number | string>?, number?, Sample['draw']?][] = [
  ['Neg'],
  ['Abs'],
  ['Sqrt', {}, 18, positive],
  ['Exp'],
  ['Log', {}, 18, positive],
  ['Sin'],
  ['Cos'],
  ['Reciprocal', {}, 18, positive],
  ['Erf'],
  ['Identity'],
  ['Relu'],
  ['LeakyRelu', { alpha: 0.3 }],
  ['LeakyRelu'],
  ['ThresholdedRelu', { alpha: 0.5 }],
  ['Elu', { alpha: 1.5 }],
  ['Celu', { alpha: 0.7 }],
  ['Selu'],
  ['Sigmoid'],
  ['Tanh'],
  ['Softplus'],
  ['Softsign'],
  ['HardSigmoid', { alpha: 0.7, beta: 0.4 }],
  ['HardSigmoid'],
  ['HardSwish', {}, 18, (random) => 3 * random.normal()],
  ['Mish'],
  ['Gelu', {}, 20],
  ['Gelu', { approximate: 'tanh' }, 20],
  ['Swish', {}, 24],
  ['Swish', { alpha: 0.5 }, 24],
  ['Cast', { to: DataType.FLOAT }],
  // As attributes, before opset 11.
  ['Clip', { min: -0.4, max: 0.6 }, 10],
  ['Clip', { max: 0.6 }, 10],
  // As they are when a model is used.
  ['Dropout', { ratio: 0.25 }, 10],
  ['Dropout', {}, 13],
];

describe('gradients of functions of one number', () => {
  it.each(FUNCTIONS)('%s %o', async (opType, attributes = {}, opset = 18, draw) => {
    const more = draw ? { draw } : {};
    await checkSample({ opType, attributes: attributesOf(attributes), inputs: [[2, 3, 4]], opset, ...more }, 7);
    await checkSample({ opType, attributes: attributesOf(attributes), inputs: [[3, 5]], free: [0], opset, ...more }, 8);
  });

  it('Clip with both bounds, one, none', async () => {
    const [low, high] = [floatTensor('low', [], [-0.4]), floatTensor('high', [], [0.6])];
    for (const inputs of [[[4, 5], low, high], [[4, 5], null, high], [[4, 5], low], [[4, 5]]]) {
      await checkSample({ opType: 'Clip', inputs: inputs as Sample['inputs'] }, 3);
    }
  });

  it('PRelu with any slope that broadcasts', async () => {
    await checkSamples(6, (random) => {
      const slopes = [[4], [1], [3, 1], [3, 4], [2, 3, 4], [1, 3, 1]];
      return { opType: 'PRelu', inputs: [[2, 3, 4], slopes[random.below(slopes.length)]] };
    });
  });
});
