import { describe, expect, it } from 'vitest';
import { encodeWrgBytes, openWrg } from '../../src/codec/index.js';
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
