import type { ClassCostKernel } from '../encode-kernels.js';

/** See {@link ClassCostKernel}. */
export const sumClassCosts: ClassCostKernel['sumClassCosts'] = (symbols, bases, shape, axis, costs, pitch, count) => {
  const length = shape[axis];
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const sums = new Float64Array(length * count);
  for (let i = 0; i < symbols.length; i++) {
    const index = Math.floor(i / inner) % length;
    const from = symbols[i] * pitch + bases[i];
    for (let k = 0; k < count; k++) sums[index * count + k] += costs[from + k];
  }
  return sums;
};
