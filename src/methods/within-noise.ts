import { type ByteSource, type Document, stopIfAborted, type Tensor, type TransformContext } from '../core/index.js';
import type { Posterior } from '../posterior/index.js';

/** What a method changes, and what tells how much that matters. */
export interface NoisyTargets {
  readonly weights: readonly { readonly tensor: Tensor }[];
  readonly biases: readonly Tensor[];
  readonly posterior: Posterior;
}

const MAX_TRIES = 6;

/**
 * Chooses values again and again, from the original ones and with less and less noise to spend, until the measured error of
 * the outputs is within `noise`: the model of small independent errors, by which noise is spent, does not hold for every
 * network. Without a runtime the first choice stands.
 *
 * @param name   of the method, for the log
 * @param noise  0–1, see `UniformOptions`
 * @param choose gives all targets their values
 * @throws {WringError} E_INTERRUPTED, E_RUNTIME, and what `choose` throws
 */
export async function withinNoise(
  name: string,
  document: Document,
  targets: NoisyTargets,
  noise: number,
  context: TransformContext,
  choose: (budget: number) => Promise<void> | void,
): Promise<void> {
  const { outputs } = targets.posterior;
  const restore = restorePoint(targets);
  let budget = noise;
  for (let attempt = 1; ; attempt++) {
    stopIfAborted(context.signal, `choosing values by ${name}`);
    await choose(budget);
    const error = outputs ? await outputs.measure(document) : 0;
    context.logger.debug(`${name}: output error ${error.toPrecision(3)} of ${noise} in try ${attempt}`);
    if (error <= noise || attempt === MAX_TRIES) return;
    budget *= Number.isFinite(error) ? (0.8 * noise) / error : 1 / 16;
    restore();
  }
}

/** Remembers what all targets hold now. @returns gives it back to them */
export function restorePoint({ weights, biases }: Pick<NoisyTargets, 'weights' | 'biases'>): () => void {
  const sources = new Map<Tensor, ByteSource>();
  for (const tensor of [...weights.map((weight) => weight.tensor), ...biases]) sources.set(tensor, tensor.source);
  return () => {
    for (const [tensor, source] of sources) tensor.setSource(source);
  };
}
