import { DataType, isFloat, type Random } from '../core/index.js';
import { toNumbers } from '../data/typed-array.js';
import type { RuntimeSession, RuntimeTensor } from '../runtime/runtime.js';
import { drawClass } from './draw-class.js';
import { encodeNumbers } from './encode-numbers.js';

type Feed = Record<string, RuntimeTensor>;

/** Runs at most; the k-th settles the k-th token after the first. */
const MOST_PASSES = 32;

/**
 * Replaces tokens by what a causal language model, tokens [N, T] → logits [N, T, vocabulary], would say: the first of each
 * sequence stays, each next one is drawn from what the model expects there. All positions are drawn at once, again and
 * again with the same dice, until nothing changes: then every token has been drawn given those before it. What the model
 * says of its own text tells how it treats real text; what it says of random tokens does not.
 *
 * @returns `feed` itself when the model is none of this kind
 */
export async function sampleFromModel(
  session: RuntimeSession,
  feed: Feed,
  vocabulary: number,
  random: Random,
): Promise<Feed> {
  const [input] = session.inputs;
  const output = session.outputs.find(({ dataType, dims }) => dataType === DataType.FLOAT && dims.length === 3);
  if (!output || session.inputs.length > 1 || input.dims.length !== 2 || isFloat(input.dataType)) return feed;
  const start = feed[input.name];
  const [batch, length] = start.dims;
  const tokens = Array.from(toNumbers(start));
  const dice = Float64Array.from(tokens, () => random.uniform());
  let current = feed;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const logits = (await session.run(current))[output.name];
    if (logits.dims.join() !== [batch, length, vocabulary].join()) return feed;
    if (!drawAgain(tokens, logits.data as Float32Array, dice, length, vocabulary)) break;
    current = { [input.name]: { ...start, data: encodeNumbers(tokens, input) } };
  }
  return current;
}

/** @returns whether a token has changed */
function drawAgain(
  tokens: number[],
  logits: Float32Array,
  dice: Float64Array,
  length: number,
  vocabulary: number,
): boolean {
  let changed = false;
  for (let at = 0; at < tokens.length; at++) {
    if ((at + 1) % length === 0) continue;
    const token = drawClass(logits.subarray(at * vocabulary, (at + 1) * vocabulary), dice[at]);
    if (token === tokens[at + 1]) continue;
    tokens[at + 1] = token;
    changed = true;
  }
  return changed;
}
