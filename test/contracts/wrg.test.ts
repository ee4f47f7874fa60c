import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/codec/bytes.js';
import { CRC_OFFSET, PREFIX_LENGTH } from '../../src/codec/format.js';
import { type Head, readHead } from '../../src/codec/head.js';
import { openWithHead, openWrg } from '../../src/codec/index.js';
import { writeDirectory } from '../../src/codec/layout.js';
import { isWringError, MemorySource, Random, readBytes } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { WebIO } from '../../src/io/web-io.js';
import { loadRansDecoder } from '../../src/kernels/rans-decoder.js';
import { ByteEncoder } from '../../src/kernels/reference/byte-coder.js';
import { crc32 } from '../../src/kernels/reference/crc32.js';
import { goldenModel } from '../golden/model.js';

/** The ONNX file that format-3.wrg stood for when it was made (scripts/make-golden.mjs). */
const GOLDEN_SHA256 = '56c9eca8a9711b0b56e6735d743168c230dc55116ebbfa944b467685fee5cb9e';

const golden = new Uint8Array(readFileSync(new URL('../golden/format-3.wrg', import.meta.url)));
const rans = await loadRansDecoder();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
let head: Head;
let onnx: Uint8Array;

beforeAll(() => {
  head = readHead(new MemorySource(golden), rans);
  onnx = readBytes(openWithHead(new MemorySource(golden), head, rans).onnx);
});

/** The error that reading all of `bytes` ends with, or the ONNX bytes. */
function outcome(bytes: Uint8Array): unknown {
  const file = new MemorySource(bytes);
  // Unpacking the head takes nearly all of the time.
  const known = bytes.length === golden.length && Buffer.compare(start(bytes), start(golden)) === 0;
  try {
    return readBytes((known ? openWithHead(file, head, rans) : openWrg(file, rans)).onnx);
  } catch (error) {
    return error;
  }
}

const start = (bytes: Uint8Array) => bytes.subarray(0, head.bodyOffset);

const changed = (at: number, value: number) => {
  const bytes = golden.slice();
  bytes[at] ^= value;
  return bytes;
};

describe('the golden file of version 3', () => {
  it('decodes to the bytes it was made from', async () => {
    expect(sha256(await decode(golden))).toBe(GOLDEN_SHA256);
  });

  it('holds every mode, a shared codebook with escapes, scales per channel, and a trellis', () => {
    const modes = new Set(head.directory.holes.map((hole) => hole.mode));
    expect([...modes].sort()).toEqual([0, 1, 2]);
    expect(head.directory.escapeLengths.some((length) => length > 0)).toBe(true);
    const { tensors } = openWrg(new MemorySource(golden), rans);
    const [grid, half, a, b] = tensors.map(({ coding }) => coding);
    expect(grid.kind === 'grid' && grid.scales.length).toBe(12);
    expect(half.kind).toBe('grid');
    expect(head.directory.holes.some((hole) => hole.mode === 2 && hole.period === 20)).toBe(true);
    expect(a.kind === 'codebook' && b.kind === 'codebook' && a.codebook === b.codebook).toBe(true);
  });
});

describe('a .wrg file', () => {
  it('has the same bytes whenever it is written', async () => {
    const write = () => new WebIO().write(goldenModel(), 'm.wrg', { metadata: { model: 'golden', seed: 2026 } });
    expect((await write()).bytes).toEqual((await write()).bytes);
  });

  it('is refused as truncated at every length', () => {
    for (let length = 0; length < golden.length; length++) {
      expect(outcome(golden.subarray(0, length)), `${length} bytes`).toMatchObject({ code: 'E_TRUNCATED' });
    }
  });

  it('is refused with any bit changed in its head', () => {
    for (let at = 0; at < head.bodyOffset; at++) {
      for (const value of [1, 128]) expect(isWringError(outcome(changed(at, value))), `byte ${at}`).toBe(true);
    }
  });

  it('is refused with any bit changed in its body, by the tensor that is concerned', () => {
    for (let at = head.bodyOffset; at < golden.length; at++) {
      const bytes = changed(at, 1 << (at & 7));
      const read = () => readBytes(openWithHead(new MemorySource(bytes), head, rans).onnx);
      expect(read, `byte ${at}`).toThrow(expect.objectContaining({ code: 'E_CORRUPT' }));
    }
  });

  it('is refused with bytes after its end, as another version, and as another format', () => {
    expect(outcome(Uint8Array.of(...golden, 0))).toMatchObject({ code: 'E_TRAILING' });
    expect(outcome(changed(8, 3))).toMatchObject({ code: 'E_VERSION' });
    expect(outcome(changed(10, 1))).toMatchObject({ code: 'E_VERSION' });
    for (let at = 0; at < 8; at++) expect(outcome(changed(at, 64))).toMatchObject({ code: 'E_NOT_WRG' });
  });
});

describe('hostile files', () => {
  /** Right bytes or a coded error; anything else is a finding. */
  function expectSound(bytes: Uint8Array, label: string): void {
    const result = outcome(bytes);
    if (!isWringError(result)) expect(Buffer.compare(result as Uint8Array, onnx), label).toBe(0);
  }

  it('a thousand mutations of the golden file end in an error', () => {
    const random = new Random(1);
    for (let round = 0; round < 1000; round++) {
      let bytes = golden.slice();
      for (let edits = 1 + random.below(4); edits > 0; edits--) {
        const at = random.below(bytes.length);
        const length = random.below(64);
        const kind = random.below(3);
        if (kind === 0) bytes[at] = random.below(256);
        else if (kind === 1) bytes.copyWithin(at, random.below(bytes.length), bytes.length);
        else bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + length));
      }
      expectSound(bytes, `round ${round}`);
    }
  });

  /** A file whose checksums are right and whose directory is not. */
  function fileWith(directory: Uint8Array, tail: Uint8Array): Uint8Array {
    const rawLength = directory.length + tail.length;
    const encoder = new ByteEncoder(rawLength);
    encoder.write(directory);
    encoder.write(tail);
    const packed = encoder.finish();
    const numbers = new ByteWriter();
    const bodyLength = golden.length - head.bodyOffset;
    for (const number of [packed.length, rawLength, directory.length, 0, bodyLength]) numbers.uint(number);
    const prefix = golden.slice(0, PREFIX_LENGTH);
    const file = Uint8Array.of(...prefix, ...numbers.bytes(), ...packed, ...golden.subarray(head.bodyOffset));
    const covered = file.subarray(PREFIX_LENGTH, PREFIX_LENGTH + numbers.length + packed.length);
    const both = crc32(covered, crc32(prefix.subarray(0, CRC_OFFSET)));
    new DataView(file.buffer).setUint32(CRC_OFFSET, both, true);
    return file;
  }

  it('a lying directory with right checksums ends in an error, without wild allocation', () => {
    const random = new Random(2);
    const directory = writeDirectory(head.directory);
    const tail = new Uint8Array(3000);
    for (let round = 0; round < 150; round++) {
      const lying = directory.slice();
      for (let edits = 1 + random.below(3); edits > 0; edits--) {
        lying[random.below(lying.length)] = random.below(3) === 0 ? 255 : random.below(256);
      }
      const before = process.memoryUsage().arrayBuffers;
      const file = fileWith(lying, tail);
      let decodable = false;
      try {
        decodable = openWrg(new MemorySource(file), rans).onnx.byteLength < 2 ** 26;
      } catch (error) {
        if (!isWringError(error)) throw error;
      }
      if (decodable) expect(isWringError(outcome(file)), `round ${round}`).toBe(true);
      expect(process.memoryUsage().arrayBuffers - before, `round ${round}`).toBeLessThan(2 ** 28);
    }
  });
});
