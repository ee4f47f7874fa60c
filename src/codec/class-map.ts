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
  const inner = columns * taps;
  const offsets = new Int16Array(inner);
  for (let i = 0; i < inner; i++) {
    offsets[i] = (map.columns ? map.columns[Math.floor(i / taps)] : 0) + (map.taps ? map.taps[i % taps] : 0);
  }
  let from = start % inner;
  let row = Math.floor(start / inner);
  for (let i = 0; i < target.length; row++) {
    const outer = map.base + (map.rows ? map.rows[row] : 0);
    const stop = Math.min(target.length, i + inner - from);
    for (let k = from; i < stop; i++, k++) target[i] = Math.max(0, Math.min(classes - 1, outer + offsets[k]));
    from = 0;
  }
}
