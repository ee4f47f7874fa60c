// Viterbi's search through the 256 states of a trellis. Specification: src/kernels/trellis.ts and
// src/kernels/reference/trellis-path.ts.
//
// The shift register pairs states: with a = 0 … 127 and F = FED_BY_PARITY,
//
//   a        is reached from 2a (even number) and 2 (a ^ F) (odd), both in bank 0
//   128 + t  is reached from 2a + 1 (even) and 2 (a ^ F) + 1 (odd) with a = t ^ B, both in bank 1, B = FED_BY_BANK − 128
//
// so costs are kept by bank, and XOR of an index is a vector elsewhere with its lanes swapped.

import { FED_BY_BANK, FED_BY_PARITY } from "../shared/trellis";

/** Bytes of a step: one bit for each state, and the candidates of four subsets (i16). */
const STEP_BYTES: usize = 40;
/** i32[2 banks][128], twice. */
const COSTS_BYTES: usize = 2048;
const BANK_BYTES: usize = 512;
/** Steps after which the least cost is taken from all, so that they stay below 2^31. */
const RENORMALIZE: i32 = 64;
const UNREACHED: i32 = 1 << 28;

/** Bytes that {@link trellisPath} needs for n numbers. */
export function trellisScratch(n: i32): usize {
  return COSTS_BYTES + <usize>n * STEP_BYTES;
}

/**
 * @param rates  f32[classes × 2 × size]
 * @param levels i16[n], written
 * @param states u8[n], written
 * @returns the state after the last number
 */
export function trellisPath(
  targets: usize,
  weights: usize,
  classes: usize,
  n: i32,
  min: i32,
  size: i32,
  rates: usize,
  start: i32,
  scratch: usize,
  levels: usize,
  states: usize,
): i32 {
  let costs = scratch;
  let next = scratch + 2 * BANK_BYTES;
  for (let at = costs; at < next; at += 16) v128.store(at, i32x4.splat(UNREACHED));
  store<i32>(costs + (start & 1 ? BANK_BYTES : 0) + ((<usize>(start >> 1)) << 2), 0);
  let step = scratch + COSTS_BYTES;
  for (let i = 0; i < n; i++, step += STEP_BYTES) {
    const row = rates + ((<usize>load<u8>(classes + <usize>i) * <usize>(2 * size)) << 2);
    const at = (<usize>i) << 2;
    const d = chooseCandidates(load<f32>(targets + at), load<f32>(weights + at), min, size, row, step + 32);
    advance(costs, next, d, step);
    const swap = costs;
    costs = next;
    next = swap;
    if ((i & (RENORMALIZE - 1)) == RENORMALIZE - 1) renormalize(costs);
  }
  const end = cheapest(costs);
  let state = end;
  for (let i = n - 1; i >= 0; i--) {
    step -= STEP_BYTES;
    const odd = ((<i32>load<u8>(step + (state >> 3))) >> (state & 7)) & 1;
    const bank = state >> 7;
    const a = bank ? state ^ FED_BY_BANK : state;
    state = ((odd ? a ^ FED_BY_PARITY : a) << 1) | bank;
    const k = <i32>load<i16>(step + 32 + (((bank << 1) | odd) << 1));
    store<i16>(levels + ((<usize>i) << 1), <i16>(2 * k - (bank ? i32(k > 0) - i32(k < 0) : 0)));
    store<u8>(states + <usize>i, <u8>state);
  }
  return end;
}

/**
 * The cheapest number of each subset, in lanes (bank 0 even, bank 0 odd, bank 1 even, bank 1 odd); signs are folded to a
 * target ≥ 0, where levels of the subsets are 0, 2, 3 and 1 mod 4.
 *
 * @param candidates i16[4], written
 * @returns their costs
 */
// @ts-ignore: decorator
@inline
function chooseCandidates(target: f32, weight: f32, min: i32, size: i32, row: usize, candidates: usize): v128 {
  const sign = select<i32>(-1, 1, target < 0);
  const x = f32x4.splat(abs(target));
  // The outermost number on this side of zero, and the outermost level of each subset.
  const most = sign > 0 ? min + size - 1 : -min;
  const even = most & ~1;
  const odd = (most - 1) | 1;
  const top = f32x4.convert_i32x4_s(i32x4(2 * even, 2 * odd, max(0, 2 * even - 1), 2 * odd - 1));
  const rest = f32x4(0, 2, 3, 1);
  const lower = f32x4.add(
    rest,
    f32x4.mul(f32x4.floor(f32x4.mul(f32x4.sub(x, rest), f32x4.splat(0.25))), f32x4.splat(4)),
  );
  const below = f32x4.pmin(top, f32x4.pmax(f32x4(0, -2, 0, -1), lower));
  const above = f32x4.pmin(top, f32x4.add(lower, f32x4.splat(4)));
  const w = f32x4.splat(weight);
  let numbers = numbersOf(below);
  let best = costOf(x, below, w, numbers, sign, min, size, row);
  let other = numbersOf(above);
  let cost = costOf(x, above, w, other, sign, min, size, row);
  let less = f32x4.lt(cost, best);
  best = v128.bitselect(cost, best, less);
  numbers = v128.bitselect(other, numbers, less);
  // Zero is even.
  const zero = v128.and(below, i32x4(0, -1, 0, -1));
  other = numbersOf(zero);
  cost = costOf(x, zero, w, other, sign, min, size, row);
  less = f32x4.lt(cost, best);
  best = v128.bitselect(cost, best, less);
  numbers = i32x4.mul(v128.bitselect(other, numbers, less), i32x4.splat(sign));
  v128.store64_lane(candidates, i16x8.narrow_i32x4_s(numbers, numbers), 0);
  return i32x4.trunc_sat_f32x4_s(f32x4.mul(f32x4.pmin(f32x4.splat(1024), best), f32x4.splat(4096)));
}

/** Numbers of levels, in lanes of bank 0, 0, 1, 1. */
// @ts-ignore: decorator
@inline
function numbersOf(levels: v128): v128 {
  const whole = i32x4.trunc_sat_f32x4_s(levels);
  const signs = v128.or(i32x4.shr_s(whole, 31), i32x4.shr_u(i32x4.neg(whole), 31));
  return i32x4.shr_s(i32x4.add(whole, v128.and(signs, i32x4(0, 0, -1, -1))), 1);
}

// @ts-ignore: decorator
@inline
function costOf(x: v128, levels: v128, weight: v128, numbers: v128, sign: i32, min: i32, size: i32, row: usize): v128 {
  const at = i32x4.add(i32x4.mul(numbers, i32x4.splat(sign)), i32x4(-min, -min, size - min, size - min));
  let bits = v128.load32_zero(row + ((<usize>i32x4.extract_lane(at, 0)) << 2));
  bits = v128.load32_lane(row + ((<usize>i32x4.extract_lane(at, 1)) << 2), bits, 1);
  bits = v128.load32_lane(row + ((<usize>i32x4.extract_lane(at, 2)) << 2), bits, 2);
  bits = v128.load32_lane(row + ((<usize>i32x4.extract_lane(at, 3)) << 2), bits, 3);
  const distance = f32x4.sub(x, levels);
  return f32x4.add(f32x4.mul(weight, f32x4.mul(distance, distance)), bits);
}

/** One step of all states: from costs by bank to the next costs by bank, with a bit for each state in `chosen`. */
// @ts-ignore: decorator
@inline
function advance(costs: usize, next: usize, d: v128, chosen: usize): void {
  const d0 = i32x4.splat(i32x4.extract_lane(d, 0));
  const d1 = i32x4.splat(i32x4.extract_lane(d, 1));
  const d2 = i32x4.splat(i32x4.extract_lane(d, 2));
  const d3 = i32x4.splat(i32x4.extract_lane(d, 3));
  const bank1 = costs + BANK_BYTES;
  // Eight states at a time: vectors v and v + 1; FED_BY_PARITY moves vectors by 30 and lanes by 1, and so on.
  for (let v: usize = 0; v < 32; v += 2) {
    const here = costs + (v << 4);
    const there = costs + ((v ^ 30) << 4);
    let even0 = i32x4.add(v128.load(here), d0);
    let even1 = i32x4.add(v128.load(here, 16), d0);
    let odd0 = v128.load(there);
    odd0 = i32x4.add(v128.shuffle<i32>(odd0, odd0, 1, 0, 3, 2), d1);
    let odd1 = v128.load(there, 16);
    odd1 = i32x4.add(v128.shuffle<i32>(odd1, odd1, 1, 0, 3, 2), d1);
    settle(even0, even1, odd0, odd1, next + (v << 3), chosen + (v >> 1));

    // Vectors by 9, lanes by 2.
    const first = bank1 + ((v ^ 8) << 4);
    even0 = v128.load(first, 16);
    even0 = i32x4.add(v128.shuffle<i32>(even0, even0, 2, 3, 0, 1), d2);
    even1 = v128.load(first);
    even1 = i32x4.add(v128.shuffle<i32>(even1, even1, 2, 3, 0, 1), d2);
    // Both together: vectors by 23, lanes by 3.
    const second = bank1 + ((v ^ 22) << 4);
    odd0 = v128.load(second, 16);
    odd0 = i32x4.add(v128.shuffle<i32>(odd0, odd0, 3, 2, 1, 0), d3);
    odd1 = v128.load(second);
    odd1 = i32x4.add(v128.shuffle<i32>(odd1, odd1, 3, 2, 1, 0), d3);
    settle(even0, even1, odd0, odd1, next + 256 + (v << 3), chosen + 16 + (v >> 1));
  }
}

/** Takes the cheaper of two paths into each of eight states; `next` is where the first of them has its cost, bank 0. */
// @ts-ignore: decorator
@inline
function settle(even0: v128, even1: v128, odd0: v128, odd1: v128, next: usize, chosen: usize): void {
  const less0 = i32x4.lt_s(odd0, even0);
  const less1 = i32x4.lt_s(odd1, even1);
  store<u8>(chosen, <u8>(i32x4.bitmask(less0) | (i32x4.bitmask(less1) << 4)));
  const best0 = i32x4.min_s(even0, odd0);
  const best1 = i32x4.min_s(even1, odd1);
  v128.store(next, v128.shuffle<i32>(best0, best1, 0, 2, 4, 6));
  v128.store(next, v128.shuffle<i32>(best0, best1, 1, 3, 5, 7), BANK_BYTES);
}

function renormalize(costs: usize): void {
  const end = costs + 2 * BANK_BYTES;
  let least = v128.load(costs);
  for (let at = costs + 16; at < end; at += 16) least = i32x4.min_s(least, v128.load(at));
  least = i32x4.min_s(least, v128.shuffle<i32>(least, least, 2, 3, 0, 1));
  least = i32x4.min_s(least, v128.shuffle<i32>(least, least, 1, 0, 3, 2));
  for (let at = costs; at < end; at += 16) v128.store(at, i32x4.sub(v128.load(at), least));
}

/** The state of least cost, the lowest of equals. */
function cheapest(costs: usize): i32 {
  let best = 0;
  let least = i32.MAX_VALUE;
  for (let state = 0; state < 256; state++) {
    const cost = load<i32>(costs + (state & 1 ? BANK_BYTES : 0) + ((<usize>(state >> 1)) << 2));
    if (cost < least) {
      least = cost;
      best = state;
    }
  }
  return best;
}
