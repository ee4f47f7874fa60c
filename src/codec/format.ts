/** The .wrg format, version 3; docs/format.md is its text. Everything here is part of the format. */

export const MAGIC: readonly number[] = [0x89, 0x57, 0x52, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
export const VERSION = 3;
/** Magic, version (u16), flags (u16), CRC-32 of everything else before the body (u32); then four varints. */
export const CRC_OFFSET = 12;
export const PREFIX_LENGTH = 16;

/** How a hole of the ONNX file is coded. Numbers above are refused. */
export const INLINE = 0;
export const PLANES = 1;
export const CODED = 2;
/** What the codes of a set stand for. */
export const GRID = 0;
export const CODEBOOK = 1;
export const TRELLIS = 2;

/** Bytes of a PLANES chunk before coding. */
export const PLANES_CHUNK = 1 << 20;
/** Symbols of a CODED chunk; only consecutive tensors that fit together share one. */
export const SYMBOLS_CHUNK = 1 << 18;
/** A symbol is a byte; with more values, the last symbol is the escape. */
export const MAX_ALPHABET = 256;
export const MAX_CLASSES = 64;
/** So that the symbols of two banks are a byte. */
export const MAX_TRELLIS_ALPHABET = 128;
/** The packed head may not expand by more than this, so that a small file cannot ask for much work. */
export const MAX_HEAD_EXPANSION = 256;
export const HEAD_SLACK = 65536;

/** Lanes of a stream of n symbols: sixteen at a time for SIMD, few for small ones, because each costs two bytes. */
export function lanesFor(symbolCount: number): number {
  return symbolCount >= 131072 ? 32 : symbolCount >= 65536 ? 16 : symbolCount >= 4096 ? 4 : 1;
}
