import { expect, it } from 'vitest';
import { findNoise } from '../../src/codec/find-noise.js';
import type { Section } from '../../src/codec/write-head.js';
import { Random } from '../../src/core/index.js';

/** As float32, most significant byte first. */
function floats(values: readonly number[]): Section {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value);
  });
  return { bytes: new Uint8Array(view.buffer), stride: 4 };
}

it('takes for noise the last bytes of floats that no float resembles, and no byte of others', () => {
  const random = new Random(3);
  const any = Array.from({ length: 400 }, () => random.normal());
  const text = { bytes: Uint8Array.from(any, () => random.below(256)), stride: 1 };
  const row = { ...text, stride: -text.bytes.length };
  const sections = [
    text,
    row,
    floats(any),
    floats(any),
    floats(any.map((x) => Math.round(8 * x))),
    floats(any.slice(0, 3)),
  ];
  const capacity = sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const [ofText, ofRow, first, again, integers, few] = findNoise(sections, capacity);
  expect([ofText, ofRow, integers, few]).toEqual([0, 0, 0, 0]);
  expect(first).toBeGreaterThanOrEqual(2);
  expect(again).toBe(0);
});

it('tells nothing of a section without bytes', () => {
  expect(findNoise([{ bytes: new Uint8Array(0), stride: 4 }], 0)).toEqual([0]);
});
