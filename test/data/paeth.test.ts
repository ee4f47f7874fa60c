import fc from 'fast-check';
import { expect, it } from 'vitest';
import { undoPaeth } from '../../src/data/paeth.js';

/** PNG's definition, forwards: each byte less its predictor. */
function paethFilter(planes: Uint8Array, height: number, width: number): Uint8Array {
  return planes.map((value, at) => {
    const x = at % width;
    const y = Math.floor(at / width) % height;
    const a = x > 0 ? planes[at - 1] : 0;
    const b = y > 0 ? planes[at - width] : 0;
    const c = x > 0 && y > 0 ? planes[at - width - 1] : 0;
    const p = a + b - c;
    const order = [a, b, c].map((neighbour, rank) => ({ neighbour, rank, distance: Math.abs(p - neighbour) }));
    order.sort((s, t) => s.distance - t.distance || s.rank - t.rank);
    return value - order[0].neighbour;
  });
}

it('undoes the Paeth filter on any planes', () => {
  const planes = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .chain(([count, height, width]) => {
      const length = count * height * width;
      return fc.tuple(fc.constant(height), fc.constant(width), fc.uint8Array({ minLength: length, maxLength: length }));
    });
  fc.assert(
    fc.property(planes, ([height, width, original]) => {
      const bytes = paethFilter(original, height, width);
      undoPaeth(bytes, height, width);
      expect(bytes).toEqual(original);
    }),
    { seed: 1 },
  );
});
