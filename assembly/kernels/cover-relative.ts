import { MAGNITUDE_BASE, MAGNITUDE_BUCKETS } from "../shared/magnitude";

// Both ends of a window rise with its bucket, so what earlier picks leave of it is always one interval of buckets, and a
// pick shortens only the windows that overlap its own. The most promising candidate of each block of 1024 is kept.

// @ts-ignore: decorator
@inline
const BLOCK_BITS: i32 = 10;

// Scratch: before f64[65537] (prefix sums of counts), gain f64[65536], best f64[64], start i32[65536], end i32[65536].
// @ts-ignore: decorator
@inline
const GAIN: usize = 65537 * 8;
// @ts-ignore: decorator
@inline
const BEST: usize = GAIN + 65536 * 8;
// @ts-ignore: decorator
@inline
const START: usize = BEST + 64 * 8;
// @ts-ignore: decorator
@inline
const END: usize = START + 65536 * 4;

/** Bytes of scratch that `coverRelative` needs. */
export function coverScratch(): usize {
  return END + 65536 * 4;
}

/**
 * @param counts u32[65536], of `countMagnitudes`
 * @param picks  f32[maxPicks], written in the order of the picks
 * @returns the number of picks
 */
export function coverRelative(
  counts: usize,
  delta: f64,
  coverage: f64,
  maxPicks: i32,
  scratch: usize,
  picks: usize,
): i32 {
  sumCounts(counts, scratch);
  placeWindows(delta, scratch);
  for (let block = 0; block < MAGNITUDE_BUCKETS >> BLOCK_BITS; block++) refreshBest(scratch, block);
  const goal = coverage * load<f64>(scratch + ((<usize>MAGNITUDE_BUCKETS) << 3));
  let covered: f64 = 0;
  let size = 0;
  while (covered < goal && size < maxPicks) {
    const pick = firstBest(scratch);
    if (pick < 0) break;
    covered += load<f64>(scratch + ((<usize>pick) << 3), GAIN);
    store<f32>(picks + ((<usize>size) << 2), centreOf(pick));
    size++;
    clipAround(scratch, pick);
  }
  return size;
}

function sumCounts(counts: usize, scratch: usize): void {
  let sum: f64 = 0;
  store<f64>(scratch, 0);
  for (let b = 0; b < MAGNITUDE_BUCKETS; b++) {
    sum += <f64>load<u32>(counts + ((<usize>b) << 2));
    store<f64>(scratch + ((<usize>b) << 3), sum, 8);
  }
}

/** Windows of whole buckets by two monotone pointers, and what each would gain. */
function placeWindows(delta: f64, scratch: usize): void {
  let first = 1;
  let stop = 1;
  setWindow(scratch, 0, 0, 0);
  setWindow(scratch, MAGNITUDE_BUCKETS - 1, 0, 0);
  for (let b = 1; b < MAGNITUDE_BUCKETS - 1; b++) {
    const centre = <f64>centreOf(b);
    const low = centre / (1 + delta);
    const high = centre / (1 - delta);
    while (first < MAGNITUDE_BUCKETS - 1 && <f64>floatOf(first, 0) < low) first++;
    while (stop < MAGNITUDE_BUCKETS - 1 && <f64>floatOf(stop, 0xfff) <= high) stop++;
    setWindow(scratch, b, first, stop);
  }
}

/** The first of the candidates that gain most; −1 when none gains anything. */
function firstBest(scratch: usize): i32 {
  let most: f64 = 0;
  let block = -1;
  for (let i = 0; i < MAGNITUDE_BUCKETS >> BLOCK_BITS; i++) {
    const best = load<f64>(scratch + ((<usize>i) << 3), BEST);
    if (best > most) {
      most = best;
      block = i;
    }
  }
  if (block < 0) return -1;
  let b = block << BLOCK_BITS;
  while (load<f64>(scratch + ((<usize>b) << 3), GAIN) != most) b++;
  return b;
}

/** Takes the pick's interval out of every window that overlaps it. */
function clipAround(scratch: usize, pick: i32): void {
  const start = startOf(scratch, pick);
  const end = endOf(scratch, pick);
  let b = pick - 1;
  for (; b > 0 && endOf(scratch, b) > start; b--) setWindow(scratch, b, startOf(scratch, b), start);
  const firstBlock = (b + 1) >> BLOCK_BITS;
  b = pick + 1;
  for (; b < MAGNITUDE_BUCKETS - 1 && startOf(scratch, b) < end; b++) setWindow(scratch, b, end, endOf(scratch, b));
  const lastBlock = (b - 1) >> BLOCK_BITS;
  setWindow(scratch, pick, start, start);
  for (let block = firstBlock; block <= lastBlock; block++) refreshBest(scratch, block);
}

function refreshBest(scratch: usize, block: i32): void {
  const gains = scratch + GAIN + ((<usize>block) << (BLOCK_BITS + 3));
  let best: f64 = 0;
  for (let i = 0; i < 1 << BLOCK_BITS; i++) best = max<f64>(best, load<f64>(gains + ((<usize>i) << 3)));
  store<f64>(scratch + ((<usize>block) << 3), best, BEST);
}

// @ts-ignore: decorator
@inline
function setWindow(scratch: usize, bucket: i32, start: i32, end: i32): void {
  const p = (<usize>bucket) << 2;
  store<i32>(scratch + p, start, START);
  store<i32>(scratch + p, end, END);
  const gain = load<f64>(scratch + ((<usize>end) << 3)) - load<f64>(scratch + ((<usize>start) << 3));
  store<f64>(scratch + (p << 1), end > start ? gain : 0, GAIN);
}

// @ts-ignore: decorator
@inline
function startOf(scratch: usize, bucket: i32): i32 {
  return load<i32>(scratch + ((<usize>bucket) << 2), START);
}

// @ts-ignore: decorator
@inline
function endOf(scratch: usize, bucket: i32): i32 {
  return load<i32>(scratch + ((<usize>bucket) << 2), END);
}

// @ts-ignore: decorator
@inline
function centreOf(bucket: i32): f32 {
  return floatOf(bucket, 0x800);
}

// @ts-ignore: decorator
@inline
function floatOf(bucket: i32, low: i32): f32 {
  return reinterpret<f32>(((bucket + MAGNITUDE_BASE) << 12) | low);
}
