/**
 * Trellis-coded levels (dependent quantization): a level L is told by a number k, and by a state that the numbers before it
 * have left. The state's lowest bit q, its _bank_, says which half of the grid is at hand:
 *
 *   L = 2k − q · sign(k):   even levels in bank 0, zero and odd levels in bank 1
 *
 * so numbers are as few as on a grid twice as coarse, while paths through the states reach nearly every combination of
 * fine levels. The next state is a shift register fed by bank and parity. Element i follows element i − period of its
 * tensor; the first `period` elements of a chunk start at state 0. Neighbours never depend on each other, so sixteen go at once.
 *
 * The code is Ungerboeck's for 256 states and one dimension, parity checks 515 and 362 (octal), in feedback form.
 *
 * @see Marcellin, Fischer 1990, "Trellis coded quantization of memoryless and Gauss–Markov sources", IEEE Trans. Comm. 38(1)
 * @see Ungerboeck 1982, "Channel coding with multilevel/phase signals", IEEE Trans. Inf. Theory 28(1), table I
 * @see Haase et al. 2021, dependent quantization in ISO/IEC 15938-17 (NNC): the same levels with 4 or 8 states
 */
export const TRELLIS_STATES = 256;
const FED_BY_BANK = 0o515 >> 1;
const FED_BY_PARITY = 0o362 >> 1;

/** Elements between neighbours of a chain, at least; as many are decoded at a time. */
export const LEAST_PERIOD = 16;

/** The state after number k. */
export function nextState(state: number, k: number): number {
  return (state >> 1) ^ (state & 1 ? FED_BY_BANK : 0) ^ (k & 1 ? FED_BY_PARITY : 0);
}

/** The level of number k in a bank. */
export function levelOf(k: number, bank: number): number {
  return 2 * k - bank * Math.sign(k);
}

/** How the numbers of one chain are chosen; see {@link TrellisKernel}. */
export interface ChainCosts {
  /** Numbers min ≤ k < min + size exist; both even, min < 0 < min + size, size ≤ 128. */
  readonly min: number;
  readonly size: number;
  /** f32[classes × 2 × size]: what number min + j costs in a class and bank, in squared levels; finite, 0 to 2^16. */
  readonly rates: Float32Array;
}

/** What choosing trellis-coded levels takes. */
export interface TrellisKernel {
  /**
   * The cheapest path of one chain: the levels of least Σ weights[i] · (targets[i] − L_i)² + rates[classes[i], bank, k_i].
   * Of each parity in each bank, the two nearest numbers and zero are candidates. Costs are float32, at most 2^10, cut to whole
   * 2^-12; of equal paths into a state the one by an even number wins, of equal ends the lower state.
   *
   * @param targets f32[n], in levels (finite)
   * @param weights f32[n], 0 to 2^16
   * @param classes u8[n], rows of the rates
   * @param start   state before the first number
   * @param levels  i16[n], written
   * @param states  u8[n], written: the state before each number
   * @returns the state after the last
   */
  trellisPath(
    targets: Float32Array,
    weights: Float32Array,
    classes: Uint8Array,
    costs: ChainCosts,
    start: number,
    levels: Int16Array,
    states: Uint8Array,
  ): number;
}
