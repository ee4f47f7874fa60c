/**
 * Which frequency table codes which weight. A tensor is seen as [rows, columns, taps] = [dims0, dims1, product of the rest]
 * and element (r, c, t) takes class clamp(base + rows[r] + columns[c] + taps[t], 0, classes − 1); an absent array is zero.
 */
export interface ClassMap {
  base: number;
  rows: Int8Array | null;
  columns: Int8Array | null;
  taps: Int8Array | null;
}

export const AXES = ['rows', 'columns', 'taps'] as const;

export type Shape = readonly [rows: number, columns: number, taps: number];

export function shapeOf(dims: readonly number[]): Shape {
  return [dims[0] ?? 1, dims[1] ?? 1, dims.slice(2).reduce((product, dim) => product * dim, 1)];
}

/** Writes the classes of elements [start, start + target.length) in row-major order. */
export function fillClasses(map: ClassMap, shape: Shape, classes: number, start: number, target: Uint8Array): void {
  const [, columns, taps] = shape;
  const top = classes - 1;
  if (!map.rows && !map.columns && !map.taps) {
    target.fill(map.base);
    return;
  }
  let tap = start % taps;
  let column = Math.floor(start / taps) % columns;
  let row = Math.floor(start / (taps * columns));
  for (let i = 0; i < target.length; ) {
    const outer = map.base + (map.rows ? map.rows[row] : 0) + (map.columns ? map.columns[column] : 0);
    const stop = Math.min(target.length, i + taps - tap);
    if (map.taps) {
      for (; i < stop; i++, tap++) {
        const value = outer + map.taps[tap];
        target[i] = value < 0 ? 0 : Math.min(value, top);
      }
    } else {
      target.fill(outer < 0 ? 0 : Math.min(outer, top), i, stop);
      i = stop;
    }
    tap = 0;
    if (++column === columns) {
      column = 0;
      row++;
    }
  }
}
