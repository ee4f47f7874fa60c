import { relativeDistance } from '../../posterior/relative-distance.js';
import { countBelow, countUpTo } from '../sorted-search.js';
import type { Unassigned } from './unassigned.js';

/** Ranks [start, end) among the unassigned weights, ascending by value. */
export type RankRange = [start: number, end: number];

interface Weights {
  readonly sorted: Float32Array;
  readonly unassigned: Unassigned;
  readonly zeroThreshold: number;
  readonly asReleased: boolean;
}

/** A run of ranks along which the distance to the centroid does not fall: walked from `next` by `step` up to `end`. */
interface Stream {
  next: number;
  readonly end: number;
  readonly step: 1 | -1;
  readonly first: number;
}

/**
 * Of weights that lie evenly around a centroid, those within twice the tolerance have it as their mean. Where many lie on the centroid
 * itself, the mean alone would let it take any others, of the other sign, too.
 */
const REACH = 2;

/**
 * The unassigned weights that `centroid` takes. In the order of their relative distance D they are taken for as long as the mean of the
 * distances above 0 is at most `tolerance`, but no more than `most`. A single weight at distance 0 counts in the mean; two or more do
 * not. Nobody further than {@link REACH} times the tolerance is taken. Of equal distances the lower position comes first; where 0 takes
 * them, the smaller weight. As released there is no such bound, and the lower position comes first always.
 *
 * Among positive weights D falls up to the centroid and rises after it, and so on: at most three monotone runs, merged.
 */
export function nearestTo(centroid: number, weights: Weights, tolerance: number, most: number): RankRange[] {
  const { sorted, unassigned, zeroThreshold, asReleased } = weights;
  const reach = asReleased ? Number.POSITIVE_INFINITY : REACH * tolerance;
  const bySize = centroid === 0 && !asReleased;
  const streams = monotoneStreams(centroid, weights);
  const positions = streams.map((s) => (s.next === s.end ? -1 : unassigned.at(s.next)));
  const distances = positions.map((p) =>
    p < 0 ? Number.POSITIVE_INFINITY : relativeDistance(sorted[p], centroid, zeroThreshold),
  );
  const exact = countExact(centroid, weights);
  const free = exact === 1 ? 0 : exact;
  let sum = 0;
  for (let taken = 0; taken < most; taken++) {
    let best = -1;
    for (let s = 0; s < streams.length; s++) {
      if (positions[s] < 0) continue;
      if (best < 0) {
        best = s;
        continue;
      }
      const [own, other] = [positions[s], positions[best]];
      const further =
        distances[s] - distances[best] || (bySize ? Math.abs(sorted[own]) - Math.abs(sorted[other]) : 0) || own - other;
      if (further < 0) best = s;
    }
    if (best < 0 || distances[best] > reach) break;
    sum += distances[best];
    if (taken >= free && sum / (taken + 1 - free) > tolerance) break;
    const stream = streams[best];
    stream.next += stream.step;
    if (stream.next === stream.end) positions[best] = -1;
    else {
      positions[best] = unassigned.at(stream.next);
      distances[best] = relativeDistance(sorted[positions[best]], centroid, zeroThreshold);
    }
  }
  return streams.flatMap((stream) => takenRanges(stream, weights));
}

/** How many unassigned weights are at distance 0. */
function countExact(centroid: number, { sorted, unassigned, zeroThreshold }: Weights): number {
  return centroid === 0
    ? unassigned.countBelow(countBelow(sorted, zeroThreshold)) -
        unassigned.countBelow(countUpTo(sorted, -zeroThreshold))
    : unassigned.countBelow(countUpTo(sorted, centroid)) - unassigned.countBelow(countBelow(sorted, centroid));
}

/** Weights that are 0 are infinitely far from every centroid but 0, so they are in no stream. */
function monotoneStreams(centroid: number, { sorted, unassigned, zeroThreshold, asReleased }: Weights): Stream[] {
  const below = (value: number) => unassigned.countBelow(countBelow(sorted, value));
  const upTo = (value: number) => unassigned.countBelow(countUpTo(sorted, value));
  const n = unassigned.size;
  if (centroid === 0) {
    const low = upTo(-zeroThreshold);
    const high = below(zeroThreshold);
    if (asReleased) return [rising(low, high), rising(0, low), rising(high, n)];
    return [falling(0, below(0)), rising(below(0), n)];
  }
  if (centroid > 0) {
    const middle = below(centroid);
    return [rising(middle, n), falling(upTo(0), middle), rising(0, below(0))];
  }
  const middle = upTo(centroid);
  return [falling(0, middle), rising(middle, below(0)), falling(upTo(0), n)];
}

function rising(start: number, end: number): Stream {
  return { next: start, end, step: 1, first: start };
}

function falling(start: number, end: number): Stream {
  return { next: end - 1, end: start - 1, step: -1, first: end - 1 };
}

/**
 * What was walked of a stream. A falling stream meets equal weights in the wrong order: when it stops among them, the
 * lowest positions are the ones that are taken.
 */
function takenRanges(stream: Stream, { sorted, unassigned }: Weights): RankRange[] {
  if (stream.step === 1) return [[stream.first, stream.next]];
  const start = stream.next + 1;
  const end = stream.first + 1;
  if (start === end) return [];
  const value = sorted[unassigned.at(start)];
  const firstEqual = unassigned.countBelow(countBelow(sorted, value));
  const endEqual = unassigned.countBelow(countUpTo(sorted, value));
  const lowest = Math.max(firstEqual, stream.end + 1);
  return [
    [lowest, lowest + endEqual - start],
    [endEqual, end],
  ];
}
