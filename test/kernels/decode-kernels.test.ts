import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import type { ClassMap, Shape } from '../../src/kernels/class-map.js';
import type { ClassedPart, DecodeKernels } from '../../src/kernels/decode-kernels.js';
import { loadRansDecoder } from '../../src/kernels/rans-decoder.js';
import { referenceCodecKernels } from '../../src/kernels/reference/codec-kernels.js';
import { fillClasses } from '../../src/kernels/reference/fill-classes.js';
import { expectSameBits, finiteFloat } from './support.js';

const wasm = await loadRansDecoder();
const { encodeRans } = referenceCodecKernels;

const CLASSES = 64;
const ALPHABET = 7;

/** A different order of frequencies in every class, so that a wrong class gives wrong symbols. */
const frequencies = Uint16Array.from({ length: CLASSES * ALPHABET }, (_, i) => {
  const rank = ((i % ALPHABET) + Math.floor(i / ALPHABET) * 3) % ALPHABET;
  return [3000, 700, 300, 60, 30, 5, 1][rank];
});

const length = fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 5 }), fc.integer({ min: 15, max: 40 }));

function offsets(size: number): fc.Arbitrary<Int8Array | null> {
  const offset = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -128, max: 127 }));
  return fc.option(fc.array(offset, { minLength: size, maxLength: size }).map((array) => Int8Array.from(array)));
}

const part: fc.Arbitrary<ClassedPart> = fc.tuple(length, length, length).chain((shape) =>
  fc
    .record({
      base: fc.nat(CLASSES - 1),
      rows: offsets(shape[0]),
      columns: offsets(shape[1]),
      taps: offsets(shape[2]),
      from: fc.nat(),
      upTo: fc.nat(2000),
    })
    .map(({ from, upTo, ...map }) => {
      const elements = shape[0] * shape[1] * shape[2];
      const start = from % elements;
      return { map, shape, start, count: Math.min(elements - start, 1 + upTo), period: 0 };
    }),
);

function streamOf(parts: readonly ClassedPart[], lanes: number, seed: number) {
  const random = new Random(seed);
  const contexts = parts.flatMap(({ map, shape, start, count }) => {
    const classes = new Uint8Array(count);
    fillClasses(map, shape, CLASSES, start, classes);
    return [...classes];
  });
  const symbols = Uint8Array.from(contexts, () => random.below(ALPHABET));
  const stream = encodeRans(symbols, frequencies, ALPHABET, Uint8Array.from(contexts), lanes);
  return { symbols, classed: { stream, frequencies, alphabet: ALPHABET, banks: 1 as const, lanes, parts } };
}

describe('decodeClassed', () => {
  it('gives each element the class of its map, whatever the shape, the start and the lanes', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(1, 4, 16),
        fc.nat(),
        (parts, lanes, seed) => {
          const { symbols, classed } = streamOf(parts, lanes, seed);
          for (const kernels of [referenceCodecKernels, wasm]) {
            expect(kernels.decodeClassed(classed, (decoded) => decoded.u8().slice())).toEqual(symbols);
          }
        },
      ),
      { seed: 31, numRuns: 300 },
    );
  });

  it('reads a dimension longer than 32 bits can say', () => {
    const map: ClassMap = { base: 3, rows: null, columns: null, taps: null };
    const shape: Shape = [1, 1, 2 ** 40];
    const { symbols, classed } = streamOf([{ map, shape, start: 2 ** 40 - 20, count: 20, period: 0 }], 1, 5);
    expect(wasm.decodeClassed(classed, (decoded) => decoded.u8().slice())).toEqual(symbols);
  });
});

describe('decoded symbols', () => {
  const parts: ClassedPart[] = [
    { map: { base: 0, rows: null, columns: null, taps: null }, shape: [1, 1, 333], start: 0, count: 333, period: 0 },
  ];
  const { symbols, classed } = streamOf(parts, 16, 9);
  const both = <T>(use: Parameters<typeof wasm.decodeClassed<T>>[1]): T[] =>
    [referenceCodecKernels, wasm].map((kernels: DecodeKernels) => kernels.decodeClassed(classed, use));

  it('become the floats of a table, to the same bits', () => {
    const values = fc
      .array(finiteFloat, { minLength: ALPHABET, maxLength: 256 })
      .map((list) => Float32Array.from(list));
    fc.assert(
      fc.property(values, fc.nat(333), fc.nat(333), (table, from, size) => {
        const count = Math.min(size, 333 - from);
        const [expected, actual] = both((decoded) => decoded.floats(from, count, table).slice());
        expectSameBits(actual, expected);
        for (let i = 0; i < count; i++) expect(Object.is(actual[i], table[symbols[from + i]])).toBe(true);
      }),
      { seed: 32, numRuns: 200 },
    );
  });
});

describe('crc32', () => {
  it('is the same in WebAssembly as in the twin, for any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(wasm.crc32(bytes)).toBe(referenceCodecKernels.crc32(bytes));
      }),
      { seed: 33 },
    );
    expect(wasm.crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });
});
