import { Random, type Tensor, type Transform } from '../../core/index.js';
import { readFinite } from '../weights.js';
import { type Alphabet, finiteAlphabet, stepAlphabet } from './alphabet.js';
import { type GpfqOptions, resolveGpfqOptions } from './options.js';
import { quantizeAlone, quantizeLayer } from './quantize-layer.js';
import { radiusOf } from './radius.js';
import { type WalkTargets, walkLayers } from './walk-layers.js';

/** What {@link gpfq} works on: float tensors that get an alphabet each, biases that make up for their layer's mean. */
export interface GpfqTargets extends WalkTargets {
  /** In place of the levels and radius of the options: multiples of a step up to C times the largest weight. */
  readonly steps?: ReadonlyMap<Tensor, number>;
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
    const axes = new Map(targets.weights.map(({ tensor, axis }) => [tensor, axis]));
    const walk = { biasCorrection: resolved.biasCorrection, cross: resolved.path === 'greedy' };
    await walkLayers('gpfq', document, targets, walk, context, (tensor, moments, place) => {
      const alphabet = alphabetOf(tensor, axes.get(tensor)!, place, targets, resolved);
      if (!alphabet) return null;
      return moments ? quantizeLayer(tensor, alphabet, moments, resolved) : quantizeAlone(tensor, alphabet);
    });
  };
}

/** null: zeros alone have no alphabet, and need none. */
function alphabetOf(
  tensor: Tensor,
  axis: number,
  place: number,
  { steps }: GpfqTargets,
  options: Required<GpfqOptions>,
): Alphabet | null {
  const random = new Random(options.seed).fork(place);
  const step = steps?.get(tensor);
  if (step !== undefined) {
    const largest = readFinite(tensor).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return stepAlphabet(step, Math.ceil((options.radiusScale * largest) / step), options, random);
  }
  const radius = radiusOf(readFinite(tensor), tensor.dims, axis, options);
  return Math.fround(radius) > 0 ? finiteAlphabet(radius, options, random) : null;
}
