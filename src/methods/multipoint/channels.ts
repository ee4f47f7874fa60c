import type { Tensor } from '../../core/index.js';
import type { LayerMoments } from '../../posterior/index.js';

/** A tensor as rows, one an output channel. */
export interface Channels {
  /** 1 when there is no axis of channels. */
  readonly rows: number;
  /** Elements of a row. */
  readonly length: number;
  /** Index in the tensor of element j of row r. */
  at(r: number, j: number): number;
}

/** @param axis −1: the whole tensor is one row */
export function channelsOf(dims: readonly number[], axis: number): Channels {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const rows = axis < 0 ? 1 : dims[axis];
  const inner = axis < 0 ? 1 : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return {
    rows,
    length: count / rows,
    at: (r, j) => (Math.floor(j / inner) * rows + r) * inner + (j % inner),
  };
}

/** f32[rows × length] */
export function gatherRows(values: Float32Array, { rows, length, at }: Channels): Float32Array {
  const gathered = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let j = 0; j < length; j++) gathered[r * length + j] = values[at(r, j)];
  return gathered;
}

/** The other way. */
export function scatterRows(rowsOfCodes: Int16Array, { rows, length, at }: Channels): Int16Array {
  const codes = new Int16Array(rowsOfCodes.length);
  for (let r = 0; r < rows; r++) for (let j = 0; j < length; j++) codes[at(r, j)] = rowsOfCodes[r * length + j];
  return codes;
}

/** How much an error of a row is felt: H e, where eᵀ H e is the squared error of the channel's output. */
export type Metric = (row: number, error: Float64Array) => Float64Array;

/** The second moment of the inputs; the identity where they are not known, or belong to other rows. */
export function metricOf(tensor: Tensor, channels: Channels, moments: LayerMoments | null): Metric {
  const { rows, length } = channels;
  if (!moments || moments.rows !== rows || moments.columns !== length || rows * length !== tensor.elementCount) {
    return (_, error) => error;
  }
  const product = new Float64Array(length);
  return (r, error) => {
    const offset = Math.floor((r * moments.groups) / rows) * length * length;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += moments.second[offset + i * length + j] * error[j];
      product[i] = sum;
    }
    return product;
  };
}
