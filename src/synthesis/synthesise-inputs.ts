import { DataType, type Document, type Progress, stopIfAborted, WringError } from '../core/index.js';
import { syntheticInputs } from '../evaluation/index.js';
import { createKernelMemory } from '../kernels/index.js';
import { modelBytes } from '../onnx/index.js';
import { type FloatLayout, type OpenParallel, openInProcess } from '../runtime/parallel.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { rateAt } from '../training/index.js';
import { imageGradient } from './image-gradient.js';
import { Pixels } from './pixels.js';
import { passOperations } from './synthesis-cost.js';
import { synthesisedInput } from './synthesised-input.js';

export interface SynthesisOptions {
  /** Images in all (≥ 1); fewer of large ones. */
  readonly count: number;
  readonly seed: number;
  /** Of gradient descent (1–10000). */
  readonly steps?: number;
  /** The largest move of a pixel in a step, in units of the spread of all pixels (0–1). */
  readonly rate?: number;
  /** Images whose statistics are taken together (≥ 1). */
  readonly batch?: number;
  /** Multiplications at most, of all steps, forward: fewer steps where they would be more (default: no limit). */
  readonly operations?: number;
}

export const SYNTHESIS_DEFAULTS = { steps: 60, rate: 0.1, batch: 32, operations: Number.POSITIVE_INFINITY } as const;

/** Fewer bring the statistics not much nearer than those of the images at first. */
const LEAST_STEPS = 20;

export interface SynthesisPorts {
  readonly runtime: Runtime;
  /** Runs batches at once (default: one after another on this thread). The result does not depend on it. */
  readonly open?: OpenParallel;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

type Feed = Readonly<Record<string, RuntimeTensor>>;

/**
 * Images that do to a network what its training data did: those of `syntheticInputs`, moved along the gradient until mean
 * and variance of what every BatchNormalization sees are those that it has stored. Adam, half a cosine, all pixels of a batch
 * at once.
 *
 * Yin et al. 2020 (DeepInversion), arXiv 1912.08795, equation 4, and Cai et al. 2020 (ZeroQ), arXiv 2001.00281, equation 1,
 * without their other terms: chosen classes, total variation and moving the images about made second moments no better.
 *
 * @returns feeds as `syntheticInputs` gives them; null when the model is none of which this can be asked, see
 *   `synthesisedInput`, or too large for the operations allowed
 * @throws {WringError} E_UNSUPPORTED naming an operator without a gradient, E_RUNTIME, E_INTERRUPTED, E_NOT_FINITE
 */
export async function synthesiseInputs(
  document: Document,
  options: SynthesisOptions,
  ports: SynthesisPorts,
): Promise<Feed[] | null> {
  const input = synthesisedInput(document);
  if (!input) return null;
  const { count, seed, rate, batch, operations, ...wanted } = { ...SYNTHESIS_DEFAULTS, ...options };
  const start = await syntheticInputs(document, ports.runtime, { count, seed });
  const affordable = Math.floor(operations / (await passOperations(document, start, ports.runtime)));
  if (affordable < Math.min(wanted.steps, LEAST_STEPS)) return null;
  const steps = Math.min(wanted.steps, affordable);
  const images = start.map((feed) => feed[input.name]);
  const memory = await createKernelMemory();
  const pixels = new Pixels(memory, images, batch);
  const dims = [pixels.batch, ...images[0].dims.slice(1)];
  const graph = await imageGradient(document, input.name, dims, ports.runtime);
  const layout: FloatLayout = {
    length: pixels.batchLength,
    shared: [],
    gathered: [{ name: graph.parameters[0].gradient, dims, offset: 0 }],
    others: [graph.loss],
  };
  const open = ports.open ?? openInProcess(ports.runtime, (length) => memory.floats(length).view);
  const session = await open(modelBytes(graph.document), layout);
  try {
    for (let step = 1; step <= steps; step++) {
      stopIfAborted(ports.signal, 'making synthetic inputs');
      const feeds = pixels.batches().map((data) => ({ [input.name]: { dataType: DataType.FLOAT, dims, data } }));
      const results = await session.run(() => NOTHING, feeds);
      const distances = results.map(({ others }) => Number(others[graph.loss].data[0]));
      assertFinite(distances, step);
      const gradients = results.map(({ gathered }) => gathered);
      pixels.step(gradients, step, rate * rateAt({ kind: 'cosine' }, step - 1, steps));
      const distance = distances.reduce((sum, value) => sum + value, 0) / distances.length;
      ports.onProgress?.({ step: 'inputs', done: step, total: steps, note: `distance ${distance.toPrecision(2)}` });
    }
  } finally {
    await session.release();
  }
  return pixels.cutAs(images).map((image, i) => ({ ...start[i], [input.name]: image }));
}

const NOTHING = new Float32Array(0);

function assertFinite(distances: readonly number[], step: number): void {
  const odd = distances.find((distance) => !Number.isFinite(distance));
  if (odd === undefined) return;
  throw new WringError(
    'E_NOT_FINITE',
    `Synthesised inputs: at step ${step} the statistics of a batch are ${odd} from those stored; use --inputs noise`,
  );
}
