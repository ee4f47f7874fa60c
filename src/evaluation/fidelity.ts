import { type Document, type Progress, WringError } from '../core/index.js';
import { toNumbers } from '../data/typed-array.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';
import { type Distance, DistanceMeter } from './distance.js';

type Tensors = Readonly<Record<string, RuntimeTensor>>;

/** One output of two models. */
export interface OutputDistance extends Distance {
  readonly name: string;
  /** Share of rows with the same arg max over the last axis, 0–1; null for what is no [N, classes] or [N, T, classes]. */
  readonly top1Agreement: number | null;
}

/** All outputs: each figure is that of the worst output, and `top1Agreement` of the first that decides among classes. */
export interface Fidelity extends Distance {
  readonly top1Agreement: number | null;
  readonly outputs: readonly OutputDistance[];
}

/**
 * Compares what two models say to the same inputs.
 *
 * @param reference outputs of each run
 * @param actual outputs of the other model, in the same runs
 * @throws {WringError} E_SHAPE when an output is missing or of another shape
 */
export function measureFidelity(reference: readonly Tensors[], actual: readonly Tensors[]): Fidelity {
  const meters = new Map<string, OutputMeter>();
  reference.forEach((outputs, run) => {
    addRun(meters, outputs, actual[run]);
  });
  return summarize(meters);
}

/**
 * Runs both models on `feeds` and compares their outputs, by name; outputs that only `b` has are left out.
 *
 * @throws {WringError} E_RUNTIME, E_SHAPE
 */
export async function outputFidelity(
  a: Document,
  b: Document,
  feeds: readonly Tensors[],
  runtime: Runtime,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Fidelity> {
  const first = await runtime.load(modelBytes(a));
  try {
    const second = await runtime.load(modelBytes(b));
    try {
      const meters = new Map<string, OutputMeter>();
      for (const [run, feed] of feeds.entries()) {
        addRun(meters, await first.run(feed), await second.run(feed));
        onProgress({ step: 'compare outputs', done: run + 1, total: feeds.length });
      }
      return summarize(meters);
    } finally {
      await second.release();
    }
  } finally {
    await first.release();
  }
}

function addRun(meters: Map<string, OutputMeter>, reference: Tensors, actual: Tensors | undefined): void {
  for (const [name, expected] of Object.entries(reference)) {
    const found = actual?.[name];
    if (!found || found.dims.join() !== expected.dims.join()) {
      const shape = found ? `[${found.dims.join(', ')}]` : 'nothing';
      throw new WringError('E_SHAPE', `Output "${name}": expected [${expected.dims.join(', ')}] but received ${shape}`);
    }
    const meter = meters.get(name) ?? new OutputMeter();
    meters.set(name, meter);
    meter.add(expected, found);
  }
}

function summarize(meters: ReadonlyMap<string, OutputMeter>): Fidelity {
  const outputs = [...meters].map(([name, meter]) => ({ name, ...meter.result }));
  const noisy = outputs.flatMap(({ sqnr }) => (sqnr === null ? [] : [sqnr]));
  return {
    sqnr: noisy.length > 0 ? Math.min(...noisy) : null,
    cosine: Math.min(1, ...outputs.map(({ cosine }) => cosine)),
    maxDelta: Math.max(0, ...outputs.map(({ maxDelta }) => maxDelta)),
    top1Agreement: outputs.find(({ top1Agreement }) => top1Agreement !== null)?.top1Agreement ?? null,
    outputs,
  };
}

class OutputMeter {
  readonly #distance = new DistanceMeter();
  #rows = 0;
  #same = 0;

  add(expected: RuntimeTensor, found: RuntimeTensor): void {
    const [a, b] = [toNumbers(expected), toNumbers(found)];
    this.#distance.add(a, b);
    const classes = classesOf(expected.dims);
    for (let row = 0; classes > 1 && row < a.length; row += classes) {
      this.#rows++;
      if (argMax(a, row, classes) === argMax(b, row, classes)) this.#same++;
    }
  }

  get result(): Distance & { top1Agreement: number | null } {
    return { ...this.#distance.result, top1Agreement: this.#rows > 0 ? this.#same / this.#rows : null };
  }
}

/** Length of the last axis of [N, classes] and [N, T, classes], ones behind it aside; 0 for other shapes. */
function classesOf(dims: readonly number[]): number {
  let rank = dims.length;
  while (rank > 0 && dims[rank - 1] === 1) rank--;
  return rank === 2 || rank === 3 ? dims[rank - 1] : 0;
}

/** The first of the largest. */
function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = start;
  for (let i = start + 1; i < start + length; i++) if (values[i] > values[best]) best = i;
  return best - start;
}
