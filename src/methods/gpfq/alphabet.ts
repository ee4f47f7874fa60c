import { type CodebookCoding, type GridCoding, type Random, WringError } from '../../core/index.js';
import type { GpfqOptions } from './options.js';

/** The values that the weights of one layer may take. */
export interface Alphabet {
  /** Float32 values by code − `lowest`. */
  readonly values: Float32Array;
  readonly lowest: number;
  /** The code for a target. */
  quantize(target: number): number;
  /** @param codes of all weights of a tensor */
  coding(codes: Int16Array): GridCoding | CodebookCoding;
}

/** Levels stay well inside int16; a step so fine that this binds is no compression. */
const MAX_LEVEL = 32000;

/**
 * M equally spaced values in [−radius, radius]: multiples of δ = 2 radius / (M − 1) if M is odd, odd multiples of δ / 2 if it
 * is even.
 *
 * @param random for the stochastic variant
 * @see Zhang, Zhou, Saab 2022 (arXiv 2201.11113) for odd M and the variants; Lybrand & Saab 2021 (arXiv 2010.15979) for even M
 */
export function finiteAlphabet(
  radius: number,
  { levels, variant, threshold }: Required<Pick<GpfqOptions, 'levels' | 'variant' | 'threshold'>>,
  random: Random,
): Alphabet {
  if (levels % 2 === 0) {
    if (variant === 'hard' || variant === 'soft') {
      throw new WringError('E_OPTION', `gpfq: the sparse variants need a zero, so levels must be odd but is ${levels}`);
    }
    const step = (2 * radius) / (levels - 1);
    const highest = levels - 1;
    const odd = (below: number) => Math.max(-highest, Math.min(highest, 2 * below + 1));
    const nearest = (target: number) => odd(Math.floor(target / step));
    const drawn = (target: number) => odd(floorAtRandom(target / step - 0.5, random));
    return grid(step / 2, highest, variant === 'stochastic' ? drawn : nearest);
  }
  const highest = (levels - 1) / 2;
  const step = radius / highest;
  if (variant === 'hard') return hardAlphabet(step, highest, threshold);
  return stepAlphabet(step, highest, { variant, threshold }, random);
}

/** Multiples of a step up to `limit` of it: an input that the samples hardly excite could ask for any. */
export function stepAlphabet(
  step: number,
  limit: number,
  { variant, threshold }: Required<Pick<GpfqOptions, 'variant' | 'threshold'>>,
  random: Random,
): Alphabet {
  const highest = Math.min(limit, MAX_LEVEL);
  const clip = (level: number) => Math.max(-highest, Math.min(highest, level));
  const nearest = (x: number) => clip(Math.sign(x) * Math.floor(Math.abs(x) + 0.5));
  if (variant === 'stochastic') return grid(step, highest, (target) => clip(floorAtRandom(target / step, random)));
  if (variant === 'soft') return grid(step, highest, (target) => nearest(shrink(target / step, threshold)));
  return grid(step, highest, (target) => nearest(target / step));
}

/** Down with probability 1 − frac(x), else up. */
function floorAtRandom(x: number, random: Random): number {
  const below = Math.floor(x);
  return below + (random.uniform() < x - below ? 1 : 0);
}

function shrink(x: number, threshold: number): number {
  return Math.sign(x) * Math.max(Math.abs(x) - threshold, 0);
}

function grid(step: number, highest: number, quantize: (target: number) => number): Alphabet {
  const scale = Math.fround(step);
  return {
    values: Float32Array.from({ length: 2 * highest + 1 }, (_, i) => scale * (i - highest)),
    lowest: -highest,
    // No −0.
    quantize: (target) => quantize(target) + 0,
    coding: (codes) => ({ kind: 'grid', scales: Float32Array.of(scale), axis: 0, codes }),
  };
}

/** 0 and ±(λ + k δ'), k = 0 … highest, where δ' is less than δ so that the radius stays. Not a grid: there is a hole around 0. */
function hardAlphabet(step: number, highest: number, threshold: number): Alphabet {
  const lambda = threshold * step;
  const rest = step - lambda / highest;
  const magnitudes = Float32Array.from({ length: highest + 1 }, (_, k) => lambda + k * rest);
  const distinct = Float32Array.from(
    new Set([0, ...magnitudes, ...magnitudes.map((value) => -value)].map((v) => v + 0)),
  );
  const values = distinct.sort();
  const zero = values.indexOf(0);
  return {
    values,
    lowest: 0,
    quantize: (target) => {
      const size = Math.abs(target);
      if (size <= lambda) return zero;
      const k = Math.min(Math.floor((size - lambda) / rest + 0.5), highest);
      return values.indexOf(target < 0 ? -magnitudes[k] : magnitudes[k]);
    },
    coding: (codes) => ({ kind: 'codebook', codebook: { values }, codes: Uint16Array.from(codes) }),
  };
}
