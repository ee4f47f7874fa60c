import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'fflate';
import { openDataset } from '../src/data/node/open-dataset.js';
import { evaluateAccuracy } from '../src/evaluation/index.js';
import { modelBytes } from '../src/onnx/index.js';
import { ortNode } from '../src/runtime/ort-node.js';
import { DIALECT_NET } from './dialect-net.js';
import { GLYPH_NET } from './glyph-net.js';
import type { Recipe } from './recipe.js';
import { type Batch, type NamedLayer, train } from './train.js';

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
  const { name, training, batch } = recipe;
  const chain = trainChain(recipe);
  const document = recipe.toDocument(chain);
  document.metadata.set('source', `wring: ${COMMAND}, seed ${recipe.seeds.training}`);
  const bytes = modelBytes(document);
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  const runtime = await ortNode();
  const accuracy = await evaluateAccuracy(document, await openDataset(join(folder, 'data', name)), runtime);
  console.error(`${name}.onnx: ${bytes.length} bytes, top-1 ${accuracy.top1} % of ${accuracy.count}`);
  return {
    name,
    file: `${name}.onnx`,
    bytes: bytes.length,
    sha256: sha256(bytes),
    parameters: [...document.tensors()].reduce((sum, { elementCount }) => sum + elementCount, 0),
    opset: document.opsets.get(''),
    dataset: `data/${name}`,
    preprocess: recipe.preprocess,
    seeds: recipe.seeds,
    training: { ...training, batch, samples: training.steps * batch },
    accuracy: { ...accuracy, runtime: `${runtime.name} ${runtime.version}, CPU, float32` },
  };
}

function trainChain(recipe: Recipe): NamedLayer[] {
  const { training, seeds, batch } = recipe;
  const chain = recipe.createChain();
  let drawn = 0;
  let recent = 0;
  const nextBatch = () => {
    drawn += batch;
    return drawBatch(recipe, seeds.training, drawn - batch, batch);
  };
  train(
    chain.map(({ layer }) => layer),
    nextBatch,
    training,
    (step, accuracy) => {
      recent += (accuracy - recent) * 0.02;
      if ((step + 1) % 100 === 0) {
        console.error(`${recipe.name}: step ${step + 1} of ${training.steps}: ${(100 * recent).toFixed(1)} %`);
      }
    },
  );
  return chain;
}

/** Samples [start, start + count) of a stream. */
function drawBatch(recipe: Recipe, seed: number, start: number, count: number): Batch {
  const size = recipe.sampleShape.reduce((product, dim) => product * dim, 1);
  const x = new Float64Array(count * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const { values, label } = recipe.draw(seed, start + i);
    for (let at = 0; at < size; at++) x[i * size + at] = recipe.toInput(values[at]);
    labels[i] = label;
  }
  return { x, labels };
}

/** The test samples and labels in wring's data format; returns their entry in the manifest. */
function writeTestSplit(recipe: Recipe, folder: string) {
  const { name, testCount } = recipe;
  const size = recipe.sampleShape.reduce((product, dim) => product * dim, 1);
  const images = new Uint8Array(testCount * size);
  const labels = new Uint8Array(testCount);
  for (let i = 0; i < testCount; i++) {
    const { values, label } = recipe.draw(recipe.seeds.test, i);
    images.set(values, i * size);
    labels[i] = label;
  }
  const target = join(folder, 'data', name);
  mkdirSync(target, { recursive: true });
  // Not node:zlib, whose bytes differ between releases of Node; mtime 0, so that they do not differ between days.
  const packed = gzipSync(images, { level: 9, mtime: 0 });
  const split = {
    images: `${name}-test-images.u8.gz`,
    labels: `${name}-test-labels.u8`,
    shape: [testCount, ...recipe.sampleShape],
    count: testCount,
    imagesSha256Uncompressed: sha256(images),
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
