import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RECIPES } from '../../models/make.js';
import { DataType, MemorySource } from '../../src/core/index.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { readModel } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';

const FOLDER = new URL('../../models/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', FOLDER), 'utf8'));

for (const recipe of RECIPES) {
  const model = manifest.models.find(({ name }: { name: string }) => name === recipe.name);
  const dataset = manifest.datasets.find(({ name }: { name: string }) => name === recipe.name);
  const dataFolder = new URL(`${dataset.folder}/`, FOLDER);
  const { splits } = JSON.parse(readFileSync(new URL(`${recipe.name}.json`, dataFolder), 'utf8'));
  const bytes = readFileSync(new URL(model.file, FOLDER));
  const packed = readFileSync(new URL(splits.test.images, dataFolder));
  const samples = gunzipSync(packed);
  const labels = readFileSync(new URL(splits.test.labels, dataFolder));
  const { divide = 1, mean = [0], std = [1] } = recipe.preprocess;
  const toInput = (value: number) => (value / divide - mean[0]) / std[0];

  describe(model.file, () => {
    it('and its data have the hashes and sizes of the manifest', () => {
      expect(sha256(bytes)).toBe(model.sha256);
      expect(bytes.length).toBe(model.bytes);
      expect(sha256(packed)).toBe(dataset.sha256);
      expect(packed.length + labels.length).toBe(dataset.bytes);
      expect(sha256(samples)).toBe(splits.test.imagesSha256Uncompressed);
      expect(sha256(labels)).toBe(splits.test.labelsSha256);
    });

    it('holds as many numbers as the manifest says', () => {
      const document = readModel(new MemorySource(bytes), () => {
        throw new Error('no external data expected');
      });
      expect([...document.tensors()].reduce((sum, tensor) => sum + tensor.elementCount, 0)).toBe(model.parameters);
    });

    it('reaches the accuracy of the manifest in onnxruntime', async () => {
      const session = await (await ortNode()).load(bytes);
      const { name, dataType, dims } = session.inputs[0];
      const inputs = Float32Array.from(samples, toInput);
      const data = dataType === DataType.INT32 ? Int32Array.from(inputs) : inputs;
      const feed = { dataType, dims: [labels.length, ...(dims.slice(1) as number[])], data };
      const logits = (await session.run({ [name]: feed })).logits.data as Float32Array;
      await session.release();
      const { classes } = recipe;
      const correct = labels.filter((label, n) => {
        const scores = logits.subarray(n * classes, (n + 1) * classes);
        return scores.indexOf(Math.max(...scores)) === label;
      }).length;
      // Another processor's rounding may turn a sample or two.
      expect(Math.abs(correct - (model.accuracy.top1 / 100) * labels.length)).toBeLessThanOrEqual(2);
      expect(model.accuracy.top1).toBeGreaterThan(93);
      expect(model.accuracy.top1).toBeLessThan(99.5);
    });

    it('has data that the data room reads as the recipe does', async () => {
      const opened = await openDataset(fileURLToPath(dataFolder));
      const [first] = [opened.batch(1, 1)];
      const size = samples.length / labels.length;
      expect(opened.length).toBe(labels.length);
      expect([...first.data].map((value) => Math.fround(Number(value)))).toEqual(
        [...samples.subarray(size, 2 * size)].map((value) => Math.fround(toInput(value))),
      );
    });

    it('has test samples that are drawn again byte for byte', () => {
      const size = samples.length / labels.length;
      for (const i of [0, 1, 2, 17, labels.length - 1]) {
        const { values, label } = recipe.draw(recipe.seeds.test, i);
        expect(label).toBe(labels[i]);
        expect(values).toEqual(Uint8Array.from(samples.subarray(i * size, (i + 1) * size)));
      }
    });

    it('has every class about as often', () => {
      const expected = labels.length / recipe.classes;
      const deviation = Math.sqrt(expected * (1 - 1 / recipe.classes));
      for (let label = 0; label < recipe.classes; label++) {
        const count = labels.filter((other) => other === label).length;
        expect(Math.abs(count - expected), `class ${label}`).toBeLessThan(4 * deviation);
      }
    });
  });
}

it('models and data take less than 2 MB in all', () => {
  const sum = [...manifest.models, ...manifest.datasets].reduce((total, { bytes }) => total + bytes, 0);
  expect(sum).toBeLessThan(2_000_000);
});

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
