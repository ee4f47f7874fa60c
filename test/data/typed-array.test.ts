import { describe, expect, it } from 'vitest';
import { DataType } from '../../src/core/index.js';
import { fromNumbers, hasTypedArray, toNumbers } from '../../src/data/typed-array.js';
import { encodeNumbers } from '../../src/evaluation/encode-numbers.js';

const TYPES = Object.entries(DataType).filter(([, dataType]) => hasTypedArray(dataType));

describe('numbers and the arrays that hold them', () => {
  it.each(TYPES)('%s: small whole numbers come back', (_, dataType) => {
    const numbers = [0, 1, 1, 0, 1];
    const data = fromNumbers(dataType, numbers);
    expect(Array.from(toNumbers({ dataType, dims: [5], data }))).toEqual(numbers);
  });

  it('rounds floats to nearest', () => {
    const back = (dataType: DataType, x: number) =>
      toNumbers({ dataType, dims: [1], data: fromNumbers(dataType, [x]) })[0];
    expect(back(DataType.FLOAT, 0.1)).toBe(Math.fround(0.1));
    expect(back(DataType.FLOAT16, 0.1)).toBe(0.0999755859375);
    expect(back(DataType.BFLOAT16, 0.1)).toBe(0.10009765625);
    expect(back(DataType.DOUBLE, 0.1)).toBe(0.1);
  });

  it('copies nothing that is such an array already', () => {
    const numbers = Float32Array.of(1, 2);
    expect(fromNumbers(DataType.FLOAT, numbers)).toBe(numbers);
  });

  it.each([
    [DataType.INT64, 1.5],
    [DataType.UINT64, -1],
    [DataType.INT64, Number.NaN],
    [DataType.INT32, Number.POSITIVE_INFINITY],
    [DataType.UINT8, 256],
  ])('an input of type %i refuses %f by name', (dataType, number) => {
    expect(() => encodeNumbers([0, number], { name: 'tokens', dataType, dims: [2] })).toThrow(
      expect.objectContaining({ code: 'E_SHAPE', message: expect.stringMatching(/^Input "tokens" takes \w+ but/) }),
    );
  });
});
