import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWringError } from '../../src/core/index.js';
import { loadRansCoder } from '../../src/kernels/rans-coder.js';
import { loadRansDecoder } from '../../src/kernels/rans-decoder.js';
import { referenceCodecKernels } from '../../src/kernels/reference/codec-kernels.js';

const wasm = await loadRansCoder();
const door = await loadRansDecoder();

interface Case {
  readonly alphabet: number;
  readonly frequencies: Uint16Array;
  readonly contexts: Uint8Array;
  readonly symbols: Uint8Array;
  readonly lanes: number;
}

/** A row with sum 4096, every entry below it; the shape decides between flat, steep and one-sided rows. */
function rowOf(alphabet: number, cuts: readonly number[]): number[] {
  const row = Array.from({ length: alphabet }, () => 1);
  let left = 4096 - alphabet;
  cuts.forEach((cut, i) => {
    const part = Math.min(left, cut);
    row[i % alphabet] += part;
    left -= part;
  });
  row[0] += left;
  return row;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    alphabet: fc.integer({ min: 2, max: 256 }),
    rows: fc.array(fc.array(fc.integer({ min: 0, max: 4094 }), { maxLength: 40 }), { minLength: 1, maxLength: 5 }),
    lanes: fc.constantFrom(1, 4, 16),
    n: fc.integer({ min: 0, max: 400 }),
    seed: fc.integer(),
  })
  .map(({ alphabet, rows, lanes, n, seed }) => {
    const frequencies = Uint16Array.from(rows.flatMap((cuts) => rowOf(alphabet, cuts)));
    let state = seed | 1;
    const next = (bound: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >>> 8) % bound;
    };
    const contexts = Uint8Array.from({ length: n }, () => next(rows.length));
    const symbols = Uint8Array.from({ length: n }, () => next(alphabet));
    return { alphabet, frequencies, contexts, symbols, lanes };
  });

function encode(coder: typeof wasm, { symbols, frequencies, alphabet, contexts, lanes }: Case): Uint8Array {
  return coder.encodeRans(symbols, frequencies, alphabet, contexts, lanes);
}

function decode(kernels: typeof door, stream: Uint8Array, { symbols, contexts, ...rest }: Case): Uint8Array {
  const count = symbols.length;
  const map = { base: 0, rows: null, columns: null, taps: Int8Array.from(contexts) };
  const parts = count > 0 ? [{ map, shape: [1, 1, count] as const, start: 0, count, period: 0 }] : [];
  return kernels.decodeClassed({ stream, ...rest, banks: 1, parts }, (decoded) => decoded.u8().slice());
}

describe('rANS', () => {
  it('gives the same stream in WebAssembly as in the twin, and both decode it', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const stream = encode(referenceCodecKernels, input);
        expect(encode(wasm, input)).toEqual(stream);
        expect(decode(referenceCodecKernels, stream, input)).toEqual(input.symbols);
        expect(decode(door, stream, input)).toEqual(input.symbols);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  // 2048 and more is where a rounded 32-bit reciprocal goes wrong.
  it.each([1, 2, 1023, 2047, 2048, 2049, 3000, 4094, 4095])('round-trips a symbol of frequency %i', (frequency) => {
    for (const lanes of [1, 4, 16])
      for (const often of [true, false]) {
        const symbols = new Uint8Array(5000).map((_, i) => ((i % 97 === 0) === often ? 1 : 0));
        const input = {
          alphabet: 2,
          frequencies: Uint16Array.of(frequency, 4096 - frequency),
          contexts: new Uint8Array(symbols.length),
          symbols,
          lanes,
        };
        const stream = encode(wasm, input);
        expect(stream).toEqual(encode(referenceCodecKernels, input));
        expect(decode(door, stream, input)).toEqual(symbols);
      }
  });

  it('costs what the frequencies say: within a word a lane of the ideal', () => {
    const symbols = new Uint8Array(20000).map((_, i) => (i % 8 === 0 ? 1 : 0));
    const frequencies = Uint16Array.of(3584, 512);
    const bits = 2500 * Math.log2(4096 / 512) + 17500 * Math.log2(4096 / 3584);
    const stream = wasm.encodeRans(symbols, frequencies, 2, new Uint8Array(20000), 16);
    expect(Math.abs(stream.length - bits / 8)).toBeLessThan(16 * 4);
  });

  it('refuses a stream cut or grown by a word, and one with a changed bit or another end', () => {
    const symbols = new Uint8Array(300).map((_, i) => (i * 7) % 3);
    const input = {
      alphabet: 3,
      frequencies: Uint16Array.of(2000, 1000, 1096),
      contexts: new Uint8Array(300),
      symbols,
      lanes: 16,
    };
    const stream = encode(wasm, input);
    for (const decoder of [referenceCodecKernels, door]) {
      const refuses = (bytes: Uint8Array) => {
        try {
          // A flip may decode to other symbols with a right end only by chance of 2^-16 a lane.
          return Buffer.compare(decode(decoder, bytes, input), symbols) === 0;
        } catch (error) {
          return isWringError(error, 'E_CORRUPT');
        }
      };
      for (let length = 0; length < stream.length; length++) {
        expect(() => decode(decoder, stream.subarray(0, length), input)).toThrow(/stream of/);
      }
      expect(() => decode(decoder, Uint8Array.of(...stream, 0, 0), input)).toThrow(/stream of/);
      for (let i = 0; i < stream.length; i++) {
        const changed = stream.slice();
        changed[i] ^= 1 << (i & 7);
        expect(refuses(changed), `flip in byte ${i}`).toBe(true);
      }
    }
  });

  it('refuses frequencies that do not add up', () => {
    const stream = wasm.encodeRans(Uint8Array.of(0), Uint16Array.of(4000, 96), 2, new Uint8Array(1), 1);
    for (const row of [
      [4000, 97],
      [4000, 95],
    ]) {
      const input = { frequencies: Uint16Array.from(row), alphabet: 2, contexts: new Uint8Array(1), lanes: 1 };
      expect(() => decode(door, stream, { ...input, symbols: new Uint8Array(1) })).toThrow(/stream of/);
    }
  });
});
