/**
 * A set of positions 0 … n − 1 that only shrinks, as disjoint ascending intervals: a cover step takes whole runs of
 * sorted weights, so there are few of them.
 */
export class Unassigned {
  #starts: number[] = [];
  #ends: number[] = [];
  /** #before[i] = positions in intervals before i; one entry more than intervals. */
  #before: number[] = [0];

  /** All of 0 … n − 1 for which `holds`. */
  constructor(n: number, holds: (position: number) => boolean = () => true) {
    for (let i = 0; i < n; ) {
      while (i < n && !holds(i)) i++;
      const start = i;
      while (i < n && holds(i)) i++;
      if (i > start) {
        this.#starts.push(start);
        this.#ends.push(i);
      }
    }
    this.#count();
  }

  get size(): number {
    return this.#before[this.#starts.length];
  }

  /** The first and the last position. Here size > 0. */
  get first(): number {
    return this.#starts[0];
  }

  get last(): number {
    return this.#ends[this.#ends.length - 1] - 1;
  }

  /** How many positions of the set are below `position`. */
  countBelow(position: number): number {
    const i = this.#intervalEndingAfter(position);
    return this.#before[i] + (i < this.#starts.length ? Math.max(0, position - this.#starts[i]) : 0);
  }

  /** The `rank`-th position, 0 ≤ rank < size. */
  at(rank: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#before[middle] <= rank) low = middle;
      else high = middle - 1;
    }
    return this.#starts[low] + rank - this.#before[low];
  }

  /** Takes [start, end) out and reports every run of positions that was in the set. */
  remove(start: number, end: number, onRun: (start: number, end: number) => void): void {
    if (start >= end) return;
    const from = this.#intervalEndingAfter(start);
    let to = from;
    const starts: number[] = [];
    const ends: number[] = [];
    for (; to < this.#starts.length && this.#starts[to] < end; to++) {
      const first = this.#starts[to];
      const stop = this.#ends[to];
      onRun(Math.max(first, start), Math.min(stop, end));
      if (first < start) {
        starts.push(first);
        ends.push(start);
      }
      if (stop > end) {
        starts.push(end);
        ends.push(stop);
      }
    }
    this.#starts.splice(from, to - from, ...starts);
    this.#ends.splice(from, to - from, ...ends);
    this.#count();
  }

  #intervalEndingAfter(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle] > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #count(): void {
    const { length } = this.#starts;
    this.#before.length = length + 1;
    for (let i = 0; i < length; i++) this.#before[i + 1] = this.#before[i] + this.#ends[i] - this.#starts[i];
  }
}
