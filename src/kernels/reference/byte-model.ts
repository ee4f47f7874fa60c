import { PRIMER } from '../primer.js';
import { BitPredictor, type CodeBit } from './bit-predictor.js';
import { MatchFinder } from './match-finder.js';

/** Zeros before the first byte, as far as anything looks back. */
const BEFORE = 64;
/** What a byte is taken for. Elements have a mode for each of their bytes. */
const Mode = { TEXT: 0, FIRST_ROW: 1, ROWS: 2, ELEMENTS: 3, RAW: 19 } as const;
/** Weights of flags: by text or not, and the level of the match. */
const FLAG_SETS = 2 * 65;
/** Weights of literals: by mode (up to 7), bit, and whether the bits so far are the candidate's. */
const LITERAL_SETS = 8 * 16;
/** How often a number is guessed before it is spelled. */
const GUESSES = 40;
/** Salts: a flag's is what it guesses, a second nibble's is this and the first nibble after a leading one. */
const FIRST_NIBBLE = 256;

/** Of what is not coded. */
const KNOWN: CodeBit = (_, bit) => bit;

/**
 * Predicts bytes: first whether the next one is the candidate, which a match expects; then, if it is not, its bits, most
 * significant first. Small numbers are guessed one after the other instead. Integers only, all state derived from the bytes seen: the format of a packed stream
 * is this code. docs/format.md tells it in words, and must be changed with it.
 */
export class ByteModel {
  /** Zeros, the primer, then all bytes so far. */
  readonly #bytes: Uint8Array;
  #length = BEFORE;
  /** Of the section: its stride, where it begins, and the bytes of noise in each element. */
  #stride = 1;
  #start = 0;
  #raw = 0;
  /** Hash of the letters just before. */
  #word = 0;
  /** The last control byte that others follow, and where they begin. */
  #field = 0;
  #fieldAt = BEFORE;
  readonly #match: MatchFinder;
  readonly #predictor: BitPredictor;

  /** @param capacity upper bound of the bytes that will be coded; sizes the tables, so it is part of the stream's format */
  constructor(capacity: number) {
    const bits = tableBits(capacity);
    this.#bytes = new Uint8Array(BEFORE + PRIMER.length + capacity);
    this.#match = new MatchFinder(this.#bytes, bits);
    this.#predictor = new BitPredictor(bits + 1, FLAG_SETS + LITERAL_SETS);
    this.begin(1);
    for (let i = 0; i < PRIMER.length; i++) this.next(KNOWN, PRIMER.charCodeAt(i));
  }

  /**
   * A new section, of any number of bytes but 0.
   *
   * @param stride 1 for text, n for elements of n bytes (2–16), −n for rows of n small numbers
   * @param raw   how many bytes at the end of each element are noise, below n; decoded if there is something to decode
   */
  begin(stride: number, code: CodeBit = KNOWN, raw = 0): void {
    this.#stride = stride;
    this.#start = this.#length;
    this.#raw = 0;
    while (this.#raw < stride - 1) {
      this.#predictor.contexts.fill(this.#raw);
      this.#predictor.openFlag(Mode.RAW, stride);
      if (!this.#predictor.code(code, raw > this.#raw ? 1 : 0, 0, 0)) break;
      this.#raw++;
    }
  }

  /** Codes the next byte, or decodes it: then `wanted` is of no account. */
  next(code: CodeBit, wanted: number): number {
    const value = this.#stride < 0 ? this.#nextNumber(code, wanted) : this.#nextByte(code, wanted);
    this.#bytes[this.#length++] = value;
    return value;
  }

  #nextByte(code: CodeBit, wanted: number): number {
    const match = this.#match;
    match.enter(this.#length, this.#back(1));
    const { level, state } = match;
    const candidate = level > 0 ? match.candidate : -1;
    const mode = this.#stride === 1 ? this.#setTextContexts(candidate, level) : this.#setElementContexts(this.#stride);
    if (candidate >= 0) {
      const predictor = this.#predictor;
      predictor.contexts[7] = state;
      predictor.openFlag(mode, candidate);
      const set = level + (mode === Mode.TEXT ? 0 : FLAG_SETS / 2);
      if (predictor.code(code, wanted === candidate ? 1 : 0, 0, set)) return candidate;
    }
    return this.#nextLiteral(code, wanted, mode, candidate);
  }

  /** Is it 0, is it 1, and so on. */
  #nextNumber(code: CodeBit, wanted: number): number {
    const mode = this.#setRowContexts(-this.#stride);
    const predictor = this.#predictor;
    predictor.contexts[7] = 0;
    predictor.openFlag(mode, 0);
    for (let guess = 0; guess < GUESSES; guess++) {
      if (predictor.code(code, wanted === guess ? 1 : 0, 0, FLAG_SETS / 2 + guess)) return guess;
      predictor.moveFlag();
    }
    return this.#nextLiteral(code, wanted, mode, -1);
  }

  #nextLiteral(code: CodeBit, wanted: number, mode: number, candidate: number): number {
    const predictor = this.#predictor;
    const sets = FLAG_SETS + 16 * Math.min(7, mode);
    predictor.contexts[7] = 0;
    const isRaw = mode >= Mode.ELEMENTS && mode - Mode.ELEMENTS >= this.#stride - this.#raw;
    let partial = 1;
    let node = 1;
    for (let k = 7; k >= 0; k--) {
      if (isRaw) {
        partial = (partial << 1) | code(32768, (wanted >> k) & 1);
        continue;
      }
      if (k === 7) predictor.openNibble(mode, FIRST_NIBBLE);
      if (k === 3) {
        predictor.openNibble(mode, FIRST_NIBBLE + partial);
        node = 1;
      }
      const fits = candidate >= 0 && (candidate | 256) >> (k + 1) === partial;
      const bit =
        // The byte is not the candidate: where all other bits are the same, the last one is not.
        fits && k === 0 ? ~candidate & 1 : predictor.code(code, (wanted >> k) & 1, node, sets + 2 * k + (fits ? 1 : 0));
      partial = (partial << 1) | bit;
      node = (node << 1) | bit;
    }
    return partial & 255;
  }

  /** The byte `distance` before the next one. */
  #back(distance: number): number {
    return this.#bytes[this.#length - distance];
  }

  #setTextContexts(candidate: number, level: number): number {
    const { contexts } = this.#predictor;
    const last = this.#back(1);
    const second = this.#back(2);
    const lower = last | 32;
    const isLetter = (lower >= 97 && lower <= 122) || last >= 128;
    this.#word = isLetter ? Math.imul(this.#word, 0x2f0b4c47) + lower + 1 : 0;
    if (last >= 32 && second < 32) {
      this.#field = second;
      this.#fieldAt = this.#length - 1;
    }
    const four = last | (second << 8) | (this.#back(3) << 16) | (this.#back(4) << 24);
    contexts[0] = last;
    contexts[1] = four & 0xffff;
    contexts[2] = ((candidate + 1) << 8) | level;
    contexts[3] = four;
    contexts[4] = (this.#field << 8) | Math.min(255, this.#length - this.#fieldAt);
    contexts[5] = this.#word ^ Math.imul(last, 0x1b873593);
    contexts[6] = (four >>> 8) & 0xffff;
    return Mode.TEXT;
  }

  #setRowContexts(row: number): number {
    const { contexts } = this.#predictor;
    const at = this.#length - this.#start;
    const place = at % row;
    const left = place > 0 ? this.#back(1) : 0;
    const further = place > 1 ? this.#back(2) : 0;
    const above = at < row ? 0 : this.#back(row);
    const aboveRight = at < row ? 0 : this.#back(row - 1);
    contexts[0] = left;
    contexts[1] = above;
    contexts[2] = left | (above << 8);
    contexts[3] = left | (further << 8) | (above << 16);
    contexts[4] = place;
    contexts[5] = left | (further << 8);
    contexts[6] = above | (aboveRight << 8);
    return at < row ? Mode.FIRST_ROW : Mode.ROWS;
  }

  #setElementContexts(stride: number): number {
    const { contexts } = this.#predictor;
    const place = (this.#length - this.#start) % stride;
    let own = 1;
    for (let k = 1; k <= place; k++) own = Math.imul(own, 0x2c1b3c6d) + this.#back(k);
    const above = this.#back(stride);
    const left = place > 0 ? this.#back(1) : 256;
    contexts[0] = left;
    contexts[1] = above;
    contexts[2] = own;
    contexts[3] = above | (this.#back(2 * stride) << 8);
    contexts[4] = left | (above << 9);
    contexts[5] = Math.imul(own, 31) + above;
    contexts[6] = left | (this.#back(2) << 9);
    return Mode.ELEMENTS + place;
  }
}

/** log2 of the entries of each table of matches: the least of 12 … 16 with room for the capacity, 16 if none has. */
function tableBits(capacity: number): number {
  let bits = 12;
  while (bits < 16 && 1 << bits < capacity) bits++;
  return bits;
}
