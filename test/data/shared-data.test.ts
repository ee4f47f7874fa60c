import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/node/open-dataset.js';

const root = '../shared/data';
const missing = !existsSync(join(root, 'manifest.json'));
const datasets = join(root, 'datasets');

interface ManifestModel {
  readonly name: string;
  readonly file: string;
  readonly dataset?: string;
  readonly preprocess?: { readonly kind?: string };
}

describe.skipIf(missing)('the data beside the project', () => {
  it.each([
    ['cifar10', 'train'],
    ['kws', 'test'],
  ])('%s, %s: unpacks to the bytes whose hash is written beside it', async (name, split) => {
    const { splits } = JSON.parse(readFileSync(join(datasets, name, `${name}.json`), 'utf8'));
    const expected = splits[split].imagesSha256Uncompressed;
    if (!expected) return;
    const dataset = await openDataset(join(datasets, name), { split, preprocess: {} });
    const hash = createHash('sha256');
    for (let start = 0; start < dataset.length; start += 1000) {
      hash.update(Uint8Array.from(dataset.batch(start, Math.min(1000, dataset.length - start)).data as Float32Array));
    }
    expect(hash.digest('hex')).toBe(expected);
  });

  it('becomes the inputs that the loader beside it makes, for every way of preprocessing', async () => {
    const loader = await import(pathToFileURL(join(process.cwd(), root, 'load.mjs')).href);
    const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8'));
    // Of JPEG images the loader needs a package installed beside it; of stories it reads nothing.
    const all = (manifest.models as ManifestModel[]).filter(
      ({ dataset }) => dataset && dataset !== 'imagenet-sample' && dataset !== 'stories260k',
    );
    const models = new Map(all.map((model) => [JSON.stringify([model.dataset, model.preprocess]), model])).values();
    expect(all.length).toBeGreaterThan(10);
    const loaded = new Map<string, unknown>();
    for (const { name, file, dataset, preprocess } of models) {
      if (!loaded.has(dataset!)) loaded.set(dataset!, await loader.loadDataset(dataset));
      const expected = loader.batchOf(loaded.get(dataset!), preprocess, 17, 5);
      const found = (await openDataset(join(datasets, dataset!), { model: join(root, file) })).batch(17, 5);
      expect(found.dims, name).toEqual(expected.dims);
      expect(Buffer.from(found.data.buffer).equals(Buffer.from(expected.data.buffer)), name).toBe(true);
    }
  });
});
