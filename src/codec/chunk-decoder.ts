import { type ByteSource, readBytes } from '../core/index.js';
import type { RansDecoder } from '../kernels/rans.js';
import { fillClasses } from './class-map.js';
import { check, corrupt } from './corrupt.js';
import { crc32 } from './crc32.js';
import { lanesFor, SetKind } from './format.js';
import type { CodedDetail, Head } from './head.js';
import { type ChunkPlan, type CodedHole, chunksOf, type PlanesHole } from './layout.js';
import { decodePlanes } from './planes.js';
import { frequenciesOfSet, type SymbolTables, tablesOf, unpackBits } from './symbol-set.js';

/** Decodes single chunks of the body, in any order; keeps nothing but tables. */
export class ChunkDecoder {
  readonly plans: readonly ChunkPlan[];
  /** Where each chunk begins in the file. */
  readonly #offsets: number[] = [];
  /** Of each set. */
  readonly #frequencies: Uint16Array[] = [];

  constructor(
    readonly file: ByteSource,
    readonly head: Head,
    readonly rans: RansDecoder,
  ) {
    this.plans = chunksOf(head.directory.holes);
    let offset = head.bodyOffset;
    for (const length of head.directory.chunkLengths) {
      this.#offsets.push(offset);
      offset += length + 4;
    }
  }

  /** The bytes of a PLANES chunk. */
  planes(chunk: number): Uint8Array {
    const { holes, count } = this.plans[chunk];
    const bytes = new Uint8Array(count);
    decodePlanes(this.#read(chunk), (this.head.directory.holes[holes[0]] as PlanesHole).stride, this.rans, bytes);
    return bytes;
  }

  /** The levels (Int16Array) or codes (Uint16Array) of a CODED chunk, hole after hole. */
  values(chunk: number): Int16Array | Uint16Array {
    const { holes, start, count } = this.plans[chunk];
    const { directory, sets, details } = this.head;
    const index = (directory.holes[holes[0]] as CodedHole).set;
    const { set } = sets[index];
    const tables = tablesOf(set);
    this.#frequencies[index] ??= frequenciesOfSet(set, tables.alphabet);
    const contexts = new Uint8Array(count);
    let filled = 0;
    for (const hole of holes) {
      const { shape, elementCount } = directory.holes[hole] as CodedHole;
      const target = contexts.subarray(filled, filled + elementCount - start);
      fillClasses((details[hole] as CodedDetail).map, shape, set.classes, start, target);
      filled += target.length;
    }
    const bytes = this.#read(chunk);
    const cut = bytes.length - directory.escapeLengths[chunk];
    const symbols = new Uint8Array(count);
    const stream = bytes.subarray(0, cut);
    this.rans.decodeRans(stream, this.#frequencies[index], tables.alphabet, contexts, lanesFor(count), symbols);
    const codes = set.kind === SetKind.GRID ? new Int16Array(count) : new Uint16Array(count);
    writeValues(symbols, tables, bytes.subarray(cut), codes);
    return codes;
  }

  #read(chunk: number): Uint8Array {
    const length = this.head.directory.chunkLengths[chunk];
    const offset = this.#offsets[chunk];
    const bytes = readBytes(this.file, offset, length + 4);
    const stored = new DataView(bytes.buffer).getUint32(length, true);
    check(crc32(bytes.subarray(0, length)) === stored, `checksum of ${length} bytes at offset ${offset}`);
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
      if (symbol >= values.length) throw corrupt(`symbol ${symbol}`);
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
