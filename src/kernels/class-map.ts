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

export type Shape = readonly [rows: number, columns: number, taps: number];
