import { describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, Tensor } from '../../../src/core/index.js';
import {
  quantizeLayerInputs,
  type RelaxedOptions,
  removeQuantizers,
  spellQuantizers,
} from '../../../src/methods/relaxed/index.js';
import { resolveRelaxedOptions } from '../../../src/methods/relaxed/options.js';
import { relaxActivations } from '../../../src/methods/relaxed/relax-activations.js';
import { RoundingSlopes } from '../../../src/methods/relaxed/rounding-slopes.js';
import { listWeights } from '../../../src/methods/weights.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import type { RuntimeTensor } from '../../../src/runtime/runtime.js';
import { copyDocument } from '../../../src/training/autodiff/draft.js';
import { differentiate } from '../../../src/training/index.js';
import { buildDocument, buildMlp, buildValue } from '../../helpers/build.js';

const runtime = await ortNode({ threads: 1 });
const WIDTH = 12;
const SAMPLES = 40;

function inputOf(seed: number): RuntimeTensor {
  const data = Float32Array.from({ length: SAMPLES * WIDTH }, (_, i) => new Random(seed).fork(i).normal());
  return { dataType: DataType.FLOAT, dims: [SAMPLES, WIDTH], data };
}

async function run(document: Document, input: RuntimeTensor): Promise<Float32Array> {
  const session = await runtime.load(modelBytes(document));
  const outputs = await session.run({ [document.graph.inputs[0].name]: input });
  await session.release();
  return outputs[document.graph.outputs[0].name].data as Float32Array;
}

async function quantized(document: Document, bits: number) {
  const feeds = [{ [document.graph.inputs[0].name]: inputOf(1) }];
  return quantizeLayerInputs(document, listWeights(document, { roles: ['weight'] }), bits, feeds, runtime);
}

describe('quantizeLayerInputs', () => {
  it('rounds what every layer but the first takes in, from 0 behind a rectifier', async () => {
    const document = buildMlp([WIDTH, 20, 16, 10]);
    const quantizers = await quantized(document, 3);
    expect(quantizers.map(({ low, high }) => [low, high])).toEqual([
      [0, 7],
      [0, 7],
    ]);
    const names = quantizers.map(({ output }) => output);
    document.graph.outputs = names.map((name) => ({ name, dataType: DataType.FLOAT, dims: null }));
    const session = await runtime.load(modelBytes(document));
    const found = await session.run({ [document.graph.inputs[0].name]: inputOf(2) });
    await session.release();
    quantizers.forEach(({ output, step }) => {
      const values = new Set(found[output].data as Float32Array);
      const steps = [...values].map((value) => value / step.toFloat32()[0]).sort((a, b) => a - b);
      expect(steps.map(Math.round)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(Math.max(...steps.map((x) => Math.abs(x - Math.round(x))))).toBeLessThan(1e-5);
    });
  });

  it.each([2, 4, 8])('at %s bits gives the same numbers when QuantizeLinear says it', async (bits) => {
    for (const rectified of [true, false]) {
      const document = buildMlp([WIDTH, 20, 10]);
      if (!rectified) for (const node of document.graph.nodes) if (node.opType === 'Relu') node.opType = 'Tanh';
      const quantizers = await quantized(document, bits);
      expect(quantizers[0].low < 0).toBe(!rectified);
      const before = await run(document, inputOf(3));
      await document.transform(spellQuantizers(quantizers));
      expect(document.graph.nodes.map(({ opType }) => opType)).toContain('DequantizeLinear');
      expect(document.graph.nodes.map(({ opType }) => opType)).not.toContain('Round');
      expect(await run(document, inputOf(3))).toEqual(before);
      const used = new Set(document.graph.nodes.flatMap(({ inputs }) => inputs));
      expect([...document.graph.initializers.keys()].filter((name) => !used.has(name))).toEqual([]);
    }
  });

  it('can be taken out again', async () => {
    const document = buildMlp([WIDTH, 20, 16, 10]);
    const bytes = modelBytes(document);
    const quantizers = await quantized(document, 4);
    await document.transform(spellQuantizers(quantizers));
    expect(modelBytes(document)).not.toEqual(bytes);
    removeQuantizers(document);
    expect(modelBytes(document)).toEqual(bytes);
  });

  it('leaves alone what is the input of the model in another shape', async () => {
    const document = buildMlp([WIDTH, 20, 10]);
    const [first] = document.graph.nodes;
    document.graph.nodes.unshift(createNode('Flatten', [first.inputs[0]], ['flat']));
    first.inputs[0] = 'flat';
    expect((await quantized(document, 3)).map(({ input }) => input)).not.toContain('flat');
  });

  it('refuses models of old opsets', async () => {
    const document = buildMlp([WIDTH, 20, 10]);
    document.opsets.set('', 10);
    await expect(quantized(document, 3)).rejects.toThrow(/opset 11/);
  });
});

/** Of level − 1, level and level + 1, for three numbers. */
const UNIFORMS = [
  [0.2, 0.5, 0.9],
  [0.34, 0.64, 0.04],
  [0.49, 0.79, 0.19],
];

/** A soft draw of a grid of levels 0 … 3, in double precision. */
function drawnValue(
  x: number,
  { step, spread, temperature }: { step: number; spread: number; temperature: number },
  uniforms: readonly number[],
): number {
  const level = Math.max(0, Math.min(3, Math.round(x / step)));
  const below = (border: number) => 1 / (1 + Math.exp((x - border * step) / spread));
  const odds = [-1, 0, 1].map((j) => {
    const n = level + j;
    if (n < 0 || n > 3) return 0;
    return ((below(n + 0.5) - below(n - 0.5)) / -Math.log(uniforms[j + 1])) ** (1 / temperature);
  });
  return step * (level + (odds[2] - odds[0]) / (odds[0] + odds[1] + odds[2]));
}

/** x → x · weight → Relu → · identity: the loss is the sum of squares of what a quantizer gives. */
async function gradients(method: 'rq' | 'srq', options: RelaxedOptions, weights: number[]) {
  const identity = Float32Array.from({ length: 9 }, (_, i) => Number(i % 4 === 0));
  const document = buildDocument({
    nodes: [
      createNode('Mul', ['x', 'weight'], ['product']),
      createNode('Relu', ['product'], ['positive']),
      createNode('MatMul', ['positive', 'identity'], ['y']),
    ],
    initializers: [
      Tensor.fromFloat32('weight', [3], Float32Array.from(weights)),
      Tensor.fromFloat32('identity', [3, 3], identity),
    ],
    inputs: [buildValue('x', ['batch', 3])],
    outputs: [buildValue('y', ['batch', 3])],
  });
  const ones = { dataType: DataType.FLOAT, dims: [1, 3], data: Float32Array.of(1, 1, 1) };
  const layers = listWeights(document).filter(({ name }) => name === 'identity');
  const quantizers = await quantizeLayerInputs(document, layers, 2, [{ x: ones }], runtime);
  const [{ step }] = quantizers;
  step.setFloat32(Float32Array.of(0.5));
  const plain = await run(document, ones);
  const draft = copyDocument(document);
  const resolved = resolveRelaxedOptions(method, options);
  const { trainable, noise, given = new Map() } = await relaxActivations(draft, quantizers, method, resolved, runtime);
  const graph = await differentiate(draft, {
    loss: { kind: 'mean-squared-error', output: 'y' },
    runtime,
    given,
    trainable: ['weight', step.name, ...trainable],
  });
  const session = await runtime.load(modelBytes(graph.document));
  const feeds: Record<string, RuntimeTensor> = { x: ones };
  for (const { name, tensor, dims } of graph.parameters) {
    feeds[name] = { dataType: DataType.FLOAT, dims, data: tensor.toFloat32() };
  }
  for (const { name } of graph.targets) feeds[name] = { ...ones, data: new Float32Array(3) };
  for (const [i, { name }] of noise.entries()) feeds[name] = { ...ones, data: Float32Array.from(UNIFORMS[i]) };
  const found = await session.run(feeds);
  await session.release();
  /** 0 where the loss does not depend on it. */
  const own = (name: string) => {
    const parameter = graph.parameters.find((each) => each.name === name);
    return parameter ? (found[parameter.gradient].data as Float32Array) : new Float32Array(1);
  };
  return {
    plain,
    y: found.y.data as Float32Array,
    weight: own('weight'),
    step: own(step.name)[0],
    spread: own(trainable[0])[0],
  };
}

describe('relaxActivations', () => {
  /** Middles of bins, so that slopes are exact; the step is 0.5. */
  const WEIGHTS = [77.5, 166.5, 19.5].map((bin) => bin / 128);

  it.each([
    ['chosen', 0],
    ['chosen', 0.5],
    ['chosen', 1],
    ['all', 0],
    ['all', 0.25],
  ] as const)(
    'by %s, %s of it through, gives the numbers of the model and the slopes of weights',
    async (backward, through) => {
      const found = await gradients('srq', { backward, through }, WEIGHTS);
      expect([...found.y].map((value) => Number(value.toFixed(3)))).toEqual([...found.plain]);
      const slopes = new RoundingSlopes({ low: 0, high: 3, spread: 1 / 3, masks: [] }, { by: backward, through });
      const at = { level: 0, byNumber: 0, byStep: 0, bySpread: 0, byMasks: new Float64Array(0) };
      let [step, spread] = [0, 0];
      WEIGHTS.forEach((weight, i) => {
        slopes.at(weight / 0.5, at);
        expect(found.plain[i]).toBeCloseTo(0.5 * at.level, 6);
        // ∂loss/∂y = 2 y / 3
        const outer = (2 * found.plain[i]) / 3;
        expect(found.weight[i]).toBeCloseTo(outer * at.byNumber, 4);
        step += outer * at.byStep;
        spread += outer * at.bySpread;
      });
      expect(found.step).toBeCloseTo(step, 4);
      if (through < 1) expect(found.spread).toBeCloseTo(spread, 4);
    },
  );

  it('draws levels where noise would take the number, and what is drawn can be moved', async () => {
    const hard = await gradients('rq', { hard: true }, WEIGHTS);
    for (const value of hard.y) expect(Math.abs(value / 0.5 - Math.round(value / 0.5))).toBeLessThan(1e-4);
    expect(hard.weight.some((gradient) => gradient > 0)).toBe(true);
    const soft = await gradients('rq', { hard: false }, WEIGHTS);
    expect(soft.y.some((value) => Math.abs(value / 0.5 - Math.round(value / 0.5)) > 0.01)).toBe(true);
  });

  it.each([1, 0.5])(
    'gives the slopes of what is drawn at temperature %s, that of the grid where it ends',
    async (temperature) => {
      const weights = [0.6, 1.72, 0.04];
      const found = await gradients('rq', { hard: false, temperature, spread: 1 / 3 }, weights);
      const drawn = (weight: number, i: number, step: number, spread: number) =>
        drawnValue(
          weight,
          { step, spread, temperature },
          UNIFORMS.map((draws) => draws[i]),
        );
      const [step, spread] = [0.5, 0.5 / 3];
      const slope = (at: (h: number) => number) => (at(1e-4) - at(-1e-4)) / 2e-4;
      let [byStep, bySpread] = [0, 0];
      weights.forEach((weight, i) => {
        const y = drawn(weight, i, step, spread);
        expect(found.y[i]).toBeCloseTo(y, 5);
        const outer = (2 * y) / 3;
        expect(found.weight[i]).toBeCloseTo(outer * slope((h) => drawn(weight + h, i, step, spread)), 4);
        byStep += outer * slope((h) => drawn(weight, i, step + h, spread));
        bySpread += outer * slope((h) => drawn(weight, i, step, spread + h));
      });
      expect(found.step).toBeCloseTo(byStep, 3);
      expect(found.spread).toBeCloseTo(bySpread, 3);
    },
  );
});
