import type { ClassCostKernel } from '../kernels/encode-kernels.js';
import { AXES, type ClassMap, fillClasses, type Shape } from './class-map.js';
import { BIT, log2 } from './log2.js';

/** Symbols of one tensor, all below 256, with the shape that classes follow. */
export interface ClassInput {
  readonly symbols: Uint8Array;
  readonly shape: Shape;
}

/** What each symbol costs in each class, in 1/4096 bit. */
export interface ClassCosts {
  readonly classes: number;
  readonly alphabet: number;
  /** i32[classes × alphabet] */
  readonly costs: Int32Array;
}

const PASSES = 4;
/** Rows may go to any class; columns and taps only shift the class by this much. */
const MAX_SHIFT = 4;
/** What the description of one more array costs besides its entries. */
const ARRAY_COST = 8 * BIT;

/**
 * Learns `classes` tables from tensors that share an alphabet: rows start in classes by their mean magnitude, then tables
 * and classes take turns (k-means with the coding cost as distance). Integers and fixed order throughout.
 *
 * @param magnitudes f64[alphabet], any measure by which small and large symbols differ; orders the first classes
 * @param banks      the alphabet is that of as many banks one after another, and a symbol's bank is known before it
 */
export function learnClasses(
  inputs: readonly ClassInput[],
  alphabet: number,
  magnitudes: Float64Array,
  classes: number,
  kernel: ClassCostKernel,
  banks = 1,
): { model: ClassCosts; maps: ClassMap[] } {
  let maps = inputs.map(() => emptyMap());
  if (classes > 1) startByMagnitude(inputs, magnitudes, classes, maps);
  const learn = () => costsOf(countClasses(inputs, maps, alphabet, classes), alphabet, classes, banks);
  let model = learn();
  if (classes === 1) return { model, maps };
  for (let pass = 0; pass < PASSES; pass++) {
    maps = inputs.map((input) => assignClasses(input, model, kernel));
    model = learn();
  }
  return { model, maps };
}

/** The cheapest map of one tensor under given costs; an array is there only if it pays for its own description. */
export function assignClasses(input: ClassInput, model: ClassCosts, kernel: ClassCostKernel): ClassMap {
  const map = emptyMap();
  let total = chooseBase(input, model, map);
  for (const axis of [0, 1, 2, 0, 1]) {
    const name = AXES[axis];
    // A second round only refines what the first has found to pay.
    const before = map[name];
    if (input.shape[axis] < 2) continue;
    const { offsets, cost } = chooseOffsets(input, model, map, axis, kernel);
    if (cost < total) {
      map[name] = offsets;
      total = cost;
    } else map[name] = before;
  }
  centre(map);
  return map;
}

/** Makes the most frequent offset of each array 0, and the base what that takes: zeros are read fastest. */
function centre(map: ClassMap): void {
  for (const axis of AXES) {
    const offsets = map[axis];
    if (!offsets) continue;
    const used = new Uint32Array(256);
    let most = offsets[0];
    for (const offset of offsets) if (++used[offset + 128] > used[most + 128]) most = offset;
    offsets.forEach((offset, i) => {
      offsets[i] = offset - most;
    });
    map.base += most;
  }
}

/** What the description of a map costs, about, in 1/4096 bit. */
export function mapCost(map: ClassMap): number {
  let cost = 0;
  for (const axis of AXES) {
    const offsets = map[axis];
    if (offsets) cost += ARRAY_COST + descriptionCost(offsets);
  }
  return cost;
}

/** counts[class × alphabet + symbol] over all tensors. */
export function countClasses(
  inputs: readonly ClassInput[],
  maps: readonly ClassMap[],
  alphabet: number,
  classes: number,
): Float64Array {
  const counts = new Float64Array(classes * alphabet);
  const block = new Uint8Array(65536);
  inputs.forEach(({ symbols, shape }, i) => {
    for (let start = 0; start < symbols.length; start += block.length) {
      const context = block.subarray(0, Math.min(block.length, symbols.length - start));
      fillClasses(maps[i], shape, classes, start, context);
      for (let k = 0; k < context.length; k++) counts[context[k] * alphabet + symbols[start + k]]++;
    }
  });
  return counts;
}

/**
 * Ideal costs of counts, smoothed: a symbol that a class has not seen is taken to occur there as often as its share in
 * all classes of 1/2 a symbol says, and at least once in 2^16.
 *
 * @param banks shares are those within a bank, see {@link learnClasses}
 */
export function costsOf(counts: Float64Array, alphabet: number, classes: number, banks = 1): ClassCosts {
  const overall = new Float64Array(alphabet);
  for (let i = 0; i < counts.length; i++) overall[i % alphabet] += counts[i];
  const size = alphabet / banks;
  const sumOf = (row: Float64Array) => row.reduce((sum, count) => sum + count, 0);
  const costs = new Int32Array(counts.length);
  for (let row = 0; row < counts.length; row += size) {
    const own = counts.subarray(row, row + size);
    const all = overall.subarray(row % alphabet, (row % alphabet) + size);
    const total = sumOf(own);
    const sum = sumOf(all);
    for (let symbol = 0; symbol < size; symbol++) {
      const prior = (all[symbol] + 0.5) / (sum + 0.5 * size);
      const share = (own[symbol] + 0.5 * prior) / (total + 0.5);
      costs[row + symbol] = 30 * BIT - log2(Math.max(2 ** 12, Math.floor(share * 2 ** 30)));
    }
  }
  return { classes, alphabet, costs };
}

function emptyMap(): ClassMap {
  return { base: 0, rows: null, columns: null, taps: null };
}

/** Classes of equal weight count, by the mean magnitude of a row. */
function startByMagnitude(
  inputs: readonly ClassInput[],
  magnitudes: Float64Array,
  classes: number,
  maps: readonly ClassMap[],
): void {
  const items: { input: number; row: number; mean: number; size: number }[] = [];
  inputs.forEach(({ symbols, shape }, input) => {
    const size = shape[1] * shape[2];
    for (let row = 0; row < shape[0]; row++) {
      let sum = 0;
      for (let i = row * size; i < (row + 1) * size; i++) sum += magnitudes[symbols[i]];
      items.push({ input, row, mean: size > 0 ? sum / size : 0, size });
    }
    maps[input].rows = new Int8Array(shape[0]);
  });
  items.sort((a, b) => a.mean - b.mean || a.input - b.input || a.row - b.row);
  const total = items.reduce((sum, item) => sum + item.size, 0);
  let before = 0;
  for (const item of items) {
    maps[item.input].rows![item.row] = Math.min(classes - 1, Math.floor((before * classes) / Math.max(1, total)));
    before += item.size;
  }
}

function chooseBase({ symbols }: ClassInput, { classes, alphabet, costs }: ClassCosts, map: ClassMap): number {
  const counts = new Float64Array(alphabet);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]]++;
  let best = Number.POSITIVE_INFINITY;
  for (let context = 0; context < classes; context++) {
    let cost = 0;
    for (let symbol = 0; symbol < alphabet; symbol++) cost += counts[symbol] * costs[context * alphabet + symbol];
    if (cost < best) {
      best = cost;
      map.base = context;
    }
  }
  return best;
}

/** The best array along one axis, the others being as they are; its cost contains the description of every array. */
function chooseOffsets(
  input: ClassInput,
  model: ClassCosts,
  map: ClassMap,
  axis: number,
  kernel: ClassCostKernel,
): { offsets: Int8Array; cost: number } {
  const { classes } = model;
  const from = axis === 0 ? -map.base : -MAX_SHIFT;
  const count = axis === 0 ? classes : 2 * MAX_SHIFT + 1;
  const length = input.shape[axis];
  const table = costPerOffset(input, model, map, axis, from, count, kernel);
  const offsets = new Int8Array(length);
  let description = new Float64Array(count).fill(2 * BIT);
  let cost = 0;
  // The second round knows how often each offset is used, so rare ones have to pay more.
  for (let round = 0; round < 3; round++) {
    const used = new Float64Array(count);
    cost = ARRAY_COST;
    for (let index = 0; index < length; index++) {
      let best = 0;
      for (let k = 1; k < count; k++) {
        const at = index * count;
        if (table[at + k] + description[k] < table[at + best] + description[best]) best = k;
      }
      offsets[index] = from + best;
      used[best]++;
      cost += table[index * count + best] + description[best];
    }
    description = used.map((n) => Math.min(12 * BIT, log2(2 * length + count) - log2(2 * n + 1)));
  }
  return { offsets, cost: cost + mapCost({ ...map, [AXES[axis]]: null }) };
}

/** f64[length of the axis × count]: the cost of all elements at an index if its offset were from + k. */
function costPerOffset(
  { symbols, shape }: ClassInput,
  { classes, alphabet, costs }: ClassCosts,
  map: ClassMap,
  axis: number,
  from: number,
  count: number,
  kernel: ClassCostKernel,
): Float64Array {
  // Entry i of a row is class i − count, clamped at both ends: beyond them, offsets make no difference any more.
  const reach = classes + count + 1;
  const pitch = reach + count;
  const padded = new Int32Array(alphabet * pitch);
  for (let symbol = 0; symbol < alphabet; symbol++)
    for (let i = 0; i < pitch; i++) {
      const context = Math.min(classes - 1, Math.max(0, i - count));
      padded[symbol * pitch + i] = costs[context * alphabet + symbol];
    }
  const bases = new Uint8Array(symbols.length);
  const others = { ...map, [AXES[axis]]: null, base: map.base + from + count };
  fillClasses(others, shape, reach, 0, bases);
  return kernel.sumClassCosts(symbols, bases, shape, axis, padded, pitch, count);
}

function descriptionCost(offsets: Int8Array): number {
  const used = new Map<number, number>();
  for (const offset of offsets) used.set(offset, (used.get(offset) ?? 0) + 1);
  let cost = 0;
  for (const n of used.values()) cost += n * (log2(2 * offsets.length + used.size) - log2(2 * n + 1));
  return cost;
}
