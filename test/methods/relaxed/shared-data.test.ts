import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SILENT } from '../../../src/core/index.js';
import { openDataset } from '../../../src/data/node/open-dataset.js';
import { partOf } from '../../../src/data/part-of.js';
import { evaluateAccuracy } from '../../../src/evaluation/index.js';
import { NodeIO } from '../../../src/io/node-io.js';
import { compress } from '../../../src/pipeline/compress.js';
import { ortNode } from '../../../src/runtime/ort-node.js';

const DATA = join(import.meta.dirname, '../../../../shared/data');
const MODEL = join(DATA, 'models/lenet5-caffe-mnist.onnx');

describe.skipIf(!existsSync(MODEL))('on LeNet-5 (skipped without ../shared/data)', () => {
  it('srq learns weights and activations of three bits from a thousand digits, in one epoch', {
    timeout: 60_000,
  }, async () => {
    const open = (split: string) => openDataset(join(DATA, 'datasets/mnist'), { model: MODEL, split });
    const [train, test] = [partOf(await open('train'), 0, 1024), partOf(await open('test'), 0, 1000)];
    const runtime = await ortNode({ threads: 1 });
    const document = await new NodeIO().read(MODEL);
    const { top1: before } = await evaluateAccuracy(document, test, runtime);
    const ports = { runtime, training: { dataset: train }, logger: SILENT, onProgress: () => {} };
    const options = { method: 'srq', bits: 3, epochs: 1, samples: 64, relaxed: { activationBits: 3 } } as const;
    const report = await compress(document, options, ports);
    expect(report.tensors.filter(({ role }) => role === 'weight').every(({ values }) => values <= 8)).toBe(true);
    const { top1: after } = await evaluateAccuracy(document, test, runtime);
    expect(after).toBeGreaterThan(before - 2);
  });
});
