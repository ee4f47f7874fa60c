import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  createNode,
  DataType,
  type Document,
  MemorySource,
  Random,
  SILENT,
  Tensor,
} from '../../../src/core/index.js';
import { referenceKernels } from '../../../src/kernels/index.js';
import { countPoints } from '../../../src/methods/multipoint/count-points.js';
import {
  joinPoints,
  type MultipointLayer,
  type MultipointOptions,
  multipoint,
  multipointWithin,
  quantizeActivations,
  spellProducts,
} from '../../../src/methods/multipoint/index.js';
import { planLayer } from '../../../src/methods/multipoint/plan-layer.js';
import { listWeights } from '../../../src/methods/weights.js';
import { modelBytes, readModel } from '../../../src/onnx/index.js';
import { measurePosterior, spreadPosterior } from '../../../src/posterior/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { buildDocument, buildValue, normalTensor } from '../../helpers/build.js';
import { distance, runBits, runModel } from '../../helpers/runtime.js';

const runtime = await ortNode({ threads: 1 });
const context = { logger: SILENT, onProgress: () => {} };

/** Ordinary, depthwise and grouped convolutions, then dense layers with channels along either axis. */
function network(irVersion = 8): Document {
  const pads: AttributeValue = { kind: 'ints', value: [1n, 1n, 1n, 1n] };
  const group = (value: bigint): AttributeValue => ({ kind: 'int', value });
  const initializers = [
    normalTensor('a', [8, 4, 3, 3], 1, 0.2),
    normalTensor('ab', [8], 2, 0.1),
    normalTensor('b', [8, 1, 3, 3], 3, 0.3),
    normalTensor('c', [6, 4, 3, 3], 4, 0.2),
    normalTensor('d', [6, 12], 5, 0.3),
    normalTensor('db', [12], 6, 0.1),
    normalTensor('e', [9, 12], 7, 0.3),
  ];
  return buildDocument({
    irVersion,
    inputs: [
      buildValue('x', [2, 4, 6, 6]),
      ...(irVersion < 4 ? initializers.map(({ name, dims }) => buildValue(name, dims)) : []),
    ],
    outputs: [buildValue('y', [2, 9])],
    nodes: [
      createNode('Conv', ['x', 'a', 'ab'], ['ha'], { pads }),
      createNode('Relu', ['ha'], ['ra']),
      createNode('Conv', ['ra', 'b'], ['hb'], { pads, group: group(8n) }),
      createNode('Conv', ['hb', 'c'], ['hc'], { pads, group: group(2n) }),
      createNode('GlobalAveragePool', ['hc'], ['p']),
      createNode('Flatten', ['p'], ['f']),
      createNode('Gemm', ['f', 'd', 'db'], ['hd']),
      createNode('Relu', ['hd'], ['rd']),
      createNode('Gemm', ['rd', 'e'], ['y'], { transB: group(1n) }),
    ],
    initializers,
  });
}

const feeds = [1, 2, 3, 4].map((seed) => {
  const random = new Random(seed);
  const data = Float32Array.from({ length: 2 * 144 }, () => random.normal() + 0.5);
  return { x: { dataType: DataType.FLOAT, dims: [2, 4, 6, 6], data } };
});

async function targetsOf(document: Document, layers: MultipointLayer[] = []) {
  const refs = listWeights(document);
  const weights = refs.filter(({ role }) => role === 'weight');
  const tensors = weights.map(({ tensor }) => tensor);
  return {
    weights,
    biases: refs.filter(({ role }) => role === 'bias').map(({ tensor }) => tensor),
    posterior: await measurePosterior(document, tensors, feeds, runtime, 1, context),
    onLayer: (layer: MultipointLayer) => layers.push(layer),
  };
}

const half: MultipointOptions = { points: { by: 'bytes', value: 0.5 }, bits: 3 };

describe('multipoint', () => {
  it.each([8, 3])(
    'spells points as grids that onnxruntime adds to the very numbers, at IR version %i',
    async (irVersion) => {
      const document = network(irVersion);
      const layers: MultipointLayer[] = [];
      await document.transform(multipoint(await targetsOf(document, layers), half));
      expect(layers.map(({ points }) => points.length > 1)).toContain(true);
      for (const { tensor, pieces } of layers) {
        for (const piece of pieces) expect(piece.coding?.kind, piece.name).toBe('grid');
        expect(tensor.elementCount).toBeGreaterThan(0);
      }
      const copy = readModel(new MemorySource(modelBytes(document)));
      const spelled = await runBits(document);
      expect(await runBits(copy, { optimization: 'disabled' })).toEqual(
        await runBits(document, { optimization: 'disabled' }),
      );
      const values = layers.map(({ tensor }) => tensor.toFloat32());
      joinPoints(document);
      expect(await runBits(document)).toEqual(spelled);
      const untouched = network(irVersion);
      expect([...document.graph.initializers.keys()]).toEqual([...untouched.graph.initializers.keys()]);
      expect(document.graph.nodes.map((node) => node.opType)).toEqual(untouched.graph.nodes.map((node) => node.opType));
      expect(new Set(document.graph.inputs.map(({ name }) => name))).toEqual(
        new Set(untouched.graph.inputs.map(({ name }) => name)),
      );
      layers.forEach(({ tensor: { name } }, i) => {
        expect(document.graph.initializers.get(name)!.toFloat32()).toEqual(values[i]);
      });
    },
  );

  it('multiplies by first and further points apart, as the paper does, to the same outputs', async () => {
    const document = network();
    const layers: MultipointLayer[] = [];
    await document.transform(
      multipoint(await targetsOf(document, layers), { ...half, points: { by: 'bytes', value: 1.2 } }),
    );
    // Ordinary, grouped and depthwise, and both dense layers.
    expect(layers.every(({ points }) => points.length > 1)).toBe(true);
    expect(Math.max(...layers.map(({ points }) => points.length))).toBe(3);
    const before = await runModel(document);
    await document.transform(spellProducts());
    const types = document.graph.nodes.map((node) => node.opType);
    expect(types.filter((type) => type === 'Conv').length).toBe(6);
    expect(types.filter((type) => type === 'Gemm').length).toBe(6);
    for (const tensor of document.graph.initializers.values()) {
      if (tensor.dataType === DataType.FLOAT && tensor.dims.length > 1) expect(tensor.coding?.kind).toBe('grid');
    }
    // Sums in another order.
    expect(distance(before, await runModel(document))).toBeLessThan(1e-5);
  });

  it('rounds what is between the layers to eight bits, and loses little', async () => {
    const document = network();
    const targets = await targetsOf(document);
    await document.transform(
      multipoint(targets, { ...half, bits: 4, points: { by: 'bytes', value: 1 } }),
      spellProducts(),
    );
    const error = await targets.posterior.outputs!.measure(document);
    await document.transform(quantizeActivations({ feeds, runtime }));
    const types = document.graph.nodes.map((node) => node.opType);
    expect(types.filter((type) => type === 'QuantizeLinear').length).toBeGreaterThan(8);
    const weights = [...document.graph.initializers.values()].filter(({ dims }) => dims.length > 1);
    expect(new Set(weights.map(({ dataType }) => dataType))).toEqual(new Set([DataType.INT8]));
    // 8 bits are a noise of about −45 dB a value.
    const rounded = await targets.posterior.outputs!.measure(document);
    expect(rounded).toBeLessThan(error + 0.01);
    expect(rounded).not.toBe(error);
  });

  it('refuses eight bits where the opset has no scale a channel', async () => {
    const document = network();
    document.opsets.set('', 12);
    await expect(document.transform(quantizeActivations({ feeds, runtime }))).rejects.toThrow(/opset 13/);
  });

  it('makes the error of the outputs smaller with every share of further bytes', async () => {
    const errors: number[] = [];
    for (const value of [0, 0.25, 0.5, 1, 2]) {
      const document = network();
      const targets = await targetsOf(document);
      const layers: MultipointLayer[] = [];
      const options: MultipointOptions = { points: { by: 'bytes', value }, bits: 3 };
      await document.transform(multipoint({ ...targets, onLayer: (layer) => layers.push(layer) }, options));
      errors.push(await targets.posterior.outputs!.measure(document));
      const first = targets.weights.reduce(
        (sum, { tensor, axis }) => sum + (tensor.elementCount * 3) / 8 + 4 * tensor.dims[axis],
        0,
      );
      const extra = layers.reduce((sum, layer) => sum + layer.extraBytes, 0);
      expect(extra).toBeLessThanOrEqual(value * first);
      if (value < 2) expect(extra).toBeGreaterThan(value * first - 60);
    }
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThan(errors[i - 1]);
    expect(errors.at(-1)).toBeLessThan(errors[0] / 50);
  });

  it('stays within the noise asked for, with fewer points for more', async () => {
    const count = async (noise: number) => {
      const document = network();
      const targets = await targetsOf(document);
      const layers: MultipointLayer[] = [];
      await document.transform(multipointWithin({ ...targets, onLayer: (layer) => layers.push(layer) }, noise, [2, 3]));
      expect(await targets.posterior.outputs!.measure(document)).toBeLessThanOrEqual(noise);
      return layers.reduce((sum, { points }) => sum + points.reduce((all, rows, n) => all + rows * (n + 1), 0), 0);
    };
    const [few, more] = [await count(0.02), await count(0.002)];
    expect(few).toBeLessThan(more);
  });

  it('gives tensors without an axis, or that a caller may override, one point', async () => {
    const document = network();
    document.graph.inputs.push(buildValue('a', [8, 4, 3, 3]));
    const [a, c] = ['a', 'c'].map((name) => document.graph.initializers.get(name)!);
    const layers: MultipointLayer[] = [];
    const weights = [
      { tensor: a, axis: 0 },
      { tensor: c, axis: -1 },
    ];
    const targets = {
      weights,
      biases: [],
      posterior: spreadPosterior([a, c]),
      onLayer: (l: MultipointLayer) => layers.push(l),
    };
    await document.transform(multipoint(targets, { points: { by: 'threshold', value: 0 } }));
    expect(layers.map(({ points }) => points)).toEqual([[8], [1]]);
    expect([a.coding?.kind, c.coding?.kind]).toEqual(['grid', 'grid']);
  });

  it('refuses an option outside its range at once', () => {
    const targets = { weights: [], biases: [], posterior: spreadPosterior([]) };
    expect(() => multipoint(targets, { bits: 9 })).toThrow(/bits/);
    expect(() => multipoint(targets, { maxPoints: 0 })).toThrow(/maxPoints/);
    expect(() => multipointWithin(targets, 0, [4])).toThrow(/noise/);
  });
});

describe('planLayer', () => {
  const tensor = normalTensor('w', [5, 30], 3);
  const random = new Random(12);
  const inputs = Array.from({ length: 200 }, () => {
    const common = random.normal();
    return Float64Array.from({ length: 30 }, () => common + random.normal());
  });
  const second = new Float32Array(900);
  for (const x of inputs)
    for (let i = 0; i < 900; i++) second[i] += (x[Math.floor(i / 30)] * x[i % 30]) / inputs.length;
  const layout = { groups: 1, rows: 5, columns: 30, rowStride: 30, columnStride: 1, bias: null };
  const moments = { ...layout, second, mean: new Float32Array(30) };
  const options = { bits: 3, search: 'grid', granularity: 'channel', refit: 'outputs', maxPoints: 4 } as const;
  const planOf = (changes: Partial<MultipointOptions>) =>
    planLayer(tensor, 0, moments, { ...options, ...changes }, referenceKernels);

  it.each(['none', 'weights', 'outputs'] as const)(
    'tells the error of the outputs over the samples, refit %s',
    (refit) => {
      const plan = planOf({ refit });
      const weights = tensor.toFloat32();
      plan.errors.forEach((errors, n) => {
        errors.forEach((error, r) => {
          let sum = 0;
          for (const x of inputs) {
            let output = 0;
            for (let j = 0; j < 30; j++) {
              let rest = weights[r * 30 + j];
              for (let i = 0; i <= n; i++) rest -= plan.scales[n][i][r] * plan.codes[i][r * 30 + j];
              output += rest * x[j];
            }
            sum += output * output;
          }
          expect(error / plan.power[r]).toBeCloseTo(sum / inputs.length / plan.power[r], 4);
        });
      });
    },
  );

  it('leaves less with every point, and least for the outputs when coefficients are fitted to them', () => {
    const total = (errors: Float64Array) => errors.reduce((sum, value) => sum + value, 0);
    const [none, weights, outputs] = (['none', 'weights', 'outputs'] as const).map((refit) =>
      planOf({ refit }).errors.map(total),
    );
    for (let n = 1; n < 4; n++) {
      expect(outputs[n]).toBeLessThan(outputs[n - 1]);
      expect(none[n]).toBeLessThan(none[n - 1]);
    }
    expect(outputs[0]).toBeLessThan(none[0]);
    expect(weights[0]).toBeLessThan(none[0] * 1.1);
  });

  it('gives all rows one scale where they share the grid', () => {
    const { scales } = planOf({ granularity: 'tensor' });
    expect(new Set(scales[0][0]).size).toBe(1);
    expect(new Set(scales[1][1]).size).toBeGreaterThan(1);
  });
});

describe('countPoints', () => {
  const plan = planLayer(
    normalTensor('w', [6, 40], 5),
    0,
    null,
    { bits: 2, search: 'exact', granularity: 'channel', refit: 'none', maxPoints: 5 },
    referenceKernels,
  );
  const weight = { importance: 1, pointBytes: 14, pointOperations: 40 };

  it('takes the fewest points that come below the threshold', () => {
    const [counts] = countPoints([plan], [weight], { by: 'threshold', value: 0.05 });
    const mean = plan.power.reduce((sum, value) => sum + value, 0) / 6;
    counts.forEach((count, r) => {
      expect(plan.errors[count - 1][r]).toBeLessThanOrEqual(0.05 * mean);
      if (count > 1) expect(plan.errors[count - 2][r]).toBeGreaterThan(0.05 * mean);
    });
    expect([...countPoints([plan], [weight], { by: 'threshold', value: 1e6 })[0]]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('spends a budget of operations where it gains most', () => {
    const other = { ...weight, importance: 1000 };
    const [few, many] = countPoints([plan, plan], [weight, other], { by: 'operations', value: 0.5 });
    const extra = [...few, ...many].reduce((sum, count) => sum + count - 1, 0);
    expect(extra).toBe(6);
    expect([...few]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(Math.max(...many)).toBeGreaterThan(1);
  });

  it('stops as soon as the noise is small enough', () => {
    const total = (counts: Uint8Array) => counts.reduce((sum, count, r) => sum + plan.errors[count - 1][r], 0);
    const noise = plan.errors[1].reduce((sum, value) => sum + value, 0);
    const [counts] = countPoints([plan], [weight], { by: 'noise', value: noise });
    expect(total(counts)).toBeLessThanOrEqual(noise);
  });
});

describe('a tensor of half floats', () => {
  it('has one point', async () => {
    const half16 = new Tensor('h', DataType.FLOAT16, [4, 4], new Uint8Array(32).fill(0x31));
    const document = buildDocument({ initializers: [half16] });
    const targets = { weights: [{ tensor: half16, axis: 0 }], biases: [], posterior: spreadPosterior([half16]) };
    await document.transform(multipoint(targets, { points: { by: 'threshold', value: 0 } }));
    expect(half16.coding?.kind).toBe('grid');
  });
});
