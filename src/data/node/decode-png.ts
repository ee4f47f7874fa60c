import { inflateSync } from 'node:zlib';
import { WringError } from '../../core/index.js';
import { predictPaeth } from '../paeth.js';

/** Pixels row by row, channels last, a byte each. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Channels by colour type: grey, RGB, palette, grey and alpha, RGBA. */
const CHANNELS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);
const PALETTE = 3;

/**
 * Reads a PNG of 8 bits a channel that is not interlaced, as cameras' and data sets' are. A palette becomes RGB, and alpha is
 * left out.
 *
 * @param name for messages
 * @throws {WringError} E_CORRUPT, E_UNSUPPORTED for 1, 2, 4 and 16 bits and for interlaced files
 * @see https://www.w3.org/TR/png-3/
 */
export function decodePng(bytes: Uint8Array, name: string): DecodedImage {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) throw new WringError('E_CORRUPT', `"${name}" is no PNG`);
  const chunks = readChunks(bytes, name);
  const header = chunks.get('IHDR')?.[0];
  if (header?.length !== 13) throw new WringError('E_CORRUPT', `"${name}" is a PNG without a header`);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const [width, height, depth, kind, interlace] = [
    view.getUint32(0),
    view.getUint32(4),
    header[8],
    header[9],
    header[12],
  ];
  const stored = CHANNELS.get(kind);
  if (depth !== 8 || interlace !== 0 || stored === undefined) {
    const what = interlace !== 0 ? 'is interlaced' : `has ${depth} bits a channel and colour type ${kind}`;
    throw new WringError('E_UNSUPPORTED', `"${name}" ${what}; save it as a plain PNG of 8 bits a channel`);
  }
  const rows = inflate(chunks.get('IDAT') ?? [], name);
  if (width === 0 || height === 0 || rows.length !== height * (1 + width * stored)) {
    throw new WringError('E_CORRUPT', `"${name}": ${width} × ${height} pixels need other than ${rows.length} bytes`);
  }
  const pixels = unfilter(rows, height, width * stored, stored, name);
  if (kind === PALETTE) return { width, height, channels: 3, data: lookUp(pixels, chunks.get('PLTE')?.[0], name) };
  const channels = stored > 2 ? 3 : 1;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) data[i] = pixels[Math.floor(i / channels) * stored + (i % channels)];
  return { width, height, channels, data };
}

/** Contents by type. Check sums are left to whoever wrote the file: a flipped bit makes zlib's own fail. */
function readChunks(bytes: Uint8Array, name: string): Map<string, Uint8Array[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks = new Map<string, Uint8Array[]>();
  for (let offset = SIGNATURE.length; offset < bytes.length; ) {
    const length = offset + 12 <= bytes.length ? view.getUint32(offset) : Number.POSITIVE_INFINITY;
    const end = offset + 12 + length;
    if (end > bytes.length) throw new WringError('E_TRUNCATED', `"${name}" ends within the chunk at offset ${offset}`);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    chunks.set(type, [...(chunks.get(type) ?? []), bytes.subarray(offset + 8, end - 4)]);
    offset = end;
  }
  return chunks;
}

function inflate(parts: readonly Uint8Array[], name: string): Uint8Array {
  try {
    return inflateSync(Buffer.concat(parts));
  } catch (cause) {
    throw new WringError('E_CORRUPT', `"${name}" holds no sound pixels: ${(cause as Error).message}`, { cause });
  }
}

/** @param pixel bytes of a pixel */
function unfilter(rows: Uint8Array, height: number, stride: number, pixel: number, name: string): Uint8Array {
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    if (filter > 4) throw new WringError('E_CORRUPT', `"${name}": row ${y} has filter ${filter}, of 0 to 4`);
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= pixel ? pixels[at - pixel] : 0;
      const up = y > 0 ? pixels[at - stride] : 0;
      const corner = x >= pixel && y > 0 ? pixels[at - stride - pixel] : 0;
      const guess = [0, left, up, (left + up) >> 1, predictPaeth(left, up, corner)][filter];
      pixels[at] = rows[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return pixels;
}

function lookUp(indices: Uint8Array, palette: Uint8Array | undefined, name: string): Uint8Array {
  const colours = new Uint8Array(3 * indices.length);
  for (const [i, index] of indices.entries()) {
    if (!palette || 3 * index + 2 >= palette.length) {
      throw new WringError('E_CORRUPT', `"${name}": a pixel has colour ${index}, which its palette does not`);
    }
    for (let c = 0; c < 3; c++) colours[3 * i + c] = palette[3 * index + c];
  }
  return colours;
}
