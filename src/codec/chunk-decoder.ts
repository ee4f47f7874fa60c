import { type ByteSource, readBytes } from '../core/index.js';
import type { ClassedPart, DecodedSymbols, DecodeKernels } from '../kernels/decode-kernels.js';
import { check } from './corrupt.js';
import { lanesFor } from './format.js';
import type { CodedDetail, Head } from './head.js';
import { type ChunkPlan, type CodedHole, chunksOf, type PlanesHole } from './layout.js';
import { decodePlanes } from './planes.js';
import { banksOf, frequenciesOfSet, type SymbolTables, tablesOf, unpackBits } from './symbol-set.js';

/** CRC-32 of any bytes followed by their own CRC-32. */
const RESIDUE = 0x2144df1c;

/** A CODED chunk before its symbols are given values. */
export interface CodedChunk {
  /** Of each hole of the chunk. */
  readonly parts: readonly ClassedPart[];
  readonly symbols: DecodedSymbols;
  /** Levels or codes of the symbols. */
  readonly values: readonly number[];
  /** Which symbols are escapes, ascending, and the level or code of each. */
  readonly escapes: readonly number[];
  readonly escaped: readonly number[];
}

/** Decodes single chunks of the body, in any order; keeps nothing but tables. */
export interface ChunkDecoder {
  readonly head: Head;
  readonly plans: readonly ChunkPlan[];
  /** The bytes of a PLANES chunk. @throws {WringError} E_CORRUPT, E_TRUNCATED */
  planes(chunk: number): Uint8Array;
  /** Lends a CODED chunk to `use`. @throws {WringError} E_CORRUPT */
  coded<T>(chunk: number, use: (coded: CodedChunk) => T): T;
}

export function createChunkDecoder(file: ByteSource, head: Head, kernels: DecodeKernels): ChunkDecoder {
  const { directory, sets, details } = head;
  const { holes, chunkLengths, escapeLengths } = directory;
  const plans = chunksOf(holes);
  let next = head.bodyOffset;
  const offsets = chunkLengths.map((length) => {
    next += length + 4;
    return next - length - 4;
  });
  /** Of each set. */
  const tables: SymbolTables[] = [];
  const frequencies: Uint16Array[] = [];

  function read(chunk: number): Uint8Array {
    const length = chunkLengths[chunk];
    const bytes = readBytes(file, offsets[chunk], length + 4);
    check(kernels.crc32(bytes) === RESIDUE, `checksum of ${length} bytes at offset ${offsets[chunk]}`);
    return bytes.subarray(0, length);
  }

  return {
    head,
    plans,

    planes(chunk) {
      const { holes: numbers, count } = plans[chunk];
      return decodePlanes(read(chunk), (holes[numbers[0]] as PlanesHole).stride, count, kernels);
    },

    coded(chunk, use) {
      const { holes: numbers, start, count } = plans[chunk];
      const index = (holes[numbers[0]] as CodedHole).set;
      const { set } = sets[index];
      const parts = numbers.map((number) => {
        const { shape, elementCount, period } = holes[number] as CodedHole;
        return {
          map: (details[number] as CodedDetail).map,
          shape,
          start,
          count: Math.min(count, elementCount - start),
          period,
        };
      });
      tables[index] ??= tablesOf(set);
      const { alphabet, values, escaped, escapeBits } = tables[index];
      frequencies[index] ??= frequenciesOfSet(set, alphabet);
      const bytes = read(chunk);
      const cut = bytes.length - escapeLengths[chunk];
      const stream = bytes.subarray(0, cut);
      const lanes = lanesFor(count);
      const classed = { stream, frequencies: frequencies[index], alphabet, banks: banksOf(set.kind), lanes, parts };
      return kernels.decodeClassed(classed, (symbols) => {
        // The last symbol is the escape; the second one of an alphabet that needs but one is an escape to no value.
        const escapes = values.length < alphabet ? positionsOf(symbols.u8(), values.length) : [];
        check(Math.ceil((escapes.length * escapeBits) / 8) === bytes.length - cut, `${escapes.length} escaped values`);
        const found = escapes.map((_, i) => {
          const rank = unpackBits(bytes.subarray(cut), i, escapeBits);
          check(rank < escaped.length, `escaped value ${rank}`);
          return escaped[rank];
        });
        return use({ parts, symbols, values, escapes, escaped: found });
      });
    },
  };
}

function positionsOf(symbols: Uint8Array, symbol: number): number[] {
  const positions: number[] = [];
  for (let i = symbols.indexOf(symbol); i >= 0; i = symbols.indexOf(symbol, i + 1)) positions.push(i);
  return positions;
}
