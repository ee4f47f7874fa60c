import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  createNode,
  DataType,
  type Document,
  Random,
  SILENT,
  type Tensor,
} from '../../../src/core/index.js';
import { NodeIO } from '../../../src/io/node-io.js';
import { type GpfqLayer, type GpfqOptions, gpfq } from '../../../src/methods/gpfq/index.js';
import { listWeights } from '../../../src/methods/weights.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { buildConvNet, buildDocument, buildMlp, buildValue, normalTensor } from '../../helpers/build.js';
import { literalPath, multiply, transpose } from './literal-gpfq.js';

const runtime = await ortNode({ threads: 1 });
const context = { logger: SILENT, onProgress: () => {} };

function feedsOf(dims: readonly number[], count: number, seed = 4) {
  const random = new Random(seed);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: count }, () => ({
    x: { dataType: DataType.FLOAT, dims, data: Float32Array.from({ length: size }, () => 1 + random.normal()) },
  }));
}

async function quantize(document: Document, feeds: ReturnType<typeof feedsOf>, options: GpfqOptions = {}) {
  const refs = listWeights(document);
  const layers: GpfqLayer[] = [];
  const targets = {
    weights: refs.filter(({ role }) => role === 'weight'),
    biases: refs.filter(({ role }) => role === 'bias').map(({ tensor }) => tensor),
    feeds,
    runtime,
    onLayer: (layer: GpfqLayer) => layers.push(layer),
  };
  await document.transformWith(context, gpfq(targets, options));
  return layers;
}

const rowsOf = (tensor: Tensor) => {
  const [rows, columns] = tensor.dims;
  const values = [...tensor.toFloat32()];
  return Array.from({ length: rows }, (_, r) => values.slice(r * columns, (r + 1) * columns));
};

async function outputsOf(document: Document, feeds: ReturnType<typeof feedsOf>): Promise<number[]> {
  const session = await runtime.load(modelBytes(document));
  const all: number[] = [];
  for (const feed of feeds) all.push(...((await session.run(feed)).y.data as Float32Array));
  await session.release();
  return all;
}

const squared = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

describe('gpfq', () => {
  it('gives a network the values of the recursion over samples, layer after layer', async () => {
    const document = buildMlp([12, 10, 8, 3], 7);
    const tensor = (name: string) => document.graph.initializers.get(name)!;
    const feeds = feedsOf([40, 12], 2);
    let original = feeds.flatMap(({ x }) =>
      Array.from({ length: 40 }, (_, n) => [...x.data.slice(12 * n, 12 * n + 12)]),
    );
    let quantized = original;
    const layers = [0, 1, 2].map((i) => ({ weights: rowsOf(tensor(`w${i}`)), bias: [...tensor(`b${i}`).toFloat32()] }));
    const relu = (rows: number[][]) => rows.map((row) => row.map((value) => Math.max(0, value)));
    const reports = await quantize(document, feeds, { levels: 9, biasCorrection: 'none' });
    layers.forEach(({ weights, bias }, i) => {
      const radius = weights.reduce((sum, row) => sum + Math.max(...row.map(Math.abs)), 0) / weights.length;
      const step = (1.16 * radius) / 4;
      const nearest = (x: number) => step * Math.max(-4, Math.min(4, Math.round(x / step)));
      const paths = weights.map((row) => literalPath(row, original, quantized, nearest));
      const found = rowsOf(tensor(`w${i}`));
      paths.forEach(({ values }, r) => {
        values.forEach((value, t) => {
          expect(found[r][t], `layer ${i}, row ${r}, column ${t}`).toBeCloseTo(value, 4);
        });
      });
      const power = multiply(
        original,
        weights,
        bias.map(() => 0),
      ).flat();
      const error = paths.flatMap((path) => path.error).reduce((sum, value) => sum + value * value, 0);
      expect(reports[i].error).toBeCloseTo(error / power.reduce((sum, value) => sum + value * value, 0), 4);
      // The bias that the network has now is the rounded one.
      original = relu(multiply(original, weights, bias));
      quantized = relu(multiply(quantized, found, [...tensor(`b${i}`).toFloat32()]));
    });
    expect(transpose(original).length).toBe(3);
  });

  it('is closer to the outputs than rounding to the same values, for ordinary, grouped and depthwise convolutions', async () => {
    const build = () => {
      const same: Record<string, AttributeValue> = { pads: { kind: 'ints', value: [1n, 1n, 1n, 1n] } };
      return buildDocument({
        inputs: [buildValue('x', ['N', 4, 8, 8])],
        outputs: [buildValue('y', ['N', 6, 4, 4])],
        nodes: [
          createNode('Conv', ['x', 'a', 'ab'], ['ha'], same),
          createNode('Relu', ['ha'], ['ra']),
          createNode('Conv', ['ra', 'b'], ['hb'], { ...same, group: { kind: 'int', value: 8n } }),
          createNode('Relu', ['hb'], ['rb']),
          createNode('Conv', ['rb', 'c'], ['y'], {
            ...same,
            group: { kind: 'int', value: 2n },
            strides: { kind: 'ints', value: [2n, 2n] },
          }),
        ],
        initializers: [
          normalTensor('a', [8, 4, 3, 3], 1, 0.2),
          normalTensor('ab', [8], 2, 0.1),
          normalTensor('b', [8, 1, 3, 3], 3, 0.3),
          normalTensor('c', [6, 4, 3, 3], 4, 0.2),
        ],
      });
    };
    const [document, rounded] = [build(), build()];
    const feeds = feedsOf([8, 4, 8, 8], 2);
    const expected = await outputsOf(document, feeds);
    await quantize(document, feeds, { levels: 7, biasCorrection: 'none' });
    for (const name of ['a', 'b', 'c']) {
      const [tensor, other] = [document, rounded].map(({ graph }) => graph.initializers.get(name)!);
      const coding = tensor.coding!;
      expect(coding.kind).toBe('grid');
      const step = coding.kind === 'grid' ? coding.scales[0] : 0;
      other.setFloat32(other.toFloat32().map((value) => step * Math.max(-3, Math.min(3, Math.round(value / step)))));
    }
    const fresh = feedsOf([8, 4, 8, 8], 2, 99);
    const error = squared(await outputsOf(document, fresh), await outputsOf(build(), fresh));
    expect(error).toBeLessThan(0.9 * squared(await outputsOf(rounded, fresh), await outputsOf(build(), fresh)));
    expect(squared(await outputsOf(document, feeds), expected)).toBeGreaterThan(0);
  });

  it('keeps the mean of the outputs when biases are corrected', async () => {
    const meanShift = async (biasCorrection: 'all' | 'last' | 'none') => {
      const document = buildConvNet(5);
      const feeds = feedsOf([32, 3, 8, 8], 2);
      const before = await outputsOf(document, feeds);
      await quantize(document, feeds, { levels: 5, biasCorrection });
      const after = await outputsOf(document, feeds);
      return Math.max(
        ...[0, 1, 2, 3, 4].map((c) => {
          const ofClass = (all: number[]) =>
            all.filter((_, i) => i % 5 === c).reduce((sum, value) => sum + value, 0) / 64;
          return Math.abs(ofClass(after) - ofClass(before));
        }),
      );
    };
    // Biases are rounded afterwards, to a 64th of their spread of about 0.1.
    expect(await meanShift('all')).toBeLessThan(2e-3);
    expect(await meanShift('last')).toBeLessThan(2e-3);
    expect(await meanShift('none')).toBeGreaterThan(2e-2);
  });

  it('quantizes every weight of a real network, the same way twice', async () => {
    const run = async () => {
      const document = await new NodeIO().read('models/glyphs.onnx');
      const session = await runtime.load(modelBytes(document));
      const [{ name, dims }] = session.inputs;
      await session.release();
      const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : 16));
      const feeds = feedsOf(sizes, 1).map(({ x }) => ({ [name]: x }));
      const layers = await quantize(document, feeds as never, { variant: 'stochastic', seed: 3 });
      expect(layers.length).toBeGreaterThan(1);
      for (const { tensor, error } of layers) {
        expect(tensor.coding, tensor.name).not.toBeNull();
        // Its 1,728 columns are more than a probe measures.
        if (tensor.name === 'hidden.weight') expect(error).toBeNull();
        else expect(error).toBeLessThan(0.2);
      }
      return Buffer.from(modelBytes(document));
    };
    expect((await run()).equals(await run())).toBe(true);
  });

  it('refuses an option outside its range at once', () => {
    const targets = { weights: [], biases: [], feeds: [], runtime };
    expect(() => gpfq(targets, { levels: 1 })).toThrow(/levels/);
    expect(() => gpfq(targets, { variant: 'soft', threshold: 9 })).toThrow(/threshold/);
    expect(() => gpfq(targets, { radiusScale: 0 })).toThrow(/radiusScale/);
  });
});
