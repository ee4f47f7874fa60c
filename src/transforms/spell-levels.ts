import { DataType } from '../core/index.js';
import type { Draft } from './spell-draft.js';
import type { Scales, Symbols } from './spell-symbols.js';

/** What the spellings of one tensor have to go by. */
export interface SpellingTask {
  readonly symbols: Symbols;
  readonly dims: readonly number[];
  readonly dataType: DataType;
  /** Of ai.onnx, at least 7. */
  readonly opset: number;
  readonly irVersion: number;
}

/**
 * Adds nodes that make the levels of a tensor, float32 in its own shape, and names the last edge; null when the spelling
 * cannot say this tensor. The scales are multiplied in by {@link applyScales}.
 */
export type SpellLevels = (draft: Draft, task: SpellingTask) => string | null;

/** Symbol of every element, in order, handed to `put`. */
export function eachSymbol({ codes, bias, lookup }: Symbols, put: (symbol: number, index: number) => void): void {
  for (let i = 0; i < codes.length; i++) put(lookup[codes[i] + bias], i);
}

/** Bits of the widest symbol, at least 1. */
export function symbolBits(symbols: Symbols): number {
  return Math.max(1, 32 - Math.clz32(symbols.levels.length - 1));
}

/** int32 symbols of any shape → levels of that shape. */
export function gatherLevels(draft: Draft, { levels }: Symbols, index: string): string {
  return draft.op('Gather', [draft.floats([levels.length], levels), index]);
}

/** `total` elements in any shape → the first of them in shape `dims`. */
export function cropTo(draft: Draft, task: SpellingTask, edge: string, total: number): string {
  const { dims, opset } = task;
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count === total) return draft.op('Reshape', [edge, draft.int64s(dims)]);
  const flat = draft.op('Reshape', [edge, draft.int64s([total])]);
  const cut =
    opset < 10
      ? draft.op('Slice', [flat], {
          starts: { kind: 'ints', value: [0n] },
          ends: { kind: 'ints', value: [BigInt(count)] },
        })
      : draft.op('Slice', [flat, draft.int64s([0]), draft.int64s([count])]);
  return dims.length === 1 ? cut : draft.op('Reshape', [cut, draft.int64s(dims)]);
}

/** Levels in shape `dims` → weights: one float32 product, then the tensor's own data type. */
export function applyScales(draft: Draft, { symbols, dims, dataType }: SpellingTask, edge: string): string {
  const { scales } = symbols;
  const scaled = scales ? draft.op('Mul', [edge, draft.floats(scaleDims(scales, dims), scales.values)]) : edge;
  return dataType === DataType.FLOAT ? scaled : draft.cast(scaled, dataType);
}

/** [] for one scale, else [C, 1 … 1], which broadcasts along `axis`. */
export function scaleDims({ values, axis }: Scales, dims: readonly number[]): number[] {
  return values.length === 1 ? [] : [values.length, ...dims.slice(axis + 1).map(() => 1)];
}
