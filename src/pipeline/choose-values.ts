import type { ByteSource, Document, Tensor, Transform, TransformContext } from '../core/index.js';
import { pwfn } from '../methods/pwfn/index.js';
import { codeEntropyBits } from '../methods/tensor-bits.js';
import { type UniformTargets, uniform } from '../methods/uniform/index.js';
import { listWeights } from '../methods/weights.js';
import { wfn } from '../methods/wfn/index.js';
import type { CompressOptions, Method } from './options.js';

/** One way of choosing values, measured. */
export interface Candidate {
  readonly method: Exclude<Method, 'auto'>;
  /** The method's own knob: noise for `uniform`, δ for `wfn` and `pwfn`. */
  readonly setting: number;
  /** Estimated size of the codes. */
  readonly bits: number;
  readonly outputError: number | null;
}

export interface Choice extends Candidate {
  readonly candidates: readonly Candidate[];
}

type Options = Required<CompressOptions> & { readonly noise: number };

/** Halvings of the range of δ: its last step is below 2 %, less than a method moves between seeds. */
const SEARCH_STEPS = 8;

/**
 * Gives the weights their values by the method asked for. `auto` takes `uniform` at the noise asked for, then asks of
 * `wfn` and `pwfn` what output error they have at as many bits, and follows up the one that has less: so the result has
 * the fewest bits among equals. Without a runtime `auto` is `uniform`.
 */
export async function chooseValues(
  document: Document,
  targets: UniformTargets,
  options: Options,
  context: TransformContext,
): Promise<Choice> {
  const trial = new Trial(document, targets, options, context);
  if (options.method !== 'auto') {
    const chosen =
      options.method === 'uniform'
        ? await trial.uniform()
        : await trial.searchDelta(options.method, ({ outputError }) => (outputError ?? 0) <= options.noise);
    return { ...chosen, candidates: [chosen] };
  }
  const first = await trial.uniform();
  const candidates = [first];
  if (first.outputError === null) return { ...first, candidates };
  let best = first;
  for (const method of ['wfn', 'pwfn'] as const) {
    const rival = await trial.searchDelta(method, ({ bits }) => bits >= best.bits);
    candidates.push(rival);
    if (rival.outputError === null || rival.outputError > best.outputError!) continue;
    const limit = best.outputError!;
    best = await trial.searchDelta(method, ({ outputError }) => outputError! <= limit);
    candidates.push(best);
  }
  if (best === first) await trial.uniform();
  else await trial.apply(best.method as 'wfn' | 'pwfn', best.setting);
  return { ...best, candidates };
}

/** Applies methods to the same weights again and again. */
class Trial {
  readonly #originals: Map<Tensor, ByteSource>;

  constructor(
    readonly document: Document,
    readonly targets: UniformTargets,
    readonly options: Options,
    readonly context: TransformContext,
  ) {
    const refs = listWeights(document, { ignoredScope: options.ignoredScope });
    this.#originals = new Map(refs.map(({ tensor }) => [tensor, tensor.source]));
  }

  uniform(): Promise<Candidate> {
    const { noise, lambda, granularity } = this.options;
    return this.#measure('uniform', noise, uniform(this.targets, { noise, lambda, granularity }));
  }

  apply(method: 'wfn' | 'pwfn', delta: number): Promise<Candidate> {
    const { ignoredScope } = this.options;
    const transform = method === 'wfn' ? wfn({ delta, ignoredScope }) : pwfn({ delta, ignoredScope });
    return this.#measure(method, delta, transform);
  }

  /**
   * The largest δ that is still `good`, by bisection in the logarithm; errors grow and bits shrink with δ. If even the
   * smallest is not good, that one. Leaves it applied.
   */
  async searchDelta(method: 'wfn' | 'pwfn', good: (candidate: Candidate) => boolean): Promise<Candidate> {
    let [low, high] = method === 'wfn' ? [1 / 512, 1 / 2] : [1 / 64, 64];
    let best = await this.apply(method, low);
    if (!good(best)) return best;
    for (let step = 0; step < SEARCH_STEPS; step++) {
      const middle = Math.sqrt(low * high);
      const candidate = await this.apply(method, middle);
      if (good(candidate)) {
        low = middle;
        best = candidate;
      } else {
        high = middle;
      }
    }
    return this.apply(method, best.setting);
  }

  async #measure(method: Candidate['method'], setting: number, transform: Transform): Promise<Candidate> {
    for (const [tensor, source] of this.#originals) tensor.setSource(source);
    await transform(this.document, this.context);
    let bits = 0;
    for (const tensor of this.#originals.keys()) bits += codeEntropyBits(tensor);
    const outputError = (await this.targets.posterior.outputs?.measure(this.document)) ?? null;
    return { method, setting, bits, outputError };
  }
}
