import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gather, sortedOrder } from '../../src/methods/sorted-order.js';
import { countBelow, countUpTo } from '../../src/methods/sorted-search.js';

const floats = fc.array(fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, -1, 2 ** -149, -(2 ** -149))));

it('sortedOrder is the stable order of the values, −0 and 0 being equal', () => {
  fc.assert(
    fc.property(floats, (numbers) => {
      const values = Float32Array.from(numbers);
      const expected = [...values.keys()].sort((i, j) =>
        values[i] < values[j] ? -1 : values[i] > values[j] ? 1 : i - j,
      );
      // A view in the middle of a buffer.
      const view = new Float32Array(Float32Array.of(7, ...values, 7).buffer, 4, values.length);
      expect([...sortedOrder(view)]).toEqual(expected);
    }),
    { seed: 1 },
  );
});

it('countBelow and countUpTo are what a filter counts', () => {
  fc.assert(
    fc.property(floats, fc.double({ noNaN: true }), (numbers, limit) => {
      const values = Float32Array.from(numbers);
      const sorted = gather(values, sortedOrder(values));
      for (const bound of [limit, sorted[0] ?? 0, sorted.at(-1) ?? 0]) {
        expect(countBelow(sorted, bound)).toBe(sorted.filter((v) => v < bound).length);
        expect(countUpTo(sorted, bound)).toBe(sorted.filter((v) => v <= bound).length);
      }
    }),
    { seed: 2 },
  );
});
