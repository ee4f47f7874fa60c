import type { ClassMap, Shape } from './class-map.js';
import type { EncodeKernels } from './encode-kernels.js';
import type { RansEncoder } from './rans.js';

/** Elements [start, start + count) of one tensor, row-major, within a stream. */
export interface ClassedPart {
  readonly map: ClassMap;
  readonly shape: Shape;
  readonly start: number;
  readonly count: number;
  /** From one element of a trellis to the next (see trellis.ts), LEAST_PERIOD or more; 0 without trellis. */
  readonly period: number;
}

/** An rANS stream in which the context of every symbol is the class that its tensor's map gives it; see {@link RansEncoder}. */
export interface ClassedStream {
  readonly stream: Uint8Array;
  /** u16[banks × classes × alphabet]; an alphabet of two banks is even, and at most 128 */
  readonly frequencies: Uint16Array;
  readonly alphabet: number;
  /** 2 with a trellis, whose state tells the bank; symbols of bank 1 come out with the alphabet added. Odd symbols are odd numbers. */
  readonly banks: 1 | 2;
  readonly lanes: number;
  /** In the order of their symbols. */
  readonly parts: readonly ClassedPart[];
}

/** Weights that are made at a time: they stay in the L1 and L2 cache until they are copied. */
export const FLOATS_BLOCK = 16384;

/** The symbols of a stream where the kernels have them. A view that one of these gives is good until the next call. */
export interface DecodedSymbols {
  /** All symbols, part after part. */
  u8(): Uint8Array;
  /**
   * float32 values[symbol] of symbols [from, from + count), count ≤ FLOATS_BLOCK.
   *
   * @param values up to 256; symbols beyond them give numbers of any kind
   */
  floats(from: number, count: number, values: Float32Array): Float32Array;
}

/**
 * The next `byteLength` bytes, and what they were coded as.
 *
 * @param stride 1 for text, n for elements of n bytes (2–16, most significant first), −n for rows of n small numbers
 * @throws {WringError} E_CORRUPT when more is asked for than the capacity
 */
export type ReadSection = (byteLength: number, stride: number) => Uint8Array;

/** What decoding a file takes. */
export interface DecodeKernels {
  /** CRC-32 as in gzip and PNG. */
  crc32(bytes: Uint8Array): number;
  /**
   * Unpacks a stream of the byte coder, which `use` reads section by section.
   *
   * @param capacity the bytes of all sections together, as the encoder was told
   */
  decodeBytes<T>(stream: Uint8Array, capacity: number, use: (read: ReadSection) => T): T;
  /**
   * Decodes a stream and lends its symbols to `use`.
   *
   * @throws {WringError} E_CORRUPT when the stream does not end exactly with the last symbol
   */
  decodeClassed<T>(stream: ClassedStream, use: (symbols: DecodedSymbols) => T): T;
}

/** What encoding and decoding take. */
export type CodecKernels = DecodeKernels & EncodeKernels;
