import { type Dimension, WringError } from '../../core/index.js';

export type FreeSizes = ReadonlyMap<string, readonly [number, number]>;

/**
 * The dims of every value of a main graph: a number where the size is fixed, a name where it follows from a free size of
 * the model's inputs. Two dims of one name have one size.
 */
export class Shapes {
  readonly #dims: Map<string, readonly Dimension[]>;

  /** @param free the two sizes that each name had when the dims were found */
  constructor(
    dims: ReadonlyMap<string, readonly Dimension[]>,
    readonly free: FreeSizes,
  ) {
    this.#dims = new Map(dims);
  }

  /** Says the dims of a value that was written since. */
  define(name: string, dims: readonly Dimension[]): void {
    this.#dims.set(name, dims);
  }

  has(name: string): boolean {
    return this.#dims.has(name);
  }

  /** @throws {WringError} E_UNSUPPORTED for what is no tensor */
  of(name: string): readonly Dimension[] {
    const dims = this.#dims.get(name);
    if (!dims) throw new WringError('E_UNSUPPORTED', `Value "${name}" is no tensor, so it has no gradient`);
    return dims;
  }

  rank(name: string): number {
    return this.of(name).length;
  }

  /** The dims if every size is fixed, else null. */
  fixed(name: string): readonly number[] | null {
    return fixedDims(this.of(name));
  }
}

/** The same dims if every size is fixed, else null. */
export function fixedDims(dims: readonly Dimension[]): readonly number[] | null {
  return dims.every((dim) => typeof dim === 'number') ? (dims as readonly number[]) : null;
}

/** Axis counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** @returns [from, from + 1 … to − 1] */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
