import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWringError, Random } from '../../src/core/index.js';
import type { ClassedPart } from '../../src/kernels/decode-kernels.js';
import { loadRansDecoder } from '../../src/kernels/rans-decoder.js';
import { referenceCodecKernels } from '../../src/kernels/reference/codec-kernels.js';
import { nextState } from '../../src/kernels/trellis.js';

const wasm = await loadRansDecoder();
const CLASSES = 3;
const ALPHABET = 6;
/** Another order of frequencies in every row, so that a wrong bank gives wrong symbols. */
const frequencies = Uint16Array.from({ length: 2 * CLASSES * ALPHABET }, (_, i) => {
  const rank = ((i % ALPHABET) + Math.floor(i / ALPHABET) * 2) % ALPHABET;
  return [3000, 700, 300, 60, 30, 6][rank];
});

const parts: fc.Arbitrary<ClassedPart[]> = fc.array(
  fc
    .record({ count: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 100, max: 600 })), base: fc.nat(2) })
    .chain(({ count, base }) =>
      fc.oneof(fc.constant(16), fc.integer({ min: 16, max: 99 }), fc.constant(1 << 18)).map((period) => ({
        map: { base, rows: null, columns: null, taps: null },
        shape: [1, 1, count] as const,
        start: 0,
        count,
        period,
      })),
    ),
  { minLength: 1, maxLength: 5 },
);

/** Random numbers, told by the definition of a trellis; symbols of bank 1 as the decoder gives them. */
function streamOf(list: readonly ClassedPart[], lanes: number, seed: number) {
  const random = new Random(seed);
  const symbols: number[] = [];
  const contexts: number[] = [];
  const expected: number[] = [];
  for (const { count, period, map } of list) {
    const states = new Uint8Array(count + period);
    for (let i = 0; i < count; i++) {
      const symbol = random.below(ALPHABET);
      const bank = states[i] & 1;
      states[i + period] = nextState(states[i], symbol);
      symbols.push(symbol);
      contexts.push(map.base + bank * CLASSES);
      expected.push(symbol + bank * ALPHABET);
    }
  }
  const stream = referenceCodecKernels.encodeRans(
    Uint8Array.from(symbols),
    frequencies,
    ALPHABET,
    Uint8Array.from(contexts),
    lanes,
  );
  const classed = { stream, frequencies, alphabet: ALPHABET, banks: 2 as const, lanes, parts: list };
  return { classed, expected: Uint8Array.from(expected) };
}

describe('decoding a trellis', () => {
  it('gives symbols of the banks that the states tell, whatever the periods and the borders of parts', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(1, 4, 16), fc.nat(), (list, lanes, seed) => {
        const { classed, expected } = streamOf(list, lanes, seed);
        for (const kernels of [referenceCodecKernels, wasm]) {
          expect(kernels.decodeClassed(classed, (decoded) => decoded.u8().slice())).toEqual(expected);
        }
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it('refuses a stream that is too short, in every part', () => {
    const list = [20, 64, 33].map((count) => ({
      map: { base: 0, rows: null, columns: null, taps: null },
      shape: [1, 1, count] as const,
      start: 0,
      count,
      period: 17,
    }));
    const { classed } = streamOf(list, 16, 3);
    for (let length = 0; length < classed.stream.length; length++)
      for (const kernels of [referenceCodecKernels, wasm]) {
        let error: unknown;
        try {
          kernels.decodeClassed({ ...classed, stream: classed.stream.slice(0, length) }, () => null);
        } catch (thrown) {
          error = thrown;
        }
        expect(isWringError(error, 'E_CORRUPT')).toBe(true);
      }
  });
});
