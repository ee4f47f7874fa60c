import { DataType } from '../core/index.js';
import type { Runtime, RuntimeSession, RuntimeTensor } from './runtime.js';

/** A float32 tensor within an array of floats. */
export interface FloatField {
  /** Of the graph's input or output. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Of its first element. */
  readonly offset: number;
}

/** Which inputs and outputs of a model lie in arrays of floats. */
export interface FloatLayout {
  /** Of either array. */
  readonly length: number;
  /** Inputs, the same for all runs of a round. */
  readonly shared: readonly FloatField[];
  /** Outputs, an array of floats a run. */
  readonly gathered: readonly FloatField[];
  /** Outputs that are wanted besides, as they come. */
  readonly others: readonly string[];
}

export type Feeds = Readonly<Record<string, RuntimeTensor>>;

export interface ParallelResult {
  /** Laid out as {@link FloatLayout.gathered}; good until the next round. */
  readonly gathered: Float32Array;
  readonly others: Readonly<Record<string, RuntimeTensor>>;
}

/** A model of which several runs, a round, may go on at once. One thread a run, so that no result depends on timing. */
export interface ParallelSession {
  /** How many runs go on at once. */
  readonly width: number;
  /**
   * @param shared gives an array of the layout's length, which must not change before the results are there
   * @param feeds  of the other inputs, one a run; their arrays are handed over and not to be used any more
   * @returns in the order of `feeds`
   * @throws {WringError} E_RUNTIME
   */
  run(shared: () => Float32Array, feeds: readonly Feeds[]): Promise<ParallelResult[]>;
  release(): Promise<void>;
}

/** Makes such a session of ONNX bytes. */
export type OpenParallel = (model: Uint8Array, layout: FloatLayout) => Promise<ParallelSession>;

/**
 * Runs one after another on this thread. Inputs are read from `shared` and outputs written where `allocate` says, with no
 * copy in between.
 *
 * @param allocate an array of `length` floats, looked up anew in every run
 */
export function openInProcess(runtime: Runtime, allocate: (length: number) => () => Float32Array): OpenParallel {
  return async (model, layout) => {
    const session = await runtime.load(model, { threads: 1 });
    const slots: (() => Float32Array)[] = [];
    return {
      width: 1,
      run: async (shared, feeds) => {
        while (slots.length < feeds.length) slots.push(allocate(layout.length));
        const results: ParallelResult[] = [];
        for (const [i, feed] of feeds.entries())
          results.push(await runOnce(session, layout, shared(), slots[i](), feed));
        return results;
      },
      release: () => session.release(),
    };
  };
}

/** One run: `shared` goes in, what is to be gathered is written into `gathered`. */
export async function runOnce(
  session: RuntimeSession,
  layout: FloatLayout,
  shared: Float32Array,
  gathered: Float32Array,
  feed: Feeds,
): Promise<ParallelResult> {
  const fetch: Record<string, RuntimeTensor | null> = fieldTensors(layout.gathered, gathered);
  for (const name of layout.others) fetch[name] = null;
  const results = await session.run({ ...feed, ...fieldTensors(layout.shared, shared) }, fetch);
  return { gathered, others: Object.fromEntries(layout.others.map((name) => [name, results[name]])) };
}

function fieldTensors(fields: readonly FloatField[], floats: Float32Array): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    fields.map(({ name, dims, offset }) => {
      const length = dims.reduce((product, dim) => product * dim, 1);
      return [name, { dataType: DataType.FLOAT, dims, data: floats.subarray(offset, offset + length) }];
    }),
  );
}
