import { levelOf } from '../kernels/trellis.js';
import { unzigzag } from './bytes.js';
import { check } from './corrupt.js';
import { MAX_ALPHABET, TRELLIS } from './format.js';
import { frequenciesOf } from './frequencies.js';

/**
 * Tensors that share frequency tables: all grid tensors of a file, or all tensors of one codebook. Values (levels or codes)
 * lie in [min, min + size). Up to 256 of them are symbols of their own, in ascending order; where there are more, the last
 * symbol is the escape, and the value follows as plain bits: its rank among the values without a symbol.
 *
 * Values of a trellis are numbers (see kernels/trellis.ts), which have a table for each class in both banks: first all
 * classes in bank 0. Symbols of bank 1 are those of bank 0 plus the alphabet.
 */
export interface SymbolSet {
  readonly kind: number;
  readonly min: number;
  readonly size: number;
  /** u8[size]: 1 for a value with a symbol of its own. */
  readonly direct: Uint8Array;
  readonly classes: number;
  /** Steps an octave: 1, 2, 4 or 8. */
  readonly resolution: number;
  /** u8[banks × classes × alphabet], see frequencies.ts */
  readonly steps: Uint8Array;
}

/** The lookups that follow from a set. */
export interface SymbolTables {
  readonly alphabet: number;
  /** −1 without escapes. */
  readonly escapeSymbol: number;
  readonly escapeBits: number;
  /** The level or code of each symbol, of both banks. */
  readonly values: readonly number[];
  /** Those behind the escape. */
  readonly escaped: readonly number[];
}

export function tablesOf(set: Pick<SymbolSet, 'kind' | 'min' | 'size' | 'direct'>): SymbolTables {
  const values: number[] = [];
  const escaped: number[] = [];
  set.direct.forEach((direct, i) => {
    (direct ? values : escaped).push(set.min + i);
  });
  const direct = values.length;
  const escapes = escaped.length > 0;
  if (banksOf(set.kind) === 2) values.splice(0, direct, ...bankLevels(values, 0), ...bankLevels(values, 1));
  return {
    alphabet: alphabetOf(set.size, direct),
    escapeSymbol: escapes ? direct : -1,
    escapeBits: escapes ? 32 - Math.clz32(escaped.length - 1) : 0,
    values,
    escaped,
  };
}

/** Tables of a class. */
export function banksOf(kind: number): 1 | 2 {
  return kind === TRELLIS ? 2 : 1;
}

function bankLevels(numbers: readonly number[], bank: number): number[] {
  return numbers.map((k) => levelOf(k, bank));
}

/** At least two, because a frequency is at most 4095 of 4096. */
export function alphabetOf(size: number, directCount: number): number {
  return Math.max(2, directCount + (directCount < size ? 1 : 0));
}

/** u16[banks × classes × alphabet] */
export function frequenciesOfSet(set: SymbolSet, alphabet: number): Uint16Array {
  const frequencies = new Uint16Array(set.steps.length);
  for (let row = 0; row < frequencies.length; row += alphabet) {
    frequenciesOf(set.steps.subarray(row, row + alphabet), set.resolution, frequencies.subarray(row, row + alphabet));
  }
  return frequencies;
}

/** Steps as small numbers: each less the one above, in the first row less the one to the left; zigzag. */
export function packSteps(steps: Uint8Array, alphabet: number): Uint8Array {
  return steps.map((step, i) => {
    const difference = step - predictStep(steps, i, alphabet);
    return difference < 0 ? -2 * difference - 1 : 2 * difference;
  });
}

/** @throws {WringError} E_CORRUPT for a step above `limit` */
export function unpackSteps(packed: Uint8Array, alphabet: number, limit: number): Uint8Array {
  const steps = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    const step = predictStep(steps, i, alphabet) + unzigzag(packed[i]);
    check(step >= 0 && step <= limit, `frequency step ${step}`);
    steps[i] = step;
  }
  return steps;
}

function predictStep(steps: Uint8Array, i: number, alphabet: number): number {
  return i >= alphabet ? steps[i - alphabet] : i > 0 ? steps[i - 1] : 0;
}

/** Plain bits, most significant first, in whole bytes. */
export function packBits(numbers: readonly number[], width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((numbers.length * width) / 8));
  let at = 0;
  for (const number of numbers)
    for (let bit = width - 1; bit >= 0; bit--, at++) bytes[at >> 3] |= ((number >> bit) & 1) << (7 - (at & 7));
  return bytes;
}

export function unpackBits(bytes: Uint8Array, index: number, width: number): number {
  let number = 0;
  for (let at = index * width; at < (index + 1) * width; at++) {
    number = (number << 1) | ((bytes[at >> 3] >> (7 - (at & 7))) & 1);
  }
  return number;
}

/** The symbol of each value of a set: u16[size], for the encoder. */
export function symbolOfValue({ size, direct }: Pick<SymbolSet, 'size' | 'direct'>): Uint8Array {
  const symbols = new Uint8Array(size);
  const escapeSymbol = direct.reduce((sum, one) => sum + one, 0);
  let next = 0;
  for (let i = 0; i < size; i++) symbols[i] = direct[i] ? next++ : escapeSymbol;
  return symbols;
}

/**
 * The values that deserve a symbol: all of them up to 256, else the 255 most frequent (of equals, the lower).
 *
 * @param counts f64[size]
 */
export function chooseDirect(counts: Float64Array): Uint8Array {
  if (counts.length <= MAX_ALPHABET) return new Uint8Array(counts.length).fill(1);
  const direct = new Uint8Array(counts.length);
  const order = Array.from(counts, (_, i) => i).sort((a, b) => counts[b] - counts[a] || a - b);
  for (const i of order.slice(0, MAX_ALPHABET - 1)) direct[i] = 1;
  return direct;
}

/** The bitmap of a head: bit i (least significant first) of byte i >> 3. */
export function packBitmap(flags: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) bytes[i >> 3] |= flags[i] << (i & 7);
  return bytes;
}

export function unpackBitmap(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}
