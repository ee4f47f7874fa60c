import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType } from '../../src/core/index.js';
import { measureFidelity, outputFidelity } from '../../src/evaluation/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeTensor } from '../../src/runtime/runtime.js';
import { buildDocument, buildMlp, buildValue, floatTensor } from '../helpers/build.js';
import { floats, int64s } from './datasets.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode();
});

const one = (y: RuntimeTensor) => [{ y }];

describe('measureFidelity', () => {
  it('is silent about equal outputs', () => {
    const run = [{ y: floats([2, 2], 1, 2, 3, Number.NaN), z: floats([1], Number.POSITIVE_INFINITY) }];
    expect(measureFidelity(run, run)).toMatchObject({ sqnr: null, cosine: 1, maxDelta: 0, top1Agreement: 1 });
  });

  it('knows that a tenth of the amplitude is 20 dB', () => {
    const { sqnr, cosine, maxDelta } = measureFidelity(one(floats([1, 2], 10, 20)), one(floats([1, 2], 11, 22)));
    expect(sqnr).toBeCloseTo(20, 10);
    expect(cosine).toBeCloseTo(1, 12);
    expect(maxDelta).toBe(2);
  });

  it('knows that a right angle has cosine 0', () => {
    expect(measureFidelity(one(floats([1, 2], 3, 0)), one(floats([1, 2], 0, 4))).cosine).toBe(0);
    expect(measureFidelity(one(floats([1, 2], 0, 0)), one(floats([1, 2], 0, 4))).cosine).toBe(0);
  });

  it('adds up signal and noise over runs', () => {
    const zero = floats([1, 1], 0);
    const reference = [{ y: floats([1, 1], 30) }, { y: floats([1, 1], 10) }, { y: zero }];
    const actual = [{ y: floats([1, 1], 31) }, { y: floats([1, 1], 7) }, { y: zero }];
    expect(measureFidelity(reference, actual).sqnr).toBeCloseTo(10 * Math.log10(1000 / 10), 10);
  });

  it('gives the worst of several outputs, and each by name', () => {
    const reference = [{ a: floats([1, 2], 1, 0), b: floats([2], 10, 10), c: int64s([1], 5) }];
    const actual = [{ a: floats([1, 2], 1, 0), b: floats([2], 11, 10), c: int64s([1], 7) }];
    const { outputs, ...worst } = measureFidelity(reference, actual);
    expect(outputs.map(({ name, maxDelta }) => [name, maxDelta])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
    expect(worst.maxDelta).toBe(2);
    expect(worst.sqnr).toBe(outputs[2].sqnr);
    expect(worst.cosine).toBe(outputs[1].cosine);
    expect(worst.top1Agreement).toBe(1);
  });

  it('compares the largest of each row, of classifiers and of sequences', () => {
    const agreement = (dims: number[], a: number[], b: number[]) =>
      measureFidelity(one(floats(dims, ...a)), one(floats(dims, ...b))).top1Agreement;
    expect(agreement([2, 3], [1, 2, 3, 3, 2, 1], [1, 2, 4, 1, 2, 1])).toBe(0.5);
    expect(agreement([1, 2, 3], [1, 2, 3, 3, 2, 1], [1, 2, 4, 1, 2, 1])).toBe(0.5);
    expect(agreement([2, 3, 1, 1], [1, 2, 3, 3, 2, 1], [1, 2, 4, 1, 2, 1])).toBe(0.5);
    expect(agreement([1, 1, 2, 3], [1, 2, 3, 3, 2, 1], [1, 2, 4, 1, 2, 1])).toBeNull();
    expect(agreement([6], [1, 2, 3, 3, 2, 1], [1, 2, 4, 1, 2, 1])).toBeNull();
    expect(agreement([2, 1], [1, 2], [2, 1])).toBeNull();
  });

  it('decodes half floats', () => {
    const half = (bits: number) => ({ dataType: DataType.FLOAT16, dims: [1], data: Uint16Array.of(bits) });
    expect(measureFidelity(one(half(0x3c00)), one(half(0x4000))).maxDelta).toBe(1);
  });

  it('has finite figures for outputs that are not, as JSON knows no others', () => {
    const broken = measureFidelity(one(floats([1, 2], 1, 2)), one(floats([1, 2], 1, Number.NaN)));
    expect(JSON.parse(JSON.stringify(broken))).toEqual(broken);
    expect(broken.sqnr).toBeLessThan(-100);
    const fromNothing = measureFidelity(one(floats([1], 0)), one(floats([1], 1)));
    expect(JSON.parse(JSON.stringify(fromNothing))).toEqual(fromNothing);
  });

  it('refuses outputs that are missing or of another shape', () => {
    const reference = one(floats([1, 2], 1, 2));
    expect(() => measureFidelity(reference, [{ z: floats([1, 2], 1, 2) }])).toThrow(/"y": .* received nothing/);
    expect(() => measureFidelity(reference, one(floats([2, 1], 1, 2)))).toThrow(
      expect.objectContaining({ code: 'E_SHAPE', message: expect.stringContaining('[1, 2] but received [2, 1]') }),
    );
  });
});

describe('outputFidelity', () => {
  it('runs both models on every feed', async () => {
    const model = (scale: number) =>
      buildDocument({
        inputs: [buildValue('x', ['N', 2])],
        outputs: [buildValue('y', ['N', 2])],
        nodes: [createNode('Mul', ['x', 's'], ['y'])],
        initializers: [floatTensor('s', [], [scale])],
      });
    const feeds = [{ x: floats([1, 2], 1, 2) }, { x: floats([2, 2], -3, 4, 5, 6) }];
    const { sqnr, maxDelta, cosine, top1Agreement } = await outputFidelity(model(2), model(2.5), feeds, runtime);
    expect(sqnr).toBeCloseTo(20 * Math.log10(4), 6);
    expect(maxDelta).toBe(3);
    expect(cosine).toBeCloseTo(1, 12);
    expect(top1Agreement).toBe(1);
    expect((await outputFidelity(model(2), model(2), feeds, runtime)).sqnr).toBeNull();
    expect((await outputFidelity(model(2), model(-2), feeds, runtime)).top1Agreement).toBe(0);
  });

  it('says that the inputs do not fit the other model', async () => {
    const feeds = [{ x: floats([1, 3], 1, 2, 3) }];
    await expect(outputFidelity(buildMlp([3, 2]), buildMlp([4, 2]), feeds, runtime)).rejects.toMatchObject({
      code: 'E_RUNTIME',
    });
  });
});
