import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'fflate';
import { openDataset } from '../src/data/node/open-dataset.js';
import { evaluateAccuracy } from '../src/evaluation/index.js';
import { modelBytes } from '../src/onnx/index.js';
import { ortNode } from '../src/runtime/ort-node.js';
import { exportChain } from './export.js';
import { BATCH, CLASSES, createGlyphNet, drawBatch, PREPROCESS, SEEDS, TEST_COUNT, TRAINING } from './glyph-net.js';
import { drawGlyph, SIZE } from './glyphs.js';
import type { Layer } from './layers.js';
import { train } from './train.js';

const COMMAND = 'node models/make.mjs';

/** Trains the glyph net and writes it, its test images and the manifest into `folder`. */
export async function makeGlyphNet(folder: string): Promise<void> {
  const dataset = writeTestSplit(folder);
  const chain = createGlyphNet();
  const layers = chain.map(({ layer }) => layer);
  trainWithReport(layers);
  const document = exportChain('glyphs', chain, SIZE, CLASSES);
  document.metadata.set('source', `wring: ${COMMAND}, seed ${SEEDS.training}`);
  const bytes = modelBytes(document);
  writeFileSync(join(folder, 'glyphs.onnx'), bytes);
  const runtime = await ortNode();
  const accuracy = await evaluateAccuracy(document, await openDataset(join(folder, dataset.folder)), runtime);
  const model = {
    name: 'glyphs',
    file: 'glyphs.onnx',
    bytes: bytes.length,
    sha256: sha256(bytes),
    parameters: [...document.tensors()].reduce((sum, { elementCount }) => sum + elementCount, 0),
    opset: document.opsets.get(''),
    dataset: dataset.folder,
    preprocess: PREPROCESS,
    seeds: SEEDS,
    training: { ...TRAINING, batch: BATCH, images: TRAINING.steps * BATCH },
    accuracy: { ...accuracy, runtime: `${runtime.name} ${runtime.version}, CPU, float32` },
  };
  writeJson(join(folder, 'manifest.json'), { command: COMMAND, models: [model], datasets: [dataset] });
  console.error(`glyphs.onnx: ${bytes.length} bytes, top-1 ${accuracy.top1} % of ${accuracy.count}`);
}

function trainWithReport(layers: readonly Layer[]) {
  let drawn = 0;
  let recent = 0;
  const nextBatch = () => {
    const batch = drawBatch(SEEDS.training, drawn, BATCH);
    drawn += BATCH;
    return batch;
  };
  train(layers, nextBatch, TRAINING, (step, accuracy) => {
    recent += (accuracy - recent) * 0.02;
    if ((step + 1) % 100 === 0) console.error(`step ${step + 1} of ${TRAINING.steps}: ${(100 * recent).toFixed(1)} %`);
  });
}

/** The test images and labels in wring's data format; returns their entry in the manifest. */
function writeTestSplit(folder: string) {
  const images = new Uint8Array(TEST_COUNT * SIZE * SIZE);
  const labels = new Uint8Array(TEST_COUNT);
  for (let i = 0; i < TEST_COUNT; i++) {
    const { pixels, label } = drawGlyph(SEEDS.test, i);
    images.set(pixels, i * pixels.length);
    labels[i] = label;
  }
  const target = join(folder, 'data/glyphs');
  mkdirSync(target, { recursive: true });
  // Not node:zlib, whose bytes differ between releases of Node; mtime 0, so that they do not differ between days.
  const packed = gzipSync(images, { level: 9, mtime: 0 });
  writeFileSync(join(target, 'glyphs-test-images.u8.gz'), packed);
  writeFileSync(join(target, 'glyphs-test-labels.u8'), labels);
  const split = {
    images: 'glyphs-test-images.u8.gz',
    labels: 'glyphs-test-labels.u8',
    shape: [TEST_COUNT, 1, SIZE, SIZE],
    count: TEST_COUNT,
    imagesSha256Uncompressed: sha256(images),
    labelsSha256: sha256(labels),
    encoding: 'gzip',
    dtype: 'u8',
    layout: 'NCHW',
  };
  writeJson(join(target, 'glyphs.json'), {
    name: 'glyphs',
    classes: Array.from({ length: CLASSES }, (_, i) => `${i}`),
    splits: { test: split },
    preprocess: PREPROCESS,
    source: 'drawn by models/glyphs.ts',
    licence: 'MIT, as the project',
  });
  return { name: 'glyphs', folder: 'data/glyphs', bytes: packed.length + labels.length, sha256: sha256(packed) };
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
