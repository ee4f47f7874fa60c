import type { ClassCostKernel } from '../kernels/encode-kernels.js';
import { type ClassMap, shapeOf } from './class-map.js';
import { assignClasses, type ClassInput, countClasses, learnClasses, mapCost } from './classes.js';
import { frequenciesOf, stepOf } from './frequencies.js';
import { BIT, log2 } from './log2.js';
import { banksOf, chooseDirect, packSteps, type SymbolSet, symbolOfValue, tablesOf } from './symbol-set.js';

/** A tensor of levels or codes, as the encoder sees it. */
export interface CodedTensor {
  readonly dims: readonly number[];
  /** Called whenever the codes are needed; they are not kept. For a set with two banks: the symbols of both. */
  readonly codes: () => Int16Array | Uint16Array | Uint8Array;
}

/** What the encoder has settled for all tensors of one set. */
export interface LearnedSet {
  readonly set: SymbolSet;
  readonly maps: readonly ClassMap[];
  /** u8[size]: the symbol of value min + i. */
  readonly symbols: Uint8Array;
}

/** Tables are learned from at most this many weights, rows from the beginning of every tensor in proportion. */
const SAMPLE = 1 << 20;
/** And the number of classes is chosen on at most this many. */
const CHOICE_SAMPLE = 1 << 18;
const CLASS_COUNTS = [1, 2, 4, 8, 16, 32];
const RESOLUTIONS = [1, 2, 4];

/**
 * Chooses the symbols, the classes and the tables of tensors that share a set, by cost. Lossless.
 *
 * @param valueAt magnitude of a value, by which rows are first told apart: |level|, or |centroid| of a code
 */
export function learnSet(
  tensors: readonly CodedTensor[],
  kind: number,
  range: { min: number; size: number },
  valueAt: (value: number) => number,
  kernel: ClassCostKernel,
): LearnedSet {
  const banks = banksOf(kind);
  const direct = banks === 2 ? new Uint8Array(range.size).fill(1) : chooseDirect(countCodes(tensors, range));
  const partial = { kind, ...range, direct };
  const symbols = banks === 2 ? Uint8Array.from({ length: 2 * range.size }, (_, i) => i) : symbolOfValue(partial);
  const min = banks === 2 ? 0 : range.min;
  const { alphabet: own, values } = tablesOf(partial);
  const alphabet = own * banks;
  const magnitudes = new Float64Array(alphabet);
  values.forEach((value, symbol) => {
    magnitudes[symbol] = Math.abs(valueAt(value));
  });
  if (alphabet > values.length) magnitudes[alphabet - 1] = magnitudes.reduce((a, b) => Math.max(a, b), 0);

  const model = { alphabet, banks, magnitudes };
  const classes = chooseClassCount(sampleOf(tensors, min, symbols, CHOICE_SAMPLE), model, kernel);
  const learned = learnClasses(sampleOf(tensors, min, symbols), alphabet, magnitudes, classes, kernel, banks);
  const maps: ClassMap[] = [];
  const classCounts = new Float64Array(classes * alphabet);
  for (const tensor of tensors) {
    const input = inputOf(tensor, min, symbols);
    const map = assignClasses(input, learned.model, kernel);
    maps.push(map);
    countClasses([input], [map], alphabet, classes).forEach((count, i) => {
      classCounts[i] += count;
    });
  }
  const { resolution, steps } = chooseSteps(classCounts, own, banks);
  return { set: { ...partial, classes, resolution, steps }, maps, symbols };
}

function countCodes(tensors: readonly CodedTensor[], { min, size }: { min: number; size: number }): Float64Array {
  const counts = new Float64Array(size);
  for (const tensor of tensors) {
    const codes = tensor.codes();
    for (let i = 0; i < codes.length; i++) counts[codes[i] - min]++;
  }
  return counts;
}

export function inputOf(tensor: CodedTensor, min: number, symbols: Uint8Array): ClassInput {
  const codes = tensor.codes();
  const mapped = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) mapped[i] = symbols[codes[i] - min];
  return { symbols: mapped, shape: shapeOf(tensor.dims) };
}

/** The first rows of every tensor, in proportion, about `limit` weights in all. */
export function sampleOf(
  tensors: readonly CodedTensor[],
  min: number,
  symbols: Uint8Array,
  limit = SAMPLE,
): ClassInput[] {
  const total = tensors.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
  return tensors.map((tensor) => {
    const [rows, columns, taps] = shapeOf(tensor.dims);
    if (total <= limit) return inputOf(tensor, min, symbols);
    const kept = Math.max(1, Math.floor((rows * limit) / total));
    const codes = tensor.codes().subarray(0, kept * columns * taps);
    return inputOf({ dims: [kept, columns, taps], codes: () => codes }, min, symbols);
  });
}

/** The symbols that classes are learned of: those of all banks. */
interface Alphabet {
  readonly alphabet: number;
  readonly banks: number;
  readonly magnitudes: Float64Array;
}

function chooseClassCount(
  inputs: readonly ClassInput[],
  { alphabet, banks, magnitudes }: Alphabet,
  kernel: ClassCostKernel,
): number {
  let best = Number.POSITIVE_INFINITY;
  let chosen = 1;
  for (const classes of CLASS_COUNTS) {
    const { maps } = learnClasses(inputs, alphabet, magnitudes, classes, kernel, banks);
    const counts = countClasses(inputs, maps, alphabet, classes);
    // Data, class maps and tables together, in 1/4096 bit.
    const cost = maps.reduce((sum, map) => sum + mapCost(map), chooseSteps(counts, alphabet / banks, banks).cost);
    if (cost >= best && classes > 4) break;
    if (cost < best) {
      best = cost;
      chosen = classes;
    }
  }
  return chosen;
}

/**
 * The resolution that costs least: what coarse steps lose in the data, fine steps cost in the table.
 *
 * @param counts f64[classes × banks × alphabet]
 * @returns steps u8[banks × classes × alphabet]
 */
function chooseSteps(
  counts: Float64Array,
  alphabet: number,
  banks: number,
): { resolution: number; steps: Uint8Array; cost: number } {
  const rows = counts.length / alphabet;
  const classes = rows / banks;
  let best: { resolution: number; steps: Uint8Array; cost: number } | null = null;
  for (const resolution of RESOLUTIONS) {
    const steps = new Uint8Array(counts.length);
    let cost = 0;
    for (let row = 0; row < rows; row++) {
      const from = ((row % classes) * banks + Math.floor(row / classes)) * alphabet;
      const own = counts.subarray(from, from + alphabet);
      const total = own.reduce((a, b) => a + b, 0);
      const target = steps.subarray(row * alphabet, (row + 1) * alphabet);
      for (let i = 0; i < alphabet; i++) target[i] = stepOf(own[i], total, resolution);
      cost += stepCost(own, target, resolution);
    }
    cost += entropyCost(packSteps(steps, alphabet));
    if (!best || cost < best.cost) best = { resolution, steps, cost };
  }
  return best!;
}

/** What a row of counts costs by the frequencies that its steps give. */
function stepCost(counts: Float64Array, steps: Uint8Array, resolution: number): number {
  const frequencies = new Uint16Array(counts.length);
  frequenciesOf(steps, resolution, frequencies);
  let cost = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) cost += counts[i] * (12 * BIT - log2(frequencies[i]));
  return cost;
}

/** Order-0 cost of bytes: an estimate of what the byte coder makes of them. */
function entropyCost(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  let cost = 0;
  for (const count of counts) if (count > 0) cost += count * (log2(bytes.length) - log2(count));
  return cost;
}
