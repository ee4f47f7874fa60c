import { describe, expect, it } from 'vitest';
import { freeze, fuseBatchNorm, prune } from '../../src/transforms/index.js';
import { buildConvNet, buildValue } from '../helpers/build.js';
import { distance, runBits, runModel } from '../helpers/runtime.js';

function overridable(irVersion: number) {
  const document = buildConvNet();
  document.irVersion = irVersion;
  for (const { name, dims } of [...document.graph.initializers.values()]) {
    document.graph.inputs.push(buildValue(name, [...dims]));
  }
  return document;
}

describe('freeze', () => {
  it('leaves the inputs without a default, and changes no bit of the outputs', async () => {
    const document = overridable(4);
    const [input] = document.graph.inputs;
    const expected = await runBits(buildConvNet());
    await document.transform(freeze());
    expect(document.graph.inputs).toEqual([input]);
    expect(await runBits(document)).toEqual(expected);
  });

  it('lets batch normalization be fused that could not be', async () => {
    const types = (document: ReturnType<typeof overridable>) => document.graph.nodes.map(({ opType }) => opType);
    const document = overridable(4);
    await document.transform(fuseBatchNorm());
    expect(types(document)).toContain('BatchNormalization');
    await document.transform(freeze(), fuseBatchNorm());
    expect(types(document)).not.toContain('BatchNormalization');
  });

  it('is not needed before IR 4, where every constant has to be an input: those that fusing makes and frees are, too', async () => {
    const document = overridable(3);
    const expected = await runModel(buildConvNet());
    await document.transform(fuseBatchNorm(), prune());
    expect(document.graph.nodes.map(({ opType }) => opType)).not.toContain('BatchNormalization');
    const [input, ...constants] = document.graph.inputs.map(({ name }) => name);
    expect(input).toBe('x');
    expect(constants.sort()).toEqual([...document.graph.initializers.keys()].sort());
    expect(constants).toHaveLength(4);
    expect(distance(expected, await runModel(document))).toBeLessThan(1e-6);
  });

  it('keeps the inputs that models before IR 4 need', async () => {
    const document = overridable(3);
    const before = document.graph.inputs.map(({ name }) => name);
    await document.transform(freeze());
    expect(document.graph.inputs.map(({ name }) => name)).toEqual(before);
  });
});
