import { describe, expect, it } from 'vitest';
import { DataType } from '../../src/core/index.js';
import { applyPreprocess, parsePreprocess } from '../../src/data/preprocess.js';
import type { RuntimeTensor } from '../../src/runtime/runtime.js';

const bytes = (dims: number[], ...values: number[]): RuntimeTensor => ({
  dataType: DataType.UINT8,
  dims,
  data: Uint8Array.from(values),
});

describe('applyPreprocess', () => {
  const twoChannels = bytes([2, 2, 1, 2], 0, 10, 100, 200, 20, 30, 110, 210);

  it('computes (v / divide − mean) / std of each channel', () => {
    const options = { divide: 10, mean: [1, 2], std: [2, 4] };
    const { data, dims, dataType } = applyPreprocess(twoChannels, 'NCHW', options, 'x');
    expect(dataType).toBe(DataType.FLOAT);
    expect(dims).toEqual([2, 2, 1, 2]);
    expect([...data]).toEqual([-0.5, 0, 2, 4.5, 0.5, 1, 2.25, 4.75]);
  });

  it('reverses channels before mean and std', () => {
    const { data } = applyPreprocess(twoChannels, 'NCHW', { bgr: true, mean: [1, 2] }, 'x');
    expect([...data]).toEqual([99, 199, -2, 8, 109, 209, 18, 28]);
  });

  it('moves channels to the back and to the front', () => {
    const first = bytes([1, 3, 1, 2], 1, 2, 3, 4, 5, 6);
    const last = bytes([1, 1, 2, 3], 1, 3, 5, 2, 4, 6);
    const toLast = applyPreprocess(first, 'NCHW', { layout: 'NHWC' }, 'x');
    expect(toLast.dims).toEqual([1, 1, 2, 3]);
    expect([...toLast.data]).toEqual([...last.data]);
    const toFirst = applyPreprocess(last, 'NHWC', { layout: 'NCHW' }, 'x');
    expect(toFirst.dims).toEqual([1, 3, 1, 2]);
    expect([...toFirst.data]).toEqual([...first.data]);
    expect(applyPreprocess(last, 'NHWC', { mean: [1, 0, 0] }, 'x').dims).toEqual([1, 1, 2, 3]);
    expect([...applyPreprocess(last, 'NHWC', { mean: [1, 0, 0] }, 'x').data]).toEqual([0, 3, 5, 1, 4, 6]);
  });

  it('passes tokens on, a row a sample', () => {
    const tokens = { dataType: DataType.INT64, dims: [1, 1, 2, 2], data: BigInt64Array.of(1n, 2n, 3n, 4n) };
    expect(applyPreprocess(tokens, 'NCHW', { kind: 'tokens' }, 'x')).toEqual({ ...tokens, dims: [1, 4] });
  });

  it('takes vectors, and decodes half floats', () => {
    const halves = { dataType: DataType.FLOAT16, dims: [1, 2], data: Uint16Array.of(0x3800, 0xc000) };
    expect([...applyPreprocess(halves, 'NCHW', { divide: 0.5 }, 'x').data]).toEqual([1, -4]);
  });

  it('says what does not fit', () => {
    expect(() => applyPreprocess(twoChannels, 'NCHW', { mean: [1, 2, 3] }, 'cats')).toThrow(
      expect.objectContaining({
        code: 'E_SHAPE',
        message: '"cats": preprocess.mean has 3 numbers but samples have 2 channels',
      }),
    );
    expect(() => applyPreprocess(bytes([1, 2], 1, 2), 'NCHW', { layout: 'NHWC' }, 'cats')).toThrow(/needs images/);
  });
});

describe('parsePreprocess', () => {
  it('takes what manifests hold', () => {
    for (const json of [{}, { kind: 'tokens', batch: 64 }, { divide: 255, mean: [0.5], std: [1], bgr: true }]) {
      expect(parsePreprocess(json, 'm')).toBe(json);
    }
  });

  it.each([
    [{ means: [1] }, 'means'],
    [{ divide: 0 }, 'divide'],
    [{ divide: '255' }, 'divide'],
    [{ mean: 0.5 }, 'mean'],
    [{ mean: [null] }, 'mean'],
    [{ std: [1, 0] }, 'std'],
    [{ bgr: 1 }, 'bgr'],
    [{ layout: 'nchw' }, 'layout'],
    [{ kind: 'words' }, 'kind'],
    [[], 'preprocess'],
    [null, 'preprocess'],
  ])('refuses %j', (json, field) => {
    expect(() => parsePreprocess(json, '"m.json"')).toThrow(
      expect.objectContaining({ code: 'E_OPTION', message: expect.stringMatching(new RegExp(`"m.json".*${field}`)) }),
    );
  });
});
