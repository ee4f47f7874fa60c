import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataType, type Document, Tensor } from '../../src/core/index.js';
import { referenceKernels } from '../../src/kernels/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { openInWorkers } from '../../src/runtime/ort-workers.js';
import { GraphWriter } from '../../src/training/autodiff/graph-writer.js';
import { drawNoise, type NoiseInput } from '../../src/training/noise-inputs.js';
import { type Parametrize, plainWeights } from '../../src/training/weight-parametrization.js';
import { expectSameBits } from '../kernels/support.js';
import { cloudNet, MemoryCheckpoint, SHORT, trainClouds, weightsOf } from './tasks.js';

/** Threads begin with JavaScript, so with the build: `npm run build`. */
const ENTRY = new URL('../../dist/runtime/ort-worker.js', import.meta.url);

/** Logits plus gain · ε, with a gain for each class that is trained, too. */
function noisyLogits(distribution: NoiseInput['distribution'] = 'normal'): Parametrize {
  return Object.assign(plainWeights.bind(null), {
    recipe: 'noisy logits',
    rewrite: async (draft: Document) => {
      const write = new GraphWriter(draft);
      const { graph } = draft;
      const [logits] = graph.outputs;
      const last = graph.nodes.find(({ outputs }) => outputs.includes(logits.name))!;
      const [quiet, noise, gain] = ['quiet', 'noise', 'gain'].map((name) => write.fresh(name));
      last.outputs = [quiet];
      graph.initializers.set(gain, Tensor.fromFloat32(gain, [10], new Float32Array(10).fill(0.5)));
      graph.inputs.push({ name: noise, dataType: DataType.FLOAT, dims: ['batch', 10] });
      const scaled = write.mul(gain, noise);
      write.add(quiet, scaled);
      write.nodes.at(-1)!.outputs = [logits.name];
      graph.nodes.push(...write.nodes);
      return { trainable: [gain], noise: [{ name: noise, dims: [10], distribution }] };
    },
  });
}

const NOISY = { ...SHORT, parametrize: noisyLogits() };

describe('drawNoise', () => {
  const inputs: NoiseInput[] = [
    { name: 'a', dims: [3, 2], distribution: 'normal' },
    { name: 'b', dims: [], distribution: 'uniform' },
    { name: 'c', dims: [3, 2], distribution: 'normal' },
  ];
  const at = (seed: number, step: number, shard: number) =>
    drawNoise(inputs, 4, { seed, step, shard }, referenceKernels);

  it('gives each input numbers of its own for every sample', () => {
    const { a, b, c } = at(1, 0, 0);
    expect([a.dims, b.dims, c.dims]).toEqual([[4, 3, 2], [4], [4, 3, 2]]);
    expect(a.data).not.toEqual(c.data);
    expect([...b.data].every((x) => Number(x) > 0 && Number(x) < 1)).toBe(true);
    expect(new Set(Array.from(a.data as Float32Array)).size).toBeGreaterThan(20);
  });

  it('follows from seed, step and shard, each of them', () => {
    const first = at(1, 2, 3).a.data;
    expect(at(1, 2, 3).a.data).toEqual(first);
    for (const other of [at(0, 2, 3), at(1, 3, 3), at(1, 2, 4), at(1, 3, 2)]) expect(other.a.data).not.toEqual(first);
  });
});

describe('train with a rewritten step', () => {
  it('gives back the graph that came, with weights that have learned in spite of the noise', async () => {
    const { document, report } = await trainClouds(NOISY);
    expect(document.graph.nodes).toEqual(cloudNet().graph.nodes);
    expect(document.graph.inputs).toEqual(cloudNet().graph.inputs);
    expect([...document.graph.initializers.keys()]).toEqual([...cloudNet().graph.initializers.keys()]);
    expect(report.epochs.at(-1)!.score!.value).toBeGreaterThan(85);
    const quiet = await trainClouds();
    expect(report.parameterCount).toBe(quiet.report.parameterCount + 10);
    expect(report.epochs[0].loss).toBeGreaterThan(quiet.report.epochs[0].loss!);
    expect(modelBytes(document)).not.toEqual(modelBytes(quiet.document));
  });

  it('draws other noise for another seed, and of the kind that is asked for', async () => {
    const losses = [
      await trainClouds(NOISY),
      await trainClouds({ ...NOISY, seed: 6 }),
      await trainClouds({ ...NOISY, parametrize: noisyLogits('uniform') }),
    ].map(({ report }) => report.epochs[0].loss);
    expect(new Set(losses).size).toBe(3);
  });

  it('ends after a cut with the bits of a training without one', async () => {
    const whole = await trainClouds(NOISY);
    for (const cut of [3, 16, 33]) {
      const checkpoint = new MemoryCheckpoint();
      const stop = new AbortController();
      const onProgress = ({ done }: { done: number }) => done === cut && stop.abort();
      await trainClouds(NOISY, { checkpoint, signal: stop.signal, onProgress });
      const second = await trainClouds(NOISY, { checkpoint });
      expect(second.report).toEqual({ ...whole.report, continuedAt: cut });
      expectSameBits(weightsOf(second.document), weightsOf(whole.document), `cut at ${cut}`);
    }
  });

  it.skipIf(existsSync(ENTRY) ? '' : 'needs npm run build')('gives the same bits on several workers', async () => {
    const [one, two] = [await trainClouds(NOISY), await trainClouds(NOISY, { open: openInWorkers(2, ENTRY) })];
    expectSameBits(weightsOf(two.document), weightsOf(one.document));
  });

  it('trains what was added where the model’s own are chosen by name, and keeps frozen what is frozen', async () => {
    const [first] = cloudNet().graph.initializers.keys();
    const { report } = await trainClouds({ ...NOISY, trainable: [first] });
    const size = cloudNet().graph.initializers.get(first)!.elementCount;
    expect(report.parameterCount).toBe(size + 10);
  });

  it('begins from nothing without a word about what the method added', async () => {
    const warnings: string[] = [];
    const logger = { debug: () => {}, info: () => {}, warn: (text: string) => warnings.push(text), error: () => {} };
    const { report } = await trainClouds({ ...NOISY, fromScratch: true }, { logger });
    expect(warnings).toEqual([]);
    expect(report.epochs.at(-1)!.score!.value).toBeGreaterThan(60);
  });
});
