// The decoder of the byte coder. Specification: src/kernels/reference/byte-model.ts, bit-predictor.ts, match-finder.ts and
// byte-coder.ts, and docs/format.md. One stream at a time: what the model knows is in globals and in tables at fixed places.

import { squash, stretch } from "../shared/logistic";

const LANES: u32 = 8;
const FLAG_SETS: u32 = 130;
const SETS: u32 = FLAG_SETS + 128;
/** How often a number is guessed before it is spelled. */
const GUESSES: u32 = 40;
/** From the history of a guess to that of the next one. */
const GUESS_STEP: i32 = 0x9e5;

/** u32[8], what the bytes so far make of each context. */
const CONTEXTS = memory.data(32, 16);
/** usize[8], the histories of each context; while they are looked for, its hash. */
const AT = memory.data(32, 16);
/** usize[8], what the maps make of each history. */
const ENTRIES = memory.data(32, 16);
/** u16[8], what the maps are to make of them from now on. */
const LEARNED = memory.data(16, 16);
/** u8[2][256], the history that follows a history, by bit. */
const NEXT = memory.data(512, 16);
/** u16[2][8][256], what followed each history: of flags, of nibbles. */
const MAPS = memory.data(8192, 16);
/** i16[258][8] */
const WEIGHTS = memory.data(4128, 16);

/** log2 of the entries of each table of matches. */
let bits: u32 = 0;
/** u32[2][2^bits], where the bytes of each hash were last; then u8[2^(bits + 1)][16], and u8[2^(bits + 2)]. */
let matches: usize = 0;
let buckets: usize = 0;
let flags: usize = 0;
/** Which of the maps is in use. */
let maps: usize = 0;
/** What is known of the next byte, or −1. */
let known: i32 = 0;
/** Where the next byte will be, and the first one of the section. */
let next: usize = 0;
let start: usize = 0;
let stride: i32 = 0;
/** Where the next byte is in its row or element. */
let place: u32 = 0;
/** From which place on the bytes of an element are noise. */
let rawFrom: u32 = 0;
let word: u32 = 0;
let field: u32 = 0;
let fieldAt: usize = 0;
/** The match: where the candidate is (0 for none), right ones of late, a bit for each wrong one, hashes of 16 and 8 bytes. */
let matchAt: usize = 0;
let right: u32 = 0;
let wrong: u32 = 0;
let longHash: u32 = 0;
let shortHash: u32 = 0;
/** The arithmetic coder: what is left of the stream, and the interval. */
let packed: usize = 0;
let packedEnd: usize = 0;
let low: u32 = 0;
let high: u32 = 0;
let code: u32 = 0;

/**
 * Begins with a stream, which must stay where it is.
 *
 * @param tables    44 · 2^tableBits bytes of zeros
 * @param tableBits 12 … 16
 * @param primer    what the model reads first. Decoded bytes follow it. 64 zeros stand before it: as far as the model looks back
 */
export function openBytes(
  stream: usize,
  streamLength: usize,
  tables: usize,
  tableBits: u32,
  primer: usize,
  primerLength: usize,
): void {
  bits = tableBits;
  matches = tables;
  buckets = matches + ((<usize>8) << bits);
  flags = buckets + ((<usize>32) << bits);
  next = fieldAt = primer;
  matchAt = word = field = longHash = shortHash = 0;
  for (let history: u32 = 0; history < 256; history++) {
    const zeros = history >> 4;
    const ones = history & 15;
    store<u8>(NEXT + history, (min(15, zeros + 1) << 4) | fewer(ones));
    store<u8>(NEXT + history, (fewer(zeros) << 4) | min(15, ones + 1), 256);
    store<u16>(MAPS + (history << 1), ((2 * ones + 1) << 15) / (zeros + ones + 1));
  }
  for (let map = MAPS + 512; map < MAPS + 8192; map += 512) memory.copy(map, MAPS, 512);
  for (let set = WEIGHTS; set < WEIGHTS + 16 * SETS; set += 16) v128.store(set, i16x8.splat(2621));
  beginSection(1);
  for (const end = primer + primerLength; next < end;) {
    known = load<u8>(next);
    nextByte();
  }
  known = -1;
  packed = stream;
  packedEnd = stream + streamLength;
  low = 0;
  high = 0xffffffff;
  for (let i = 0; i < 4; i++) shift();
}

/** Zeros or ones of a history after a bit of the other kind. */
function fewer(count: u32): u32 {
  return count > 2 ? (count + 3) >> 1 : count;
}

/**
 * Decodes the next section.
 *
 * @param sectionStride 1 for text, n for elements of n bytes, −n for rows of n small numbers
 * @returns where its `n` bytes are; they stay there
 */
export function decodeBytes(sectionStride: i32, n: usize): usize {
  if (n > 0) beginSection(sectionStride);
  const end = next + n;
  while (next < end) nextByte();
  return end - n;
}
function beginSection(sectionStride: i32): void {
  stride = sectionStride;
  start = next;
  place = 0;
  let raw: u32 = 0;
  for (; <i32>raw < stride - 1; raw++) {
    setFour(raw, raw, raw, raw);
    setRest(raw, raw, raw);
    if (!nextFlag(19, stride, raw, 0)) break;
  }
  rawFrom = stride - raw;
}

function nextByte(): void {
  store<u8>(next, stride < 0 ? nextNumber() : nextText());
  next++;
  if (++place == <u32>abs(stride)) place = 0;
}

function nextText(): u32 {
  followMatch();
  let candidate = -1;
  let state: u32 = 0;
  let level: u32 = 0;
  if (matchAt) {
    const misses = min<u32>(3, popcnt(wrong));
    candidate = load<u8>(matchAt);
    state = 1 + (misses << 6) + right;
    level = 1 + (misses << 4) + (right < 8 ? right : min<u32>(15, 8 + (right >> 3)));
  }
  const mode = setContexts(candidate, level);
  if (candidate >= 0 && nextFlag(mode, candidate, state, level + (mode ? FLAG_SETS / 2 : 0))) return candidate;
  return nextLiteral(mode, candidate);
}

function nextNumber(): u32 {
  const mode = setRowContexts();
  store<u32>(CONTEXTS, 0, 28);
  openHistories(mode, 0);
  for (let guess: u32 = 0; guess < GUESSES; guess++) {
    if (nextBit(0, 0, FLAG_SETS / 2 + guess)) return guess;
    moveFlags(AT);
    moveFlags(AT + 16);
  }
  return nextLiteral(mode, -1);
}

/** Goes on to the histories of the next guess. */
function moveFlags(lanes: usize): void {
  const first = i32x4.splat(flags);
  const moved = i32x4.add(i32x4.sub(v128.load(lanes), first), i32x4.splat(GUESS_STEP));
  v128.store(lanes, i32x4.add(v128.and(moved, i32x4.splat((4 << bits) - 1)), first));
}

function nextFlag(mode: u32, salt: u32, state: u32, set: u32): u32 {
  store<u32>(CONTEXTS, state, 28);
  openHistories(mode, salt);
  return nextBit(<u32>(known == <i32>salt), 0, set);
}

function nextLiteral(mode: u32, candidate: i32): u32 {
  store<u32>(CONTEXTS, 0, 28);
  const sets = FLAG_SETS + (min<u32>(7, mode) << 4);
  let partial: u32 = 1;
  let node: u32 = 1;
  if (stride > 1 && place >= rawFrom) {
    while (partial < 256) partial = (partial << 1) | decodeBit(32768);
    return partial;
  }
  openHistories(mode, 256);
  for (let k: u32 = 8; k-- > 0;) {
    if (k == 3) {
      openHistories(mode, 256 + partial);
      node = 1;
    }
    const fits = <u32>(candidate >= 0 && (<u32>(candidate | 256)) >> (k + 1) == partial);
    const bit = fits & (<u32>!k) ? ~candidate & 1 : nextBit((known >> k) & 1, node, sets + (k << 1) + fits);
    partial = (partial << 1) | bit;
    node = (node << 1) | bit;
  }
  return partial;
}

/** Looks for the histories of a flag (salt below 256) or of a nibble. */
function openHistories(mode: u32, salt: u32): void {
  for (let lane: u32 = 0; lane < LANES; lane += 4) {
    const lanes = i32x4.add(i32x4.splat((mode << 3) + lane), i32x4(0, 1, 2, 3));
    const moded = i32x4.add(v128.load(CONTEXTS + (lane << 2)), i32x4.mul(lanes, i32x4.splat(0x9e3779b1)));
    const hash = i32x4.mul(moded, i32x4.splat(0x85ebca6b));
    const salted = i32x4.add(v128.xor(hash, i32x4.shr_u(hash, 15)), i32x4.splat(salt * 0x2f0b4c47));
    let last = i32x4.mul(salted, i32x4.splat(0xc2b2ae35));
    last = v128.xor(last, i32x4.shr_u(last, 15));
    if (salt < 256) last = i32x4.add(i32x4.shr_u(last, 30 - bits), i32x4.splat(flags));
    v128.store(AT + (lane << 2), last);
  }
  maps = MAPS;
  if (salt < 256) return;
  maps += 4096;
  for (let lane = AT; lane < AT + 4 * LANES; lane += 4) store<usize>(lane, bucketOf(load<u32>(lane)));
}

// @ts-ignore: decorator
@inline
function bucketOf(hash: u32): usize {
  const check = hash & 255;
  const offset = (hash >>> (31 - bits)) << 4;
  const first = buckets + offset;
  if (load<u8>(first) == check) return first;
  const second = buckets + (offset ^ 16);
  if (load<u8>(second) == check) return second;
  const at = seen(load<u8>(second, 1)) < seen(load<u8>(first, 1)) ? second : first;
  v128.store(at, i32x4(0, 0, 0, 0));
  store<u8>(at, check);
  return at;
}

function seen(history: u32): u32 {
  return (history >> 4) + (history & 15);
}

/** Decodes a bit, or takes the one that is known, and learns from it. */
function nextBit(wanted: u32, node: u32, set: u32): u32 {
  let probabilities = i32x4(0, 0, 0, 0);
  probabilities = v128.load_lane<u16>(entryOf(0, node), probabilities, 0);
  probabilities = v128.load_lane<u16>(entryOf(1, node), probabilities, 1);
  probabilities = v128.load_lane<u16>(entryOf(2, node), probabilities, 2);
  probabilities = v128.load_lane<u16>(entryOf(3, node), probabilities, 3);
  probabilities = v128.load_lane<u16>(entryOf(4, node), probabilities, 4);
  probabilities = v128.load_lane<u16>(entryOf(5, node), probabilities, 5);
  probabilities = v128.load_lane<u16>(entryOf(6, node), probabilities, 6);
  probabilities = v128.load_lane<u16>(entryOf(7, node), probabilities, 7);
  const inputs = stretch(probabilities);
  const weightsAt = WEIGHTS + (set << 4);
  const weights = v128.load(weightsAt);
  const pairs = i32x4.dot_i16x8_s(inputs, weights);
  const halves = i32x4.add(pairs, i8x16.shuffle(pairs, pairs, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const probability = squash((i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1)) >> 14);

  const bit = known < 0 ? decodeBit(probability) : wanted;
  const error = i16x8.splat(<i16>((<i32>((bit << 16) - probability)) >> 2));
  v128.store(weightsAt, i16x8.add_sat_s(weights, i16x8.q15mulr_sat_s(inputs, error)));
  // A probability moves a 64th of the way to 65535 or to 0.
  const target = i16x8.splat(<i16>(0 - bit));
  const distance = v128.xor(probabilities, target);
  const learned = v128.xor(target, i16x8.sub(distance, i16x8.shr_u(distance, 6)));
  const following = NEXT + (bit << 8);
  v128.store(LEARNED, learned);
  for (let lane: usize = 0; lane < 4 * LANES; lane += 4) {
    store<u16>(load<usize>(ENTRIES + lane), load<u16>(LEARNED + (lane >> 1)));
    const at = load<usize>(AT + lane) + node;
    store<u8>(at, load<u8>(following + load<u8>(at)));
  }
  return bit;
}

/** Where the map says what a lane's history makes of the bit. */
// @ts-ignore: decorator
@inline
function entryOf(lane: u32, node: u32): usize {
  const history = load<u8>(load<usize>(AT + 4 * lane) + node);
  const entry = maps + 512 * lane + ((<usize>history) << 1);
  store<usize>(ENTRIES + 4 * lane, entry);
  return entry;
}

function decodeBit(probability: u32): u32 {
  const range = high - low;
  const middle = low + (range >>> 16) * probability + (((range & 0xffff) * probability) >>> 16);
  const bit = <u32>(code <= middle);
  high = select(middle, high, bit);
  low = select(low, middle + 1, bit);
  while (((low ^ high) & 0xff000000) == 0) shift();
  return bit;
}

/** Beyond the end of the stream, bytes are zero. */
function shift(): void {
  low <<= 8;
  high = (high << 8) | 255;
  code <<= 8;
  if (packed < packedEnd) code |= load<u8>(packed++);
}

/** The byte `distance` before the next one. */
function back(distance: usize): u32 {
  return load<u8>(next - distance);
}

/** Takes the last byte into account, and looks for a match where there is none, or a better one. */
function followMatch(): void {
  const last = back(1);
  if (matchAt) {
    const isRight = load<u8>(matchAt++) == last;
    right = isRight ? min<u32>(63, right + 1) : 0;
    wrong = ((wrong << 1) | (<u32>!isRight)) & 255;
    if (popcnt(wrong) > 4) matchAt = 0;
  }
  longHash = longHash * (0x2f0b4c47 << 2) + last + 1;
  shortHash = shortHash * (0x2f0b4c47 << 4) + last + 1;
  findMatch(longHash, matches, 16);
  findMatch(shortHash, matches + ((<usize>4) << bits), 8);
}

function findMatch(hash: u32, table: usize, length: u32): void {
  const entry = table + ((((hash ^ (hash >>> 15)) * 0x9e3779b1) >>> (32 - bits)) << 2);
  const found = load<usize>(entry);
  store<usize>(entry, next);
  const least = matchAt ? max(length, right + 1) : length;
  if (!found || least > 32) return;
  let common: u32 = 0;
  while (common < 32 && load<u8>(found - 1 - common) == back(1 + common)) common++;
  if (common < least) return;
  matchAt = found;
  right = common;
  wrong = 0;
}

/** Sets all contexts but the last one. Returns the mode: 0 text, 3 and above a byte of an element. */
function setContexts(candidate: i32, level: u32): u32 {
  const last = back(1);
  const second = back(2);
  if (stride == 1) {
    const lower = last | 32;
    word = (lower >= 97 && lower <= 122) || last >= 128 ? word * 0x2f0b4c47 + lower + 1 : 0;
    if (last >= 32 && second < 32) {
      field = second;
      fieldAt = next - 1;
    }
    const four = bswap(load<u32>(next - 4));
    setFour(last, four & 0xffff, ((candidate + 1) << 8) | level, four);
    setRest((field << 8) | (<u32>min<usize>(255, next - fieldAt)), word ^ (last * 0x1b873593), (four >>> 8) & 0xffff);
    return 0;
  }
  let own: u32 = 1;
  for (let k: u32 = 1; k <= place; k++) own = own * 0x2c1b3c6d + back(k);
  const above = back(stride);
  const left = place > 0 ? last : 256;
  setFour(left, above, own, above | (back(2 * stride) << 8));
  setRest(left | (above << 9), own * 31 + above, left | (second << 9));
  return 3 + place;
}

/** The same for a number in a row. */
function setRowContexts(): u32 {
  const isFirst = next - start < <usize>-stride;
  const left = place > 0 ? back(1) : 0;
  const above = isFirst ? 0 : back(-stride);
  const further = left | ((place > 1 ? back(2) : 0) << 8);
  setFour(left, above, left | (above << 8), further | (above << 16));
  setRest(place, further, isFirst ? 0 : above | (back(-stride - 1) << 8));
  return isFirst ? 1 : 2;
}

function setFour(a: u32, b: u32, c: u32, d: u32): void {
  store<u32>(CONTEXTS, a);
  store<u32>(CONTEXTS, b, 4);
  store<u32>(CONTEXTS, c, 8);
  store<u32>(CONTEXTS, d, 12);
}

function setRest(a: u32, b: u32, c: u32): void {
  store<u32>(CONTEXTS, a, 16);
  store<u32>(CONTEXTS, b, 20);
  store<u32>(CONTEXTS, c, 24);
}
