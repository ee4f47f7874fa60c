import { type ByteSource, readBytes } from '../core/index.js';
import type { RansDecoder } from '../kernels/rans.js';
import { fillClasses } from './class-map.js';
import { check } from './corrupt.js';
import { crc32 } from './crc32.js';
import { lanesFor, SetKind } from './format.js';
import type { CodedDetail, Head } from './head.js';
import { type ChunkPlan, type CodedHole, chunksOf, type PlanesHole } from './layout.js';
import { decodePlanes } from './planes.js';
import { frequenciesOfSet, type SymbolTables, tablesOf, unpackBits } from './symbol-set.js';

/** Decodes chunks of the body when they are asked for; keeps the last chunk and the last tensor. */
export class ChunkReader {
  readonly #plans: readonly ChunkPlan[];
  /** Where each chunk begins in the file. */
  readonly #offsets: number[] = [];
  /** The first chunk of each hole. */
  readonly #firstChunk = new Map<number, number>();
  readonly #sets: { readonly tables: SymbolTables; readonly frequencies: Uint16Array }[] = [];
  #planesChunk = -1;
  #planes = new Uint8Array(0);
  #valuesChunk = -1;
  #values: Int16Array | Uint16Array = new Int16Array(0);
  #codesHole = -1;
  #codes: Int16Array | Uint16Array = new Int16Array(0);

  constructor(
    readonly file: ByteSource,
    readonly head: Head,
    readonly rans: RansDecoder,
  ) {
    this.#plans = chunksOf(head.directory.holes);
    let offset = head.bodyOffset;
    this.#plans.forEach((plan, chunk) => {
      this.#offsets.push(offset);
      offset += head.directory.chunkLengths[chunk] + 4;
      for (const hole of plan.holes) if (!this.#firstChunk.has(hole)) this.#firstChunk.set(hole, chunk);
    });
  }

  /** The bytes of one chunk of a PLANES hole; valid until the next call. */
  planes(hole: number, index: number): Uint8Array {
    const chunk = this.#firstChunk.get(hole)! + index;
    if (chunk !== this.#planesChunk) {
      const bytes = new Uint8Array(this.#plans[chunk].count);
      const { stride } = this.head.directory.holes[hole] as PlanesHole;
      decodePlanes(this.#read(chunk), stride, this.rans, bytes);
      this.#planes = bytes;
      this.#planesChunk = chunk;
    }
    return this.#planes;
  }

  /** The levels (Int16Array) or codes (Uint16Array) of a coded hole; not to be written to. */
  codes(hole: number): Int16Array | Uint16Array {
    if (hole === this.#codesHole) return this.#codes;
    const { elementCount } = this.head.directory.holes[hole] as CodedHole;
    let chunk = this.#firstChunk.get(hole)!;
    const plan = this.#plans[chunk];
    let codes: Int16Array | Uint16Array;
    if (plan.count >= elementCount) {
      const values = this.#valuesOf(chunk);
      const start = plan.holes
        .slice(0, plan.holes.indexOf(hole))
        .reduce((sum, index) => sum + (this.head.directory.holes[index] as CodedHole).elementCount, 0);
      codes = values.slice(start, start + elementCount);
    } else {
      const first = this.#valuesOf(chunk++);
      codes = first instanceof Int16Array ? new Int16Array(elementCount) : new Uint16Array(elementCount);
      codes.set(first);
      for (; this.#plans[chunk]?.holes[0] === hole; chunk++) codes.set(this.#valuesOf(chunk), this.#plans[chunk].start);
    }
    this.#codes = codes;
    this.#codesHole = hole;
    return codes;
  }

  #valuesOf(chunk: number): Int16Array | Uint16Array {
    if (chunk !== this.#valuesChunk) {
      this.#values = this.#decode(chunk);
      this.#valuesChunk = chunk;
    }
    return this.#values;
  }

  #decode(chunk: number): Int16Array | Uint16Array {
    const { holes, start, count } = this.#plans[chunk];
    const { directory, sets, details } = this.head;
    const setIndex = (directory.holes[holes[0]] as CodedHole).set;
    const { set } = sets[setIndex];
    const { tables, frequencies } = this.#setOf(setIndex);
    const contexts = new Uint8Array(count);
    let filled = 0;
    for (const index of holes) {
      const { shape, elementCount } = directory.holes[index] as CodedHole;
      const target = contexts.subarray(filled, filled + elementCount - start);
      fillClasses((details[index] as CodedDetail).map, shape, set.classes, start, target);
      filled += target.length;
    }
    const bytes = this.#read(chunk);
    const escapes = bytes.subarray(bytes.length - directory.escapeLengths[chunk]);
    const stream = bytes.subarray(0, bytes.length - escapes.length);
    const symbols = new Uint8Array(count);
    this.rans.decodeRans(stream, frequencies, tables.alphabet, contexts, lanesFor(count), symbols);
    const codes = set.kind === SetKind.GRID ? new Int16Array(count) : new Uint16Array(count);
    writeValues(symbols, tables, escapes, codes);
    return codes;
  }

  #setOf(index: number): { readonly tables: SymbolTables; readonly frequencies: Uint16Array } {
    const { set } = this.head.sets[index];
    if (!this.#sets[index]) {
      const tables = tablesOf(set);
      this.#sets[index] = { tables, frequencies: frequenciesOfSet(set, tables.alphabet) };
    }
    return this.#sets[index];
  }

  #read(chunk: number): Uint8Array {
    const length = this.head.directory.chunkLengths[chunk];
    const bytes = readBytes(this.file, this.#offsets[chunk], length + 4);
    const stored = new DataView(bytes.buffer).getUint32(length, true);
    check(crc32(bytes.subarray(0, length)) === stored, `checksum of ${length} bytes at offset ${this.#offsets[chunk]}`);
    return bytes.subarray(0, length);
  }
}

function writeValues(
  symbols: Uint8Array,
  { values, escapeSymbol, escapeBits, escaped }: SymbolTables,
  escapes: Uint8Array,
  codes: Int16Array | Uint16Array,
): void {
  let ranks = 0;
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i];
    if (symbol !== escapeSymbol) {
      check(symbol < values.length, `symbol ${symbol}`);
      codes[i] = values[symbol];
      continue;
    }
    // Bits beyond the end read as zeros; the length is checked below.
    const rank = unpackBits(escapes, ranks++, escapeBits);
    check(rank < escaped.length, `escaped value ${rank}`);
    codes[i] = escaped[rank];
  }
  check(Math.ceil((ranks * escapeBits) / 8) === escapes.length, `${ranks} escaped values`);
}
