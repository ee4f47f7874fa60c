// The decoder of the byte coder. Specification: src/kernels/reference/byte-model.ts and byte-coder.ts, and docs/format.md.
// One stream at a time: what the model knows is in globals and in tables at fixed places, which halves the code.

import { fillLogistic, SQUASH, STRETCH } from "../shared/logistic";

const CONTEXTS: u32 = 9;
const INPUTS: u32 = 20;
const SETS: u32 = 1088;
const REFINEMENTS: u32 = 33;
/** Entries of `refined`. */
const ROWS: u32 = 4096;

/** u32[9], what the bytes so far make of each context. */
const HASHES = memory.data(48, 16);
/** usize[9], the slot of each context for the current bit. */
const AT = memory.data(48, 16);
/** i32[20] */
const INPUT = memory.data(80, 16);
/** u16[64], by match length: how often the match was right. */
const MATCH_RIGHT = memory.data(128, 16);
/** u16[9][256], what followed each history of zeros and ones. */
const HISTORIES = memory.data(4608, 16);
/** i32[1088][20] */
const WEIGHTS = memory.data(87040, 16);
/** u16[4096][33] */
const REFINED = memory.data(270336, 16);
/** u32[2^18] */
const MATCHES = memory.data(1048576, 16);

/** u32[9][2^bits]: probability (16 bits) | zeros (4) | ones (4) | check (8). */
let slots: usize = 0;
let bits: u32 = 0;
let matchMask: u32 = 0;
/** The first byte of the primer, and where the next byte will be. */
let bytes: usize = 0;
let next: usize = 0;
/** Where the section begins. */
let start: usize = 0;
let stride: u32 = 0;
/** The bits of the current byte after a leading one. */
let partial: u32 = 0;
let wordHash: u32 = 0;
let matchAt: usize = 0;
let matchLength: u32 = 0;
/** The bit that the match expects, or −1. */
let expected: i32 = 0;
/** The two weight sets in use, and what each predicted (12 bits). */
let setA: usize = 0;
let setB: usize = 0;
let mixedA: i32 = 0;
let mixedB: i32 = 0;
let refineAt: usize = 0;
let probability: u32 = 0;
/** The arithmetic coder: what is left of the stream, and the interval. */
let packed: usize = 0;
let packedEnd: usize = 0;
let low: u32 = 0;
let high: u32 = 0;
let code: u32 = 0;

/**
 * Begins with a stream, which must stay where it is.
 *
 * @param slotsAt  2^slotBits · 36 bytes of any content
 * @param slotBits 16 … 20
 * @param primer   what the model reads first. Decoded bytes follow it, and before they are decoded they are zeros: a match may
 *                 expect a byte that is not there yet. 64 zeros stand before it: as far as the model looks back
 */
export function openBytes(
  stream: usize,
  streamLength: usize,
  slotsAt: usize,
  slotBits: u32,
  primer: usize,
  primerLength: usize,
): void {
  slots = slotsAt;
  bits = slotBits;
  matchMask = (1 << min(18, slotBits)) - 1;
  bytes = next = primer;
  wordHash = matchLength = 0;
  packed = stream;
  packedEnd = stream + streamLength;
  memory.fill(MATCHES, 0, 1048576);
  for (let p = slots; p < slots + ((<usize>CONTEXTS) << (bits + 2)); p += 16) v128.store(p, i32x4.splat(0x80000000));
  for (let i: u32 = 0; i < CONTEXTS << 8; i++) {
    const zeros = (i >> 4) & 15;
    const ones = i & 15;
    store<u16>(HISTORIES + (i << 1), ((2 * ones + 1) * 65535) / (2 * (zeros + ones) + 2));
  }
  for (let i = 0; i < 128; i += 2) store<u16>(MATCH_RIGHT + i, 49152);
  for (let i: u32 = 0; i < 4 * INPUTS * SETS; i += 4) store<i32>(WEIGHTS + i, 9000);
  fillLogistic();
  for (let i: u32 = 0; i < REFINEMENTS * ROWS; i++) {
    store<u16>(REFINED + (i << 1), load<u16>(SQUASH + (min(4095, (i % REFINEMENTS) << 7) << 1)) << 4);
  }
  beginSection(1);
  for (const end = primer + primerLength; next < end;) {
    update(((<u32>load<u8>(next)) >> (clz(partial) - 24)) & 1);
  }
  low = 0;
  high = 0xffffffff;
  for (let i = 0; i < 4; i++) shift();
}

/**
 * Decodes the next section.
 *
 * @returns where its `n` bytes are; they stay there
 */
export function decodeBytes(elementBytes: u32, n: usize): usize {
  if (n > 0) beginSection(elementBytes);
  const end = next + n;
  while (next < end) {
    const range = high - low;
    const middle = low + (range >>> 16) * probability + (((range & 0xffff) * probability) >>> 16);
    const bit = <u32>(code <= middle);
    if (bit) high = middle;
    else low = middle + 1;
    update(bit);
    while (((low ^ high) & 0xff000000) == 0) shift();
  }
  return end - n;
}

/** Beyond the end of the stream, bytes are zero. */
function shift(): void {
  low <<= 8;
  high = (high << 8) | 255;
  code <<= 8;
  if (packed < packedEnd) code |= load<u8>(packed++);
}

function beginSection(elementBytes: u32): void {
  stride = elementBytes;
  start = next;
  enterByte();
}

function update(bit: u32): void {
  learn(bit);
  partial = (partial << 1) | bit;
  if (partial < 256) predict();
  else {
    store<u8>(next++, <u8>partial);
    enterByte();
  }
}

function learn(bit: u32): void {
  adjust(setA, (bit << 12) - mixedA);
  adjust(setB, (bit << 12) - mixedB);
  const target = <i32>bit * 65535;
  for (let i: u32 = 0; i < 4 * CONTEXTS; i += 4) {
    const at = load<usize>(AT + i);
    const slot = load<u32>(at);
    approach(HISTORIES + (i << 7) + ((slot >> 7) & 510), target);
    const zeros = (slot >> 12) & 15;
    const ones = (slot >> 8) & 15;
    const seen = zeros + ones;
    const rate = <i32>(seen >= 1) + <i32>(seen >= 3) + <i32>(seen >= 8) + 1;
    const before = <i32>(slot >>> 16);
    const grown = min(15, (bit ? ones : zeros) + 1);
    const other = bit ? zeros : ones;
    const shrunk = other > 2 ? (other + 3) >> 1 : other;
    const history = bit ? (shrunk << 4) | grown : (grown << 4) | shrunk;
    store<u32>(at, ((before + ((target - before) >> rate)) << 16) | (history << 8) | (slot & 255));
  }
  if (expected >= 0) {
    const right = expected == bit;
    approach(MATCH_RIGHT + (matchLength << 1), right ? 65535 : 0);
    if (!right) matchLength = 0;
  }
  approach(refineAt, target);
  approach(refineAt + 2, target);
}

/** Moves the weights of a set by what they got wrong. */
function adjust(set: usize, error: i32): void {
  for (let i: usize = 0; i < 4 * INPUTS; i += 16) {
    const change = i32x4.mul(v128.load(INPUT + i), i32x4.splat(error << 4));
    const rounded = i32x4.shr_s(i32x4.add(change, i32x4.splat(0x2000)), 14);
    v128.store(set + i, i32x4.add(v128.load(set + i), rounded));
  }
}

/** Moves a 16-bit probability a 64th of the way. */
function approach(at: usize, target: i32): void {
  const before: i32 = load<u16>(at);
  store<u16>(at, before + ((target - before) >> 6));
}

/** The byte `distance` before the next one. */
function back(distance: usize): u32 {
  return load<u8>(next - distance);
}

/** What the bytes so far say of the next one: its contexts, and a match. */
function enterByte(): void {
  const last = back(1);
  const lower = last | 32;
  wordHash = (lower >= 97 && lower <= 122) || last >= 128 ? wordHash * 0x2f0b4c47 + lower + 1 : 0;
  partial = 1;
  let kind: u32 = 0;
  store<u32>(HASHES, 0);
  if (stride == 1) {
    const four = bswap(load<u32>(next - 4));
    store<u32>(HASHES + 4, last);
    store<u32>(HASHES + 8, four & 0xffff);
    store<u32>(HASHES + 12, four & 0xffffff);
    store<u32>(HASHES + 16, four);
    store<u32>(HASHES + 20, four * 0x2c1b3c6d + ((back(5) << 8) | back(6)) * 0x297a2d);
    store<u32>(HASHES + 24, wordHash ^ (last * 0x1b873593));
    store<u32>(HASHES + 28, (four >>> 8) & 0xffff);
    store<u32>(HASHES + 32, (wordHash * 77) ^ (back(16) << 8) ^ back(8));
  } else {
    const place = placeInElement();
    kind = (16 + place) << 4;
    let own: u32 = 1;
    for (let k: u32 = 1; k <= place; k++) own = own * 0x2c1b3c6d + back(k);
    const above = back(stride);
    const further = back(2 * stride);
    const left = place > 0 ? last : 256;
    store<u32>(HASHES + 4, own);
    store<u32>(HASHES + 8, above);
    store<u32>(HASHES + 12, above | (further << 8));
    store<u32>(HASHES + 16, left);
    store<u32>(HASHES + 20, left | (above << 9));
    store<u32>(HASHES + 24, own * 31 + above);
    store<u32>(HASHES + 28, further);
    store<u32>(HASHES + 32, left | (back(2) << 9));
  }
  for (let i: u32 = 0; i < CONTEXTS; i++) {
    const at = HASHES + (i << 2);
    const hash = (load<u32>(at) ^ (++kind * 0x9e3779b1)) * 0x85ebca6b;
    store<u32>(at, (hash ^ (hash >>> 15)) * 0xc2b2ae35);
  }
  findMatch(last);
  predict();
}

function placeInElement(): u32 {
  return <u32>(next - start) % stride;
}

function findMatch(last: u32): void {
  if (matchLength > 0 && load<u8>(matchAt) == last) {
    matchLength = min(63, matchLength + 1);
    matchAt++;
  } else matchLength = 0;
  let hash: u32 = 0;
  for (let k = 1; k <= 5; k++) hash = hash * 0x2f0b4c47 + back(k) + 1;
  const entry = MATCHES + (((hash * 0x9e3779b1) & matchMask) << 2);
  if (matchLength == 0) {
    const distance = load<usize>(entry);
    matchAt = bytes + distance;
    let common: usize = 0;
    while (common < 32 && common < distance && load<u8>(matchAt - 1 - common) == back(1 + common)) common++;
    if (common >= 5) matchLength = common;
  }
  store<usize>(entry, next - bytes);
}

function predict(): void {
  const depth = 31 - clz(partial);
  for (let i: u32 = 0; i < 4 * CONTEXTS; i += 4) {
    const hash = (load<u32>(HASHES + i) + partial * 0x3c6ef372) * 0x9e3779b1;
    const at = slots + (i << bits) + ((hash >>> (32 - bits)) << 2);
    const check = (hash >>> 3) & 255;
    let slot = load<u32>(at);
    if ((slot & 255) != check) {
      slot = 0x80000000 | check;
      store<u32>(at, slot);
    }
    store<usize>(AT + i, at);
    const history = (slot >> 7) & 510;
    let first = 0;
    let second = 0;
    if (history) {
      first = stretch(load<u16>(HISTORIES + (i << 7) + history) >> 4);
      second = stretch(slot >>> 20) >> 2;
    }
    store<i32>(INPUT + (i << 1), first);
    store<i32>(INPUT + (i << 1), second, 4);
  }
  expected = -1;
  let input = 0;
  let bucket: u32 = 0;
  if (matchLength > 0) {
    const byte = (<u32>load<u8>(matchAt)) | 256;
    if (byte >> (8 - depth) == partial) {
      expected = (byte >> (7 - depth)) & 1;
      input = stretch(load<u16>(MATCH_RIGHT + (matchLength << 1)) >> 4);
      if (!expected) input = -input;
      bucket = 1 + min(6, matchLength >> 2);
    } else matchLength = 0;
  }
  store<i32>(INPUT + 72, input);
  store<i32>(INPUT + 76, 256);

  const element = stride == 1 ? 0 : 1 + min(7, placeInElement());
  setA = WEIGHTS + 4 * INPUTS * (partial + ((<u32>(stride > 1)) << 8));
  setB = WEIGHTS + 4 * INPUTS * (512 + (element << 6) + (depth << 3) + bucket);
  const oddsA = mix(setA);
  const oddsB = mix(setB);
  mixedA = squash(oddsA + 2048);
  mixedB = squash(oddsB + 2048);
  const odds = ((oddsA + oddsB) >> 1) + 2048;
  const row = (((back(1) << 8) + partial) * 0x9e3779b1) >>> 20;
  refineAt = REFINED + ((row * REFINEMENTS + (odds >> 7)) << 1);
  const fraction = odds & 127;
  const refined = (load<u16>(refineAt) * (128 - fraction) + load<u16>(refineAt, 2) * fraction) >> 7;
  probability = max(24, min(65512, ((squash(odds) << 4) + refined) >> 1));
}

function stretch(p: u32): i32 {
  return load<i16>(STRETCH + (p << 1));
}

function squash(odds: i32): i32 {
  return load<u16>(SQUASH + (odds << 1));
}

/** The weighted sum of the inputs, exact, then in the logistic domain. */
function mix(set: usize): i32 {
  let sums = i64x2.splat(0);
  for (let i: usize = 0; i < 4 * INPUTS; i += 16) {
    const inputs = v128.load(INPUT + i);
    const weights = v128.load(set + i);
    sums = i64x2.add(sums, i64x2.extmul_low_i32x4_s(inputs, weights));
    sums = i64x2.add(sums, i64x2.extmul_high_i32x4_s(inputs, weights));
  }
  const dot = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  return <i32>max<i64>(-2047, min<i64>(2047, dot >> 16));
}
