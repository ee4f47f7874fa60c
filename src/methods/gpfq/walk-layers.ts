import {
  type Document,
  stopIfAborted,
  type Tensor,
  type TransformContext,
  type WeightCoding,
} from '../../core/index.js';
import { type Feed, type PairedMoments, PathMoments } from '../../posterior/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { roundBias } from '../round-bias.js';
import type { GpfqOptions } from './options.js';
import { outputError, outputShift } from './quantize-layer.js';

/** What a walk along the layers works on. */
export interface WalkTargets {
  /** Float tensors, with the axis of their output channels. */
  readonly weights: readonly { readonly tensor: Tensor; readonly axis: number }[];
  /** Float tensors that are corrected for their layer's mean and then rounded finely. */
  readonly biases: readonly Tensor[];
  /** Inputs of the network. No labels. */
  readonly feeds: readonly Feed[];
  readonly runtime: Runtime;
  readonly onLayer?: (report: WalkedLayer) => void;
}

export interface WalkedLayer {
  readonly tensor: Tensor;
  /** ‖T − X̃ Q‖² / ‖T‖², T being what it is to put out (see `PairedMoments`), behind all layers before it; null where inputs are not measured. */
  readonly error: number | null;
}

export interface WalkOptions {
  /** Biases that take back what the mean of the output has moved by. */
  readonly biasCorrection: Required<GpfqOptions>['biasCorrection'];
  /** Whether products of both inputs are needed (default: false). */
  readonly cross?: boolean;
}

/**
 * @param moments null where inputs are not measured
 * @param place   of the tensor in the walk, from 1 on
 * @returns null: the tensor stays as it is
 */
export type ChooseLayer = (tensor: Tensor, moments: PairedMoments | null, place: number) => WeightCoding | null;

/**
 * Gives tensors their values in the order in which a network computes: each once all layers before it have theirs, with
 * what then flows into it, and what flowed there before, measured. A tensor that several layers share is done at the first.
 *
 * @param method for progress
 * @throws {WringError} E_RUNTIME, E_INTERRUPTED, and what `choose` throws
 */
export async function walkLayers(
  method: string,
  document: Document,
  targets: WalkTargets,
  { biasCorrection, cross = false }: WalkOptions,
  context: TransformContext,
  choose: ChooseLayer,
): Promise<void> {
  const { biases, onLayer } = targets;
  const weights = new Set(targets.weights.map(({ tensor }) => tensor));
  const path = await PathMoments.of(document, weights, targets.feeds, targets.runtime, { cross });
  const layers = path.path.stages.flat();
  const done = new Set<Tensor>();

  const settle = (tensor: Tensor, moments: PairedMoments | null, isLast: boolean): void => {
    stopIfAborted(context.signal, `choosing values by ${method}`);
    if (done.has(tensor)) return;
    done.add(tensor);
    const coding = choose(tensor, moments, done.size);
    if (coding) {
      tensor.setCoding(coding);
      onLayer?.({ tensor, error: moments && outputError(tensor.toFloat32(), moments) });
      const isCorrected = biasCorrection === 'all' || (biasCorrection === 'last' && isLast);
      if (isCorrected && moments?.bias && biases.includes(moments.bias)) correct(moments.bias, tensor, moments);
    }
    context.onProgress({ step: method, done: done.size, total: weights.size, note: tensor.name });
  };

  const onPath = new Set(layers.map(({ tensor }) => tensor));
  const withLayer = new Set(layers.map(({ bias }) => bias));
  for (const tensor of weights) if (!onPath.has(tensor)) settle(tensor, null, false);
  for (const bias of biases) if (!withLayer.has(bias)) roundBias(bias);
  for (const [stage, stageLayers] of path.path.stages.entries()) {
    const moments = await path.next(context);
    const isLast = stage + 1 === path.stages;
    for (const { tensor } of stageLayers) settle(tensor, moments.get(tensor) ?? null, isLast);
    for (const { bias } of stageLayers) if (bias && biases.includes(bias)) roundBias(bias);
  }
}

/** The mean of the layer's output becomes what it is to be. */
function correct(bias: Tensor, tensor: Tensor, moments: PairedMoments): void {
  if (bias.elementCount !== moments.rows) return;
  const shift = outputShift(tensor.toFloat32(), moments);
  bias.setFloat32(bias.toFloat32().map((value, r) => value + shift[r]));
}
