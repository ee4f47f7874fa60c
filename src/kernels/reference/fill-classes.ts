import type { ClassMap, Shape } from '../class-map.js';

/** Writes the classes of elements [start, start + target.length) in row-major order. */
export function fillClasses(map: ClassMap, shape: Shape, classes: number, start: number, target: Uint8Array): void {
  const [, columns, taps] = shape;
  let tap = start % taps;
  let column = Math.floor(start / taps) % columns;
  let row = Math.floor(start / (columns * taps));
  for (let i = 0; i < target.length; column = 0, row++) {
    const ofRow = map.base + (map.rows ? map.rows[row] : 0);
    for (; column < columns && i < target.length; column++, tap = 0) {
      const ofColumn = ofRow + (map.columns ? map.columns[column] : 0);
      for (; tap < taps && i < target.length; tap++, i++) {
        target[i] = Math.max(0, Math.min(classes - 1, ofColumn + (map.taps ? map.taps[tap] : 0)));
      }
    }
  }
}
