import { describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, SILENT } from '../../src/core/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { type CompressOptions, compress } from '../../src/pipeline/compress.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { buildConvNet, buildDocument, buildValue, int64Tensor, normalTensor } from '../helpers/build.js';

const runtime = await ortNode();
const SAMPLES = 64;
const PIXELS = 3 * 8 * 8;
const random = new Random(4);
const data = Float32Array.from({ length: SAMPLES * PIXELS }, () => random.normal());
const dataset: Dataset = {
  name: 'noise',
  length: SAMPLES,
  labels: Uint8Array.from({ length: SAMPLES }, (_, i) => i % 5),
  batch: (start, count) => ({
    dataType: DataType.FLOAT,
    dims: [count, 3, 8, 8],
    data: data.slice(start * PIXELS, (start + count) * PIXELS),
  }),
};

const ints = (...value: number[]) => ({ kind: 'ints', value: value.map(BigInt) }) as const;

async function trained(options: CompressOptions, build: () => Document = buildConvNet) {
  const [before, after] = [build(), build()];
  const warnings: string[] = [];
  const logger = { ...SILENT, warn: (text: string) => void warnings.push(text) };
  const usual = { samples: 8, epochs: 1, batch: 16, fuseBatchNorm: false };
  await compress(after, { ...usual, ...options }, { runtime, logger, onProgress() {}, training: { dataset } });
  return { before, after, warnings };
}

const numbersOf = ({ graph }: Document, name: string) => [...graph.initializers.get(name)!.toFloat32()];

describe.each(['vnq', 'rq', 'srq'] as const)('compress by %s', (method) => {
  it('draws and trains tensors that are too short for values of their own', async () => {
    const { before, after } = await trained({ method, fromScratch: true });
    for (const name of ['conv.b', 'bn.scale', 'bn.bias', 'fc.b']) {
      expect(after.graph.initializers.get(name)!.elementCount).toBeLessThan(8);
      // Four steps away from where the operator has them begin.
      const start = name === 'bn.scale' ? 1 : 0;
      const numbers = numbersOf(after, name);
      expect(numbers).not.toEqual(numbersOf(before, name));
      for (const number of numbers) expect(Math.abs(number - start)).toBeLessThan(0.05);
      expect(numbers.some((number) => number !== start)).toBe(true);
    }
  });

  it('keeps the numbers of normalization that is left out, its statistics too', async () => {
    for (const fromScratch of [false, true]) {
      const ignoredScope = { types: ['BatchNormalization'] };
      const { before, after } = await trained({ method, ignoredScope, fromScratch });
      for (const name of ['bn.scale', 'bn.bias', 'bn.mean', 'bn.var']) {
        expect(numbersOf(after, name)).toEqual(numbersOf(before, name));
      }
      expect(numbersOf(after, 'conv.w')).not.toEqual(numbersOf(before, 'conv.w'));
    }
  });
});

it('compress by vnq says which weights stay floats', async () => {
  const build = () =>
    buildDocument({
      inputs: [buildValue('x', ['N', 3, 8, 8])],
      outputs: [buildValue('y', ['N', 5])],
      nodes: [
        createNode('Flatten', ['x'], ['flat']),
        createNode('MatMul', ['flat', 'first'], ['h']),
        createNode('MatMul', ['h', 'second'], ['product']),
        createNode('Unsqueeze', ['h', 'axis'], ['row']),
        createNode('Add', ['row', 'second'], ['rows']),
        createNode('ReduceMean', ['rows'], ['mean'], { axes: ints(1), keepdims: { kind: 'int', value: 0n } }),
        createNode('Add', ['product', 'mean'], ['y']),
      ],
      initializers: [
        normalTensor('first', [PIXELS, 5], 1, 0.1),
        normalTensor('second', [5, 5], 2),
        int64Tensor('axis', [1], [1]),
      ],
    });
  const { after, warnings } = await trained({ method: 'vnq' }, build);
  expect(after.graph.initializers.get('first')!.coding?.kind).toBe('grid');
  expect(after.graph.initializers.get('second')!.coding).toBeFalsy();
  expect(warnings.join()).toMatch(/vnq: 1 of 2 weights .* stay floats.*: second$/);
});
