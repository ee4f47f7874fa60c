import {
  type ByteSource,
  type Document,
  isWringError,
  type Tensor,
  type Transform,
  type TransformContext,
  type WeightCoding,
  WringError,
} from '../core/index.js';
import { gpfq, gpfqWithin } from '../methods/gpfq/index.js';
import { type MultipointLayer, multipointWithin } from '../methods/multipoint/index.js';
import { path } from '../methods/path/index.js';
import { pwfn } from '../methods/pwfn/index.js';
import { codeEntropyBits } from '../methods/tensor-bits.js';
import { type UniformTargets, uniform } from '../methods/uniform/index.js';
import { type IgnoredScope, listWeights } from '../methods/weights.js';
import { wfn } from '../methods/wfn/index.js';
import { layerOperations, type OutputError } from '../posterior/index.js';
import type { CompressOptions, Method } from './options.js';

/** One way of choosing values, measured. */
export interface Candidate {
  readonly method: Exclude<Method, 'auto'>;
  /**
   * The method's own knob: noise for `uniform`, `path` and `multipoint`, δ for `wfn` and `pwfn`, noise or bits for `gpfq`.
   */
  readonly setting: number;
  /** Estimated size of the codes. */
  readonly bits: number;
  readonly outputError: number | null;
}

export interface Choice extends Candidate {
  readonly candidates: readonly Candidate[];
  /** What stands for a tensor that is now the result of nodes, or its only piece; empty but for `multipoint`. */
  readonly pieces: ReadonlyMap<Tensor, readonly Tensor[]>;
  /** What became of each tensor, with operations of one sample; empty but for `multipoint`. */
  readonly layers: readonly MultipointLayer[];
  /** Whether `auto` was stopped while it compared: the choice is the best so far. */
  readonly interrupted: boolean;
}

type SharingMethod = 'wfn' | 'pwfn';
/** `sampled`: what the model is run on are real samples. */
type Options = Required<CompressOptions> & { readonly noise: number; readonly sampled: boolean };

/** Where δ is looked for: finer costs more than any other method, coarser leaves nothing of a network. */
const DELTAS: Readonly<Record<SharingMethod, readonly [number, number]>> = { wfn: [1 / 128, 1 / 4], pwfn: [1 / 4, 16] };
/** Bits of a point that are tried. More have not been worth it: one point of them is beyond what most networks need. */
const POINT_WIDTHS = [2, 3, 4, 8];
/** Halvings in the logarithm to compare a method, at the lower end of what is left: in its favour. */
const COMPARING_STEPS = 3;
/** … and to settle δ: to a twelfth. */
const SETTLING_STEPS = 6;

/**
 * Gives the weights their values by the method asked for. `auto` takes `uniform` at the noise asked for, or where there are
 * real samples to follow `path`, if that takes fewer bits. Then it asks of `wfn` and `pwfn` what output error they have at as many bits
 * or more, follows up the one that has less, and keeps it if it then takes fewer bits: so the result has the fewest among equals.
 * Without a runtime `auto` is `uniform`. Stopped after that, it keeps the best so far.
 */
export async function chooseValues(
  document: Document,
  targets: UniformTargets,
  options: Options,
  context: TransformContext,
): Promise<Choice> {
  const trial = new Trial(document, targets, options, context);
  if (options.method !== 'auto') {
    const chosen = await trial.byName(options.method);
    return { ...chosen, candidates: [chosen], pieces: trial.pieces, layers: trial.layers, interrupted: false };
  }
  const first = await trial.uniform();
  const candidates = [first];
  if (first.outputError === null)
    return { ...first, candidates, pieces: trial.pieces, layers: trial.layers, interrupted: false };
  let best = first;
  let values = trial.save();
  let interrupted = false;
  try {
    if (options.sampled) {
      const followed = await trial.path();
      candidates.push(followed);
      if (followed.outputError! <= options.noise && followed.bits < best.bits) {
        best = followed;
        values = trial.save();
      }
    }
    for (const method of ['wfn', 'pwfn'] as const) {
      const rival = await trial.byBits(method, best.bits);
      candidates.push(rival);
      if (rival.outputError! > best.outputError!) continue;
      const settled = await trial.byError(method, best.outputError!);
      candidates.push(settled);
      if (settled.bits >= best.bits) continue;
      best = settled;
      values = trial.save();
    }
  } catch (error) {
    if (!isWringError(error, 'E_INTERRUPTED')) throw error;
    interrupted = true;
  }
  restoreValues(values);
  return { ...best, candidates, pieces: trial.pieces, layers: trial.layers, interrupted };
}

/** What tensors held at some time. */
export type Values = ReadonlyMap<Tensor, ByteSource | WeightCoding>;

/** What the weights of a document hold. */
export function valuesOf(document: Document, ignoredScope: IgnoredScope): Values {
  return new Map(listWeights(document, { ignoredScope }).map(({ tensor }) => [tensor, tensor.coding ?? tensor.source]));
}

export function restoreValues(values: Values): void {
  for (const [tensor, value] of values) {
    if ('kind' in value) tensor.setCoding(value);
    else tensor.setSource(value);
  }
}

/** Applies methods to the same weights again and again. */
class Trial {
  pieces: ReadonlyMap<Tensor, readonly Tensor[]> = new Map();
  readonly layers: MultipointLayer[] = [];
  readonly #originals: Values;

  constructor(
    readonly document: Document,
    readonly targets: UniformTargets,
    readonly options: Options,
    readonly context: TransformContext,
  ) {
    const refs = listWeights(document, { ignoredScope: options.ignoredScope });
    this.#originals = new Map(refs.map(({ tensor }) => [tensor, tensor.source]));
  }

  /** What all weights are now. */
  save(): Values {
    return new Map(Array.from(this.#originals.keys(), (tensor) => [tensor, tensor.coding ?? tensor.source]));
  }

  byName(method: Candidate['method']): Promise<Candidate> {
    if (method === 'uniform') return this.uniform();
    if (method === 'path') return this.path();
    if (method === 'gpfq') return this.gpfq();
    if (method === 'multipoint') return this.multipoint();
    if (method === 'vnq' || method === 'rq' || method === 'srq') {
      throw new WringError('E_OPTION', `Expected epochs of training with method ${method}`);
    }
    const { delta, noise } = this.options;
    return delta === null ? this.byError(method, noise) : this.apply(method, delta);
  }

  async path(): Promise<Candidate> {
    const { noise, sharedValues } = this.options;
    const { feeds, runtime } = this.#outputs('path');
    await this.#restoreAnd(path({ ...this.targets, feeds, runtime }, { noise, sharedValues, ...this.#lambda() }));
    return this.#candidate('path', noise);
  }

  async gpfq(): Promise<Candidate> {
    const { noise, bits, seed } = this.options;
    const { posterior } = this.targets;
    const { feeds, runtime } = this.#outputs('gpfq');
    const targets = { ...this.targets, feeds, runtime };
    if (bits !== null) {
      await this.#restoreAnd(gpfq(targets, { levels: 2 ** bits + 1, seed }));
      return this.#candidate('gpfq', bits);
    }
    await this.#restoreAnd(gpfqWithin({ ...targets, posterior }, noise, { seed }));
    return this.#candidate('gpfq', noise);
  }

  /** The last: it may change the graph. */
  async multipoint(): Promise<Candidate> {
    const { noise, bits } = this.options;
    const widths = bits === null ? POINT_WIDTHS : [bits];
    const operations = await this.#operations();
    const targets = {
      ...this.targets,
      ...(operations ? { operations } : {}),
      onLayer: (layer: MultipointLayer) => this.layers.push(layer),
    };
    await this.#restoreAnd(
      multipointWithin(targets, noise, widths, {}, (pieces) => {
        this.pieces = pieces;
      }),
    );
    return this.#candidate('multipoint', noise);
  }

  /** Multiplications that each tensor takes part in for one sample. */
  async #operations(): Promise<ReadonlyMap<Tensor, number> | null> {
    const { outputs } = this.targets.posterior;
    if (!outputs) return null;
    const [feed] = outputs.feeds;
    const [{ dims }] = Object.values(feed);
    const tensors = new Set(this.targets.weights.map(({ tensor }) => tensor));
    const all = await layerOperations(this.document, tensors, feed, outputs.runtime);
    return new Map(Array.from(all, ([tensor, count]) => [tensor, count / dims[0]]));
  }

  async uniform(): Promise<Candidate> {
    const { noise, granularity } = this.options;
    await this.#restoreAnd(uniform(this.targets, { noise, granularity, ...this.#lambda() }));
    return this.#candidate('uniform', noise);
  }

  async apply(method: SharingMethod, delta: number): Promise<Candidate> {
    await this.#share(method, delta);
    return this.#candidate(method, delta);
  }

  /** The largest δ whose codes take at least `bits`. */
  async byBits(method: SharingMethod, bits: number): Promise<Candidate> {
    const delta = await this.#search(method, COMPARING_STEPS, async () => this.#bits() >= bits);
    return this.apply(method, delta);
  }

  /** The largest δ whose output error is at most `limit`. */
  async byError(method: SharingMethod, limit: number): Promise<Candidate> {
    const delta = await this.#search(method, SETTLING_STEPS, async () => ((await this.#outputError()) ?? 0) <= limit);
    return this.apply(method, delta);
  }

  /** Bisection in the logarithm; errors grow and bits shrink with δ. If even the smallest is not good, that one. */
  async #search(method: SharingMethod, steps: number, isGood: () => Promise<boolean>): Promise<number> {
    let [low, high] = DELTAS[method];
    for (let step = 0; step < steps; step++) {
      const middle = Math.sqrt(low * high);
      await this.#share(method, middle);
      if (await isGood()) low = middle;
      else high = middle;
    }
    return low;
  }

  #share(method: SharingMethod, delta: number): Promise<void> {
    const { ignoredScope, bits } = this.options;
    if (method === 'wfn') return this.#restoreAnd(wfn({ delta, ignoredScope }));
    return this.#restoreAnd(pwfn({ delta, ignoredScope, ...(bits === null ? {} : { bits }) }));
  }

  async #restoreAnd(transform: Transform): Promise<void> {
    restoreValues(this.#originals);
    await transform(this.document, this.context);
  }

  async #candidate(method: Candidate['method'], setting: number): Promise<Candidate> {
    return { method, setting, bits: this.#bits(), outputError: await this.#outputError() };
  }

  /** What a method that cannot do without running the model runs it on. */
  #outputs(method: Method): OutputError {
    const { outputs } = this.targets.posterior;
    if (outputs) return outputs;
    throw new WringError('E_UNSUPPORTED', `Method ${method} needs a model that can be run; choose by uniform instead`);
  }

  /** What was asked for; else it is the method's to choose. */
  #lambda(): { readonly lambda?: number } {
    const { lambda } = this.options;
    return lambda === null ? {} : { lambda };
  }

  #bits(): number {
    let bits = 0;
    for (const tensor of this.#originals.keys()) {
      for (const piece of this.pieces.get(tensor) ?? [tensor]) bits += codeEntropyBits(piece);
    }
    return bits;
  }

  async #outputError(): Promise<number | null> {
    return (await this.targets.posterior.outputs?.measure(this.document)) ?? null;
  }
}
