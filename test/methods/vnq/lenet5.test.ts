import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openData } from '../../../src/cli/data-option.js';
import { SILENT } from '../../../src/core/index.js';
import { NodeIO } from '../../../src/io/node-io.js';
import { vnqTraining } from '../../../src/methods/vnq/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { train } from '../../../src/training/index.js';
import { subset } from '../../../src/training/validate.js';
import { sharedModel } from '../../helpers/shared-models.js';

const MODEL = sharedModel('lenet5-caffe-mnist.onnx');
const DATA = '../shared/data/datasets/mnist';
const missing = existsSync(MODEL) && existsSync(DATA) ? '' : 'LeNet-5 and MNIST of ../shared/data are missing';

describe('vnq on LeNet-5', () => {
  const title = missing && ` (skipped: ${missing})`;
  it.skipIf(missing)(`has a few ternary layers that know their digits after twenty steps${title}`, async () => {
    const document = await new NodeIO().read(MODEL);
    const matrices = [...document.graph.initializers.values()].filter(({ dims }) => dims.length > 1);
    const all = await openData(DATA, MODEL, { usual: 'train' });
    const dataset = subset(
      all,
      Uint32Array.from({ length: 1280 }, (_, i) => i),
    );
    const { parametrize } = vnqTraining(matrices, { samples: 60_000 });
    const report = await train(
      document,
      {
        epochs: 1,
        batch: 32,
        validation: 0.5,
        learningRate: 0.001,
        optimizer: { kind: 'adam' },
        keep: 'last',
        parametrize,
      },
      { runtime: await ortNode(), dataset, logger: SILENT, onProgress: () => {} },
    );
    const [{ score, figures }] = report.epochs;
    expect(score!.value).toBeGreaterThan(95);
    expect(figures!.zeros).toBeGreaterThan(0.6);
    for (const tensor of matrices) expect(new Set(tensor.toFloat32()).size).toBe(3);
  });
});
