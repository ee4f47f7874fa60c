import { Random } from '../src/core/index.js';
import type { Sample } from './recipe.js';

/** Letters of all dialects. */
export const LETTERS = 32;
/** Letters in a text. */
export const LENGTH = 32;
export const DIALECTS = 10;

/** Likely successors of a letter in one dialect, the first most likely. */
const SUCCESSORS = 3;
/** Of all letters, this share is smudged: replaced by any letter. */
const SMUDGED = 0.25;

const TABLES_SEED = 7;

/** tables[dialect][letter · SUCCESSORS + rank]; neighbouring dialects share about half of their entries. */
const TABLES: readonly Uint8Array[] = drawTables();

function drawTables(): Uint8Array[] {
  const random = new Random(TABLES_SEED);
  const draw = () => Uint8Array.from({ length: LETTERS * SUCCESSORS }, () => random.below(LETTERS));
  const roots = Array.from({ length: DIALECTS + 1 }, draw);
  return Array.from({ length: DIALECTS }, (_, d) =>
    Uint8Array.from(roots[d], (letter, i) => (random.below(2) ? letter : roots[d + 1][i])),
  );
}

/**
 * Text `index` of a stream: a walk over the successors of one dialect, then smudged. Values are letters, 0 … LETTERS − 1,
 * the label is the dialect.
 */
export function writeText(seed: number, index: number): Sample {
  const random = new Random(seed).fork(index);
  const label = random.below(DIALECTS);
  const letters = new Uint8Array(LENGTH);
  let letter = random.below(LETTERS);
  for (let t = 0; t < LENGTH; t++) {
    letters[t] = random.uniform() < SMUDGED ? random.below(LETTERS) : letter;
    // The smaller of two draws: ranks have the odds 5 : 3 : 1.
    const rank = Math.min(random.below(SUCCESSORS), random.below(SUCCESSORS));
    letter = TABLES[label][letter * SUCCESSORS + rank];
  }
  return { values: letters, label };
}
