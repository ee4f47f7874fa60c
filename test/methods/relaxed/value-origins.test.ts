import { describe, expect, it } from 'vitest';
import { createNode, type Node } from '../../../src/core/index.js';
import { ValueOrigins } from '../../../src/methods/relaxed/value-origins.js';
import { buildDocument, buildValue, floatTensor, int64Tensor } from '../../helpers/build.js';

const CONSTANTS = [
  floatTensor('zero', [], [0]),
  floatTensor('six', [], [6]),
  floatTensor('mean', [3], [0.4, -0.1, 0.5]),
  floatTensor('factors', [3], [0.5, 0, 2]),
  int64Tensor('shape', [2], [-1, 12]),
  int64Tensor('pads', [2], [1, 1]),
  floatTensor('weight', [12, 12], Array(144).fill(-1)),
];

/** h is what a layer gives, and r that behind a Relu. */
function originsOf(...nodes: Node[]): ValueOrigins {
  const layer = [createNode('MatMul', ['flat', 'weight'], ['h']), createNode('Relu', ['h'], ['r'])];
  const document = buildDocument({
    inputs: [buildValue('x', ['N', 12])],
    outputs: [buildValue('y', ['N', 12])],
    nodes: [createNode('Flatten', ['x'], ['flat']), ...layer, ...nodes],
    initializers: CONSTANTS,
  });
  return new ValueOrigins(document.graph);
}

describe('ValueOrigins', () => {
  it.each([
    ['Relu6', createNode('Clip', ['h', 'zero', 'six'], ['y']), true],
    ['a clip without a lower bound', createNode('Clip', ['h', '', 'six'], ['y']), false],
    ['… of what was rectified', createNode('Clip', ['r', '', 'six'], ['y']), true],
    ['joined rectified values', createNode('Concat', ['r', 'r'], ['y']), true],
    ['… and others', createNode('Concat', ['r', 'h'], ['y']), false],
    ['a sum of rectified values', createNode('Add', ['r', 'r'], ['y']), true],
    ['a sum with a constant below 0', createNode('Add', ['r', 'mean'], ['y']), false],
    ['a product with factors from 0', createNode('Mul', ['factors', 'r'], ['y']), true],
    ['a difference', createNode('Sub', ['r', 'r'], ['y']), false],
    ['the larger of two', createNode('Max', ['h', 'zero'], ['y']), true],
    ['what was padded with zeros', createNode('Pad', ['r', 'pads'], ['y']), true],
    ['what is only moved', createNode('Reshape', ['r', 'shape'], ['y']), true],
    ['a linear layer', createNode('MatMul', ['r', 'weight'], ['y']), false],
    ['an operator of another domain', { ...createNode('Relu', ['h'], ['y']), domain: 'own' }, false],
  ])('knows whether %s can be below 0', (_, node, isRectified) => {
    expect(originsOf(node).isRectified('y')).toBe(isRectified);
  });

  it('follows a value that is shared again and again only once', () => {
    const doublings = Array.from({ length: 60 }, (_, i) =>
      createNode('Add', [i === 0 ? 'r' : `s${i - 1}`, i === 0 ? 'r' : `s${i - 1}`], [`s${i}`]),
    );
    expect(originsOf(...doublings).isRectified('s59')).toBe(true);
  });

  it('knows an input of the model that was moved, shifted and scaled, and nothing behind a layer', () => {
    const origins = originsOf(
      createNode('Sub', ['x', 'mean'], ['centred']),
      createNode('Div', ['centred', 'factors'], ['scaled']),
      createNode('Add', ['scaled', 'h'], ['mixed']),
    );
    expect(['x', 'flat', 'scaled', 'h', 'r', 'mixed'].map((name) => origins.isInput(name))).toEqual([
      ...[true, true, true],
      ...[false, false, false],
    ]);
  });
});
