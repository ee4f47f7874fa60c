import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { loadRansDecoder } from '../../src/kernels/rans-decoder.js';
import { ByteEncoder } from '../../src/kernels/reference/byte-coder.js';
import { referenceCodecKernels } from '../../src/kernels/reference/codec-kernels.js';
import { squash, stretch } from '../../src/kernels/reference/logistic.js';
import { MatchFinder } from '../../src/kernels/reference/match-finder.js';

const wasm = await loadRansDecoder();

interface Part {
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly raw?: number;
}

function packed(parts: readonly Part[], capacity = lengthOf(parts)): Uint8Array {
  const encoder = new ByteEncoder(capacity);
  for (const { bytes, stride, raw } of parts) encoder.write(bytes, stride, raw);
  return encoder.finish();
}

function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function noise(length: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

const text = (words: string) => new TextEncoder().encode(words);

describe('the byte coder', () => {
  const part: fc.Arbitrary<Part> = fc.record({
    stride: fc.constantFrom(1, 1, 2, 4, 8, 16, -1, -3, -31, -256),
    raw: fc.nat(17),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.map((byte) => byte & 3)),
      fc.string({ maxLength: 100 }).map((words) => text(words.repeat(3))),
    ),
  });

  it('gives back sections of any kind, whatever of them is taken for noise', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const stream = packed(parts);
        for (const kernels of [referenceCodecKernels, wasm]) {
          kernels.decodeBytes(stream, lengthOf(parts), (read) => {
            for (const { bytes, stride } of parts) expect(read(bytes.length, stride)).toEqual(bytes);
            expect(() => read(1, 1)).toThrow(/stream of/);
          });
        }
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('makes the same of any stream in WebAssembly as in the twin', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.array(fc.tuple(fc.constantFrom(1, 2, 4, 8, -1, -7, -300), fc.nat(300)), { maxLength: 5 }),
        (stream, sections) => {
          const capacity = sections.reduce((sum, [, length]) => sum + length, 0);
          const [expected, actual] = [referenceCodecKernels, wasm].map((kernels) =>
            kernels.decodeBytes(stream, capacity, (read) => sections.map(([stride, length]) => read(length, stride))),
          );
          expect(actual).toEqual(expected);
        },
      ),
      { seed: 5, numRuns: 40 },
    );
  });

  it('gives back more bytes than its tables have entries', () => {
    const lines = Array.from({ length: 2500 }, (_, i) => `/layer${i % 7}.${i}/Conv_output_${(i * i) % 101}\n`);
    const parts = [
      { bytes: text(lines.join('')), stride: 1 },
      { bytes: noise(9000, 1), stride: 4, raw: 2 },
    ];
    expect(lengthOf(parts)).toBeGreaterThan(65536);
    wasm.decodeBytes(packed(parts), lengthOf(parts), (read) => {
      for (const { bytes, stride } of parts) expect(Buffer.compare(read(bytes.length, stride), bytes)).toBe(0);
    });
  });

  it('is the coder of the capacity that it was told, which may be more than the bytes', () => {
    const bytes = text('conv1.weight conv1.bias conv2.weight');
    const stream = packed([{ bytes, stride: 1 }], 5000);
    for (const kernels of [referenceCodecKernels, wasm]) {
      expect(kernels.decodeBytes(stream, 5000, (read) => read(bytes.length, 1))).toEqual(bytes);
    }
  });

  it('costs little over its entropy on noise, just that where it is known to be noise, and little at all on repetition', () => {
    const random = noise(4000, 2);
    for (const stride of [1, 4]) expect(packed([{ bytes: random, stride }]).length).toBeLessThan(4000 * 1.03);
    expect(packed([{ bytes: random.map((byte) => byte & 15), stride: -50 }]).length).toBeLessThan(2000 * 1.05);
    expect(packed([{ bytes: random, stride: 4, raw: 3 }]).length).toBeLessThan(3000 + 1000 * 1.03 + 8);
    for (const stride of [1, 2, 4, 8, -50]) {
      expect(packed([{ bytes: new Uint8Array(4000), stride }]).length).toBeLessThan(60);
    }
  });

  it('follows a match over small differences', () => {
    const node = (i: number) => `/features/block_${i}/convolution/output_value`;
    const numbers = Array.from({ length: 40 }, (_, i) => 10 + ((i * 37) % 89));
    const cost = packed([{ bytes: text(numbers.map(node).join('')), stride: 1 }]).length;
    // The first name, and then little more than two digits each, of which either is one of ten.
    expect(cost).toBeLessThan(node(0).length + 40 * 2);
  });
});

describe('a match', () => {
  it('begins where eight bytes agree, ends when five of eight candidates are wrong', () => {
    const bytes = new Uint8Array(200);
    bytes.set(text('abcdefgh0123456789abcdefgh'), 64);
    const finder = new MatchFinder(bytes, 12);
    const enter = (position: number) => finder.enter(position, bytes[position - 1]);
    for (let position = 64; position < 90; position++) {
      enter(position);
      expect(finder.state).toBe(0);
    }
    enter(90);
    expect(finder).toMatchObject({ state: 1 + 8, candidate: '0'.charCodeAt(0) });
    const states: number[] = [];
    for (let position = 90; position < 95; position++) {
      bytes[position] = 1;
      enter(position + 1);
      states.push(finder.state);
    }
    expect(states).toEqual([1 + 64, 1 + 128, 1 + 192, 1 + 192, 0]);
  });
});

describe('logarithmic odds', () => {
  it('of a probability lie within a tenth of an octave of the exact ones, rise with it, and change sign with it', () => {
    const exact = (p: number) => 256 * Math.log2(p / (65536 - p));
    const wrong: number[] = [];
    for (let p = 1; p < 65536; p++) {
      const isNear = Math.abs(stretch(p) - exact(p)) < 25.6;
      const rises = p === 1 || stretch(p) >= stretch(p - 1);
      if (!isNear || !rises || Math.abs(stretch(p) + stretch(65536 - p)) > 1) wrong.push(p);
    }
    expect(wrong).toEqual([]);
    expect(stretch(32768)).toBe(0);
  });

  it('give probabilities within 3 % of the exact ones, never 0 or 1', () => {
    const wrong: number[] = [];
    for (let x = -3071; x <= 3071; x++) {
      const p = 65536 / (1 + 2 ** (-x / 256));
      if (Math.abs(squash(x) - p) > 1 + 0.03 * Math.min(p, 65536 - p)) wrong.push(x);
    }
    expect(wrong).toEqual([]);
    for (const x of [-1e9, 1e9]) {
      expect(squash(x)).toBeGreaterThan(0);
      expect(squash(x)).toBeLessThan(65536);
    }
  });
});
