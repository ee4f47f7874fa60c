import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/codec/bytes.js';
import { fillClasses, shapeOf } from '../../src/codec/class-map.js';
import { frequenciesOf, maxStep, stepOf } from '../../src/codec/frequencies.js';
import { BIT, log2 } from '../../src/codec/log2.js';
import { decodePlanes, encodePlanes } from '../../src/codec/planes.js';
import { packBits, unpackBits } from '../../src/codec/symbol-set.js';
import { loadRansCoder } from '../../src/kernels/rans-coder.js';
import { crc32 } from '../../src/kernels/reference/crc32.js';

const rans = await loadRansCoder();

describe('numbers of a directory', () => {
  it('come back, signed and unsigned, up to 2^53 − 1', () => {
    const numbers = fc.array(fc.maxSafeNat());
    fc.assert(
      fc.property(numbers, fc.array(fc.integer()), (unsigned, signed) => {
        const writer = new ByteWriter();
        for (const n of unsigned) writer.uint(n);
        for (const n of signed) writer.int(n);
        const reader = new ByteReader(writer.bytes());
        expect(unsigned.map(() => reader.uint())).toEqual(unsigned);
        expect(signed.map(() => reader.int(2 ** 32))).toEqual(signed);
        expect(() => reader.uint()).toThrow(/Expected a number at byte/);
      }),
      { seed: 1 },
    );
  });

  it('are refused above their limit, and when they never end', () => {
    expect(() => new ByteReader(Uint8Array.of(200, 1)).uint(199)).toThrow(/above 199/);
    expect(() => new ByteReader(new Uint8Array(20).fill(255)).uint()).toThrow(/Damaged/);
  });
});

describe('crc32', () => {
  it("agrees with gzip's, in any two parts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 99 }), fc.nat(99), (bytes, cut) => {
        const expected = gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(expected);
      }),
      { seed: 2 },
    );
  });
});

describe('log2', () => {
  it('is right to 1/4096 below', () => {
    for (const value of [1, 2, 3, 7, 100, 4095, 4096, 65537, 1e6, 2 ** 30, 2 ** 31 - 1]) {
      const error = Math.log2(value) - log2(value) / BIT;
      expect(error, `${value}`).toBeGreaterThanOrEqual(-1e-4);
      expect(error, `${value}`).toBeLessThan(2 / BIT);
    }
  });
});

describe('frequencies', () => {
  it('add up to 4096, each symbol that occurs having one to 4095', () => {
    const tables = fc.record({
      resolution: fc.constantFrom(1, 2, 4, 8),
      steps: fc.array(fc.nat(97), { minLength: 2, maxLength: 256 }),
    });
    fc.assert(
      fc.property(tables, ({ resolution, steps }) => {
        const clamped = Uint8Array.from(steps, (step) => Math.min(step, maxStep(resolution)));
        const frequencies = new Uint16Array(steps.length);
        frequenciesOf(clamped, resolution, frequencies);
        expect(frequencies.reduce((a, b) => a + b)).toBe(4096);
        frequencies.forEach((frequency, i) => {
          expect(frequency).toBeLessThan(4096);
          if (clamped[i] > 0) expect(frequency).toBeGreaterThan(0);
        });
      }),
      { seed: 3 },
    );
  });

  it('of counts cost at most 0.3 % more than the entropy at eight steps an octave', () => {
    const counts = Array.from({ length: 40 }, (_, i) => Math.ceil(1e6 / (i + 1) ** 2));
    const total = counts.reduce((a, b) => a + b);
    const steps = Uint8Array.from(counts, (count) => stepOf(count, total, 8));
    const frequencies = new Uint16Array(40);
    frequenciesOf(steps, 8, frequencies);
    const cost = (shares: ArrayLike<number>, sum: number) =>
      counts.reduce((bits, count, i) => bits - count * Math.log2(shares[i] / sum), 0);
    expect(cost(frequencies, 4096) / cost(counts, total)).toBeLessThan(1.003);
  });
});

describe('planes', () => {
  it('give back elements of any stride, noise and few values alike', () => {
    const inputs = fc.record({
      stride: fc.constantFrom(1, 2, 4, 8),
      count: fc.nat(3000),
      masks: fc.array(fc.constantFrom(0, 1, 15, 255), { minLength: 8, maxLength: 8 }),
    });
    fc.assert(
      fc.property(inputs, ({ stride, count, masks }) => {
        let state = count;
        const bytes = new Uint8Array(stride * count).map((_, i) => {
          state = Math.imul(state, 1664525) + 1013904223;
          return (state >>> 24) & masks[i % stride];
        });
        const packed = Uint8Array.from(encodePlanes(bytes, stride, rans).flatMap((part) => [...part]));
        expect(decodePlanes(packed, stride, bytes.length, rans)).toEqual(bytes);
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});

describe('plain bits', () => {
  it('come back at any width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16 }), fc.array(fc.nat(65535)), (width, numbers) => {
        const values = numbers.map((number) => number & ((1 << width) - 1));
        const bytes = packBits(values, width);
        expect(bytes.length).toBe(Math.ceil((values.length * width) / 8));
        values.forEach((value, i) => {
          expect(unpackBits(bytes, i, width)).toBe(value);
        });
      }),
      { seed: 6 },
    );
  });
});

describe('fillClasses', () => {
  it('adds rows, columns and taps, and clamps, from any element on', () => {
    const offsets = (length: number) =>
      fc.option(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: length, maxLength: length }));
    const inputs = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }).chain((dims) => {
      const shape = shapeOf(dims);
      return fc.record({
        dims: fc.constant(dims),
        base: fc.nat(7),
        arrays: fc.tuple(offsets(shape[0]), offsets(shape[1]), offsets(shape[2])),
        start: fc.nat(600),
      });
    });
    fc.assert(
      fc.property(inputs, ({ dims, base, arrays, start }) => {
        const shape = shapeOf(dims);
        const [rows, columns, taps] = arrays.map((array) => (array ? Int8Array.from(array) : null));
        const expected: number[] = [];
        for (let r = 0; r < shape[0]; r++)
          for (let c = 0; c < shape[1]; c++)
            for (let t = 0; t < shape[2]; t++) {
              const sum = base + (rows?.[r] ?? 0) + (columns?.[c] ?? 0) + (taps?.[t] ?? 0);
              expected.push(Math.min(7, Math.max(0, sum)));
            }
        const from = Math.min(start, expected.length);
        const actual = new Uint8Array(expected.length - from);
        fillClasses({ base, rows, columns, taps }, shape, 8, from, actual);
        expect([...actual]).toEqual(expected.slice(from));
      }),
      { seed: 7 },
    );
  });
});
