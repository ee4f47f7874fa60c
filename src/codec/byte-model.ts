import { SQUASH, STRETCH } from './logistic.js';
import { PRIMER } from './primer.js';

/** Hashed contexts; each gives two predictions. The last input is the match model, and one is constant. */
const CONTEXTS = 9;
const INPUTS = 2 * CONTEXTS + 2;
const MIN_MATCH = 5;
const HISTORY_STATES = 256;

/**
 * Predicts the bits of a byte stream, most significant first, by mixing contexts in the logistic domain. Coder and
 * decoder run the same object on the same bits. Integers only, all state derived from the bits seen: the format of a
 * packed stream is this code (`docs/format.md` tells it in words).
 */
export class ByteModel {
  /** All bytes so far; grows to `capacity`. */
  readonly #bytes: Uint8Array;
  #length = 0;
  /** The bits of the current byte with a leading one. */
  #partial = 1;
  #stride = 1;
  #start = 0;

  readonly #hashes = new Uint32Array(CONTEXTS);
  /** probability (16 bits) | history (8) | check (8); CONTEXTS tables of `mask + 1`. */
  readonly #slots: Uint32Array;
  readonly #shift: number;
  readonly #at = new Uint32Array(CONTEXTS);
  /** Adaptive probability of each bit history, per context. */
  readonly #histories = new Uint16Array(CONTEXTS * HISTORY_STATES);

  #wordHash = 0;
  readonly #matchTable: Uint32Array;
  #matchAt = 0;
  #matchLength = 0;
  #matchBit = -1;
  readonly #matchProbabilities = new Uint16Array(64).fill(49152);

  readonly #inputs = new Int32Array(INPUTS);
  readonly #weights: Int32Array;
  readonly #weightsB: Int32Array;
  #set = 0;
  #setB = 0;
  #mixedA = 2048;
  #mixedB = 2048;

  readonly #refineA = new Uint16Array(256 * 33);
  readonly #refineB = new Uint16Array((65536 * 33) >> 4);
  #refineAtA = 0;
  #refineAtB = 0;

  /** P(next bit is 1) in 1/65536, 16 … 65520. */
  probability = 32768;

  /** @param capacity upper bound of the bytes that will be coded */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(PRIMER.length + capacity);
    let bits = 16;
    while (bits < 20 && 1 << bits < capacity * 12) bits++;
    this.#shift = 32 - bits;
    this.#slots = new Uint32Array(CONTEXTS << bits).fill(32768 << 16);
    this.#matchTable = new Uint32Array(1 << Math.min(18, bits));
    this.#weights = new Int32Array(INPUTS * 256 * 3).fill(9000);
    this.#weightsB = new Int32Array(INPUTS * 2048).fill(9000);
    for (let context = 0; context < CONTEXTS; context++)
      for (let state = 0; state < HISTORY_STATES; state++) {
        const zeros = state >> 4;
        const ones = state & 15;
        this.#histories[context * HISTORY_STATES + state] = Math.floor(
          ((2 * ones + 1) * 65535) / (2 * (zeros + ones) + 2),
        );
      }
    for (const table of [this.#refineA, this.#refineB])
      for (let i = 0; i < table.length; i++) table[i] = SQUASH[Math.min(4095, (i % 33) * 128)] * 16;
    this.begin(1);
    for (let i = 0; i < PRIMER.length; i++) for (let k = 7; k >= 0; k--) this.update((PRIMER.charCodeAt(i) >> k) & 1);
  }

  /** A new section: elements of `stride` bytes, 1 for text and protobuf. */
  begin(stride: number): void {
    this.#stride = stride;
    this.#start = this.#length;
    this.#enterByte();
  }

  update(bit: number): void {
    const slots = this.#slots;
    const histories = this.#histories;
    // Mixers: error × input, both sets.
    const inputs = this.#inputs;
    const target = bit << 12;
    const errorA = (target - this.#mixedA) * 16;
    const errorB = (target - this.#mixedB) * 16;
    const wa = this.#set;
    const wb = this.#setB;
    for (let i = 0; i < INPUTS; i++) {
      this.#weights[wa + i] += (inputs[i] * errorA + 0x2000) >> 14;
      this.#weightsB[wb + i] += (inputs[i] * errorB + 0x2000) >> 14;
    }
    for (let i = 0; i < CONTEXTS; i++) {
      const at = this.#at[i];
      const slot = slots[at];
      let probability = slot >>> 16;
      const history = (slot >>> 8) & 255;
      let zeros = history >> 4;
      let ones = history & 15;
      const seen = zeros + ones;
      const h = i * HISTORY_STATES + history;
      histories[h] += ((bit << 16) - bit - histories[h]) >> 6;
      const rate = seen < 1 ? 1 : seen < 3 ? 2 : seen < 8 ? 3 : 4;
      probability += ((bit << 16) - bit - probability) >> rate;
      if (bit) {
        if (ones < 15) ones++;
        if (zeros > 2) zeros = (zeros + 3) >> 1;
      } else {
        if (zeros < 15) zeros++;
        if (ones > 2) ones = (ones + 3) >> 1;
      }
      slots[at] = ((probability << 16) | (zeros << 12) | (ones << 8) | (slot & 255)) >>> 0;
    }
    if (this.#matchBit >= 0) {
      const m = Math.min(63, this.#matchLength);
      const hit = this.#matchBit === bit;
      this.#matchProbabilities[m] += ((hit ? 65535 : 0) - this.#matchProbabilities[m]) >> 6;
      if (!hit) this.#matchLength = 0;
    }
    for (const [table, at] of [
      [this.#refineA, this.#refineAtA],
      [this.#refineB, this.#refineAtB],
    ] as const) {
      const t = (bit << 16) - bit;
      table[at] += (t - table[at]) >> 6;
      table[at + 1] += (t - table[at + 1]) >> 6;
    }
    this.#partial = (this.#partial << 1) | bit;
    if (this.#partial >= 256) {
      this.#bytes[this.#length++] = this.#partial & 255;
      this.#partial = 1;
      this.#enterByte();
    } else this.#predict();
  }

  #enterByte(): void {
    const b = this.#bytes;
    const n = this.#length;
    const at = (distance: number) => (n >= distance ? b[n - distance] : 0);
    const c1 = at(1);
    const c2 = at(2);
    const c3 = at(3);
    const c4 = at(4);
    const h = this.#hashes;
    const lower = c1 | 32;
    if ((lower >= 97 && lower <= 122) || c1 >= 128)
      this.#wordHash = (Math.imul(this.#wordHash, 0x2f0b4c47) + lower + 1) >>> 0;
    else this.#wordHash = 0;
    if (this.#stride === 1) {
      let i = 0;
      const last4 = (c1 | (c2 << 8) | (c3 << 16) | (c4 << 24)) >>> 0;
      const put = (value: number) => {
        h[i] = Math.imul(value ^ Math.imul(i + 1, 0x9e3779b1), 0x85ebca6b) >>> 0;
        h[i] = Math.imul(h[i] ^ (h[i] >>> 15), 0xc2b2ae35) >>> 0;
        i++;
      };
      put(0);
      put(c1);
      put(last4 & 0xffff);
      put(last4 & 0xffffff);
      put(last4);
      put(Math.imul(last4, 0x2c1b3c6d) + Math.imul((at(5) << 8) | at(6), 0x297a2d39));
      put(this.#wordHash ^ Math.imul(c1, 0x1b873593) ^ 0x5bd1e995);
      put((last4 >>> 8) & 0xffff);
      put(Math.imul(this.#wordHash, 77) ^ (at(16) << 8) ^ at(8));
    } else {
      const s = this.#stride;
      const p = (n - this.#start) % s;
      let own = p + 1;
      for (let k = 1; k <= p; k++) own = Math.imul(own, 0x2c1b3c6d) + at(k) + 1;
      const above = at(s);
      const above2 = at(2 * s);
      let i = 0;
      const put = (value: number) => {
        h[i] = Math.imul(value ^ Math.imul(i + 101 + 16 * p, 0x9e3779b1), 0x85ebca6b) >>> 0;
        h[i] = Math.imul(h[i] ^ (h[i] >>> 15), 0xc2b2ae35) >>> 0;
        i++;
      };
      put(0);
      put(own);
      put(above);
      put(above | (above2 << 8));
      put(p ? c1 : above ^ 0x100);
      put(p ? c1 | (above << 8) : at(s - 1 + 1) | 0x1000);
      put(Math.imul(own, 31) + above);
      put(above2);
      put(p ? c1 | (c2 << 8) : at(3 * s));
    }
    if (this.#matchLength > 0 && b[this.#matchAt] === c1) {
      this.#matchLength++;
      this.#matchAt++;
    } else this.#matchLength = 0;
    if (n >= MIN_MATCH) {
      let hash = 0;
      for (let k = 1; k <= MIN_MATCH; k++) hash = Math.imul(hash, 0x2f0b4c47) + at(k) + 1;
      hash = (Math.imul(hash, 0x9e3779b1) >>> 0) % this.#matchTable.length;
      if (this.#matchLength === 0) {
        const candidate = this.#matchTable[hash];
        if (candidate > 0) {
          let length = 0;
          while (length < 32 && length < candidate && b[candidate - 1 - length] === b[n - 1 - length]) length++;
          if (length >= MIN_MATCH) {
            this.#matchLength = length;
            this.#matchAt = candidate;
          }
        }
      }
      this.#matchTable[hash] = n;
    }
    this.#predict();
  }

  #predict(): void {
    const partial = this.#partial;
    const inputs = this.#inputs;
    const slots = this.#slots;
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = Math.imul(this.#hashes[i] + Math.imul(partial, 0x3c6ef372), 0x9e3779b1) >>> 0;
      const at = ((hash >>> this.#shift) + (i << (32 - this.#shift))) >>> 0;
      const check = (hash >>> 3) & 255;
      let slot = slots[at];
      if ((slot & 255) !== check) {
        slot = ((32768 << 16) | check) >>> 0;
        slots[at] = slot;
      }
      this.#at[i] = at;
      const history = (slot >>> 8) & 255;
      if (history === 0) {
        inputs[2 * i] = 0;
        inputs[2 * i + 1] = 0;
      } else {
        inputs[2 * i] = STRETCH[this.#histories[i * HISTORY_STATES + history] >> 4];
        inputs[2 * i + 1] = STRETCH[slot >>> 20] >> 2;
      }
    }
    let expected = -1;
    if (this.#matchLength > 0) {
      const byte = this.#bytes[this.#matchAt] | 256;
      const depth = 31 - Math.clz32(partial);
      if (byte >> (8 - depth) === partial) expected = (byte >> (7 - depth)) & 1;
      else this.#matchLength = 0;
    }
    this.#matchBit = expected;
    let match = 0;
    if (expected >= 0) {
      match = STRETCH[this.#matchProbabilities[Math.min(63, this.#matchLength)] >> 4];
      if (expected === 0) match = -match;
    }
    inputs[INPUTS - 2] = match;
    inputs[INPUTS - 1] = 256;

    const kind = this.#stride === 1 ? 0 : 1;
    this.#set = (kind * 256 + partial) * INPUTS;
    const lengthBucket = expected < 0 ? 0 : 1 + Math.min(6, this.#matchLength >> 2);
    const depth = 31 - Math.clz32(partial);
    const position = this.#stride === 1 ? 0 : 1 + Math.min(7, (this.#length - this.#start) % this.#stride);
    this.#setB = ((position * 8 + depth) * 8 + lengthBucket) * INPUTS;
    let dotA = 0;
    let dotB = 0;
    for (let i = 0; i < INPUTS; i++) {
      dotA += inputs[i] * this.#weights[this.#set + i];
      dotB += inputs[i] * this.#weightsB[this.#setB + i];
    }
    const oddsA = clamp(Math.floor(dotA / 65536));
    const oddsB = clamp(Math.floor(dotB / 65536));
    this.#mixedA = SQUASH[oddsA + 2048];
    this.#mixedB = SQUASH[oddsB + 2048];
    const odds = (oddsA + oddsB) >> 1;

    const knot = (odds + 2048) >> 7;
    const fraction = (odds + 2048) & 127;
    const last = this.#length > 0 ? this.#bytes[this.#length - 1] : 0;
    this.#refineAtA = partial * 33 + knot;
    const hashed = (Math.imul(last * 256 + partial, 0x9e3779b1) >>> 20) & 4095;
    this.#refineAtB = hashed * 33 + knot;
    const a = (this.#refineA[this.#refineAtA] * (128 - fraction) + this.#refineA[this.#refineAtA + 1] * fraction) >> 7;
    const r = (this.#refineB[this.#refineAtB] * (128 - fraction) + this.#refineB[this.#refineAtB + 1] * fraction) >> 7;
    const p = (2 * SQUASH[odds + 2048] * 16 + a + r) >> 2;
    this.probability = p < 24 ? 24 : Math.min(p, 65512);
  }
}

function clamp(odds: number): number {
  return odds > 2047 ? 2047 : Math.max(odds, -2047);
}
