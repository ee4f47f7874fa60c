import { encodeWrgBytes } from '../../src/codec/index.js';
import { DataType, MemorySource, Random, rawByteLength, Tensor, type WeightCoding } from '../../src/core/index.js';
import type { CodecKernels } from '../../src/kernels/decode-kernels.js';
import { levelOf, nextState } from '../../src/kernels/trellis.js';

/** Small sound files that between them reach every branch of a decoder. */
export function baseFiles(kernels: CodecKernels): Uint8Array[] {
  const random = new Random(77);
  const tensors = (...list: Tensor[]) => list.map((tensor) => ({ source: tensor.source, tensor }));
  const literal = { source: new MemorySource(Uint8Array.from({ length: 40 }, (_, i) => i * 7)), tensor: null };

  const levels = (count: number, spread: number) =>
    Int16Array.from({ length: count }, () => Math.round(random.normal() * random.normal() * spread));
  const grid = (dims: number[], spread: number, axis = -1, type: number = DataType.FLOAT) => {
    const codes = levels(product(dims), spread);
    const scales = Float32Array.from({ length: axis < 0 ? 1 : dims[axis] }, (_, i) => (i + 1) / 64);
    return coded(dims, { kind: 'grid', scales, axis: Math.max(0, axis), codes }, type);
  };
  /** Every row with a spread of its own, so many of them that classes stand behind the head. */
  const uneven = (rows: number, columns: number) => {
    const codes = Array.from({ length: rows }, () => levels(columns, 0.4 * 2 ** random.below(4))).flatMap((row) => [
      ...row,
    ]);
    const scales = Float32Array.of(0.25);
    return coded([rows, columns], { kind: 'grid', scales, axis: 0, codes: Int16Array.from(codes) });
  };
  const codebook = (dims: number[], size: number) => {
    const values = Float32Array.from({ length: size }, (_, i) => i - size / 2);
    const codes = Uint16Array.from({ length: product(dims) }, () => random.below(size));
    return coded(dims, { kind: 'codebook', codebook: { values }, codes });
  };
  const trellis = (dims: number[], period: number) => {
    const states = new Uint8Array(product(dims) + period);
    const codes = levels(product(dims), 2).map((k, i) => {
      states[i + period] = nextState(states[i], k);
      return levelOf(k, states[i] & 1);
    });
    return coded(dims, { kind: 'grid', scales: Float32Array.of(0.5), axis: 0, codes });
  };
  const noise = (count: number) =>
    new Tensor(
      'n',
      DataType.FLOAT,
      [count],
      Uint8Array.from({ length: 4 * count }, () => random.below(40)),
    );

  return [
    tensors(grid([6, 5, 3, 3], 2)),
    [literal, ...tensors(grid([40, 9], 3, 0), grid([9, 40], 3, 1, DataType.FLOAT16)), literal],
    tensors(grid([300], 200), codebook([20, 20], 300)),
    tensors(codebook([7, 3], 2), grid([4], 0.5, -1, DataType.DOUBLE), grid([2, 2], 1, -1, DataType.BFLOAT16)),
    tensors(noise(2000), grid([70, 64], 1)),
    tensors(grid([130, 512], 0.3)),
    tensors(trellis([20, 33], 33), grid([50], 2), trellis([7, 9], 18), trellis([19, 3], 18)),
    tensors(trellis([70, 1000], 16)),
    tensors(uneven(1100, 24)),
  ].map((segments) => encodeWrgBytes(segments, { kernels, metadata: { seed: 77 } }));
}

function coded(dims: number[], coding: WeightCoding, type: number = DataType.FLOAT): Tensor {
  const tensor = new Tensor('t', type, dims, new Uint8Array(rawByteLength(type, product(dims))));
  tensor.setCoding(coding);
  return tensor;
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, dim) => all * dim, 1);
}
