import {
  type ByteSource,
  bitsPerElement,
  type Codebook,
  readBytes,
  type Tensor,
  type WeightCoding,
} from '../core/index.js';
import type { RansEncoder } from '../kernels/rans.js';
import { ByteEncoder } from './byte-coder.js';
import { ByteWriter } from './bytes.js';
import { AXES, fillClasses, shapeOf } from './class-map.js';
import { crc32 } from './crc32.js';
import {
  CRC_OFFSET,
  HEAD_SLACK,
  lanesFor,
  MAGIC,
  MAX_HEAD_EXPANSION,
  Mode,
  PREFIX_LENGTH,
  SetKind,
  VERSION,
} from './format.js';
import { type CodedHole, chunksOf, type Hole, writeDirectory } from './layout.js';
import { inputOf, type LearnedSet, learnSet } from './learn-set.js';
import { encodePlanes } from './planes.js';
import { frequenciesOfSet, packBitmap, packBits, packSteps, tablesOf } from './symbol-set.js';

/** A range of the ONNX file: literal bytes (`tensor` is null), or the payload of a tensor. As in onnx/segment.ts. */
export interface EncodeSegment {
  readonly source: ByteSource;
  readonly tensor: Tensor | null;
}

export interface EncodeOptions {
  /** Travels in the file as JSON; anything that JSON can say. */
  metadata?: unknown;
  rans: RansEncoder;
}

/** Payloads below this stay in the skeleton: a hole costs about four bytes of directory. */
const TINY = 64;
/** Plain payloads up to this are packed in the head, by the byte coder … */
const SMALL = 65536;
/** … while they are not more than this in all: the byte coder makes about 250 kB/s. */
const SMALL_TOTAL = 1 << 20;

/**
 * Packs the segments of an ONNX file. Lossless. Yields the body in pieces, tensor by tensor, and returns the head that
 * must stand before it: a writer spools the body, so memory holds one tensor at a time.
 */
export function* encodeWrg(
  segments: readonly EncodeSegment[],
  options: EncodeOptions,
): Generator<Uint8Array, Uint8Array> {
  const plan = planHoles(segments);
  const sets = learnSets(plan.tensors);
  const holes = plan.holes.map((hole) => finishHole(hole, sets));
  const chunkLengths: number[] = [];
  const escapeLengths: number[] = [];
  let bodyLength = 0;
  for (const chunk of chunksOf(holes)) {
    const hole = holes[chunk.holes[0]];
    const sources = chunk.holes.map((index) => plan.holes[index]);
    let parts: Uint8Array[];
    let escapes = 0;
    if (hole.mode === Mode.CODED) {
      const coded = encodeSymbols(sources as CodedPlan[], sets, chunk.start, chunk.count, options.rans);
      parts = [coded.stream, coded.escapes];
      escapes = coded.escapes.length;
    } else {
      const bytes = readBytes(sources[0].source, chunk.start, chunk.count);
      parts = encodePlanes(bytes, hole.mode === Mode.PLANES ? hole.stride : 1, options.rans);
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
  return writeHead(sections, directory.length, bodyLength);
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

interface Section {
  readonly bytes: Uint8Array;
  readonly stride: number;
}

interface InlinePlan {
  readonly mode: typeof Mode.INLINE;
  readonly gap: number;
  readonly source: ByteSource;
  readonly stride: number;
}

interface PlanesPlan {
  readonly mode: typeof Mode.PLANES;
  readonly gap: number;
  readonly source: ByteSource;
  readonly stride: number;
}

interface CodedPlan {
  readonly mode: typeof Mode.CODED;
  readonly gap: number;
  readonly source: ByteSource;
  readonly tensor: Tensor;
  readonly coding: WeightCoding;
}

type HolePlan = InlinePlan | PlanesPlan | CodedPlan;

function planHoles(segments: readonly EncodeSegment[]): {
  holes: HolePlan[];
  literals: Uint8Array[];
  tensors: CodedPlan[];
} {
  const holes: HolePlan[] = [];
  const literals: Uint8Array[] = [];
  const tensors: CodedPlan[] = [];
  let gap = 0;
  let small = 0;
  for (const { source, tensor } of segments) {
    const coding = tensor?.coding ?? null;
    const stride = tensor ? strideOf(tensor) : 1;
    if (tensor && coding && source.byteLength > 0) {
      const plan: CodedPlan = { mode: Mode.CODED, gap, source, tensor, coding };
      holes.push(plan);
      tensors.push(plan);
    } else if (source.byteLength < TINY || (!tensor && source.byteLength <= SMALL)) {
      literals.push(readBytes(source));
      gap += source.byteLength;
      continue;
    } else if (source.byteLength <= SMALL && small + source.byteLength <= SMALL_TOTAL) {
      small += source.byteLength;
      holes.push({ mode: Mode.INLINE, gap, source, stride });
    } else holes.push({ mode: Mode.PLANES, gap, source, stride });
    gap = 0;
  }
  return { holes, literals, tensors };
}

function strideOf(tensor: Tensor): number {
  const bytes = bitsPerElement(tensor.dataType) / 8;
  return (bytes === 2 || bytes === 4 || bytes === 8) && tensor.byteLength % bytes === 0 ? bytes : 1;
}

interface EncoderSet {
  readonly codebook: Codebook | null;
  readonly tensors: readonly CodedPlan[];
  readonly learned: LearnedSet;
  readonly frequencies: Uint16Array;
}

/** One set for all grids, one for each codebook, in the order in which they first appear. */
function learnSets(tensors: readonly CodedPlan[]): EncoderSet[] {
  const groups = new Map<Codebook | null, CodedPlan[]>();
  for (const tensor of tensors) {
    const key = tensor.coding.kind === 'codebook' ? tensor.coding.codebook : null;
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  return [...groups].map(([codebook, members]) => {
    const coded = members.map(({ tensor, coding }) => ({ dims: tensor.dims, codes: () => coding.codes }));
    const learned = codebook
      ? learnSet(coded, SetKind.CODEBOOK, { min: 0, size: codebook.values.length }, (code) => codebook.values[code])
      : learnSet(coded, SetKind.GRID, rangeOf(members), (level) => level);
    const { alphabet } = tablesOf(learned.set);
    return { codebook, tensors: members, learned, frequencies: frequenciesOfSet(learned.set, alphabet) };
  });
}

function rangeOf(tensors: readonly CodedPlan[]): { min: number; size: number } {
  let min = 32767;
  let max = -32768;
  for (const { coding } of tensors) {
    const { codes } = coding;
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] < min) min = codes[i];
      if (codes[i] > max) max = codes[i];
    }
  }
  return { min, size: max - min + 1 };
}

function finishHole(plan: HolePlan, sets: readonly EncoderSet[]): Hole {
  const { gap, source } = plan;
  if (plan.mode !== Mode.CODED) return { gap, byteLength: source.byteLength, mode: plan.mode, stride: plan.stride };
  const { tensor, coding } = plan;
  const set = sets.findIndex(({ tensors }) => tensors.includes(plan));
  const map = sets[set].learned.maps[sets[set].tensors.indexOf(plan)];
  const scaleCount = coding.kind === 'grid' ? coding.scales.length : 0;
  return {
    gap,
    byteLength: source.byteLength,
    mode: Mode.CODED,
    dataType: tensor.dataType,
    dims: tensor.dims,
    elementCount: tensor.elementCount,
    shape: shapeOf(tensor.dims),
    set,
    scaleCount,
    axis: scaleCount > 1 && coding.kind === 'grid' ? coding.axis : 0,
    arrays: (map.rows ? 1 : 0) | (map.columns ? 2 : 0) | (map.taps ? 4 : 0),
    base: map.base,
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
  for (const plan of plans) {
    const { codes } = plan.coding;
    const part = codes.subarray(start, Math.min(codes.length, start + count - filled));
    const { symbols: mapped } = inputOf({ dims: [part.length], codes: () => part }, learned.set.min, learned.symbols);
    symbols.set(mapped, filled);
    const target = contexts.subarray(filled, filled + part.length);
    const map = learned.maps[set.tensors.indexOf(plan)];
    fillClasses(map, shapeOf(plan.tensor.dims), learned.set.classes, start, target);
    if (escapeSymbol >= 0)
      for (let i = 0; i < part.length; i++) if (mapped[i] === escapeSymbol) ranks.push(rankOf.get(part[i])!);
    filled += part.length;
  }
  const stream = rans.encodeRans(symbols, set.frequencies, alphabet, contexts, lanesFor(count));
  return { stream, escapes: packBits(ranks, escapeBits) };
}

/** Bitmap of direct values where not all are, steps, and a codebook's values. */
function setSections({ learned: { set }, codebook }: EncoderSet): Section[] {
  const { alphabet } = tablesOf(set);
  const sections: Section[] = [];
  if (set.direct.includes(0)) sections.push({ bytes: packBitmap(set.direct), stride: 1 });
  sections.push({ bytes: packSteps(set.steps, alphabet), stride: alphabet });
  if (codebook) sections.push({ bytes: bigEndian(floatBytes(codebook.values), 4), stride: 4 });
  return sections;
}

/** An inline payload; or the class arrays and the scales of a coded tensor. */
function holeSections(plan: HolePlan, sets: readonly EncoderSet[]): Section[] {
  if (plan.mode === Mode.INLINE)
    return [{ bytes: bigEndian(readBytes(plan.source), plan.stride), stride: plan.stride }];
  if (plan.mode !== Mode.CODED) return [];
  const sections: Section[] = [];
  const set = sets.find(({ tensors }) => tensors.includes(plan))!;
  const map = set.learned.maps[set.tensors.indexOf(plan)];
  for (const axis of AXES) {
    const offsets = map[axis];
    if (offsets) sections.push({ bytes: Uint8Array.from(offsets, (x) => (x < 0 ? -2 * x - 1 : 2 * x)), stride: 1 });
  }
  if (plan.coding.kind === 'grid') sections.push({ bytes: bigEndian(floatBytes(plan.coding.scales), 4), stride: 4 });
  return sections;
}

function writeHead(sections: readonly Section[], directoryLength: number, bodyLength: number): Uint8Array {
  const rawLength = sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const encoder = new ByteEncoder(rawLength);
  for (const { bytes, stride } of sections) encoder.write(bytes, stride);
  let packed = encoder.finish();
  const least = Math.ceil((rawLength - HEAD_SLACK) / MAX_HEAD_EXPANSION);
  if (packed.length < least) packed = concat([packed, new Uint8Array(least - packed.length)]);

  const numbers = new ByteWriter();
  for (const number of [packed.length, rawLength, directoryLength, bodyLength]) numbers.uint(number);
  const head = new Uint8Array(PREFIX_LENGTH + numbers.length + packed.length);
  const view = new DataView(head.buffer);
  head.set(MAGIC);
  view.setUint16(8, VERSION, true);
  head.set(numbers.bytes(), PREFIX_LENGTH);
  head.set(packed, PREFIX_LENGTH + numbers.length);
  const checksum = crc32(head.subarray(PREFIX_LENGTH), crc32(head.subarray(0, CRC_OFFSET)));
  view.setUint32(CRC_OFFSET, checksum, true);
  return head;
}

function floatBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
}

/** Most significant byte first: the byte coder meets sign and exponent before the noise. */
function bigEndian(bytes: Uint8Array, stride: number): Uint8Array {
  for (let i = 0; i < bytes.length; i += stride) bytes.subarray(i, i + stride).reverse();
  return bytes;
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
