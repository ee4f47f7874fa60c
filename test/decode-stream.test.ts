import { existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeWrgBytes } from '../src/codec/index.js';
import { CodingSource, MemorySource, Random, Tensor } from '../src/core/index.js';
import { decode } from '../src/decode.js';
import {
  type DecodeProgress,
  decodeExternal,
  decodeStream,
  decodeWhole,
  isWringError,
  openParts,
} from '../src/decode-stream.js';
import { WebIO } from '../src/io/web-io.js';
import { loadRansCoder } from '../src/kernels/rans-coder.js';
import { modelBytes } from '../src/onnx/index.js';
import { buildMlp } from './helpers/build.js';

const golden = new Uint8Array(readFileSync(new URL('golden/format-3.wrg', import.meta.url)));
const expected = Buffer.from(await decode(golden));

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length];
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function collect(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decodeStream(pieces)) parts.push(part);
  return Buffer.concat(parts);
}

async function listPieces(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list: Uint8Array[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

async function failure(pieces: Iterable<Uint8Array>): Promise<unknown> {
  try {
    return await collect(pieces);
  } catch (error) {
    return error;
  }
}

/** A file of several chunks, in which tensors are cut and share. */
async function makeLargeFile(): Promise<{ bytes: Uint8Array; weights: number }> {
  const random = new Random(7);
  const kernels = await loadRansCoder();
  const segments = [700, 300000, 40, 600000].map((count, i) => {
    const codes = Int16Array.from({ length: count }, () => Math.round(2 * random.normal()));
    const coding = { kind: 'grid' as const, scales: Float32Array.of(0.5), axis: 0, codes };
    const source = new CodingSource(coding, 1, [count]);
    const tensor = new Tensor(`w${i}`, 1, [count], new MemorySource(new Uint8Array(source.byteLength)));
    tensor.setCoding(coding);
    return { source: tensor.source, tensor };
  });
  const literal = (text: string) => ({ source: new MemorySource(Buffer.from(text.repeat(30))), tensor: null });
  const mixed = segments.flatMap((segment, i) => [literal(`before ${i}`), segment]);
  return { bytes: encodeWrgBytes([...mixed, literal('after')], { kernels }), weights: 900740 };
}

let large: ReturnType<typeof makeLargeFile> | undefined;

function largeFile(): ReturnType<typeof makeLargeFile> {
  large ??= makeLargeFile();
  return large;
}

describe('decodeStream', () => {
  it('gives what decode gives, however the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 }), async (lengths) => {
        expect(Buffer.compare(await collect(cut(golden, lengths)), expected)).toBe(0);
      }),
      { seed: 4, numRuns: 30 },
    );
  });

  it.each([
    ['a response', () => new Response(golden)],
    ['what fetch promises', () => Promise.resolve(new Response(golden))],
    ['a web stream', () => new Response(golden).body!],
    ['all bytes', () => golden],
  ])('takes %s', async (_, make) => {
    expect(Buffer.compare(Buffer.concat(await listPieces(decodeStream(make()))), expected)).toBe(0);
  });

  it('refuses a response that brings no file', async () => {
    const response = new Response('not here', { status: 404 });
    await expect(decodeWhole(response)).rejects.toMatchObject({
      code: 'E_IO',
      message: expect.stringContaining('404'),
    });
  });

  it('tells how much has arrived, up to the end', async () => {
    const seen: DecodeProgress[] = [];
    await decodeWhole(cut(golden, [400]), { onProgress: (progress) => seen.push(progress) });
    expect(seen.every(({ byteLength }) => byteLength === golden.length)).toBe(true);
    expect(seen.every(({ received }, i) => i === 0 || received >= seen[i - 1].received)).toBe(true);
    expect(seen.length).toBeGreaterThan(golden.length / 400 - 2);
    expect(seen.at(-1)!.received).toBe(golden.length);
  });

  it('says to the sender when no more is wanted', async () => {
    for (const bytes of [
      golden,
      golden.map((byte, i) => (i === golden.length - 1 ? byte ^ 1 : byte)),
      golden.slice(4),
    ]) {
      let cancelled = false;
      const stream = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(bytes),
        cancel: () => {
          cancelled = true;
        },
      });
      try {
        for await (const _ of decodeStream(stream)) break;
      } catch {}
      expect(cancelled).toBe(true);
    }
  });

  it('gives pieces before the end has arrived, none of them large', async () => {
    const { bytes, weights } = await largeFile();
    let arrived = 0;
    function* slowly() {
      for (const piece of cut(bytes, [5000])) {
        arrived += piece.length;
        yield piece;
      }
    }
    let length = 0;
    let early = 0;
    for await (const piece of decodeStream(slowly())) {
      expect(piece.length).toBeLessThanOrEqual(4 * 2 ** 18);
      length += piece.length;
      if (arrived < bytes.length) early = length;
    }
    expect(length).toBe((await decode(bytes)).length);
    expect(early).toBeGreaterThan(2 * weights);
  });

  it('refuses a file that ends too early, or goes on', async () => {
    for (let length = 0; length < golden.length; length += 97) {
      expect(isWringError(await failure(cut(golden.subarray(0, length), [64])), 'E_TRUNCATED'), `${length}`).toBe(true);
    }
    const longer = Buffer.concat([golden, Buffer.of(0)]);
    expect(isWringError(await failure(cut(longer, [1000])), 'E_TRAILING')).toBe(true);
    expect(isWringError(await failure([Buffer.from('not a file of ours')]), 'E_NOT_WRG')).toBe(true);
  });
});

describe('decodeWhole', () => {
  it('gives what decode gives', async () => {
    expect(Buffer.compare(await decodeWhole(cut(golden, [333])), expected)).toBe(0);
  });
});

describe('decodeExternal', () => {
  const io = new WebIO();
  const mlp = async () => (await io.write(buildMlp([200, 300, 250, 200]), 'mlp.wrg')).bytes;

  it.each([
    ['the golden file', async () => golden],
    ['one of plain numbers', mlp],
  ])('keeps all that %s says', async (_, make) => {
    const file = await make();
    const { model, externalData } = await decodeExternal(cut(file, [700]), { threshold: 64 });
    expect(externalData.map(({ path }) => path)).toEqual(['model.onnx.data']);
    expect(model.length).toBeLessThan((await decode(file)).length);
    const data = new Map(externalData.map(({ path, data: bytes }) => [path, bytes]));
    const [back, whole] = [await io.read(model, data), await io.read(await decode(file))];
    const contents = (document: typeof back) =>
      Array.from(document.tensors(), (tensor) => [
        tensor.name,
        tensor.dataType,
        tensor.dims,
        Buffer.from(tensor.bytes()),
      ]);
    expect(contents(back)).toEqual(contents(whole));
    // What is left of the model when its numbers are all inside again is the model.
    for (const document of [back, whole]) for (const tensor of document.tensors()) tensor.setSource(tensor.source);
    expect(Buffer.compare(modelBytes(back), modelBytes(whole))).toBe(0);
  });

  it('begins tensors at pages, and another file before one gets too long', async () => {
    const file = await mlp();
    const { externalData } = await decodeExternal(file, { location: 'w', maxFileLength: 600_000 });
    // 200 · 300 numbers take 58.6 pages; 250 · 200 more would be too much.
    expect(externalData.map(({ path, data }) => [path, data.length])).toEqual([
      ['w', 59 * 4096 + 4 * 300 * 250],
      ['w.1', 4 * 250 * 200],
    ]);
  });

  it('hands the numbers on instead of holding them', async () => {
    const file = await mlp();
    const written = new Map<string, [number, Buffer][]>();
    const write = async (location: string, byteOffset: number, bytes: Uint8Array) => {
      written.set(location, [...(written.get(location) ?? []), [byteOffset, Buffer.from(bytes)]]);
    };
    const { model, externalData } = await decodeExternal(file, { write });
    expect(externalData).toEqual([]);
    const expectedFiles = await decodeExternal(file);
    expect(Buffer.compare(model, expectedFiles.model)).toBe(0);
    for (const { path, data } of expectedFiles.externalData) {
      const found = Buffer.alloc(data.length);
      for (const [byteOffset, bytes] of written.get(path)!) found.set(bytes, byteOffset);
      expect(Buffer.compare(found, data)).toBe(0);
    }
  });

  it.each(['../elsewhere', '/etc/data', ''])('refuses location "%s"', async (location) => {
    await expect(decodeExternal(golden, { location })).rejects.toMatchObject({ code: 'E_OPTION' });
  });
});

describe('openParts', () => {
  it('decodes chunks in any order to the same bytes', async () => {
    const { bytes } = await largeFile();
    const decoder = await openParts(bytes);
    const onnx = Buffer.alloc(decoder.byteLength, 0xee);
    for (const { byteOffset, bytes: part } of decoder.parts) onnx.set(part, byteOffset);
    expect(decoder.chunks.length).toBeGreaterThan(3);
    for (let index = decoder.chunks.length - 1; index >= 0; index--) {
      const { byteOffset, byteLength } = decoder.chunks[index];
      const parts = decoder.decodeChunk(index, bytes.subarray(byteOffset, byteOffset + byteLength));
      for (const part of parts) onnx.set(part.bytes, part.byteOffset);
    }
    expect(Buffer.compare(onnx, await decode(bytes))).toBe(0);
  });

  const built = new URL('../dist/decode-stream.js', import.meta.url);
  it.skipIf(!existsSync(built))('lets two workers share a file, as npm run build has made it', async () => {
    const { bytes } = await largeFile();
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const { byteLength, parts } = await openParts(bytes);
    const onnx = new Uint8Array(new SharedArrayBuffer(byteLength));
    for (const part of parts) onnx.set(part.bytes, part.byteOffset);
    const script = `
      const { workerData } = require('node:worker_threads');
      import(workerData.door).then(async ({ openParts }) => {
        const decoder = await openParts(workerData.shared.slice());
        decoder.chunks.forEach(({ byteOffset, byteLength }, index) => {
          if (index % 2 !== workerData.worker) return;
          const chunk = workerData.shared.slice(byteOffset, byteOffset + byteLength);
          for (const part of decoder.decodeChunk(index, chunk)) workerData.onnx.set(part.bytes, part.byteOffset);
        });
      });`;
    const run = (worker: number) =>
      new Promise((done, fail) => {
        const workerData = { door: built.href, shared, onnx, worker };
        new Worker(script, { eval: true, workerData }).on('exit', done).on('error', fail);
      });
    expect(await Promise.all([run(0), run(1)])).toEqual([0, 0]);
    expect(Buffer.compare(onnx, await decode(bytes))).toBe(0);
  });
});
