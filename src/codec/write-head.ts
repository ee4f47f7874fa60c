import { readBytes } from '../core/index.js';
import type { RansEncoder } from '../kernels/rans.js';
import { ByteEncoder } from '../kernels/reference/byte-coder.js';
import { crc32 } from '../kernels/reference/crc32.js';
import { ByteWriter } from './bytes.js';
import { AXES } from './class-map.js';
import type { EncoderSet } from './encode.js';
import { findNoise } from './find-noise.js';
import { CODED, CRC_OFFSET, HEAD_SLACK, INLINE, MAGIC, MAX_HEAD_EXPANSION, PREFIX_LENGTH, VERSION } from './format.js';
import type { HolePlan } from './plan-holes.js';
import { encodePlanes } from './planes.js';
import { packBitmap, packSteps, tablesOf } from './symbol-set.js';

/** A part of the head; see docs/format.md for the order. */
export interface Section {
  readonly bytes: Uint8Array;
  /** What they are coded as: 1 for text, n for elements of n bytes, −n for rows of n small numbers. */
  readonly stride: number;
  /** Whether it is a class array, which may stand behind the head. */
  readonly isClasses?: boolean;
}

/** Class arrays from this many entries on stand behind the head, if files grow by at most 1/400: they are read ten times as fast. */
const MANY_CLASSES = 1024;
const FASTER = 400;

/** Bitmap of direct values where not all are, steps, and a codebook's values. */
export function setSections({ learned: { set }, codebook }: EncoderSet): Section[] {
  const { alphabet } = tablesOf(set);
  const sections: Section[] = [];
  if (set.direct.includes(0)) sections.push({ bytes: packBitmap(set.direct), stride: 1 });
  sections.push({ bytes: packSteps(set.steps, alphabet), stride: -alphabet });
  if (codebook) sections.push({ bytes: bigEndian(floatBytes(codebook.values), 4), stride: 4 });
  return sections;
}

/** An inline payload; or the class arrays and the scales of a coded tensor. */
export function holeSections(plan: HolePlan, sets: readonly EncoderSet[]): Section[] {
  if (plan.mode === INLINE) return [{ bytes: bigEndian(readBytes(plan.source), plan.stride), stride: plan.stride }];
  if (plan.mode !== CODED) return [];
  const sections: Section[] = [];
  const set = sets.find(({ tensors }) => tensors.includes(plan))!;
  const map = set.learned.maps[set.tensors.indexOf(plan)];
  for (const axis of AXES) {
    const offsets = map[axis];
    if (!offsets) continue;
    const bytes = Uint8Array.from(offsets, (x) => (x < 0 ? -2 * x - 1 : 2 * x));
    sections.push({ bytes, stride: -bytes.length, isClasses: true });
  }
  if (plan.coding.kind === 'grid') sections.push({ bytes: bigEndian(floatBytes(plan.coding.scales), 4), stride: 4 });
  return sections;
}

/** Packs the sections, and puts magic, version, lengths and checksum before them. */
export function writeHead(
  sections: readonly Section[],
  directoryLength: number,
  bodyLength: number,
  rans: RansEncoder,
): Uint8Array {
  const { rawLength, packed, classes } = packSections(sections, bodyLength, rans);
  const numbers = new ByteWriter();
  for (const number of [packed.length, rawLength, directoryLength, classes.length, bodyLength]) numbers.uint(number);
  const prefix = new Uint8Array(PREFIX_LENGTH);
  prefix.set(MAGIC);
  const head = concat([prefix, numbers.bytes(), packed, classes]);
  const view = new DataView(head.buffer);
  view.setUint16(8, VERSION, true);
  view.setUint32(CRC_OFFSET, crc32(head.subarray(PREFIX_LENGTH), crc32(head.subarray(0, CRC_OFFSET))), true);
  return head;
}

interface PackedSections {
  readonly rawLength: number;
  readonly packed: Uint8Array;
  /** Empty where class arrays are in the head. */
  readonly classes: Uint8Array;
}

function packSections(sections: readonly Section[], bodyLength: number, rans: RansEncoder): PackedSections {
  const together = { ...packBytes(sections), classes: new Uint8Array(0) };
  const arrays = concat(sections.filter(({ isClasses }) => isClasses).map(({ bytes }) => bytes));
  if (arrays.length < MANY_CLASSES) return together;
  const classes = concat(encodePlanes(arrays, 1, rans));
  const apart = { ...packBytes(sections.filter(({ isClasses }) => !isClasses)), classes };
  const growth = apart.packed.length + classes.length - together.packed.length;
  const isSound = arrays.length <= classes.length * MAX_HEAD_EXPANSION;
  return isSound && growth * FASTER <= bodyLength ? apart : together;
}

function packBytes(sections: readonly Section[]): { rawLength: number; packed: Uint8Array } {
  const rawLength = sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const encoder = new ByteEncoder(rawLength);
  const noise = findNoise(sections, rawLength);
  sections.forEach(({ bytes, stride }, i) => {
    encoder.write(bytes, stride, noise[i]);
  });
  const packed = encoder.finish();
  const least = Math.ceil((rawLength - HEAD_SLACK) / MAX_HEAD_EXPANSION);
  return { rawLength, packed: concat([packed, new Uint8Array(Math.max(0, least - packed.length))]) };
}

function floatBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
}

/** Most significant byte first: the byte coder meets sign and exponent before the noise. */
function bigEndian(bytes: Uint8Array, stride: number): Uint8Array {
  for (let i = 0; i < bytes.length; i += stride) bytes.subarray(i, i + stride).reverse();
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
