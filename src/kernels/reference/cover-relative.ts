import { assertRelativeDelta, assertSameLength } from '../arguments.js';
import { floatFromBits } from '../float-bits.js';
import { MAGNITUDE_BASE, MAGNITUDE_BUCKETS } from '../kernels.js';

/**
 * See {@link Kernels.coverRelative}. Every pick looks at every candidate anew; the fast twin uses that windows are
 * ordered, so that what is left of a window is always one interval.
 */
export function coverRelative(counts: Uint32Array, delta: number, coverage: number, maxPicks: number): Float32Array {
  assertSameLength('counts', counts, 'the magnitude grid', { length: MAGNITUDE_BUCKETS });
  assertRelativeDelta(delta);
  const windows = bucketWindows(delta);
  const left = Float64Array.from(counts);
  const goal = coverage * left.reduce((sum, count) => sum + count, 0);
  /** before[b] = Σ left[0 … b − 1] */
  const before = new Float64Array(MAGNITUDE_BUCKETS + 1);
  const picks: number[] = [];
  for (let covered = 0; covered < goal && picks.length < maxPicks; ) {
    for (let b = 0; b < MAGNITUDE_BUCKETS; b++) before[b + 1] = before[b] + left[b];
    let best = -1;
    let most = 0;
    for (let b = 1; b < MAGNITUDE_BUCKETS - 1; b++) {
      const count = before[windows.end[b]] - before[windows.start[b]];
      if (count > most) {
        most = count;
        best = b;
      }
    }
    if (best < 0) break;
    left.fill(0, windows.start[best], windows.end[best]);
    covered += most;
    picks.push(bucketCentre(best));
  }
  return Float32Array.from(picks);
}

/** The buckets [start[b], end[b]) lie wholly inside the window of bucket b's centre; never the two open-ended buckets. */
function bucketWindows(delta: number): { start: Int32Array; end: Int32Array } {
  const start = new Int32Array(MAGNITUDE_BUCKETS);
  const end = new Int32Array(MAGNITUDE_BUCKETS);
  let first = 1;
  let stop = 1;
  for (let b = 1; b < MAGNITUDE_BUCKETS - 1; b++) {
    const centre = bucketCentre(b);
    const low = centre / (1 + delta);
    const high = centre / (1 - delta);
    while (first < MAGNITUDE_BUCKETS - 1 && bucketLow(first) < low) first++;
    while (stop < MAGNITUDE_BUCKETS - 1 && bucketHigh(stop) <= high) stop++;
    start[b] = first;
    end[b] = Math.max(first, stop);
  }
  return { start, end };
}

function bucketLow(bucket: number): number {
  return floatFromBits((bucket + MAGNITUDE_BASE) << 12);
}

function bucketCentre(bucket: number): number {
  return floatFromBits(((bucket + MAGNITUDE_BASE) << 12) | 0x800);
}

function bucketHigh(bucket: number): number {
  return floatFromBits(((bucket + MAGNITUDE_BASE) << 12) | 0xfff);
}
