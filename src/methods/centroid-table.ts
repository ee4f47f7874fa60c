import { type Codebook, WringError } from '../core/index.js';

/** Codes are u16; the last one means "no value yet". */
const MAX_CENTROIDS = 65535;
export const UNASSIGNED = 65535;

/** Numbers centroids in the order in which they are first taken, and sorts them in the end. */
export class CentroidTable {
  readonly #codes = new Map<number, number>();
  readonly #values: number[] = [];

  /** @throws {WringError} E_OPTION when there are too many distinct values */
  codeOf(centroid: number): number {
    const known = this.#codes.get(centroid);
    if (known !== undefined) return known;
    if (this.#values.length === MAX_CENTROIDS) {
      throw new WringError('E_OPTION', `More than ${MAX_CENTROIDS} shared values are needed; choose a larger delta`);
    }
    this.#codes.set(centroid, this.#values.length);
    return this.#values.push(centroid) - 1;
  }

  valueOf(code: number): number {
    return this.#values[code];
  }

  /** The values in use, ascending; `codes` are renumbered in place to index them. Here all codes are assigned. */
  finish(codes: Uint16Array): Codebook {
    const used = new Uint8Array(this.#values.length);
    for (let i = 0; i < codes.length; i++) used[codes[i]] = 1;
    const values = Float32Array.from(this.#values.filter((_, code) => used[code])).sort();
    const renumber = new Uint16Array(this.#values.length);
    values.forEach((value, code) => {
      renumber[this.#codes.get(value)!] = code;
    });
    for (let i = 0; i < codes.length; i++) codes[i] = renumber[codes[i]];
    return { values };
  }
}
