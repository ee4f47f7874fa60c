import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';

const CHECKPOINT = {
  header: { step: 17, loss: 0.1 + 0.2, names: ['ä', 'b'] },
  arrays: [
    Float32Array.of(1, -0, Number.NaN, 2 ** -149),
    Uint8Array.of(1, 2, 255),
    new Float32Array(0),
    Float32Array.of(3),
  ],
};

describe('a checkpoint', () => {
  it('comes back as it was', () => {
    const back = decodeCheckpoint(encodeCheckpoint(CHECKPOINT), 'x');
    expect(back).toEqual(CHECKPOINT);
    expect(Object.is(back.arrays[0][1], -0)).toBe(true);
  });

  it('is refused when cut or changed at any byte', () => {
    const bytes = encodeCheckpoint(CHECKPOINT);
    for (let i = 0; i < bytes.length; i++) {
      expect(() => decodeCheckpoint(bytes.subarray(0, i), 'x'), `cut at ${i}`).toThrow(/^"x" .*begins anew/);
      const changed = bytes.slice();
      changed[i] ^= 16;
      expect(() => decodeCheckpoint(changed, 'x'), `changed at ${i}`).toThrow(/^"x" /);
    }
  });
});
