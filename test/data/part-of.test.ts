import { describe, expect, it } from 'vitest';
import { DataType } from '../../src/core/index.js';
import { partOf } from '../../src/data/part-of.js';

const whole = {
  name: 'numbers',
  length: 6,
  labels: Uint8Array.of(9, 8, 7, 6, 5, 4),
  batch: (start: number, count: number) => ({
    dataType: DataType.FLOAT,
    dims: [count],
    data: Float32Array.from({ length: count }, (_, i) => start + i),
  }),
};

describe('partOf', () => {
  it('has the samples and labels of its range', () => {
    const part = partOf(whole, 2, 5);
    expect(part.length).toBe(3);
    expect(Array.from(part.labels!)).toEqual([7, 6, 5]);
    expect([...part.batch(1, 2).data]).toEqual([3, 4]);
    expect(partOf({ ...whole, labels: null }, 0, 6).labels).toBeNull();
  });

  it('refuses what lies outside', () => {
    expect(() => partOf(whole, 3, 3)).toThrow(/6 samples/);
    expect(() => partOf(whole, 0, 7)).toThrow(/6 samples/);
    expect(() => partOf(whole, 2, 5).batch(1, 3)).toThrow(/of 3/);
    expect(() => partOf(whole, 2, 5).batch(-1, 2)).toThrow(/of 3/);
  });
});
