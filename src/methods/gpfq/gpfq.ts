import {
  type ByteSource,
  Random,
  stopIfAborted,
  type Tensor,
  type Transform,
  type TransformContext,
} from '../../core/index.js';
import { type Feed, type PairedMoments, PathMoments } from '../../posterior/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { roundBias } from '../round-bias.js';
import { readFinite } from '../weights.js';
import { type Alphabet, finiteAlphabet, stepAlphabet } from './alphabet.js';
import { type GpfqOptions, resolveGpfqOptions } from './options.js';
import { outputError, outputShift, quantizeAlone, quantizeLayer } from './quantize-layer.js';
import { radiusOf } from './radius.js';

/** What {@link gpfq} works on. */
export interface GpfqTargets {
  /** Float tensors that get an alphabet each, with the axis of their output channels. */
  readonly weights: readonly { readonly tensor: Tensor; readonly axis: number }[];
  /** Float tensors that are corrected for their layer's mean and then rounded finely. */
  readonly biases: readonly Tensor[];
  /** Inputs of the network. No labels. */
  readonly feeds: readonly Feed[];
  readonly runtime: Runtime;
  /** In place of the levels and radius of the options: multiples of a step up to C times the largest weight. */
  readonly steps?: ReadonlyMap<Tensor, number>;
  readonly onLayer?: (report: GpfqLayer) => void;
}

export interface GpfqLayer {
  readonly tensor: Tensor;
  /** ‖X W − X̃ Q‖² / ‖X W‖² after its own quantization and that of all before it; null where inputs are not measured. */
  readonly error: number | null;
}

/**
 * Greedy path-following quantization: layer after layer, every weight takes the value that best makes up for what the
 * weights before it in its row, and the layers before it in the network, have done to the layer's output. Lossy.
 *
 * Conv, Gemm and MatMul of the main graph follow their path; other weights, and rows longer than a probe can measure, take
 * the nearest value.
 *
 * @throws {WringError} E_OPTION at once; E_NOT_FINITE, E_RUNTIME, E_INTERRUPTED while it runs
 * @see README.md beside this file for the equations and what was found
 */
export function gpfq(targets: GpfqTargets, options: GpfqOptions = {}): Transform {
  const resolved = resolveGpfqOptions(options);
  return async (document, context) => {
    const weights = targets.weights.map(({ tensor }) => tensor);
    const path = await PathMoments.of(document, new Set(weights), targets.feeds, targets.runtime);
    const layers = path.path.stages.flat();
    const quantizer = new Quantizer(targets, resolved, weights.length, context);
    const onPath = new Set(layers.map(({ tensor }) => tensor));
    const withLayer = new Set(layers.map(({ bias }) => bias));
    for (const tensor of weights) if (!onPath.has(tensor)) quantizer.quantize(tensor, null, false);
    for (const bias of targets.biases) if (!withLayer.has(bias)) roundBias(bias);
    for (const [stage, stageLayers] of path.path.stages.entries()) {
      const moments = await path.next(context);
      const isLast = stage + 1 === path.stages;
      for (const { tensor } of stageLayers) quantizer.quantize(tensor, moments.get(tensor) ?? null, isLast);
      for (const { bias } of stageLayers) if (bias && targets.biases.includes(bias)) roundBias(bias);
    }
  };
}

class Quantizer {
  readonly #axes: ReadonlyMap<Tensor, number>;
  readonly #done = new Set<Tensor>();

  constructor(
    readonly targets: GpfqTargets,
    readonly options: Required<GpfqOptions>,
    readonly total: number,
    readonly context: TransformContext,
  ) {
    this.#axes = new Map(targets.weights.map(({ tensor, axis }) => [tensor, axis]));
  }

  /** Once: a tensor that several layers share is done at the first of them. */
  quantize(tensor: Tensor, moments: PairedMoments | null, isLast: boolean): void {
    stopIfAborted(this.context.signal, 'choosing values by gpfq');
    if (this.#done.has(tensor)) return;
    this.#done.add(tensor);
    const alphabet = this.#alphabet(tensor);
    if (alphabet) {
      const before = readFinite(tensor);
      tensor.setCoding(
        moments ? quantizeLayer(tensor, alphabet, moments, this.options) : quantizeAlone(tensor, alphabet),
      );
      this.#settle(tensor, before, moments, isLast);
    }
    this.context.onProgress({ step: 'gpfq', done: this.#done.size, total: this.total, note: tensor.name });
  }

  #alphabet(tensor: Tensor): Alphabet | null {
    const { options, targets } = this;
    const random = new Random(options.seed).fork(this.#done.size);
    const step = targets.steps?.get(tensor);
    if (step !== undefined) {
      const largest = readFinite(tensor).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      return stepAlphabet(step, Math.ceil((options.radiusScale * largest) / step), options, random);
    }
    const radius = radiusOf(readFinite(tensor), tensor.dims, this.#axes.get(tensor)!, options);
    // Zeros alone have no alphabet, and need none.
    return Math.fround(radius) > 0 ? finiteAlphabet(radius, options, random) : null;
  }

  #settle(tensor: Tensor, before: Float32Array, moments: PairedMoments | null, isLast: boolean): void {
    const { biasCorrection } = this.options;
    const { onLayer, biases } = this.targets;
    const bias = moments?.bias && biases.includes(moments.bias) ? moments.bias : null;
    const isCorrected = bias && (biasCorrection === 'all' || (biasCorrection === 'last' && isLast));
    const after = tensor.toFloat32();
    onLayer?.({ tensor, error: moments && outputError(before, after, moments) });
    if (!isCorrected || bias.elementCount !== moments?.rows) return;
    const shift = outputShift(before, after, moments);
    bias.setFloat32(bias.toFloat32().map((value, r) => value + shift[r]));
  }
}

/** What all tensors hold now, to begin anew. */
export function restorePoint(targets: Pick<GpfqTargets, 'weights' | 'biases'>): () => void {
  const sources = new Map<Tensor, ByteSource>();
  for (const { tensor } of targets.weights) sources.set(tensor, tensor.source);
  for (const tensor of targets.biases) sources.set(tensor, tensor.source);
  return () => {
    for (const [tensor, source] of sources) tensor.setSource(source);
  };
}
