import type { ClassMap } from '../kernels/class-map.js';
import type { DecodeKernels } from '../kernels/decode-kernels.js';
import { RANS_TOTAL, type RansEncoder } from '../kernels/rans.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { lanesFor } from './format.js';
import { frequenciesOf, maxStep, stepOf } from './frequencies.js';
import { BIT, log2 } from './log2.js';

const RAW = 0;
const RANS = 1;
const RESOLUTION = 8;
const ALPHABET = 256;
/** In a table, a byte from here on is a run of byte − 127 zeros: a step is at most 97. */
const ZERO_RUN = 128;
const ONE_CLASS: ClassMap = { base: 0, rows: null, columns: null, taps: null };

/**
 * Packs plain numbers: byte j of every element makes plane j, and a plane is rANS-coded by one table, or raw where that
 * does not save 1/256 of it. Lossless, one pass, no memory beyond the chunk.
 */
export function encodePlanes(bytes: Uint8Array, stride: number, rans: RansEncoder): Uint8Array[] {
  const count = bytes.length / stride;
  const contexts = new Uint8Array(count);
  const parts: Uint8Array[] = [];
  for (let plane = 0; plane < stride; plane++) {
    const symbols = new Uint8Array(count);
    for (let i = 0, at = plane; i < count; i++, at += stride) symbols[i] = bytes[at];
    const steps = stepsOf(symbols);
    const writer = new ByteWriter();
    if (!steps) {
      writer.uint(RAW);
      parts.push(writer.bytes(), symbols);
      continue;
    }
    const frequencies = new Uint16Array(ALPHABET);
    frequenciesOf(steps, RESOLUTION, frequencies);
    const stream = rans.encodeRans(symbols, frequencies, ALPHABET, contexts, lanesFor(count));
    writer.uint(RANS);
    const packed = packTable(steps);
    writer.uint(stream.length);
    parts.push(writer.bytes(), packed, stream);
  }
  return parts;
}

/**
 * @param byteLength of the result, a whole number of elements
 * @throws {WringError} E_CORRUPT, E_TRUNCATED
 */
export function decodePlanes(
  packed: Uint8Array,
  stride: number,
  byteLength: number,
  kernels: DecodeKernels,
): Uint8Array {
  const count = byteLength / stride;
  const bytes = new Uint8Array(byteLength);
  const reader = new ByteReader(packed);
  for (let plane = 0; plane < stride; plane++) {
    const fill = (symbols: Uint8Array) => {
      for (let i = 0, at = plane; i < count; i++, at += stride) bytes[at] = symbols[i];
    };
    if (reader.uint(RANS) === RAW) fill(reader.take(count));
    else {
      const length = reader.uint();
      const frequencies = new Uint16Array(ALPHABET);
      frequenciesOf(unpackTable(reader), RESOLUTION, frequencies);
      const parts = [{ map: ONE_CLASS, shape: [1, 1, count] as const, start: 0, count, period: 0 }];
      const stream = reader.take(length);
      const classed = { stream, frequencies, alphabet: ALPHABET, banks: 1, lanes: lanesFor(count), parts } as const;
      kernels.decodeClassed(classed, (symbols) => fill(symbols.u8()));
    }
  }
  reader.check(reader.at === packed.length);
  return bytes;
}

/** Steps of a plane's bytes; null where coding would not pay. */
function stepsOf(symbols: Uint8Array): Uint8Array | null {
  const counts = new Uint32Array(ALPHABET);
  for (let i = 0; i < symbols.length; i++) counts[symbols[i]]++;
  const steps = Uint8Array.from(counts, (count) => stepOf(count, symbols.length, RESOLUTION));
  const frequencies = new Uint16Array(ALPHABET);
  frequenciesOf(steps, RESOLUTION, frequencies);
  let cost = 0;
  for (let i = 0; i < ALPHABET; i++) if (counts[i] > 0) cost += counts[i] * (log2(RANS_TOTAL) - log2(frequencies[i]));
  const coded = cost / BIT / 8 + 2 * lanesFor(symbols.length) + packTable(steps).length;
  return coded < symbols.length - symbols.length / 256 ? steps : null;
}

function packTable(steps: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < ALPHABET; i++) {
    let run = 0;
    while (i + run < ALPHABET && run < 128 && steps[i + run] === 0) run++;
    bytes.push(run > 0 ? ZERO_RUN - 1 + run : steps[i]);
    i += Math.max(0, run - 1);
  }
  return Uint8Array.from(bytes);
}

function unpackTable(reader: ByteReader): Uint8Array {
  const steps = new Uint8Array(ALPHABET);
  for (let i = 0; i < ALPHABET; ) {
    const [byte] = reader.take(1);
    if (byte < ZERO_RUN) steps[i] = Math.min(byte, maxStep(RESOLUTION));
    i += byte < ZERO_RUN ? 1 : byte - ZERO_RUN + 1;
  }
  return steps;
}
