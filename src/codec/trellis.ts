import { LEAST_PERIOD, nextState } from '../kernels/trellis.js';
import { MAX_TRELLIS_ALPHABET, SYMBOLS_CHUNK } from './format.js';

/** Levels that follow a trellis, seen as numbers: see kernels/trellis.ts. */
export interface TrellisPath {
  readonly period: number;
  /** u8[n]: the state before each number. */
  readonly states: Uint8Array;
  /** i16[n] */
  readonly numbers: Int16Array;
}

/**
 * The distances at which a chain may follow itself through a tensor: along each axis, in steps that leave sixteen elements
 * between neighbours at least. An encoder looks for these; a decoder takes any.
 */
function periodsOf(dims: readonly number[]): number[] {
  const periods = new Set<number>();
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const period = periodOf(stride);
    if (period <= SYMBOLS_CHUNK) periods.add(period);
    stride *= dims[axis];
  }
  return [...periods];
}

/** The least multiple of a stride that is a period. */
export function periodOf(stride: number): number {
  return stride * Math.ceil(LEAST_PERIOD / stride);
}

/** The least range that a table of two banks may have: even at both ends, around zero. */
export function trellisRange({ min, size }: { min: number; size: number }): { min: number; size: number } {
  const first = Math.min(-2, 2 * Math.floor(min / 2));
  return { min: first, size: Math.max(2, 2 * Math.ceil((min + size) / 2)) - first };
}

/**
 * How levels follow a trellis; null when they do not (a chance of 1/2 for each that is not zero), when they never leave bank
 * 0, where a plain grid does as well, or when their numbers are too large for two banks of symbols.
 */
export function findTrellis(levels: Int16Array, dims: readonly number[]): TrellisPath | null {
  for (const period of periodsOf(dims)) {
    const path = followTrellis(levels, period);
    if (path?.states.some((state) => state & 1)) return path;
  }
  return null;
}

/** Of levels that are told to follow a trellis of this period; null when they do not. */
export function followTrellis(levels: Int16Array, period: number): TrellisPath | null {
  const n = levels.length;
  const states = new Uint8Array(n);
  const numbers = new Int16Array(n);
  for (let i = 0; i < n; i++) {
    // Every chunk starts anew.
    const state = i % SYMBOLS_CHUNK < period ? 0 : nextState(states[i - period], numbers[i - period]);
    const bank = state & 1;
    const level = levels[i];
    if (level !== 0 && (level & 1) !== bank) return null;
    const k = (level + bank * Math.sign(level)) / 2;
    if (k < -MAX_TRELLIS_ALPHABET / 2 || k >= MAX_TRELLIS_ALPHABET / 2) return null;
    states[i] = state;
    numbers[i] = k;
  }
  return { period, states, numbers };
}

/** The same as symbols of both banks, for tables whose numbers are min … min + size − 1. */
export function bankSymbols(
  { numbers, states }: TrellisPath,
  { min, size }: { min: number; size: number },
): Uint8Array {
  return Uint8Array.from(numbers, (k, i) => k - min + (states[i] & 1) * size);
}
