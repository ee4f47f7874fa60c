import { type ByteSource, type Document, stopIfAborted, type Tensor, type TransformContext } from '../../core/index.js';
import type { Kernels } from '../../kernels/index.js';
import type { LayerMoments, Posterior } from '../../posterior/index.js';
import { roundBias } from '../round-bias.js';
import { readFinite } from '../weights.js';
import { countPoints, type LayerWeight } from './count-points.js';
import type { MultipointOptions, PointRule } from './options.js';
import { type LayerPlan, planLayer } from './plan-layer.js';
import { placeOf, spellPoints } from './spell-points.js';

/** What `multipoint` works on. */
export interface MultipointTargets {
  /** Float tensors that get points, with the axis of their output channels; −1: none, and then one point. */
  readonly weights: readonly { readonly tensor: Tensor; readonly axis: number }[];
  /** Float tensors that are corrected for their layer's mean and then rounded finely. */
  readonly biases: readonly Tensor[];
  readonly posterior: Posterior;
  /** Multiplications that a tensor takes part in; its number of elements where nothing is said. */
  readonly operations?: ReadonlyMap<Tensor, number>;
  readonly onLayer?: (report: MultipointLayer) => void;
}

/** What became of one tensor. */
export interface MultipointLayer {
  readonly tensor: Tensor;
  /** The tensors that hold its numbers now: itself, or first points and further ones. */
  readonly pieces: readonly Tensor[];
  /** How many channels have 1, 2, … points. */
  readonly points: readonly number[];
  /** What further points take: bytes of plain b-bit codes and 32-bit scales, and multiplications. */
  readonly extraBytes: number;
  readonly extraOperations: number;
  /** ‖(Ŵ − W) x‖² / ‖W x‖²; of the weights themselves where inputs are not known. */
  readonly error: number;
}

/** Of the scale of a point, after rounding and coding. */
const SCALE_BITS = 14;

/** Points for every channel of every tensor, of which a number is then chosen; it may be chosen again. */
export class MultipointPlan {
  readonly #layers: readonly LayerPlan[];
  readonly #weights: readonly LayerWeight[];
  readonly #originals = new Map<Tensor, ByteSource>();

  constructor(
    document: Document,
    readonly targets: MultipointTargets,
    readonly options: Required<MultipointOptions>,
    kernels: Kernels,
    context: TransformContext,
  ) {
    const { weights, biases, posterior } = targets;
    for (const { tensor } of weights) this.#originals.set(tensor, tensor.source);
    for (const tensor of biases) this.#originals.set(tensor, tensor.source);
    this.#layers = weights.map(({ tensor, axis }, i) => {
      stopIfAborted(context.signal, 'choosing values by multipoint');
      const canSplit = tensor.dims[axis] > 0 && placeOf(document, tensor) !== null;
      const maxPoints = canSplit ? options.maxPoints : 1;
      const moments = posterior.moments.get(tensor) ?? null;
      const plan = planLayer(tensor, axis in tensor.dims ? axis : -1, moments, { ...options, maxPoints }, kernels);
      context.onProgress({ step: 'multipoint', done: i + 1, total: weights.length, note: tensor.name });
      return plan;
    });
    this.#weights = this.#layers.map((layer) => this.#weigh(layer));
  }

  /** @returns by layer and row */
  count(rule: PointRule): Uint8Array[] {
    return countPoints(this.#layers, this.#weights, rule);
  }

  /** Gives every tensor the sum of its points as plain numbers, and corrects biases. The graph stays. */
  setValues(counts: readonly Uint8Array[]): void {
    for (const [i, layer] of this.#layers.entries()) {
      const values = sumOfPoints(layer, counts[i]);
      const { tensor } = layer;
      this.#restore(tensor);
      if (this.options.biasCorrection) this.#correctBias(tensor, readFinite(tensor), values);
      tensor.setFloat32(values);
    }
    for (const bias of this.targets.biases) roundBias(bias);
  }

  /** After {@link setValues}: writes the points as grids, and nodes that add them. Tensors given up keep the sum. */
  spell(document: Document, counts: readonly Uint8Array[]): ReadonlyMap<Tensor, readonly Tensor[]> {
    return new Map(
      this.#layers.map((layer, i) => {
        const pieces = spellPoints(document, layer, counts[i]);
        this.targets.onLayer?.(this.#report(layer, counts[i], pieces, this.#weights[i]));
        return [layer.tensor, pieces];
      }),
    );
  }

  /** What an ideal static coder needs for codes and scales; an estimate to rank plans by. */
  estimateBits(counts: readonly Uint8Array[]): number {
    return this.#layers.reduce((sum, layer, i) => sum + bitsOf(layer, counts[i]), 0);
  }

  restore(): void {
    for (const tensor of this.#originals.keys()) this.#restore(tensor);
  }

  #restore(tensor: Tensor): void {
    tensor.setSource(this.#originals.get(tensor)!);
  }

  /** Noise of the size `step` on every weight makes an output error of step² / 12 · trace H in a row. */
  #weigh({ tensor, channels }: LayerPlan): LayerWeight {
    const { posterior, operations } = this.targets;
    const moments = posterior.moments.get(tensor);
    const { rows, length } = channels;
    const trace = moments?.rows === rows && moments.columns === length ? traceOf(moments) : rows * length;
    const importance = trace > 0 ? (12 * (posterior.sensitivity.get(tensor) ?? 0)) / trace : 0;
    const pointBytes = (length * this.options.bits) / 8 + 4;
    return { importance, pointBytes, pointOperations: (operations?.get(tensor) ?? tensor.elementCount) / rows };
  }

  #correctBias(tensor: Tensor, before: Float32Array, after: Float32Array): void {
    const moments = this.targets.posterior.moments.get(tensor);
    const bias = moments?.bias;
    if (!moments || !bias || !this.#originals.has(bias)) return;
    this.#restore(bias);
    const values = bias.toFloat32();
    const { groups, rows, columns, rowStride, columnStride, mean } = moments;
    if (values.length !== rows) return;
    for (let r = 0; r < rows; r++) {
      const offset = Math.floor((r * groups) / rows) * columns;
      for (let j = 0; j < columns; j++) {
        const index = r * rowStride + j * columnStride;
        values[r] -= mean[offset + j] * (after[index] - before[index]);
      }
    }
    bias.setFloat32(values);
  }

  #report(layer: LayerPlan, counts: Uint8Array, pieces: readonly Tensor[], weight: LayerWeight): MultipointLayer {
    const { tensor, errors, power } = layer;
    const points: number[] = new Array(counts.reduce((a, b) => Math.max(a, b), 0)).fill(0);
    let [further, error] = [0, 0];
    counts.forEach((count, r) => {
      points[count - 1]++;
      further += count - 1;
      error += errors[count - 1][r];
    });
    const total = power.reduce((sum, value) => sum + value, 0);
    const extra = {
      extraBytes: further * weight.pointBytes,
      extraOperations: further * weight.pointOperations,
    };
    return { tensor, pieces, points, ...extra, error: total > 0 ? error / total : 0 };
  }
}

function traceOf({ groups, rows, columns, second }: LayerMoments): number {
  let trace = 0;
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < columns; i++) trace += second[(g * columns + i) * columns + i];
  }
  return (trace * rows) / groups;
}

/** In float32, point after point, as the nodes of `spellPoints` add them. */
function sumOfPoints({ tensor, codes, scales, channels }: LayerPlan, counts: Uint8Array): Float32Array {
  const { rows, length, at } = channels;
  const values = new Float32Array(tensor.elementCount);
  for (let r = 0; r < rows; r++) {
    for (let point = 0; point < counts[r]; point++) {
      const scale = scales[counts[r] - 1][point][r];
      for (let j = 0; j < length; j++) values[at(r, j)] += Math.fround(scale * codes[point][r * length + j]);
    }
  }
  return values;
}

/** First points by themselves, and all further ones: they are two tensors. */
function bitsOf({ codes, channels }: LayerPlan, counts: Uint8Array): number {
  const { rows, length } = channels;
  const histograms = [new Map<number, number>(), new Map<number, number>()];
  let scales = 0;
  for (let r = 0; r < rows; r++) {
    scales += counts[r];
    for (let point = 0; point < counts[r]; point++) {
      const histogram = histograms[Math.min(point, 1)];
      for (let j = 0; j < length; j++) {
        const code = codes[point][r * length + j];
        histogram.set(code, (histogram.get(code) ?? 0) + 1);
      }
    }
  }
  let bits = SCALE_BITS * scales;
  for (const histogram of histograms) {
    let total = 0;
    for (const count of histogram.values()) total += count;
    for (const count of histogram.values()) bits -= count * Math.log2(count / total);
  }
  return bits;
}
