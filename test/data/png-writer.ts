import { deflateSync } from 'node:zlib';
import { crc32 } from '../../src/kernels/reference/crc32.js';

export interface PngParts {
  readonly width: number;
  readonly height: number;
  /** PNG's colour type (0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA). */
  readonly kind: number;
  /** Bytes row by row, as stored before filtering. */
  readonly pixels: Uint8Array;
  readonly palette?: Uint8Array;
  /** Filter of row y (default: none). */
  readonly filter?: (y: number) => number;
  readonly depth?: number;
  readonly interlace?: number;
}

/** A PNG, written by its specification. */
export function writePng({
  width,
  height,
  kind,
  pixels,
  palette,
  filter = () => 0,
  depth = 8,
  interlace = 0,
}: PngParts) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, kind, 0, 0, interlace], 8);
  const stride = pixels.length / height;
  const bytesPerPixel = stride / width;
  const rows = new Uint8Array(height * (stride + 1));
  const at = (y: number, x: number) => (y < 0 || x < 0 ? 0 : pixels[y * stride + x]);
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = filter(y);
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [at(y, x - bytesPerPixel), at(y - 1, x), x < bytesPerPixel ? 0 : at(y - 1, x - bytesPerPixel)];
      const guesses = [0, a, b, Math.floor((a + b) / 2), paeth(a, b, c)];
      rows[y * (stride + 1) + 1 + x] = at(y, x) - guesses[filter(y)];
    }
  }
  const packed = deflateSync(rows);
  const half = packed.length >> 1;
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', palette)] : []),
    chunk('IDAT', packed.subarray(0, half)),
    chunk('IDAT', packed.subarray(half)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
