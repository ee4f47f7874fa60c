import { type Codebook, readBytes } from '../core/index.js';
import type { EncodeKernels } from '../kernels/encode-kernels.js';
import type { RansEncoder } from '../kernels/rans.js';
import { crc32 } from '../kernels/reference/crc32.js';
import { fillClasses, shapeOf } from './class-map.js';
import { CODEBOOK, CODED, GRID, lanesFor, PLANES, TRELLIS } from './format.js';
import { type CodedHole, chunksOf, type Hole, writeDirectory } from './layout.js';
import { inputOf, type LearnedSet, learnSet } from './learn-set.js';
import { type CodedPlan, type EncodeSegment, type HolePlan, planHoles } from './plan-holes.js';
import { encodePlanes } from './planes.js';
import { frequenciesOfSet, packBits, tablesOf } from './symbol-set.js';
import { bankSymbols, followTrellis, trellisRange } from './trellis.js';
import { concat, holeSections, type Section, setSections, writeHead } from './write-head.js';

export interface EncodeOptions {
  /** Travels in the file as JSON; anything that JSON can say. */
  metadata?: unknown;
  kernels: EncodeKernels;
}

/**
 * Packs the segments of an ONNX file. Lossless. Yields the body in pieces, tensor by tensor, and returns the head that
 * must stand before it: a writer spools the body, so memory holds one tensor at a time.
 */
export function* encodeWrg(
  segments: readonly EncodeSegment[],
  options: EncodeOptions,
): Generator<Uint8Array, Uint8Array> {
  const plan = planHoles(segments);
  const sets = learnSets(plan.tensors, options.kernels);
  const holes = plan.holes.map((hole) => finishHole(hole, sets));
  const chunkLengths: number[] = [];
  const escapeLengths: number[] = [];
  let bodyLength = 0;
  for (const chunk of chunksOf(holes)) {
    const hole = holes[chunk.holes[0]];
    const sources = chunk.holes.map((index) => plan.holes[index]);
    let parts: Uint8Array[];
    let escapes = 0;
    if (hole.mode === CODED) {
      const coded = encodeSymbols(sources as CodedPlan[], sets, chunk.start, chunk.count, options.kernels);
      parts = [coded.stream, coded.escapes];
      escapes = coded.escapes.length;
    } else {
      const bytes = readBytes(sources[0].source, chunk.start, chunk.count);
      parts = encodePlanes(bytes, hole.mode === PLANES ? hole.stride : 1, options.kernels);
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    chunkLengths.push(length);
    escapeLengths.push(escapes);
    bodyLength += length + 4;
    let checksum = 0;
    for (const part of parts) {
      checksum = crc32(part, checksum);
      yield part;
    }
    yield littleEndian(checksum);
  }

  const metadata = new TextEncoder().encode(options.metadata === undefined ? '' : JSON.stringify(options.metadata));
  const literals = concat(plan.literals);
  const directory = writeDirectory({
    metadataLength: metadata.length,
    literalLength: literals.length,
    sets: sets.map(({ learned: { set } }) => ({
      ...set,
      directCount: set.direct.reduce((sum, one) => sum + one, 0),
    })),
    holes,
    chunkLengths,
    escapeLengths,
  });
  const sections: Section[] = [
    { bytes: directory, stride: 1 },
    { bytes: metadata, stride: 1 },
    { bytes: literals, stride: 1 },
    ...sets.flatMap(setSections),
    ...plan.holes.flatMap((hole) => holeSections(hole, sets)),
  ];
  return writeHead(sections, directory.length, bodyLength, options.kernels);
}

/** The whole file in memory. */
export function encodeWrgBytes(segments: readonly EncodeSegment[], options: EncodeOptions): Uint8Array {
  const body: Uint8Array[] = [];
  const work = encodeWrg(segments, options);
  for (;;) {
    const step = work.next();
    if (step.done) return concat([step.value, ...body]);
    body.push(step.value);
  }
}

/** A set as the encoder holds it. */
export interface EncoderSet {
  readonly codebook: Codebook | null;
  readonly tensors: readonly CodedPlan[];
  readonly learned: LearnedSet;
  readonly frequencies: Uint16Array;
}

/** One set for all grids, one for all that follow a trellis, one for each codebook, in the order in which they first appear. */
function learnSets(tensors: readonly CodedPlan[], kernels: EncodeKernels): EncoderSet[] {
  const groups = new Map<Codebook | number, CodedPlan[]>();
  for (const tensor of tensors) {
    const { coding, period } = tensor;
    const key = coding.kind === 'codebook' ? coding.codebook : period > 0 ? TRELLIS : GRID;
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  return [...groups].map(([key, members]) => {
    const codebook = typeof key === 'number' ? null : key;
    const learned = codebook ? learnCodebook(codebook, members, kernels) : learnLevels(key as number, members, kernels);
    const { alphabet } = tablesOf(learned.set);
    return { codebook, tensors: members, learned, frequencies: frequenciesOfSet(learned.set, alphabet) };
  });
}

function learnCodebook({ values }: Codebook, members: readonly CodedPlan[], kernels: EncodeKernels): LearnedSet {
  const tensors = members.map(({ tensor, coding }) => ({ dims: tensor.dims, codes: () => coding.codes }));
  return learnSet(tensors, CODEBOOK, { min: 0, size: values.length }, (code) => values[code], kernels);
}

function learnLevels(kind: number, members: readonly CodedPlan[], kernels: EncodeKernels): LearnedSet {
  const numbers = members.map((plan) => () => numbersOf(plan));
  const range = rangeOf(numbers);
  if (kind === TRELLIS) {
    const even = trellisRange(range);
    const tensors = members.map(({ tensor, coding, period }) => ({
      dims: tensor.dims,
      codes: () => bankSymbols(followTrellis(coding.codes as Int16Array, period)!, even),
    }));
    return learnSet(tensors, kind, even, (level) => level, kernels);
  }
  const tensors = members.map(({ tensor }, i) => ({ dims: tensor.dims, codes: numbers[i] }));
  return learnSet(tensors, kind, range, (level) => level, kernels);
}

/** Levels, or the numbers of a trellis. */
function numbersOf({ coding, period }: CodedPlan): Int16Array {
  const levels = coding.codes as Int16Array;
  return period > 0 ? followTrellis(levels, period)!.numbers : levels;
}

function rangeOf(arrays: readonly (() => Int16Array)[]): { min: number; size: number } {
  let min = 32767;
  let max = -32768;
  for (const read of arrays) {
    const codes = read();
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] < min) min = codes[i];
      if (codes[i] > max) max = codes[i];
    }
  }
  return { min, size: max - min + 1 };
}

function finishHole(plan: HolePlan, sets: readonly EncoderSet[]): Hole {
  const { gap, source } = plan;
  if (plan.mode !== CODED) return { gap, byteLength: source.byteLength, mode: plan.mode, stride: plan.stride };
  const { tensor, coding } = plan;
  const set = sets.findIndex(({ tensors }) => tensors.includes(plan));
  const map = sets[set].learned.maps[sets[set].tensors.indexOf(plan)];
  const scaleCount = coding.kind === 'grid' ? coding.scales.length : 0;
  return {
    gap,
    byteLength: source.byteLength,
    mode: CODED,
    dataType: tensor.dataType,
    dims: tensor.dims,
    elementCount: tensor.elementCount,
    shape: shapeOf(tensor.dims),
    set,
    scaleCount,
    axis: scaleCount > 1 && coding.kind === 'grid' ? coding.axis : 0,
    arrays: (map.rows ? 1 : 0) | (map.columns ? 2 : 0) | (map.taps ? 4 : 0),
    base: map.base,
    period: plan.period,
  } satisfies CodedHole;
}

/** Elements [start, start + count) of the tensors taken as one sequence. */
function encodeSymbols(
  plans: readonly CodedPlan[],
  sets: readonly EncoderSet[],
  start: number,
  count: number,
  rans: RansEncoder,
): { stream: Uint8Array; escapes: Uint8Array } {
  const set = sets.find(({ tensors }) => tensors.includes(plans[0]))!;
  const { learned } = set;
  const { alphabet, escapeSymbol, escapeBits, escaped } = tablesOf(learned.set);
  const rankOf = new Map(Array.from(escaped, (value, rank) => [value, rank]));
  const symbols = new Uint8Array(count);
  const contexts = new Uint8Array(count);
  const ranks: number[] = [];
  let filled = 0;
  const { classes, min } = learned.set;
  for (const plan of plans) {
    const { codes } = plan.coding;
    const part = codes.subarray(start, Math.min(codes.length, start + count - filled));
    const target = contexts.subarray(filled, filled + part.length);
    const map = learned.maps[set.tensors.indexOf(plan)];
    fillClasses(map, shapeOf(plan.tensor.dims), classes, start, target);
    if (plan.period > 0) {
      const { numbers, states } = followTrellis(part as Int16Array, plan.period)!;
      for (let i = 0; i < part.length; i++) {
        symbols[filled + i] = numbers[i] - min;
        target[i] += (states[i] & 1) * classes;
      }
      filled += part.length;
      continue;
    }
    const { symbols: mapped } = inputOf({ dims: [part.length], codes: () => part }, min, learned.symbols);
    symbols.set(mapped, filled);
    if (escapeSymbol >= 0)
      for (let i = 0; i < part.length; i++) if (mapped[i] === escapeSymbol) ranks.push(rankOf.get(part[i])!);
    filled += part.length;
  }
  const stream = rans.encodeRans(symbols, set.frequencies, alphabet, contexts, lanesFor(count));
  return { stream, escapes: packBits(ranks, escapeBits) };
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
