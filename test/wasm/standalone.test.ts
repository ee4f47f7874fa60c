import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeAll } from '../../src/codec/decode-all.js';
import { isWringError, MemorySource } from '../../src/core/index.js';
import { createWasmRansCoder } from '../../src/kernels/wasm/rans-coder.js';
import { loadWringModule } from '../../src/wasm/wring-module.js';
import { baseFiles } from '../fuzz/bases.js';
import { createFuzzer } from '../fuzz/fuzzer.js';
import { packStored } from '../fuzz/pack-stored.js';
import { loadStandalone } from './standalone-module.js';

const LIMIT = 8 * 1024;
const golden = new Uint8Array(readFileSync(new URL('../golden/format-3.wrg', import.meta.url)));
const module = await loadWringModule();
if (!module) throw new Error('these tests need WebAssembly SIMD');
const kernels = createWasmRansCoder(module);
const bases = [golden, ...baseFiles(kernels)];
const standalone = await loadStandalone();

const text = readFileSync('docs/format.md', 'utf8');
const section = text.slice(text.indexOf('## 5.'), text.indexOf('## Appendix'));
/** By number. */
const codes = new Map(
  [...section.matchAll(/^\| +(\d) \| `(E_\w+)`/gm)].map(([, number, name]) => [Number(number), name]),
);

/** The ONNX file, or the name of an error. */
function byModule(file: Uint8Array): Uint8Array | string {
  const result = standalone.decode(file);
  return typeof result === 'number' ? (codes.get(result) ?? `error ${result}`) : result;
}

function byLibrary(file: Uint8Array): Uint8Array | string {
  try {
    return decodeAll(new MemorySource(file), kernels);
  } catch (error) {
    if (isWringError(error)) return error.code;
    throw error;
  }
}

/** Far faster than vitest's own comparison of bytes. */
function expectSame(file: Uint8Array, label: string): Uint8Array | string {
  const [found, expected] = [byModule(file), byLibrary(file)];
  if (typeof found === 'string' || typeof expected === 'string') expect(found, label).toBe(expected);
  else expect(Buffer.compare(found, expected), label).toBe(0);
  return expected;
}

describe('standalone.wasm', () => {
  it('imports nothing', () => {
    expect(standalone.imports).toEqual([]);
  });

  it('exports its memory and the functions that docs/format.md describes', () => {
    const described = [...section.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name);
    expect(described.length).toBeGreaterThan(0);
    expect(standalone.exports.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      [...described.map((name) => `function ${name}`), 'memory memory'].sort(),
    );
  });

  it(`has at most ${LIMIT} bytes after gzip`, () => {
    expect(gzipSync(standalone.bytes, { level: 9 }).length).toBeLessThanOrEqual(LIMIT);
  });

  it.each(bases.map((file, index) => ({ index, file })))(
    'decodes base file $index, as often as it is asked',
    ({ file }) => {
      const expected = expectSame(file, 'once');
      expect(typeof expected).not.toBe('string');
      expect(Buffer.compare(standalone.decodeAgain() as Uint8Array, expected as Uint8Array)).toBe(0);
    },
  );

  it('refuses a file that is cut at any byte', () => {
    for (let length = 0; length < golden.length; length += 41) {
      expect(byModule(golden.subarray(0, length)), `${length} bytes`).toBe('E_TRUNCATED');
    }
    expect(byModule(Uint8Array.of(...golden, 0))).toBe('E_TRAILING');
  });

  it('refuses what there is no memory for, and goes on', () => {
    expect(standalone.raw.allocate(2 ** 32 - 1)).toBe(0);
    expect(codes.get(standalone.raw.errorCode())).toBe('E_RANGE');
    expect(standalone.raw.decode()).toBe(0);
    expect(standalone.raw.decodedLength()).toBe(0);
    expectSame(golden, 'afterwards');
  });

  it('says of hostile files what the library says, to the byte or the code', () => {
    const fuzzer = createFuzzer(golden, kernels, () => 0);
    const outcomes = new Map<string, number>();
    let most = 0;
    for (let index = 0; index < 400; index++) {
      const { kind, bytes, stored } = fuzzer.caseAt(20262, index);
      const file = stored ? packStored(bytes, kernels) : bytes;
      const expected = expectSame(file, `case ${index}, ${kind}`);
      const outcome = typeof expected === 'string' ? expected : 'decoded';
      most = Math.max(most, 256 * file.length + 65536, outcome === 'decoded' ? expected.length : 0);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // If none decoded, the cases would not get past the checksums.
    expect(outcomes.get('decoded')).toBeGreaterThan(30);
    expect(outcomes.get('E_CORRUPT')).toBeGreaterThan(100);
    // A head may say that it is 256 times as long as it is, and its numbers take more room than its bytes.
    expect(standalone.byteLength).toBeLessThan(16 * 2 ** 20 + 16 * most);
  });

  it('gives memory back', () => {
    const before = standalone.byteLength;
    for (let i = 0; i < 20; i++) for (const file of bases) standalone.decode(file);
    expect(standalone.byteLength).toBe(before);
  });
});
