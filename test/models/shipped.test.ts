import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PREPROCESS, SEEDS } from '../../models/glyph-net.js';
import { drawGlyph, SIZE } from '../../models/glyphs.js';
import { DataType, MemorySource } from '../../src/core/index.js';
import { readModel } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';

const FOLDER = new URL('../../models/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', FOLDER), 'utf8'));
const [model] = manifest.models;
const [dataset] = manifest.datasets;
const dataFolder = new URL(`${dataset.folder}/`, FOLDER);
const { splits } = JSON.parse(readFileSync(new URL(`${dataset.name}.json`, dataFolder), 'utf8'));
const bytes = readFileSync(new URL(model.file, FOLDER));
const packed = readFileSync(new URL(splits.test.images, dataFolder));
const images = gunzipSync(packed);
const labels = readFileSync(new URL(splits.test.labels, dataFolder));

describe('the shipped model', () => {
  it('and its data have the hashes and sizes of the manifest, below 2 MB in all', () => {
    expect(sha256(bytes)).toBe(model.sha256);
    expect(bytes.length).toBe(model.bytes);
    expect(sha256(packed)).toBe(dataset.sha256);
    expect(sha256(images)).toBe(splits.test.imagesSha256Uncompressed);
    expect(sha256(labels)).toBe(splits.test.labelsSha256);
    expect(statSync(new URL(model.file, FOLDER)).size + packed.length + labels.length).toBeLessThan(2_000_000);
  });

  it('holds as many numbers as the manifest says', () => {
    const document = readModel(new MemorySource(bytes), () => {
      throw new Error('no external data expected');
    });
    expect([...document.tensors()].reduce((sum, tensor) => sum + tensor.elementCount, 0)).toBe(model.parameters);
  });

  it('reaches the accuracy of the manifest in onnxruntime', async () => {
    const session = await (await ortNode()).load(bytes);
    const data = Float32Array.from(images, (v) => (v / PREPROCESS.divide - PREPROCESS.mean[0]) / PREPROCESS.std[0]);
    const image = { dataType: DataType.FLOAT, dims: splits.test.shape, data };
    const logits = (await session.run({ image })).logits.data as Float32Array;
    await session.release();
    const correct = labels.filter((label, n) => {
      const scores = logits.subarray(n * 10, (n + 1) * 10);
      return scores.indexOf(Math.max(...scores)) === label;
    }).length;
    // Another processor's rounding may turn a sample or two.
    expect(Math.abs((100 * correct) / labels.length - model.accuracy.top1)).toBeLessThanOrEqual(0.1);
    expect(model.preprocess).toEqual(PREPROCESS);
  });
});

describe('the generator', () => {
  it('draws the shipped test images again, byte for byte', () => {
    for (const i of [0, 1, 2, 17, labels.length - 1]) {
      const { pixels, label } = drawGlyph(SEEDS.test, i);
      expect(label).toBe(labels[i]);
      expect(pixels).toEqual(Uint8Array.from(images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE)));
    }
  });

  it('draws every class about as often', () => {
    const counts = new Array(10).fill(0);
    for (const label of labels) counts[label]++;
    // 1000 / 10 = 100, four standard deviations of a binomial are 38.
    for (const count of counts) expect(Math.abs(count - labels.length / 10)).toBeLessThan(38);
  });
});

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
