import { describe, expect, it } from 'vitest';
import { createNode } from '../../../src/core/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { differentiate } from '../../../src/training/index.js';
import { buildDocument, buildValue, normalTensor } from '../../helpers/build.js';
import { attributesOf } from '../oracle/attributes.js';
import { checkSample } from '../oracle/check.js';

describe('gradients of LSTM', () => {
  it.each(['forward', 'reverse', 'bidirectional'])('%s, all outputs', async (direction) => {
    const d = direction === 'bidirectional' ? 2 : 1;
    const attributes = attributesOf({ hidden_size: 3, direction });
    const inputs = [
      [4, 2, 5],
      [d, 12, 5],
      [d, 12, 3],
      [d, 24],
    ];
    await checkSample({ opType: 'LSTM', attributes, inputs, outputs: 3 }, 1);
    const states = [null, [d, 2, 3], [d, 2, 3]];
    await checkSample({ opType: 'LSTM', attributes, inputs: [...inputs, ...states], outputs: 3 }, 2);
  });

  it('without bias, with a free batch', async () => {
    const attributes = attributesOf({ hidden_size: 3 });
    await checkSample(
      {
        opType: 'LSTM',
        attributes,
        inputs: [
          [4, 2, 5],
          [1, 12, 5],
          [1, 12, 3],
        ],
        free: [1],
      },
      3,
    );
  });

  it('are refused for a free length and for unusual cells, by name', async () => {
    const runtime = await ortNode({ threads: 1 });
    const refuse = (length: number | string, more: Record<string, number>) =>
      differentiate(
        buildDocument({
          inputs: [buildValue('x', [length, 2, 5])],
          outputs: [buildValue('y', [length, 1, 2, 3])],
          nodes: [createNode('LSTM', ['x', 'w', 'r'], ['y'], attributesOf({ hidden_size: 3, ...more }), 'cell')],
          initializers: [normalTensor('w', [1, 12, 5]), normalTensor('r', [1, 12, 3])],
        }),
        { loss: { kind: 'mean-squared-error' }, runtime },
      );
    await expect(refuse('T', {})).rejects.toThrow(/"cell" \(LSTM\): no gradient where it has a free length/);
    await expect(refuse(4, { clip: 1.5 })).rejects.toThrow(/"cell" \(LSTM\): no gradient where it has clip/);
  });
});
