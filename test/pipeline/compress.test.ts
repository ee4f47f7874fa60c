import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, SILENT, Tensor } from '../../src/core/index.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { type CompressOptions, type CompressPorts, compress, prepareCompress } from '../../src/pipeline/compress.js';
import { noiseOfQuality } from '../../src/pipeline/options.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { buildConvNet, buildDocument, buildMlp, buildValue } from '../helpers/build.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await ortNode();
});

const run = (document: Document, options: CompressOptions = {}, ports: Partial<CompressPorts> = {}) =>
  compress(document, { samples: 8, ...options }, { runtime, logger: SILENT, onProgress() {}, ...ports });

describe('prepareCompress', () => {
  it('lets a quality be chosen after another as if it were the first', async () => {
    const ports = { runtime, logger: SILENT, onProgress() {} };
    const tried = buildConvNet();
    const prepared = await prepareCompress(tried, { samples: 8, seed: 3 }, ports);
    for (const choice of [{ quality: 20 }, { quality: 90, method: 'pwfn' }, { quality: 60 }] as const) {
      const report = await prepared.choose(choice, ports);
      const direct = buildConvNet();
      expect(report).toEqual(await compress(direct, { samples: 8, seed: 3, ...choice }, ports));
      expect(Buffer.compare(modelBytes(tried), modelBytes(direct))).toBe(0);
    }
  });
});

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

  it('compares by bits at equal error: a method with more of them is not taken for a smaller error', async () => {
    // Coarser than pwfn can be: it has less error there, at more bits.
    const report = await run(buildConvNet(), { quality: 20 });
    const [uniform, ...rivals] = report.candidates;
    expect(rivals.some(({ method, outputError }) => method === 'pwfn' && outputError! < uniform.outputError!)).toBe(
      true,
    );
    const chosen = [...report.candidates].reverse().find(({ method }) => method === report.method)!;
    expect(chosen.bits).toBeLessThanOrEqual(uniform.bits);
  });

  it('throws when it is stopped before there is anything to keep', async () => {
    const controller = new AbortController();
    controller.abort();
    const document = await new NodeIO().read('models/glyphs.onnx');
    await expect(run(document, {}, { signal: controller.signal })).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  it('needs a runtime for gpfq, but not for multipoint', async () => {
    const read = () => new NodeIO().read('models/glyphs.onnx');
    const refused = run(await read(), { method: 'gpfq' }, { runtime: null });
    await expect(refused).rejects.toMatchObject({ code: 'E_UNSUPPORTED', message: expect.stringContaining('gpfq') });
    const report = await run(await read(), { method: 'multipoint', bits: 4 }, { runtime: null });
    expect(report).toMatchObject({ method: 'multipoint', outputError: null, calibration: null });
    expect(report.coverage.share).toBeGreaterThan(0.99);
  });

  it('measures on calibration data in place of synthetic inputs', async () => {
    const data = { length: 32, labels: null, name: 'zeros' };
    const batch = (_: number, count: number) => ({
      dataType: DataType.FLOAT,
      dims: [count, 1, 24, 24],
      data: new Float32Array(count * 576),
    });
    const counted: number[] = [];
    const calibration = {
      ...data,
      batch: (start: number, count: number) => {
        counted.push(start + count);
        return batch(start, count);
      },
    };
    const report = await run(await new NodeIO().read('models/glyphs.onnx'), { method: 'uniform' }, { calibration });
    expect(report.calibration).toBe('zeros');
    // `samples` of them, and no more.
    expect(Math.max(...counted)).toBe(8);
  });

  it('synthesises inputs where a model stores statistics, unless it is told not to', async () => {
    const inputsOf = async (document: Document, options: CompressOptions = {}) =>
      (await run(document, { method: 'uniform', ...options })).inputs;
    expect(await inputsOf(buildConvNet())).toBe('synthesised');
    expect(await inputsOf(buildConvNet(), { inputs: 'noise' })).toBe('noise');
    expect(await inputsOf(buildMlp([8, 16, 4]))).toBe('noise');
    const refused = run(buildMlp([8, 16, 4]), { inputs: 'synthesised' });
    await expect(refused).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
    const report = await run(buildConvNet(), { method: 'uniform' }, { runtime: null });
    expect(report.inputs).toBeNull();
  });

  it('spends more by default where an error can be believed, and says what it took', async () => {
    const qualityOf = async (options: CompressOptions) => {
      const { quality, recipe } = await run(buildConvNet(), { method: 'uniform', ...options });
      expect(recipe.quality).toBe(quality);
      return quality;
    };
    expect(await qualityOf({})).toBe(67);
    expect(await qualityOf({ inputs: 'noise' })).toBe(75);
    expect(await qualityOf({ quality: 75 })).toBe(75);
  });

  it('follows real samples by itself, where that takes fewer bits', async () => {
    const read = () => new NodeIO().read('models/glyphs.onnx');
    const calibration = await openDataset('models/data/glyphs', { split: 'test' });
    const report = await run(await read(), { samples: 64 }, { calibration });
    const [uniform, path] = report.candidates;
    expect([uniform.method, path.method]).toEqual(['uniform', 'path']);
    expect(path.outputError).toBeLessThanOrEqual(report.noise);
    expect(report.method).toBe(path.bits < uniform.bits ? 'path' : 'uniform');
    expect((await run(await read(), {})).candidates.map(({ method }) => method)).not.toContain('path');
  });

  it('corrects biases behind all layers before, when it is asked to', async () => {
    const errorBy = async (biasCorrection: 'method' | 'path') =>
      (await run(buildMlp([8, 16, 12]), { method: 'pwfn', quality: 40, biasCorrection })).outputError!;
    expect(await errorBy('path')).toBeLessThan(await errorBy('method'));
  });

  it('weighs by the Fisher information when it is asked to', async () => {
    const valuesBy = async (posterior: 'sensitivity' | 'fisher') => {
      const report = await run(buildConvNet(), { method: 'uniform', posterior, quality: 60 });
      expect(report.recipe.posterior).toBe(posterior === 'fisher' ? 'fisher' : undefined);
      return report.tensors.map(({ step }) => step);
    };
    expect(await valuesBy('fisher')).not.toEqual(await valuesBy('sensitivity'));
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
    expect((await run(model(true))).noise).toBeCloseTo(noiseOfQuality(75) / 7, 12);
  });
});
