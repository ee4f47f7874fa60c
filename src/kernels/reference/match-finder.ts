/** A match begins where this many bytes agree; the first length is tried first. */
const LENGTHS = [16, 8] as const;
/** What makes bytes further back than a length drop out of its hash. */
const SHIFTS = [2, 4] as const;
/** Bytes that are compared. */
const LONGEST = 32;
/** A match ends when more than this many of its last eight candidates were wrong. */
const MOST_WRONG = 4;

/** Follows what came after the last occurrence of the bytes before, and goes on over small differences. */
export class MatchFinder {
  /** The byte that the match expects; of no account when `state` is 0. */
  candidate = 0;
  /** 0 without a match, else 1 + 64 · wrong candidates of late (at most 3) + right ones since (at most 63). */
  state = 0;
  /** The same, coarser: 0 without a match, else 1 … 64. */
  level = 0;

  readonly #bytes: Uint8Array;
  readonly #bits: number;
  /** By length: the hash of the bytes before, and where bytes of each hash were last. */
  readonly #hashes = new Int32Array(2);
  readonly #tables: readonly Int32Array[];
  /** Where the candidate is; 0 for none. */
  #at = 0;
  #right = 0;
  /** A bit for each candidate of late, 1 if it was wrong; the last one is the lowest. */
  #wrong = 0;

  /** @param bits log2 of the entries of each table */
  constructor(bytes: Uint8Array, bits: number) {
    this.#bytes = bytes;
    this.#bits = bits;
    this.#tables = LENGTHS.map(() => new Int32Array(1 << bits));
  }

  /** Moves on to `position`, before which `last` has come. */
  enter(position: number, last: number): void {
    if (this.#at > 0) this.#follow(this.candidate === last);
    for (let i = 0; i < LENGTHS.length; i++) {
      this.#hashes[i] = Math.imul(this.#hashes[i], 0x2f0b4c47 << SHIFTS[i]) + last + 1;
      const hash = this.#hashes[i];
      const entry = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (32 - this.#bits);
      const found = this.#tables[i][entry];
      this.#tables[i][entry] = position;
      const least = this.#at > 0 ? Math.max(LENGTHS[i], this.#right + 1) : LENGTHS[i];
      if (found === 0 || least > LONGEST) continue;
      const common = this.#commonLength(found, position);
      if (common < least) continue;
      this.#at = found;
      this.#right = common;
      this.#wrong = 0;
    }
    this.state = 0;
    this.level = 0;
    if (this.#at === 0) return;
    const wrong = Math.min(3, ones(this.#wrong));
    const right = this.#right;
    this.candidate = this.#bytes[this.#at];
    this.state = 1 + 64 * wrong + right;
    this.level = 1 + 16 * wrong + (right < 8 ? right : Math.min(15, 8 + (right >> 3)));
  }

  #follow(isRight: boolean): void {
    this.#right = isRight ? Math.min(63, this.#right + 1) : 0;
    this.#wrong = ((this.#wrong << 1) | (isRight ? 0 : 1)) & 255;
    this.#at = ones(this.#wrong) > MOST_WRONG ? 0 : this.#at + 1;
  }

  /** Bytes that agree before two positions. */
  #commonLength(a: number, b: number): number {
    const bytes = this.#bytes;
    let common = 0;
    while (common < LONGEST && bytes[a - 1 - common] === bytes[b - 1 - common]) common++;
    return common;
  }
}

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
}
