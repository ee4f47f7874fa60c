import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bothKernels, expectSameBits, floats, normals, RUNS } from './support.js';

const [reference, wasm] = await bothKernels();

describe.each([reference, wasm])('sortFloats ($name)', (kernels) => {
  it('agrees with the sort of the engine, which also puts −0 before +0 and NaN last', () => {
    fc.assert(
      fc.property(floats(80), (values) => {
        const expected = values.slice().sort();
        kernels.sortFloats(values);
        expect(Array.from(values, (value) => [value])).toEqual(Array.from(expected, (value) => [value]));
      }),
      RUNS,
    );
  });

  it('sorts more than a block', () => {
    const values = normals(3, 150_001);
    const expected = values.slice().sort();
    kernels.sortFloats(values);
    expectSameBits(values, expected);
  });

  it('writes every NaN with canonical bits', () => {
    const values = new Float32Array(Uint32Array.of(0xffc00001, 0x7f800000, 0x7fffffff, 0x80000000, 0).buffer);
    kernels.sortFloats(values);
    expect(new Uint32Array(values.buffer)).toEqual(Uint32Array.of(0x80000000, 0, 0x7f800000, 0x7fc00000, 0x7fc00000));
  });
});
