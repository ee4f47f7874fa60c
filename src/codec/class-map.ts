import type { Shape } from '../kernels/class-map.js';

export type { ClassMap, Shape } from '../kernels/class-map.js';
export { fillClasses } from '../kernels/reference/fill-classes.js';

export const AXES = ['rows', 'columns', 'taps'] as const;

export function shapeOf(dims: readonly number[]): Shape {
  return [dims[0] ?? 1, dims[1] ?? 1, dims.slice(2).reduce((product, dim) => product * dim, 1)];
}
