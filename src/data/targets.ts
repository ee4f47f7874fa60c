/** What outputs are to be: numbers that come with samples, so many with each. */
export interface Targets {
  /** Of one sample. */
  readonly dims: readonly number[];
  /** Of all samples, one after another. */
  readonly data: Float32Array;
}

/** Numbers of one sample. */
export function targetSize({ dims }: Targets): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Of samples [start, end). */
export function partOfTargets(targets: Targets, start: number, end: number): Targets {
  const size = targetSize(targets);
  return { dims: targets.dims, data: targets.data.subarray(start * size, end * size) };
}

/** Of samples by their indices, copied. */
export function pickTargets(targets: Targets, indices: ArrayLike<number>): Targets {
  const size = targetSize(targets);
  const data = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    data.set(targets.data.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return { dims: targets.dims, data };
}
