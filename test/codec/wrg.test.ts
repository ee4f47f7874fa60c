import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAll } from '../../src/codec/decode-all.js';
import { encodeWrgBytes, learnCosts, openWrg } from '../../src/codec/index.js';
import {
  type ByteSource,
  ConcatSource,
  DataType,
  MemorySource,
  Random,
  rawByteLength,
  readBytes,
  Tensor,
  type WeightCoding,
} from '../../src/core/index.js';
import { loadRansCoder } from '../../src/kernels/rans-coder.js';
import { referenceCodecKernels } from '../../src/kernels/reference/codec-kernels.js';

const rans = await loadRansCoder();

interface Piece {
  readonly source: ByteSource;
  readonly tensor: Tensor | null;
}

const joined = (pieces: readonly Piece[]) => readBytes(new ConcatSource(pieces.map(({ source }) => source)));
const pieceOf = (tensor: Tensor): Piece => ({ source: tensor.source, tensor });
const literal = (bytes: Uint8Array): Piece => ({ source: new MemorySource(bytes), tensor: null });

function noise(length: number, seed: number, mask = 255): Uint8Array {
  const random = new Random(seed);
  return new Uint8Array(length).map(() => random.uint32() & mask);
}

function codedTensor(dims: readonly number[], coding: WeightCoding, dataType: number = DataType.FLOAT): Tensor {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const tensor = new Tensor('t', dataType, dims, new Uint8Array(rawByteLength(dataType, elements)));
  tensor.setCoding(coding);
  return tensor;
}

/** Levels of roughly Laplace shape; rows differ in scale by up to `contrast` octaves. */
function levelsOf(dims: readonly number[], spread: number, contrast: number, seed: number): Int16Array {
  const random = new Random(seed);
  const inner = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const codes = new Int16Array(dims.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < codes.length; i++) {
    const octave = contrast === 0 ? 0 : (Math.floor(i / inner) * 7) % (contrast + 1);
    codes[i] = Math.max(-32768, Math.min(32767, Math.round(random.normal() * random.normal() * spread * 2 ** octave)));
  }
  return codes;
}

const grid = (
  _dims: readonly number[],
  codes: Int16Array,
  scales = Float32Array.of(0.03125),
  axis = 0,
): WeightCoding => ({
  kind: 'grid',
  scales,
  axis,
  codes,
});

/** `toEqual` is slow on megabytes. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.compare(actual, expected)).toBe(0);
}

function expectRoundTrip(pieces: readonly Piece[]): Uint8Array {
  const bytes = encodeWrgBytes(pieces, { kernels: rans });
  const expected = joined(pieces);
  for (const kernels of [rans, referenceCodecKernels]) {
    expectSame(readBytes(openWrg(new MemorySource(bytes), kernels).onnx), expected);
    expectSame(decodeAll(new MemorySource(bytes), kernels), expected);
  }
  return bytes;
}

describe('encodeWrg and openWrg', () => {
  const dims = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });
  const codebooks = [2, 5, 256, 400].map((size) => ({
    values: Float32Array.from({ length: size }, (_, i) => (i - size / 2) / 8),
  }));
  const pieces: fc.Arbitrary<Piece> = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map(literal),
    fc
      .tuple(fc.constantFrom(1, 2, 3, 6, 7, 10, 11, 16), fc.nat(200), fc.nat())
      .map(([type, n, seed]) => pieceOf(new Tensor('p', type, [n], noise(rawByteLength(type, n), seed)))),
    fc
      .tuple(
        dims,
        fc.constantFrom(0, 0.5, 3, 500, 9000),
        fc.nat(4),
        fc.nat(),
        fc.constantFrom(1, 10, 11, 16),
        fc.boolean(),
      )
      .map(([shape, spread, contrast, seed, type, perChannel]) => {
        const axis = perChannel && shape.length > 0 ? seed % shape.length : 0;
        const count = perChannel && shape.length > 0 ? shape[axis] : 1;
        const scales = Float32Array.from({ length: count }, (_, i) => (i + 1) / 64);
        return pieceOf(codedTensor(shape, grid(shape, levelsOf(shape, spread, contrast, seed), scales, axis), type));
      }),
    fc.tuple(dims, fc.constantFrom(...codebooks), fc.nat()).map(([shape, codebook, seed]) => {
      const random = new Random(seed);
      const count = shape.reduce((product, dim) => product * dim, 1);
      const codes = new Uint16Array(count).map(() => random.below(codebook.values.length));
      return pieceOf(codedTensor(shape, { kind: 'codebook', codebook, codes }));
    }),
  );

  it('give back any mixture of literals, plain tensors and coded tensors', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (list) => {
        expectRoundTrip(list);
      }),
      { seed: 11, numRuns: 30 },
    );
  });

  it('give back tensors of several chunks, read from any place', () => {
    const shape = [700, 900];
    const coded = codedTensor(shape, grid(shape, levelsOf(shape, 0.7, 3, 5)));
    const plain = new Tensor('f', DataType.FLOAT, [600000], noise(2400000, 3, 0x3f));
    const pieces = [literal(noise(99, 1)), pieceOf(coded), pieceOf(plain), literal(noise(100000, 2, 3))];
    const bytes = expectRoundTrip(pieces);
    const expected = joined(pieces);
    const { onnx } = openWrg(new MemorySource(bytes), rans);
    const random = new Random(8);
    for (let round = 0; round < 20; round++) {
      const at = random.below(expected.length);
      const length = Math.min(expected.length - at, random.below(100000));
      expectSame(readBytes(onnx, at, length), expected.subarray(at, at + length));
    }
  });

  it('write the same bytes with the reference coder', () => {
    const shape = [64, 80, 3, 3];
    const pieces = [pieceOf(codedTensor(shape, grid(shape, levelsOf(shape, 1, 3, 9)))), literal(noise(500, 4))];
    expect(encodeWrgBytes(pieces, { kernels: referenceCodecKernels })).toEqual(
      encodeWrgBytes(pieces, { kernels: rans }),
    );
  });

  it('stay within 1 % of the entropy, that of each kind of row where rows differ', () => {
    const shape = [512, 400];
    const entropyBytes = (codes: Iterable<number>, n: number) => {
      const counts = new Map<number, number>();
      for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
      return [...counts.values()].reduce((bits, count) => bits - count * Math.log2(count / n), 0) / 8;
    };
    const size = (codes: Int16Array) =>
      encodeWrgBytes([pieceOf(codedTensor(shape, grid(shape, codes)))], { kernels: rans }).length;
    const alike = levelsOf(shape, 1.5, 0, 21);
    expect(size(alike) / entropyBytes(alike, alike.length)).toBeLessThan(1.01);
    const different = levelsOf(shape, 0.5, 4, 22);
    const kinds = Array.from({ length: 5 }, (_, kind) =>
      [...different].filter((_, i) => (Math.floor(i / 400) * 7) % 5 === kind),
    );
    const ideal = kinds.reduce((sum, codes) => sum + entropyBytes(codes, codes.length), 0);
    expect(ideal).toBeLessThan(0.95 * entropyBytes(different, different.length));
    expect(size(different) / ideal).toBeLessThan(1.01);
  });

  it('carry metadata of any JSON', () => {
    const metadata = { recipe: ['a', 1, null], seed: 0, nested: { ключ: 'ü' } };
    const bytes = encodeWrgBytes([literal(noise(10, 1))], { kernels: rans, metadata });
    expect(openWrg(new MemorySource(bytes), rans).metadata).toEqual(metadata);
    expect(openWrg(new MemorySource(encodeWrgBytes([], { kernels: rans })), rans).metadata).toBeUndefined();
  });
});

describe('learnCosts', () => {
  it('predicts the size of the coded tensors within 2 %', () => {
    const shapes = [
      [128, 64, 3, 3],
      [256, 300],
    ];
    const tensors = shapes.map((shape, i) => ({ dims: shape, codes: levelsOf(shape, 0.8, 3, i) }));
    const model = learnCosts(
      tensors.map(({ dims, codes }) => ({ dims, codes: () => codes })),
      { min: -60, size: 121, kernel: rans },
    );
    let bits = 0;
    tensors.forEach(({ codes }, i) => {
      const contexts = model.contexts(i);
      codes.forEach((code, k) => {
        bits += model.bits[contexts[k] * model.size + code - model.min];
      });
    });
    const pieces = tensors.map(({ dims, codes }) => pieceOf(codedTensor(dims, grid(dims, codes))));
    const coded = encodeWrgBytes(pieces, { kernels: rans }).length;
    expect(Math.abs(bits / 8 / coded - 1)).toBeLessThan(0.02);
  });

  it('charges a finite price for every value, a higher one for those not seen', () => {
    const codes = levelsOf([64, 64], 1, 0, 3);
    const model = learnCosts([{ dims: [64, 64], codes: () => codes }], {
      min: -500,
      size: 1001,
      classes: 4,
      kernel: rans,
    });
    expect(model.bits.every((bits) => Number.isFinite(bits) && bits > 0)).toBe(true);
    expect(model.bits[500]).toBeLessThan(model.bits[0]);
  });
});
