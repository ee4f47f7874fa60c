import { PRIMER } from '../primer.js';
import { SQUASH, STRETCH } from './logistic.js';

/** Hashed contexts; each gives two predictions. The last two inputs are the match model and a constant. */
const CONTEXTS = 9;
const INPUTS = 2 * CONTEXTS + 2;
const MIN_MATCH = 5;
const MAX_MATCH = 63;
/** Weight sets: by section kind and partial byte; by place in the element, bit and match length. */
const SETS = 2 * 256 + 9 * 64;
const REFINEMENTS = 33;

/**
 * Predicts the bits of a byte stream, most significant first, by mixing contexts in the logistic domain. Coder and
 * decoder run the same object on the same bits. Integers only, all state derived from the bits seen: the format of a
 * packed stream is this code. docs/format.md tells it in words, and must be changed with it: never, for version 1.
 */
export class ByteModel {
  /** P(next bit is 1) in 1/65536, 24 … 65512. */
  probability = 32768;

  /** The primer, then all bytes so far. */
  readonly #bytes: Uint8Array;
  #length = 0;
  /** The bits of the current byte after a leading one. */
  #partial = 1;
  #stride = 1;
  #start = 0;
  #wordHash = 0;

  readonly #hashes = new Int32Array(CONTEXTS);
  /** CONTEXTS tables of 2^bits slots: probability (16 bits) | zeros (4) | ones (4) | check (8). */
  readonly #slots: Uint32Array;
  readonly #bits: number;
  /** The slot of each context for the current bit. */
  readonly #at = new Int32Array(CONTEXTS);
  /** What followed each history of zeros and ones, by context. */
  readonly #histories = new Uint16Array(CONTEXTS * 256);

  readonly #matchTable: Int32Array;
  #matchAt = 0;
  #matchLength = 0;
  /** The bit that the match expects, or −1. */
  #expected = -1;
  /** By match length: how often the match was right. */
  readonly #matchRight = new Uint16Array(MAX_MATCH + 1).fill(49152);

  readonly #inputs = new Int32Array(INPUTS);
  readonly #weights = new Int32Array(INPUTS * SETS).fill(9000);
  /** Where the two weight sets in use begin, and what each of them predicted (12 bits). */
  #setA = 0;
  #setB = 0;
  #mixedA = 2048;
  #mixedB = 2048;
  /** Corrections of the mixed prediction, 4096 rows by a hash of partial byte and last byte. */
  readonly #refined = new Uint16Array(REFINEMENTS * 4096);
  #refineAt = 0;

  /** @param capacity upper bound of the bytes that will be coded; sizes the tables, so it is part of the stream's format */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(PRIMER.length + capacity);
    let bits = 16;
    while (bits < 20 && 1 << bits < capacity * 12) bits++;
    this.#bits = bits;
    this.#slots = new Uint32Array(CONTEXTS << bits).fill(0x80000000);
    this.#matchTable = new Int32Array(1 << Math.min(18, bits));
    for (let i = 0; i < this.#histories.length; i++) {
      const zeros = (i >> 4) & 15;
      const ones = i & 15;
      this.#histories[i] = Math.floor(((2 * ones + 1) * 65535) / (2 * (zeros + ones) + 2));
    }
    for (let i = 0; i < this.#refined.length; i++) {
      this.#refined[i] = SQUASH[Math.min(4095, (i % REFINEMENTS) * 128)] * 16;
    }
    this.begin(1);
    for (let i = 0; i < 8 * PRIMER.length; i++) this.update((PRIMER.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1);
  }

  /** A new section of one byte or more: elements of `stride` bytes, 1 for text and protobuf. */
  begin(stride: number): void {
    this.#stride = stride;
    this.#start = this.#length;
    this.#enterByte();
  }

  update(bit: number): void {
    this.#learn(bit);
    this.#partial = (this.#partial << 1) | bit;
    if (this.#partial < 256) this.#predict();
    else {
      this.#bytes[this.#length++] = this.#partial & 255;
      this.#partial = 1;
      this.#enterByte();
    }
  }

  #learn(bit: number): void {
    const target = bit ? 65535 : 0;
    const inputs = this.#inputs;
    const weights = this.#weights;
    const errorA = ((bit << 12) - this.#mixedA) * 16;
    const errorB = ((bit << 12) - this.#mixedB) * 16;
    for (let i = 0; i < INPUTS; i++) {
      weights[this.#setA + i] += (inputs[i] * errorA + 0x2000) >> 14;
      weights[this.#setB + i] += (inputs[i] * errorB + 0x2000) >> 14;
    }
    const slots = this.#slots;
    const histories = this.#histories;
    for (let i = 0; i < CONTEXTS; i++) {
      const slot = slots[this.#at[i]];
      const history = (i << 8) | ((slot >> 8) & 255);
      histories[history] += (target - histories[history]) >> 6;
      const zeros = (slot >> 12) & 15;
      const ones = (slot >> 8) & 15;
      const seen = zeros + ones;
      const rate = seen < 1 ? 1 : seen < 3 ? 2 : seen < 8 ? 3 : 4;
      const probability = (slot >>> 16) + ((target - (slot >>> 16)) >> rate);
      const grown = Math.min(15, (bit ? ones : zeros) + 1);
      const other = bit ? zeros : ones;
      const shrunk = other > 2 ? (other + 3) >> 1 : other;
      const next = bit ? (shrunk << 4) | grown : (grown << 4) | shrunk;
      slots[this.#at[i]] = (probability << 16) | (next << 8) | (slot & 255);
    }
    if (this.#expected >= 0) {
      const right = this.#expected === bit;
      this.#matchRight[this.#matchLength] += ((right ? 65535 : 0) - this.#matchRight[this.#matchLength]) >> 6;
      if (!right) this.#matchLength = 0;
    }
    for (let i = this.#refineAt; i < this.#refineAt + 2; i++) this.#refined[i] += (target - this.#refined[i]) >> 6;
  }

  /** The byte `distance` before the next one; 0 before the beginning. */
  #back(distance: number): number {
    return distance <= this.#length ? this.#bytes[this.#length - distance] : 0;
  }

  #enterByte(): void {
    const stride = this.#stride;
    const last = this.#back(1);
    const lower = last | 32;
    const inWord = (lower >= 97 && lower <= 122) || last >= 128;
    this.#wordHash = inWord ? Math.imul(this.#wordHash, 0x2f0b4c47) + lower + 1 : 0;
    const four = last | (this.#back(2) << 8) | (this.#back(3) << 16) | (this.#back(4) << 24);
    const place = (this.#length - this.#start) % stride;
    let contexts: readonly number[];
    if (stride === 1) {
      contexts = [
        0,
        last,
        four & 0xffff,
        four & 0xffffff,
        four,
        Math.imul(four, 0x2c1b3c6d) + ((this.#back(5) << 8) | this.#back(6)) * 0x297a2d,
        this.#wordHash ^ Math.imul(last, 0x1b873593),
        (four >>> 8) & 0xffff,
        Math.imul(this.#wordHash, 77) ^ (this.#back(16) << 8) ^ this.#back(8),
      ];
    } else {
      let own = 1;
      for (let k = 1; k <= place; k++) own = Math.imul(own, 0x2c1b3c6d) + this.#back(k);
      const above = this.#back(stride);
      const left = place > 0 ? last : 256;
      contexts = [
        0,
        own,
        above,
        above | (this.#back(2 * stride) << 8),
        left,
        left | (above << 9),
        Math.imul(own, 31) + above,
        this.#back(2 * stride),
        left | (this.#back(2) << 9),
      ];
    }
    const kind = stride === 1 ? 0 : 16 + place;
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = Math.imul(contexts[i] ^ Math.imul(i + 1 + 16 * kind, 0x9e3779b1), 0x85ebca6b);
      this.#hashes[i] = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    }
    this.#findMatch(last);
    this.#predict();
  }

  #findMatch(last: number): void {
    const bytes = this.#bytes;
    const length = this.#length;
    if (this.#matchLength > 0 && bytes[this.#matchAt] === last) {
      this.#matchLength = Math.min(MAX_MATCH, this.#matchLength + 1);
      this.#matchAt++;
    } else this.#matchLength = 0;
    let hash = 0;
    for (let k = 1; k <= MIN_MATCH; k++) hash = Math.imul(hash, 0x2f0b4c47) + this.#back(k) + 1;
    hash = (Math.imul(hash, 0x9e3779b1) >>> 0) % this.#matchTable.length;
    if (this.#matchLength === 0) {
      const at = this.#matchTable[hash];
      let common = 0;
      while (common < 32 && common < at && bytes[at - 1 - common] === bytes[length - 1 - common]) common++;
      if (common >= MIN_MATCH) {
        this.#matchLength = common;
        this.#matchAt = at;
      }
    }
    this.#matchTable[hash] = length;
  }

  #predict(): void {
    const partial = this.#partial;
    const depth = 31 - Math.clz32(partial);
    const inputs = this.#inputs;
    const slots = this.#slots;
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = Math.imul(this.#hashes[i] + Math.imul(partial, 0x3c6ef372), 0x9e3779b1);
      const at = (hash >>> (32 - this.#bits)) + (i << this.#bits);
      const check = (hash >>> 3) & 255;
      if ((slots[at] & 255) !== check) slots[at] = 0x80000000 | check;
      this.#at[i] = at;
      const history = (slots[at] >> 8) & 255;
      inputs[2 * i] = history ? STRETCH[this.#histories[(i << 8) | history] >> 4] : 0;
      inputs[2 * i + 1] = history ? STRETCH[slots[at] >>> 20] >> 2 : 0;
    }
    const byte = this.#bytes[this.#matchAt] | 256;
    this.#expected = -1;
    if (this.#matchLength > 0) {
      if (byte >> (8 - depth) === partial) this.#expected = (byte >> (7 - depth)) & 1;
      else this.#matchLength = 0;
    }
    const right = STRETCH[this.#matchRight[this.#matchLength] >> 4];
    inputs[INPUTS - 2] = this.#expected < 0 ? 0 : this.#expected ? right : -right;
    inputs[INPUTS - 1] = 256;

    const element = this.#stride === 1 ? 0 : 1 + Math.min(7, (this.#length - this.#start) % this.#stride);
    const bucket = this.#expected < 0 ? 0 : 1 + Math.min(6, this.#matchLength >> 2);
    this.#setA = INPUTS * (partial + (element > 0 ? 256 : 0));
    this.#setB = INPUTS * (512 + (element << 6) + (depth << 3) + bucket);
    const oddsA = this.#mix(this.#setA);
    const oddsB = this.#mix(this.#setB);
    this.#mixedA = SQUASH[oddsA + 2048];
    this.#mixedB = SQUASH[oddsB + 2048];
    const odds = ((oddsA + oddsB) >> 1) + 2048;
    const row = Math.imul((this.#back(1) << 8) + partial, 0x9e3779b1) >>> 20;
    const at = row * REFINEMENTS + (odds >> 7);
    const fraction = odds & 127;
    this.#refineAt = at;
    const refined = (this.#refined[at] * (128 - fraction) + this.#refined[at + 1] * fraction) >> 7;
    this.probability = Math.max(24, Math.min(65512, (SQUASH[odds] * 16 + refined) >> 1));
  }

  #mix(set: number): number {
    let dot = 0;
    for (let i = 0; i < INPUTS; i++) dot += this.#inputs[i] * this.#weights[set + i];
    return Math.max(-2047, Math.min(2047, Math.floor(dot / 65536)));
  }
}
