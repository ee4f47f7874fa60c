import { DataType, type Document, Random, SILENT } from '../../src/core/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { CheckpointStore } from '../../src/training/checkpoint.js';
import type { TrainOptions } from '../../src/training/options.js';
import { type TrainPorts, train } from '../../src/training/train.js';
import { buildMlp } from '../helpers/build.js';

const CLASSES = 10;
const WIDTH = 12;

/** Ten clouds of points: the class is told by which of ten centres is near. */
export function clouds(length: number, seed = 1, spread = 0.5): Dataset {
  const centres = Array.from({ length: CLASSES * WIDTH }, (_, i) => new Random(99).fork(i).normal());
  const random = new Random(seed);
  const labels = Uint8Array.from({ length }, () => random.below(CLASSES));
  const data = Float32Array.from({ length: length * WIDTH }, (_, i) => {
    const label = labels[Math.floor(i / WIDTH)];
    return centres[label * WIDTH + (i % WIDTH)] + spread * random.normal();
  });
  return {
    name: 'clouds',
    length,
    labels,
    batch: (start, count) => ({
      dataType: DataType.FLOAT,
      dims: [count, WIDTH],
      data: data.slice(start * WIDTH, (start + count) * WIDTH),
    }),
  };
}

export function cloudNet(seed = 1): Document {
  return buildMlp([WIDTH, 24, CLASSES], seed);
}

export const SHORT: TrainOptions = { epochs: 3, batch: 32, shard: 16, learningRate: 0.1, seed: 5 };

export async function trainClouds(options: TrainOptions = SHORT, ports: Partial<TrainPorts> = {}) {
  const document = cloudNet();
  const runtime = await ortNode();
  const base = { runtime, dataset: clouds(600), logger: SILENT, onProgress: () => {} };
  return { document, report: await train(document, options, { ...base, ...ports }) };
}

/** All weights, one after another. */
export function weightsOf(document: Document): Float32Array {
  return Float32Array.from([...document.graph.initializers.values()].flatMap((tensor) => [...tensor.toFloat32()]));
}

/** Keeps the last state, and counts. */
export class MemoryCheckpoint implements CheckpointStore {
  readonly name = 'memory';
  bytes: Uint8Array | null = null;
  saves = 0;

  async load(): Promise<Uint8Array | null> {
    return this.bytes;
  }

  async save(bytes: Uint8Array): Promise<void> {
    this.bytes = bytes.slice();
    this.saves++;
  }

  async remove(): Promise<void> {
    this.bytes = null;
  }
}
