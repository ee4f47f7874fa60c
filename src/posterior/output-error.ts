import { DataType, type Document, isFloat } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';

/** Named inputs of one run. */
export type Feed = Readonly<Record<string, RuntimeTensor>>;

/**
 * Remembers what a model says to a fixed set of inputs, and tells how far a changed model is from it:
 *
 *   error = mean over float outputs of  Σ (y − y₀)² / Σ (y₀ − mean y₀)²
 *
 * so 0 is identical and 0.01 is a signal-to-noise ratio of 20 dB. An output that never varies counts with its own power.
 */
export class OutputError {
  readonly #reference: Float32Array[][];
  readonly #power: number[];
  readonly #names: string[];

  private constructor(
    readonly runtime: Runtime,
    readonly feeds: readonly Feed[],
    names: string[],
    reference: Float32Array[][],
    /** The longest last axis of the float outputs of rank 2 and more: among how many classes they decide. 1 if none. */
    readonly classes: number,
    /** Whether this is a language model: tokens [N, T] → scores [N, T, vocabulary]. */
    readonly decidesEachToken: boolean,
  ) {
    this.#names = names;
    this.#reference = reference;
    this.#power = names.map((_, output) => variance(reference.map((run) => run[output])));
  }

  /** @throws {WringError} E_RUNTIME when the model does not load or run */
  static async of(document: Document, feeds: readonly Feed[], runtime: Runtime): Promise<OutputError> {
    const { names, runs, classes, decidesEachToken } = await runAll(document, feeds, runtime);
    return new OutputError(runtime, feeds, names, runs, classes, decidesEachToken);
  }

  /** The error of `document`, a changed form of the model that this object was made from. */
  async measure(document: Document): Promise<number> {
    const { runs } = await runAll(document, this.feeds, this.runtime);
    let total = 0;
    for (const [output, power] of this.#power.entries()) {
      let sum = 0;
      let count = 0;
      for (const [run, reference] of this.#reference.entries()) {
        const expected = reference[output];
        const actual = runs[run][output];
        count += expected.length;
        for (let i = 0; i < expected.length; i++) sum += (actual[i] - expected[i]) ** 2;
      }
      total += sum / count / power;
    }
    return this.#names.length === 0 ? 0 : total / this.#names.length;
  }
}

async function runAll(
  document: Document,
  feeds: readonly Feed[],
  runtime: Runtime,
): Promise<{ names: string[]; runs: Float32Array[][]; classes: number; decidesEachToken: boolean }> {
  const session = await runtime.load(modelBytes(document));
  try {
    const names = session.outputs.filter((output) => output.dataType === DataType.FLOAT).map((output) => output.name);
    const runs: Float32Array[][] = [];
    let classes = 1;
    let decidesEachToken = false;
    for (const feed of feeds) {
      const outputs = await session.run(feed);
      runs.push(names.map((name) => outputs[name].data as Float32Array));
      for (const name of names) {
        const { dims } = outputs[name];
        if (dims.length > 1) classes = Math.max(classes, dims.at(-1)!);
        if (Object.values(feed).some((input) => isScoredByToken(input, dims))) decidesEachToken = true;
      }
    }
    return { names, runs, classes, decidesEachToken };
  } finally {
    await session.release();
  }
}

function isScoredByToken(input: RuntimeTensor, output: readonly number[]): boolean {
  const [batch, length] = input.dims;
  return (
    !isFloat(input.dataType) &&
    input.dims.length === 2 &&
    output.length === 3 &&
    output[0] === batch &&
    output[1] === length
  );
}

function variance(runs: readonly Float32Array[]): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (const values of runs) {
    count += values.length;
    for (const value of values) {
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / count;
  const centred = squares / count - mean * mean;
  return centred > 1e-12 * squares ? centred : squares / count || 1;
}
