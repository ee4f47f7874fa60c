import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/codec/bytes.js';
import { shapeOf } from '../../src/codec/class-map.js';
import { CODED, TRELLIS } from '../../src/codec/format.js';
import { encodeWrgBytes, openWrg } from '../../src/codec/index.js';
import { type Directory, readDirectory, writeDirectory } from '../../src/codec/layout.js';
import { findTrellis } from '../../src/codec/trellis.js';
import { CodingSource, MemorySource, Random, readBytes, Tensor } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { loadRansCoder } from '../../src/kernels/rans-coder.js';
import { levelOf, nextState } from '../../src/kernels/trellis.js';

const kernels = await loadRansCoder();

/** Levels of random numbers, by the definition. */
function levelsOf(n: number, period: number, seed: number, chunk = 1 << 18): Int16Array {
  const random = new Random(seed);
  const states = new Uint8Array(n + period);
  return Int16Array.from({ length: n }, (_, i) => {
    if (i % chunk < period) states[i] = 0;
    const k = Math.round(1.5 * random.normal());
    states[i + period] = nextState(states[i], k);
    return levelOf(k, states[i] & 1);
  });
}

function tensorOf(name: string, dims: number[], codes: Int16Array): Tensor {
  const coding = { kind: 'grid' as const, scales: Float32Array.of(0.25), axis: 0, codes };
  const source = new CodingSource(coding, 1, dims);
  const tensor = new Tensor(name, 1, dims, new MemorySource(new Uint8Array(source.byteLength)));
  tensor.setCoding(coding);
  return tensor;
}

const encode = (tensors: readonly Tensor[]) =>
  encodeWrgBytes(
    tensors.map((tensor) => ({ source: tensor.source, tensor })),
    { kernels },
  );

describe('levels that follow a trellis', () => {
  it.each([
    { dims: [40, 16, 3, 3], period: 144 },
    { dims: [300, 1, 3, 3], period: 18 },
    { dims: [70, 500], period: 16 },
    { dims: [64, 32], period: 32 },
  ])('are found in $dims with period $period', ({ dims, period }) => {
    const n = dims.reduce((a, b) => a * b);
    expect(findTrellis(levelsOf(n, period, 5), dims)?.period).toBe(period);
  });

  it('are not found among rounded ones', () => {
    const random = new Random(8);
    const levels = Int16Array.from({ length: 4000 }, () => Math.round(1.5 * random.normal()));
    expect(findTrellis(levels, [40, 100])).toBeNull();
  });

  it('come back from a file, beside plain grids, in shared chunks and in cut ones', async () => {
    const random = new Random(2);
    const rounded = Int16Array.from({ length: 900 }, () => Math.round(3 * random.normal()));
    const tensors = [
      tensorOf('small', [30, 10, 3, 3], levelsOf(2700, 90, 1)),
      tensorOf('plain', [30, 30], rounded),
      tensorOf('smaller', [50, 33], levelsOf(1650, 33, 2)),
      tensorOf('large', [600, 1000], levelsOf(600000, 1000, 3)),
      tensorOf('last', [47, 5], levelsOf(235, 20, 4)),
    ];
    const bytes = encode(tensors);
    const onnx = await decode(bytes);
    const expected = Buffer.concat(tensors.map(({ source }) => readBytes(source)));
    expect(Buffer.compare(onnx, expected)).toBe(0);
    const opened = openWrg(new MemorySource(bytes), kernels);
    opened.tensors.forEach(({ coding }, i) => {
      expect(coding.kind).toBe('grid');
      expect(coding.codes).toEqual(tensors[i].coding!.codes);
    });
  });

  it('are refused where the period is out of its range, 0 among it', () => {
    const directoryOf = (period: number): Directory => {
      const what = { mode: CODED, gap: 0, dataType: 1, dims: [50, 33], elementCount: 1650, byteLength: 6600 } as const;
      const hole = { ...what, shape: shapeOf([50, 33]), set: 0, axis: 0, scaleCount: 1, arrays: 0, base: 0, period };
      const set = { kind: TRELLIS, min: -2, size: 6, directCount: 6, resolution: 4, classes: 1 };
      return {
        metadataLength: 0,
        literalLength: 0,
        sets: [set],
        holes: [hole],
        chunkLengths: [64],
        escapeLengths: [0],
      };
    };
    const [bytes, other] = [writeDirectory(directoryOf(33)), writeDirectory(directoryOf(34))];
    const at = bytes.findIndex((byte, i) => byte !== other[i]);
    for (const period of [16, 33, 34, 127]) {
      bytes[at] = period;
      expect(readDirectory(new ByteReader(bytes)).holes[0]).toMatchObject({ period });
    }
    for (const period of [0, 1, 15]) {
      bytes[at] = period;
      expect(() => readDirectory(new ByteReader(bytes)), `${period}`).toThrow('Damaged .wrg file');
    }
  });

  it('take about as many bits as their numbers have entropy', () => {
    const levels = levelsOf(200000, 1000, 6);
    const { numbers } = findTrellis(levels, [200, 1000])!;
    const counts = new Map<number, number>();
    for (const k of numbers) counts.set(k, (counts.get(k) ?? 0) + 1);
    const bits = [...counts.values()].reduce((sum, n) => sum - n * Math.log2(n / numbers.length), 0);
    const { length } = encode([tensorOf('w', [200, 1000], levels)]);
    expect(8 * length).toBeLessThan(1.01 * bits);
  });
});
