import type { Random } from '../core/index.js';
import { firstAbove } from './first-above.js';

/** Share of the tokens of a sequence that repeat what came a fixed distance before, at most. */
const MOST_REPEATS = 0.6;
const LONGEST_DISTANCE = 16;
const MOST_HALVINGS = 7;

/**
 * A sequence with the statistics of text and of files: few of the tokens make most of it (Zipf's law, on a part of the
 * vocabulary that is the sequence's own: a range of neighbours or any tokens) and stretches repeat.
 *
 * @param vocabulary tokens are below it, ≥ 1
 */
export function drawTokens(length: number, vocabulary: number, random: Random): number[] {
  const tokenOf = drawAlphabet(vocabulary, random);
  const repeats = MOST_REPEATS * random.uniform();
  const distance = 1 + random.below(LONGEST_DISTANCE);
  const tokens: number[] = [];
  for (let t = 0; t < length; t++) {
    const isRepeat = random.uniform() < repeats && t >= distance;
    tokens.push(isRepeat ? tokens[t - distance] : tokenOf());
  }
  return tokens;
}

/** Draws from part of the vocabulary, the k-th of its tokens with a share ∝ 1 / k. */
function drawAlphabet(vocabulary: number, random: Random): () => number {
  let size = vocabulary;
  for (let halvings = random.below(MOST_HALVINGS); halvings > 0 && size > 4; halvings--) size >>= 1;
  const start = random.below(vocabulary);
  const inRange = random.below(2) === 0;
  const tokens = Int32Array.from({ length: size }, (_, k) =>
    inRange ? (start + k) % vocabulary : random.below(vocabulary),
  );
  random.shuffle(tokens);
  const cumulative = new Float64Array(size);
  let sum = 0;
  for (let k = 0; k < size; k++) {
    sum += 1 / (k + 1);
    cumulative[k] = sum;
  }
  return () => tokens[firstAbove(cumulative, random.uniform() * sum)];
}
