import { describe, expect, it } from 'vitest';
import { type AttributeValue, createNode, DataType, Document, Random, SILENT, Tensor } from '../../src/core/index.js';
import { measureSecondMoments, measureSensitivity, OutputError } from '../../src/posterior/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { buildDocument, buildValue } from '../helpers/build.js';

const context = { logger: SILENT, onProgress: () => {} };

function values(seed: number, count: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal() + 0.5);
}

/** x → Conv(groups, stride 2, uneven pads, dilation) → Relu → Flatten → Gemm. */
function network(opset: number): Document {
  const document = new Document();
  document.irVersion = 7;
  document.opsets.set('', opset);
  const { graph } = document;
  graph.name = 'g';
  graph.inputs.push({ name: 'x', dataType: DataType.FLOAT, dims: ['n', 4, 9, 8] });
  graph.outputs.push({ name: 'y', dataType: DataType.FLOAT, dims: ['n', 3] });
  const ints = (...list: number[]) => ({ kind: 'ints' as const, value: list.map(BigInt) });
  graph.nodes.push(
    createNode('Conv', ['x', 'w', 'b'], ['c'], {
      group: { kind: 'int', value: 2n },
      strides: ints(2, 1),
      pads: ints(1, 0, 2, 1),
      dilations: ints(1, 2),
      kernel_shape: ints(3, 2),
    }),
    createNode('Relu', ['c'], ['r']),
    createNode('Flatten', ['r'], ['f']),
    createNode('Gemm', ['f', 'v'], ['y']),
  );
  graph.initializers.set('w', Tensor.fromFloat32('w', [6, 2, 3, 2], values(1, 72)));
  graph.initializers.set('b', Tensor.fromFloat32('b', [6], values(2, 6)));
  // Output 5 x 7 of 6 channels.
  graph.initializers.set('v', Tensor.fromFloat32('v', [210, 3], values(3, 630)));
  return document;
}

function feed(seed: number, samples: number) {
  return { x: { dataType: DataType.FLOAT, dims: [samples, 4, 9, 8], data: values(seed, samples * 288) } };
}

/** Mean of patch · patchᵀ and of patches of the grouped, dilated convolution above, straight from the definition. */
function directMoments(x: Float32Array, samples: number, group: number) {
  const columns = 12;
  const second = new Float64Array(columns * columns);
  const mean = new Float64Array(columns);
  const patch = new Float64Array(columns);
  for (let n = 0; n < samples; n++) {
    for (let oy = 0; oy < 5; oy++) {
      for (let ox = 0; ox < 7; ox++) {
        let k = 0;
        for (let c = 2 * group; c < 2 * group + 2; c++) {
          for (let ky = 0; ky < 3; ky++) {
            for (let kx = 0; kx < 2; kx++) {
              const y = 2 * oy + ky - 1;
              const xx = ox + 2 * kx;
              patch[k++] = y >= 0 && y < 9 && xx >= 0 && xx < 8 ? x[((n * 4 + c) * 9 + y) * 8 + xx] : 0;
            }
          }
        }
        for (let i = 0; i < columns; i++) {
          mean[i] += patch[i];
          for (let j = 0; j < columns; j++) second[i * columns + j] += patch[i] * patch[j];
        }
      }
    }
  }
  const count = samples * 35;
  return { second: second.map((v) => v / count), mean: mean.map((v) => v / count) };
}

describe('measureSecondMoments', () => {
  it.each([11, 13, 18])('is the mean of patches and of their products, at opset %i', async (opset) => {
    const document = network(opset);
    const { graph } = document;
    const [w, v] = [graph.initializers.get('w')!, graph.initializers.get('v')!];
    const runtime = await ortNode();
    const inputs = feed(5, 3);
    const moments = await measureSecondMoments(document, new Set([w, v]), [inputs], runtime, context);
    const conv = moments.get(w)!;
    expect(conv).toMatchObject({ groups: 2, rows: 6, columns: 12, rowStride: 12, columnStride: 1 });
    expect(conv.bias).toBe(graph.initializers.get('b'));
    for (const group of [0, 1]) {
      const expected = directMoments(inputs.x.data, 3, group);
      expected.mean.forEach((value, i) => {
        expect(conv.mean[group * 12 + i]).toBeCloseTo(value, 4);
      });
      expected.second.forEach((value, i) => {
        expect(conv.second[group * 144 + i]).toBeCloseTo(value, 4);
      });
    }
    const dense = moments.get(v)!;
    expect(dense).toMatchObject({ groups: 1, rows: 3, columns: 210, rowStride: 1, columnStride: 3, bias: null });
  });

  it('averages over feeds as over one feed of all samples', async () => {
    const document = network(13);
    const w = document.graph.initializers.get('w')!;
    const runtime = await ortNode();
    const whole = feed(5, 4);
    const part = (start: number) => ({
      x: { ...whole.x, dims: [2, 4, 9, 8], data: whole.x.data.slice(start * 288, (start + 2) * 288) },
    });
    const once = await measureSecondMoments(document, new Set([w]), [whole], runtime, context);
    const twice = await measureSecondMoments(document, new Set([w]), [part(0), part(2)], runtime, context);
    twice.get(w)!.second.forEach((value, i) => {
      expect(value).toBeCloseTo(once.get(w)!.second[i], 4);
    });
  });

  it('looks at every other position of a map that is too large for its patches', async () => {
    // 4,100 × 4,100 positions are more than 2²⁴: only those with even coordinates count, and they are 1.
    const side = 4100;
    const data = new Float32Array(side * side).fill(9);
    for (let y = 0; y < side; y += 2) for (let x = 0; x < side; x += 2) data[y * side + x] = 1;
    const model = (attributes: Record<string, AttributeValue>) =>
      buildDocument({
        inputs: [buildValue('x', [1, 1, side, side])],
        outputs: [buildValue('y', [1, 1, side, side])],
        nodes: [createNode('Conv', ['x', 'w'], ['y'], attributes)],
        initializers: [Tensor.fromFloat32('w', [1, 1, 1, 1], Float32Array.of(2))],
      });
    const measure = async (document: Document) => {
      const w = document.graph.initializers.get('w')!;
      const feeds = [{ x: { dataType: DataType.FLOAT, dims: [1, 1, side, side], data } }];
      return (await measureSecondMoments(document, new Set([w]), feeds, await ortNode(), context)).get(w);
    };
    const { second, mean } = (await measure(model({})))!;
    expect(second[0]).toBeCloseTo(1, 5);
    expect(mean[0]).toBeCloseTo(1, 5);
    // Padding would follow from the stride.
    const value = new TextEncoder().encode('SAME_UPPER');
    expect(await measure(model({ auto_pad: { kind: 'string', value } }))).toBeUndefined();
  });
});

describe('OutputError', () => {
  it('is 0 for the model itself and 0.01 for outputs that are off by a tenth of their spread', async () => {
    const document = network(13);
    const runtime = await ortNode();
    const feeds = [feed(6, 8), feed(7, 8)];
    const outputs = await OutputError.of(document, feeds, runtime);
    expect(await outputs.measure(document)).toBe(0);
    // y' = 1.1 y − 0.1 mean(y) is off by a tenth of the centred signal.
    const session = await runtime.load((await import('../../src/onnx/index.js')).modelBytes(document));
    const all: number[] = [];
    for (const inputs of feeds) all.push(...((await session.run(inputs)).y.data as Float32Array));
    await session.release();
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const { graph } = document;
    graph.nodes.at(-1)!.outputs[0] = 'y0';
    graph.nodes.push(createNode('Mul', ['y0', 'gain'], ['y1']), createNode('Sub', ['y1', 'shift'], ['y']));
    graph.initializers.set('gain', Tensor.fromFloat32('gain', [], Float32Array.of(1.1)));
    graph.initializers.set('shift', Tensor.fromFloat32('shift', [], Float32Array.of(0.1 * mean)));
    expect(await outputs.measure(document)).toBeCloseTo(0.01, 5);
  });
});

describe('measureSensitivity', () => {
  it('is four times as high for a layer whose output counts double, and leaves the weights as they were', async () => {
    const document = network(13);
    const { graph } = document;
    const v = graph.initializers.get('v')!;
    const before = v.bytes();
    const runtime = await ortNode();
    const measure = async () => {
      const outputs = await OutputError.of(document, [feed(8, 16)], runtime);
      return (await measureSensitivity(document, [v], outputs, 1, context)).get(v)!;
    };
    const single = await measure();
    expect(v.bytes()).toEqual(before);
    // Halving the weights halves outputs and spread alike; the same absolute noise then weighs four times as much.
    v.setFloat32(v.toFloat32().map((value) => value / 2));
    expect((await measure()) / single).toBeCloseTo(4, 3);
  });
});
