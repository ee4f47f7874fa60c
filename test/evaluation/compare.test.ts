import { expect, it } from 'vitest';
import { createNode, DataType, encodeFloats, Random, Tensor } from '../../src/core/index.js';
import { compareTensors } from '../../src/evaluation/index.js';
import { buildDocument, buildMlp, floatTensor, int64Tensor } from '../helpers/build.js';

it('is silent about a document and itself', () => {
  const { tensors, unmatched } = compareTensors(buildMlp([4, 3, 2]), buildMlp([4, 3, 2]));
  expect(tensors.map(({ name, sqnr, maxDelta }) => [name, sqnr, maxDelta])).toEqual(
    ['w0', 'b0', 'w1', 'b1'].map((name) => [name, null, 0]),
  );
  expect(unmatched).toEqual([]);
});

it('gives SQNR in dB and the largest difference of each tensor', () => {
  const a = buildDocument({ initializers: [floatTensor('w', [3], [3, 4, 0]), int64Tensor('i', [2], [1, 2])] });
  const b = buildDocument({ initializers: [floatTensor('w', [3], [3, 4.5, 0]), int64Tensor('i', [2], [1, 4])] });
  const [w, i] = compareTensors(a, b).tensors;
  expect(w.sqnr).toBeCloseTo(20, 10);
  expect(w.maxDelta).toBe(0.5);
  expect(i.maxDelta).toBe(2);
});

it('finds constants by the edge they are, and tensors of subgraphs', () => {
  const make = (value: number) => {
    const inner = buildDocument({ initializers: [floatTensor('inner', [1], [value])] }).graph;
    return buildDocument({
      nodes: [
        createNode('Constant', [], ['c'], { value: { kind: 'tensor', value: floatTensor('', [1], [value]) } }),
        createNode('If', ['cond'], ['y'], {
          then_branch: { kind: 'graph', value: inner },
          else_branch: { kind: 'graph', value: inner },
        }),
      ],
    });
  };
  const { tensors } = compareTensors(make(1), make(3));
  expect(tensors.map(({ name, maxDelta }) => [name, maxDelta]).sort()).toEqual([
    ['c', 2],
    ['inner', 2],
    ['inner', 2],
  ]);
});

it('compares what is stored in other float types, block by block', () => {
  const random = new Random(1);
  // More than one block, and not a whole number of them.
  const values = Float32Array.from({ length: 300_001 }, () => random.normal());
  const last = values.slice();
  last[300_000] += 2;
  const half = (numbers: Float32Array) => {
    const bytes = new Uint8Array(2 * numbers.length);
    encodeFloats(DataType.FLOAT16, numbers, bytes);
    return new Tensor('w', DataType.FLOAT16, [numbers.length], bytes);
  };
  const plain = buildDocument({ initializers: [Tensor.fromFloat32('w', [values.length], values)] });
  const rounded = compareTensors(plain, buildDocument({ initializers: [half(values)] })).tensors[0];
  // Half floats keep 11 bits: the error is below 2^-11 of each value, about 2^-11 / √3 of it in the mean at most.
  expect(rounded.sqnr).toBeGreaterThan(20 * Math.log10(2 ** 11));
  expect(rounded.maxDelta).toBeLessThanOrEqual(6 * 2 ** -11);
  const changed = compareTensors(plain, buildDocument({ initializers: [half(last)] })).tensors[0];
  expect(changed.maxDelta).toBeGreaterThan(1.9);
});

it('names what has no counterpart, or one of another shape', () => {
  const strings = () => new Tensor('s', DataType.STRING, [1], new Uint8Array());
  const a = buildDocument({ initializers: [floatTensor('gone', [1], [1]), floatTensor('w', [2], [1, 2]), strings()] });
  const b = buildDocument({
    initializers: [floatTensor('w', [1, 2], [1, 2]), floatTensor('new', [1], [1]), strings()],
  });
  expect(compareTensors(a, b)).toEqual({ tensors: [], unmatched: ['gone', 'w', 's', 'new'] });
});
