import { type CodebookCoding, type GridCoding, type Tensor, type WeightCoding, WringError } from '../core/index.js';

/**
 * One way to see a coded tensor as small numbers: element i is levels[lookup[codes[i] + bias]], times its scale where
 * there are scales (one float32 product, as in GridCoding).
 */
export interface Symbols {
  readonly codes: Uint16Array | Int16Array;
  readonly bias: number;
  readonly lookup: Uint16Array;
  /** f32[k]: the values themselves, or integers when there are scales. */
  readonly levels: Float32Array;
  readonly scales: Scales | null;
}

export interface Scales {
  /** f32[1], or one per index along `axis`. */
  readonly values: Float32Array;
  readonly axis: number;
}

/** Sizes of level tables beyond which another number of weights fits in a byte; equal sizes make equal tables. */
const SIZES = [2, 3, 4, 6, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

/** A table of values for one tensor alone is written out up to this size; beyond, the scale is a node of its own. */
const MAX_OWN_VALUES = 16;

/** Codes are int16 or uint16: this bias makes an index of either. */
const BIAS = 32768;

/**
 * The ways to see a coded tensor, all exact: windows of an integer grid (tables that many tensors share), only the
 * levels in use (where that is fewer bits), values with their scale multiplied in, and codebooks whose values are
 * integer multiples of one number as a grid.
 */
export function listSymbols(tensor: Tensor): Symbols[] {
  const coding = tensor.coding;
  if (!coding || coding.codes.length === 0) return [];
  const used = listUsedCodes(coding, tensor);
  return coding.kind === 'grid' ? gridSymbols(coding, used) : codebookSymbols(coding, used);
}

/**
 * Integers n and a scale with f32(scale · n) equal to every value, −128 ≤ n ≤ 127, the largest scale; null when there is
 * none.
 *
 * @param values distinct
 */
export function findGrid(values: Float32Array): { scale: number; integers: number[] } | null {
  const magnitudes = Array.from(values, Math.abs).filter((magnitude) => magnitude > 0);
  if (magnitudes.length === 0 || values.length > 256) return null;
  const least = Math.min(...magnitudes);
  for (let divisor = 1; divisor <= 128; divisor++) {
    const scale = Math.fround(least / divisor);
    if (scale === 0) return null;
    // + 0: no integer is −0.
    const integers = Array.from(values, (value) => Math.round(value / scale) + 0);
    if (integers.every((n, i) => n >= -128 && n <= 127 && Math.fround(scale * n) === values[i])) {
      return { scale, integers };
    }
  }
  return null;
}

function gridSymbols({ codes, scales, axis }: GridCoding, used: readonly number[]): Symbols[] {
  const scale = { values: scales, axis };
  const window = windowOf(used[0], used.at(-1)!);
  const ways = [window];
  if (sizeFor(used.length) < window.length) ways.push([...used]);
  const found = ways.map((integers) => symbolsOf(codes, integers, Float32Array.from(integers), scale));
  const shortest = ways.at(-1)!;
  if (scales.length > 1 || shortest.length > MAX_OWN_VALUES) return found;
  const values = Float32Array.from(shortest, (integer) => scales[0] * integer);
  return [...found, symbolsOf(codes, shortest, values, null)];
}

function codebookSymbols({ codes, codebook }: CodebookCoding, used: readonly number[]): Symbols[] {
  const all = Array.from(codebook.values.keys());
  const found = [symbolsOf(codes, all, codebook.values, null)];
  const values = Float32Array.from(used, (code) => codebook.values[code]);
  if (sizeFor(used.length) < sizeFor(all.length)) found.push(symbolsOf(codes, [...used], values, null));
  // The grid of the whole codebook if there is one: its scale is the same for every tensor.
  const whole = findGrid(codebook.values);
  const grid = whole ?? findGrid(values);
  if (!grid) return found;
  const integerOf = new Map(grid.integers.map((integer, i) => [whole ? i : used[i], integer]));
  const integers = used.map((code) => integerOf.get(code)!).sort((a, b) => a - b);
  const scales = { values: Float32Array.of(grid.scale), axis: 0 };
  const window = windowOf(integers[0], integers.at(-1)!);
  const lookup = new Uint16Array(65536 + BIAS);
  for (const code of used) lookup[code + BIAS] = window.indexOf(integerOf.get(code)!);
  return [...found, { codes, bias: BIAS, lookup, levels: Float32Array.from(window), scales }];
}

/** `order[s]` is the code that symbol s stands for. */
function symbolsOf(codes: Symbols['codes'], order: number[], levels: Float32Array, scales: Scales | null): Symbols {
  const lookup = new Uint16Array(65536 + BIAS);
  for (const [symbol, code] of order.entries()) if (code + BIAS >= 0) lookup[code + BIAS] = symbol;
  return { codes, bias: BIAS, lookup, levels, scales };
}

/** Consecutive integers that hold [low, high]: as many as a size of table has, about 0 where that fits. */
function windowOf(low: number, high: number): number[] {
  const size = sizeFor(high - low + 1);
  const middle = -Math.floor(size / 2);
  const start = low < middle ? low : Math.max(middle, high - size + 1);
  return Array.from({ length: size }, (_, i) => start + i);
}

function sizeFor(count: number): number {
  return SIZES.find((size) => size >= count)!;
}

/** Ascending. */
function listUsedCodes(coding: WeightCoding, tensor: Tensor): number[] {
  const seen = new Uint8Array(65536 + BIAS);
  for (let i = 0; i < coding.codes.length; i++) seen[coding.codes[i] + BIAS] = 1;
  const used: number[] = [];
  for (let i = 0; i < seen.length; i++) if (seen[i]) used.push(i - BIAS);
  const known = coding.kind === 'grid' ? Number.POSITIVE_INFINITY : coding.codebook.values.length;
  if (used.at(-1)! >= known) {
    throw new WringError(
      'E_RANGE',
      `Tensor "${tensor.name}": code ${used.at(-1)} stands for no value, the codebook has ${known}`,
    );
  }
  return used;
}
