import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, SILENT, Tensor } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { type CompressOptions, type CompressPorts, compress } from '../../src/pipeline/compress.js';
import { noiseOfQuality } from '../../src/pipeline/options.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { buildDocument, buildValue } from '../helpers/build.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode();
});

const run = (document: Document, options: CompressOptions = {}, ports: Partial<CompressPorts> = {}) =>
  compress(document, { samples: 8, ...options }, { runtime, logger: SILENT, onProgress() {}, ...ports });

describe('compress', () => {
  it('keeps the best so far when it is stopped while it compares methods', async () => {
    const [stopped, alone] = [
      await new NodeIO().read('models/glyphs.onnx'),
      await new NodeIO().read('models/glyphs.onnx'),
    ];
    const controller = new AbortController();
    const report = await run(
      stopped,
      {},
      {
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === 'pwfn') controller.abort();
        },
      },
    );
    expect(report.interrupted).toBe(true);
    expect(report.method).toBe('uniform');
    const whole = await run(alone, { method: 'uniform' });
    expect(whole.interrupted).toBe(false);
    expect(Buffer.from(modelBytes(stopped)).equals(Buffer.from(modelBytes(alone)))).toBe(true);
  });

  it('throws when it is stopped before there is anything to keep', async () => {
    const controller = new AbortController();
    controller.abort();
    const document = await new NodeIO().read('models/glyphs.onnx');
    await expect(run(document, {}, { signal: controller.signal })).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  it('spends less noise on a language model than on a classifier', async () => {
    const random = new Random(3);
    const normal = (name: string, dims: number[]) =>
      Tensor.fromFloat32(
        name,
        dims,
        Float32Array.from({ length: dims[0] * dims[1] }, () => random.normal()),
      );
    const model = (perToken: boolean) =>
      buildDocument({
        inputs: [buildValue('tokens', ['N', 'T'], DataType.INT64)],
        outputs: [buildValue('logits', perToken ? ['N', 'T', 16] : ['N', 16])],
        nodes: [
          createNode('Gather', ['table', 'tokens'], ['rows']),
          ...(perToken
            ? [createNode('Identity', ['rows'], ['pooled'])]
            : [
                createNode('ReduceMean', ['rows'], ['pooled'], {
                  axes: { kind: 'ints', value: [1n] },
                  keepdims: { kind: 'int', value: 0n },
                }),
              ]),
          createNode('MatMul', ['pooled', 'head'], ['logits']),
        ],
        initializers: [normal('table', [16, 8]), normal('head', [8, 16])],
      });
    expect((await run(model(false))).noise).toBe(noiseOfQuality(75));
    expect((await run(model(true))).noise).toBe(noiseOfQuality(75) / 8);
  });
});
