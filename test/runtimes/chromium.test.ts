import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as ortNative from 'onnxruntime-node';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/decode.js';
import { WebIO } from '../../src/io/web-io.js';
import { buildMlp } from '../helpers/build.js';
import { chromium, HINT, type OpenPage, openPage } from './page.js';
import { compressModel, infer, makeFiles, measuredFiles } from './same-bytes.js';

/** Of scores of the order of ten. */
const NATIVE_TOLERANCE = 1e-3;

const glyphs = new Uint8Array(readFileSync('models/glyphs.onnx'));

function hashes(files: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of rows of ten numbers. */
function classesOf(scores: readonly number[]): number[] {
  return Array.from({ length: scores.length / 10 }, (_, row) => {
    const own = scores.slice(10 * row, 10 * row + 10);
    return own.indexOf(Math.max(...own));
  });
}

describe.skipIf(!chromium)(`in Chromium${HINT}`, { timeout: 300_000 }, () => {
  let packed: Uint8Array;
  let large: Uint8Array;
  let opened: OpenPage;
  beforeAll(async () => {
    packed = await compressModel(ort, glyphs);
    large = (await new WebIO().write(buildMlp([900, 900, 900]), 'large.wrg')).bytes;
    const files = {
      ...{ '/glyphs.onnx': glyphs, '/glyphs.wrg': packed, '/large.wrg': large },
      '/example/index.html': readFileSync('examples/page/index.html'),
      '/example/decode.js': readFileSync('dist/decode.js'),
      '/example/model.wrg': packed,
    };
    opened = await openPage('test/runtimes/same-bytes.ts', { '/decode-worker.js': 'src/decode-worker.ts' }, files);
  });
  afterAll(() => opened?.close());

  /** What an expression in the page gives; globals as in page.ts. */
  const evaluate = <T>(expression: string): Promise<T> => opened.page.evaluate(`(async () => ${expression})()`);
  const hashFiles = (call: string) =>
    evaluate<Record<string, string>>(
      `Object.fromEntries(await Promise.all(Object.entries(await ${call}).map(async ([name, bytes]) => [name, await sha256(bytes)])))`,
    );

  it('files have the bytes that they have in Node', async () => {
    const expected = await makeFiles();
    expect(await hashFiles('door.makeFiles()')).toEqual(hashes(expected));
    expect(Buffer.compare(readFileSync('test/golden/format-3.wrg'), expected.golden)).toBe(0);
  });

  it('models that onnxruntime-web measures are compressed to the bytes of Node, by every method', async () => {
    expect(await hashFiles('door.measuredFiles(ort)')).toEqual(hashes(await measuredFiles(ort)));
    expect(await evaluate('sha256(await door.compressModel(ort, await fetchBytes("/glyphs.onnx")))')).toBe(
      sha256(packed),
    );
  });

  it('a fetched .wrg says what it says in Node', async () => {
    const found = await evaluate<number[]>('door.infer(ort, await door.decodeWhole(fetch("/glyphs.wrg")))');
    const onnx = await decode(packed);
    // The same WebAssembly: bit for bit.
    expect(found).toEqual(await infer(ort, onnx));
    expect(await evaluate('door.inferExternal(ort, "/glyphs.wrg")')).toEqual(found);
    // Native code sums in another order.
    const native = await infer(ortNative, onnx);
    expect(classesOf(found)).toEqual(classesOf(native));
    found.forEach((value, i) => {
      expect(Math.abs(value - native[i])).toBeLessThan(NATIVE_TOLERANCE);
    });
  });

  it('a model comes out while its .wrg comes in', async () => {
    const { early, byteLength, decoded } = await evaluate<{ early: number; byteLength: number; decoded: number }>(
      'door.decodeArriving("/large.wrg")',
    );
    expect(byteLength).toBe(large.length);
    expect(decoded).toBe((await decode(large)).length);
    expect(early).toBeLessThan(0.75 * byteLength);
  });

  it('two workers decode to the same bytes', async () => {
    const onnx = await evaluate<string>('sha256(await door.decodeInWorkers(fetch("/glyphs.wrg"), { workers: 2 }))');
    expect(onnx).toBe(sha256(await decode(packed)));
  });

  it('a file that is not there, or is none, is refused by name', async () => {
    const codeOf = (url: string, how: string) =>
      evaluate<string>(`door.${how}(fetch("${url}")).then(() => "none", (error) => error.code)`);
    for (const how of ['decodeWhole', 'decodeInWorkers']) {
      expect(await codeOf('/missing.wrg', how)).toBe('E_IO');
      expect(await codeOf('/glyphs.onnx', how)).toBe('E_NOT_WRG');
    }
  });

  // Last: it leaves the page.
  it('examples/page says how much ONNX came out', async () => {
    await opened.page.goto(new URL('/example/index.html', opened.page.url()).href);
    await opened.page.waitForFunction(`document.querySelector('#result').textContent.endsWith('of ONNX')`);
    const { length } = await decode(packed);
    expect(await opened.page.textContent('#result')).toBe(`${length} bytes of ONNX`);
  });
});
