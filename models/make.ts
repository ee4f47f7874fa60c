import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'fflate';
import type { Progress } from '../src/core/index.js';
import { openDataset } from '../src/data/node/open-dataset.js';
import { evaluateAccuracy } from '../src/evaluation/index.js';
import { modelBytes } from '../src/onnx/index.js';
import { ortNode } from '../src/runtime/ort-node.js';
import { train } from '../src/training/index.js';
import { DIALECT_NET } from './dialect-net.js';
import { drawSamples, trainingDataset } from './drawn-dataset.js';
import { GLYPH_NET } from './glyph-net.js';
import type { Recipe } from './recipe.js';

export const RECIPES: readonly Recipe[] = [GLYPH_NET, DIALECT_NET];

const COMMAND = 'node models/make.mjs';

interface Manifest {
  readonly command: string;
  readonly models: readonly { readonly name: string }[];
  readonly datasets: readonly { readonly name: string }[];
}

/**
 * Makes models with their data in `folder` and renews their entries in its manifest.
 *
 * @param names of recipes; none: all
 */
export async function makeModels(folder: string, names: readonly string[]): Promise<void> {
  const path = join(folder, 'manifest.json');
  for (const recipe of RECIPES) {
    if (names.length > 0 && !names.includes(recipe.name)) continue;
    const dataset = writeTestSplit(recipe, folder);
    const model = await makeModel(recipe, folder);
    const old: Manifest = existsSync(path)
      ? JSON.parse(readFileSync(path, 'utf8'))
      : { command: COMMAND, models: [], datasets: [] };
    const models = replaceNamed(old.models, model);
    writeJson(path, { command: COMMAND, models, datasets: replaceNamed(old.datasets, dataset) });
  }
}

function replaceNamed<T extends { readonly name: string }>(entries: readonly T[], entry: T): T[] {
  const isThere = entries.some(({ name }) => name === entry.name);
  return isThere ? entries.map((other) => (other.name === entry.name ? entry : other)) : [...entries, entry];
}

/** Trains, writes and measures; returns the entry in the manifest. */
async function makeModel(recipe: Recipe, folder: string) {
  const { name } = recipe;
  const runtime = await ortNode();
  const document = recipe.build();
  const { recipe: training, parameterCount } = await train(
    document,
    { ...recipe.training, fromScratch: true },
    {
      runtime,
      dataset: trainingDataset(recipe),
      logger: console,
      onProgress: (progress) => report(name, progress),
    },
  );
  document.metadata.set('source', `wring: ${COMMAND}, seed ${recipe.training.seed}`);
  const bytes = modelBytes(document);
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  const accuracy = await evaluateAccuracy(document, await openDataset(join(folder, 'data', name)), runtime);
  console.error(`${name}.onnx: ${bytes.length} bytes, top-1 ${accuracy.top1} % of ${accuracy.count}`);
  return {
    name,
    file: `${name}.onnx`,
    bytes: bytes.length,
    sha256: sha256(bytes),
    parameters: [...document.tensors()].reduce((sum, { elementCount }) => sum + elementCount, 0),
    trained: parameterCount,
    opset: document.opsets.get(''),
    dataset: `data/${name}`,
    preprocess: recipe.preprocess,
    seeds: recipe.seeds,
    training,
    accuracy: { ...accuracy, runtime: `${runtime.name} ${runtime.version}, CPU, float32` },
  };
}

function report(name: string, { done, total, note }: Progress): void {
  if (done % 100 === 0) console.error(`${name}: step ${done} of ${total}: ${note}`);
}

/** The test samples and labels in wring's data format; returns their entry in the manifest. */
function writeTestSplit(recipe: Recipe, folder: string) {
  const { name, testCount, sampleShape } = recipe;
  const { values, labels } = drawSamples(recipe, recipe.seeds.test, testCount);
  const target = join(folder, 'data', name);
  mkdirSync(target, { recursive: true });
  // Not node:zlib, whose bytes differ between releases of Node; mtime 0, so that they do not differ between days.
  const packed = gzipSync(values, { level: 9, mtime: 0 });
  const split = {
    images: `${name}-test-images.u8.gz`,
    labels: `${name}-test-labels.u8`,
    shape: [testCount, ...sampleShape],
    count: testCount,
    imagesSha256Uncompressed: sha256(values),
    labelsSha256: sha256(labels),
    encoding: 'gzip',
    dtype: 'u8',
    layout: 'NCHW',
  };
  writeFileSync(join(target, split.images), packed);
  writeFileSync(join(target, split.labels), labels);
  writeJson(join(target, `${name}.json`), {
    name,
    classes: Array.from({ length: recipe.classes }, (_, i) => `${i}`),
    splits: { test: split },
    preprocess: recipe.preprocess,
    source: `drawn by models/${name}.ts`,
    licence: 'MIT, as the project',
  });
  return { name, folder: `data/${name}`, bytes: packed.length + labels.length, sha256: sha256(packed) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Arrays of numbers or strings on one line, as the formatter wants them. */
function writeJson(path: string, data: unknown) {
  const text = JSON.stringify(data, null, 2).replace(
    /\[\n\s+([^[\]{}]*?)\n\s+\]/g,
    (_, items) => `[${items.replace(/\n\s+/g, ' ')}]`,
  );
  writeFileSync(path, `${text}\n`);
}
