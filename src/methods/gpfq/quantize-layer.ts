import type { Tensor, WeightCoding } from '../../core/index.js';
import type { PairedMeans, PairedMoments } from '../../posterior/index.js';
import { readFinite } from '../weights.js';
import type { Alphabet } from './alphabet.js';
import { followPath } from './follow-path.js';
import { LookAhead } from './look-ahead.js';
import type { GpfqOptions } from './options.js';

/** Each weight by itself: what is left where a layer's inputs are not known. */
export function quantizeAlone(tensor: Tensor, alphabet: Alphabet): WeightCoding {
  return alphabet.coding(Int16Array.from(readFinite(tensor), (weight) => alphabet.quantize(weight)));
}

/** Each row of a layer along its path. */
export function quantizeLayer(
  tensor: Tensor,
  alphabet: Alphabet,
  moments: PairedMoments,
  { path, damping }: Required<Pick<GpfqOptions, 'path' | 'damping'>>,
): WeightCoding {
  const weights = readFinite(tensor);
  const { groups, rows, columns, rowStride, columnStride } = moments;
  const codes = new Int16Array(weights.length);
  const row = new Float64Array(columns);
  const perGroup = rows / groups;
  for (let group = 0; group < groups; group++) {
    const follow = path === 'greedy' ? greedyPath(moments, group, damping) : feedbackPath(moments, group, damping);
    for (let r = group * perGroup; r < (group + 1) * perGroup; r++) {
      for (let j = 0; j < columns; j++) row[j] = weights[r * rowStride + j * columnStride];
      follow(row, r, (column, target) => {
        const code = alphabet.quantize(target);
        codes[r * rowStride + column * columnStride] = code;
        return alphabet.values[code - alphabet.lowest];
      });
    }
  }
  return alphabet.coding(codes);
}

type Follow = (weights: Float64Array, row: number, quantize: (column: number, target: number) => number) => void;

interface GreedyMoments extends Pick<PairedMoments, 'groups' | 'columns' | 'second'> {
  readonly cross: Float32Array;
}

function greedyPath({ groups, columns, second, cross }: PairedMoments, group: number, damping: number): Follow {
  if (!cross) throw new Error('The greedy path needs products of both inputs');
  const matrices = { groups, columns, second, cross };
  const moments = damping > 0 ? damp(matrices, damping) : matrices;
  const matrix = (all: Float32Array) => all.subarray(group * columns ** 2, (group + 1) * columns ** 2);
  const inputs = { columns, second: matrix(moments.second), cross: matrix(moments.cross) };
  const values = new Float64Array(columns);
  return (weights, _, quantize) => followPath(weights, inputs, quantize, values);
}

/** Without any damping a column that is never excited would have no inverse. */
const LEAST_DAMPING = 1e-6;

function feedbackPath(moments: PairedMoments, group: number, damping: number): Follow {
  const lookAhead = new LookAhead(moments, group, Math.max(damping, LEAST_DAMPING));
  return (weights, row, quantize) => lookAhead.follow(weights, row, quantize);
}

/** Both matrices get the same addition: without quantization the path still meets every weight. */
function damp(moments: GreedyMoments, damping: number): GreedyMoments {
  const { groups, columns } = moments;
  const [second, cross] = [moments.second.slice(), moments.cross.slice()];
  for (let g = 0; g < groups; g++) {
    const diagonal = Array.from({ length: columns }, (_, i) => (g * columns + i) * columns + i);
    const ridge = (damping * diagonal.reduce((sum, i) => sum + second[i], 0)) / columns;
    for (const i of diagonal) {
      second[i] += ridge;
      cross[i] += ridge;
    }
  }
  return { ...moments, second, cross };
}

/**
 * Mean of t − X̃ q by row, t being what the layer is to put out: what a bias has to add for that mean.
 *
 * @param weights those that it has now
 */
export function outputShift(weights: Float32Array, moments: PairedMeans): Float64Array {
  const { groups, rows, columns, rowStride, columnStride, mean } = moments;
  const shift = Float64Array.from(moments.aim.mean);
  for (let r = 0; r < rows; r++) {
    const offset = Math.floor((r * groups) / rows) * columns;
    for (let j = 0; j < columns; j++) shift[r] -= mean[offset + j] * weights[r * rowStride + j * columnStride];
  }
  return shift;
}

/** ‖T − X̃ Q‖² / ‖T‖² = (‖T‖² − 2 tr Qᵀ X̃ᵀ T + tr Qᵀ X̃ᵀX̃ Q) / ‖T‖², for the same arguments. */
export function outputError(weights: Float32Array, moments: PairedMoments): number {
  const { groups, rows, columns, rowStride, columnStride, second, aim } = moments;
  const perGroup = rows / groups;
  let [error, power] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const group = Math.floor(r / perGroup);
    const at = (j: number) => r * rowStride + j * columnStride;
    power += aim.power[r];
    error += aim.power[r];
    for (let t = 0; t < columns; t++) {
      const row = group * columns + t;
      let sum = -2 * aim.cross[row * perGroup + (r % perGroup)];
      for (let s = 0; s < columns; s++) sum += second[row * columns + s] * weights[at(s)];
      error += weights[at(t)] * sum;
    }
  }
  return power > 0 ? Math.max(0, error) / power : 0;
}
