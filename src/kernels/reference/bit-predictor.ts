import { squash, stretch } from './logistic.js';

/** Contexts that are looked at for each bit. */
export const LANES = 8;
/** A check, then the histories of the 15 nodes of a nibble. */
const BUCKET = 16;
/** From the history of a guess to that of the next one. */
const GUESS_STEP = 0x9e5;
/** 0.16, in 1/16384. */
const FIRST_WEIGHT = 2621;

/** Says a bit's probability to a coder and gets the bit: the one that was said with it, or one that was decoded. */
export type CodeBit = (probability: number, bit: number) => number;

/**
 * Predicts one bit after the other from eight contexts: each context's history of bits says, by a map that learns, how probable
 * a one is; the eight are mixed in the logistic domain by weights that learn.
 */
export class BitPredictor {
  /** What the next bits depend on, any 32 bits each: to be set before `openFlag` and `openNibble`. */
  readonly contexts = new Int32Array(LANES);

  readonly #buckets: Uint8Array;
  /** log2 of the buckets. */
  readonly #bits: number;
  /** Histories of flags, twice as many as there are buckets. */
  readonly #flags: Uint8Array;
  /** By kind of bit, lane and history: P(1) in 1/65536. */
  readonly #maps = new Uint16Array(2 * LANES * 256);
  readonly #weights: Int16Array;

  /** The histories in use: of which bits, where they are in each lane, and where their maps begin. */
  #histories: Uint8Array;
  readonly #at = new Int32Array(LANES);
  #map = 0;
  /** By lane, what the maps make of its history: where it is said, and as logarithmic odds. */
  readonly #entries = new Int32Array(LANES);
  readonly #inputs = new Int32Array(LANES);

  /**
   * @param bits log2 of the buckets, 1–27
   * @param sets of weights
   */
  constructor(bits: number, sets: number) {
    this.#bits = bits;
    this.#buckets = new Uint8Array(BUCKET << bits);
    this.#flags = new Uint8Array(2 << bits);
    this.#histories = this.#flags;
    this.#weights = new Int16Array(sets * LANES).fill(FIRST_WEIGHT);
    for (let i = 0; i < this.#maps.length; i++) {
      const zeros = (i >> 4) & 15;
      const ones = i & 15;
      this.#maps[i] = Math.floor(((2 * ones + 1) * 32768) / (zeros + ones + 1));
    }
  }

  /** The next bit is a flag, which has one node, 0. @param salt and `mode` tell contexts apart that are the same number */
  openFlag(mode: number, salt: number): void {
    this.#histories = this.#flags;
    this.#map = 0;
    for (let lane = 0; lane < LANES; lane++) this.#at[lane] = this.#hash(lane, mode, salt) >>> (31 - this.#bits);
  }

  /** The next bit is a flag again, of the same contexts and the next of many guesses. */
  moveFlag(): void {
    for (let lane = 0; lane < LANES; lane++) this.#at[lane] = (this.#at[lane] + GUESS_STEP) % this.#flags.length;
  }

  /** The next four bits are a nibble, whose nodes are its bits so far after a leading one. */
  openNibble(mode: number, salt: number): void {
    this.#histories = this.#buckets;
    this.#map = LANES * 256;
    for (let lane = 0; lane < LANES; lane++) this.#at[lane] = this.#bucketOf(this.#hash(lane, mode, salt));
  }

  /** The bucket of the hash, its neighbour if that is the one with the check, or the one of both that has seen less, emptied. */
  #bucketOf(hash: number): number {
    const buckets = this.#buckets;
    const check = hash & 255;
    const first = (hash >>> (32 - this.#bits)) * BUCKET;
    if (buckets[first] === check) return first;
    const second = first ^ BUCKET;
    if (buckets[second] === check) return second;
    const at = seen(buckets[second + 1]) < seen(buckets[first + 1]) ? second : first;
    buckets.fill(0, at, at + BUCKET);
    buckets[at] = check;
    return at;
  }

  #hash(lane: number, mode: number, salt: number): number {
    const hash = Math.imul(this.contexts[lane] + Math.imul(lane + LANES * mode, 0x9e3779b1), 0x85ebca6b);
    const salted = Math.imul((hash ^ (hash >>> 15)) + Math.imul(salt, 0x2f0b4c47), 0xc2b2ae35);
    return salted ^ (salted >>> 15);
  }

  /** Codes a bit, and learns from it. @param set of weights */
  code(code: CodeBit, wanted: number, node: number, set: number): number {
    const inputs = this.#inputs;
    const entries = this.#entries;
    let sum = 0;
    for (let lane = 0; lane < LANES; lane++) {
      entries[lane] = this.#map + lane * 256 + this.#histories[this.#at[lane] + node];
      inputs[lane] = stretch(this.#maps[entries[lane]]);
      sum += inputs[lane] * this.#weights[set * LANES + lane];
    }
    const probability = squash(sum >> 14);
    const bit = code(probability, wanted);
    const error = ((bit << 16) - probability) >> 2;
    for (let lane = 0; lane < LANES; lane++) this.#learn(lane, node, set * LANES + lane, bit, error);
    return bit;
  }

  #learn(lane: number, node: number, weight: number, bit: number, error: number): void {
    const changed = this.#weights[weight] + ((this.#inputs[lane] * error + 0x4000) >> 15);
    this.#weights[weight] = Math.max(-32768, Math.min(32767, changed));
    const entry = this.#entries[lane];
    const before = this.#maps[entry];
    this.#maps[entry] = bit ? before + ((65535 - before) >> 6) : before - (before >> 6);
    const at = this.#at[lane] + node;
    this.#histories[at] = grown(this.#histories[at], bit);
  }
}

/** A history is zeros (4 bits) | ones (4); a bit that comes makes the other kind's count smaller. */
function grown(history: number, bit: number): number {
  const same = bit ? history & 15 : history >> 4;
  const other = bit ? history >> 4 : history & 15;
  const more = Math.min(15, same + 1);
  const fewer = other > 2 ? (other + 3) >> 1 : other;
  return bit ? (fewer << 4) | more : (more << 4) | fewer;
}

function seen(history: number): number {
  return (history >> 4) + (history & 15);
}
