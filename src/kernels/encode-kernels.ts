import type { Shape } from './class-map.js';
import type { RansEncoder } from './rans.js';

/** What learning classes takes. */
export interface ClassCostKernel {
  /**
   * What the elements at each index of one axis of a tensor would cost in each of `count` neighbouring classes:
   *
   *   sums[index × count + k] = Σ costs[symbols[i] × pitch + bases[i] + k]  over the elements i at `index`
   *
   * @param symbols u8[rows × columns × taps], row-major as `bases`
   * @param axis    0, 1 or 2 of `shape`
   * @param costs   i32[alphabet × pitch], each from 0 to 2^17 − 1; bases[i] + count ≤ pitch
   * @returns f64[shape[axis] × count], whole numbers
   */
  sumClassCosts(
    symbols: Uint8Array,
    bases: Uint8Array,
    shape: Shape,
    axis: number,
    costs: Int32Array,
    pitch: number,
    count: number,
  ): Float64Array;
}

/** What encoding takes. */
export type EncodeKernels = RansEncoder & ClassCostKernel;
