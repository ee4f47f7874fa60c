import { describe, expect, it } from 'vitest';
import { findTrellis } from '../../../src/codec/index.js';
import { type AttributeValue, createNode, DataType, type Document, Random, SILENT } from '../../../src/core/index.js';
import { type PathOptions, path } from '../../../src/methods/path/index.js';
import { codeEntropyBits } from '../../../src/methods/tensor-bits.js';
import { uniform } from '../../../src/methods/uniform/index.js';
import { listWeights } from '../../../src/methods/weights.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { measurePosterior, OutputError } from '../../../src/posterior/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { buildDocument, buildValue, normalTensor } from '../../helpers/build.js';

const runtime = await ortNode({ threads: 1 });
const context = { logger: SILENT, onProgress: () => {} };

/** x [N, 4, 8, 8] → Conv 4→24 → Relu → depthwise Conv → Relu → Conv 24→20 → Relu → Conv 1×1 20→6. */
function buildNet(): Document {
  const same: Record<string, AttributeValue> = { pads: { kind: 'ints', value: [1n, 1n, 1n, 1n] } };
  return buildDocument({
    inputs: [buildValue('x', ['N', 4, 8, 8])],
    outputs: [buildValue('y', ['N', 6, 8, 8])],
    nodes: [
      createNode('Conv', ['x', 'a', 'ab'], ['ha'], same),
      createNode('Relu', ['ha'], ['ra']),
      createNode('Conv', ['ra', 'b', 'bb'], ['hb'], { ...same, group: { kind: 'int' as const, value: 24n } }),
      createNode('Relu', ['hb'], ['rb']),
      createNode('Conv', ['rb', 'c', 'cb'], ['hc'], same),
      createNode('Relu', ['hc'], ['rc']),
      createNode('Conv', ['rc', 'd', 'db'], ['y']),
    ],
    initializers: [
      normalTensor('a', [24, 4, 3, 3], 1, 0.2),
      normalTensor('ab', [24], 2, 0.1),
      normalTensor('b', [24, 1, 3, 3], 3, 0.3),
      normalTensor('bb', [24], 4, 0.1),
      normalTensor('c', [20, 24, 3, 3], 5, 0.1),
      normalTensor('cb', [20], 6, 0.1),
      normalTensor('d', [6, 20, 1, 1], 7, 0.3),
      normalTensor('db', [6], 8, 0.1),
    ],
  });
}

/** Images whose channels have much in common. */
function feedsOf(count: number, seed: number) {
  const random = new Random(seed);
  const dims = [count, 4, 8, 8];
  const data = new Float32Array(count * 256);
  for (let n = 0; n < count; n++)
    for (let i = 0; i < 64; i++) {
      const common = 1 + random.normal();
      for (let c = 0; c < 4; c++) data[n * 256 + c * 64 + i] = common + 0.4 * random.normal();
    }
  return [{ x: { dataType: DataType.FLOAT, dims, data } }];
}

async function targetsOf(document: Document) {
  const refs = listWeights(document);
  const weights = refs.filter(({ role }) => role === 'weight');
  const biases = refs.filter(({ role }) => role === 'bias').map(({ tensor }) => tensor);
  const feeds = feedsOf(32, 9);
  const tensors = weights.map(({ tensor }) => tensor);
  const posterior = await measurePosterior(document, tensors, feeds, runtime, 1, context);
  return { weights, biases, feeds, runtime, posterior };
}

const fresh = feedsOf(64, 10);

/** What is left of a fresh net after a method: codes, and the error on inputs that it has not seen. */
async function run(method: 'uniform' | 'path', options: PathOptions) {
  const document = buildNet();
  const outputs = await OutputError.of(document, fresh, runtime);
  const targets = await targetsOf(document);
  await document.transformWith(context, method === 'path' ? path(targets, options) : uniform(targets, options));
  const tensors = targets.weights.map(({ tensor }) => tensor);
  return {
    document,
    tensors,
    bits: tensors.reduce((sum, tensor) => sum + codeEntropyBits(tensor), 0),
    error: await outputs.measure(document),
    own: await targets.posterior.outputs!.measure(document),
  };
}

describe('path', () => {
  it('stays within the noise, by levels along trellises where columns are long enough', async () => {
    const { tensors, own } = await run('path', { noise: 0.05 });
    expect(own).toBeLessThanOrEqual(0.05);
    const follows = ({ coding, dims }: (typeof tensors)[number]) =>
      coding?.kind === 'grid' && findTrellis(coding.codes, dims) !== null;
    expect(tensors.map(follows)).toEqual([true, false, true, false]);
  });

  it('makes up for the layers before, as levels that are chosen by the original network cannot', async () => {
    const [followed, others] = [await run('path', { noise: 0.3, lambda: 0 }), await run('uniform', { noise: 0.3 })];
    expect(followed.bits).toBeLessThan(1.02 * others.bits);
    expect(followed.error).toBeLessThan(0.8 * others.error);
  });

  it('takes fewer bits where they count', async () => {
    const [free, charged] = [
      await run('path', { noise: 0.3, lambda: 0 }),
      await run('path', { noise: 0.3, lambda: 0.2 }),
    ];
    expect(charged.bits).toBeLessThan(0.97 * free.bits);
    const plain = await run('path', { noise: 0.3, lambda: 0.2, trellis: false });
    expect(plain.bits).toBeGreaterThan(charged.bits);
  });

  it('lets tensors share their values, all of them integers times powers of two', async () => {
    const [own, shared] = [await run('path', { noise: 0.2 }), await run('path', { noise: 0.2, sharedValues: true })];
    expect(shared.own).toBeLessThanOrEqual(0.2);
    /** Values, and those of each tensor added up: 0 is in all of them. */
    const valuesOf = ({ tensors }: typeof own) => {
      const each = tensors.map((tensor) => new Set(tensor.toFloat32()));
      return [new Set(each.flatMap((values) => [...values])).size, each.reduce((sum, { size }) => sum + size, 0)];
    };
    const zeros = own.tensors.length - 1;
    expect(valuesOf(own)[0]).toBe(valuesOf(own)[1] - zeros);
    expect(valuesOf(shared)[0]).toBeLessThan(0.8 * (valuesOf(shared)[1] - zeros));
    for (const { coding } of shared.tensors) {
      const [step] = coding?.kind === 'grid' ? coding.scales : [];
      expect(Number.isInteger(Math.log2(step))).toBe(true);
    }
  });

  it('gives the same bytes twice', async () => {
    const [once, again] = [await run('path', { noise: 0.2 }), await run('path', { noise: 0.2 })];
    expect(Buffer.from(modelBytes(once.document)).equals(Buffer.from(modelBytes(again.document)))).toBe(true);
  });

  it('refuses an option outside its range at once', () => {
    const posterior = { sensitivity: new Map(), moments: new Map(), outputs: null };
    const targets = { weights: [], biases: [], feeds: [], runtime, posterior };
    expect(() => path(targets, { noise: 0 })).toThrow(/noise/);
    expect(() => path(targets, { lambda: 2 })).toThrow(/lambda/);
    expect(() => path(targets, { damping: -1 })).toThrow(/damping/);
  });
});
