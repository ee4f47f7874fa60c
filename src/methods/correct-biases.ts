import { type ByteSource, stopIfAborted, type Tensor, type Transform, type WeightCoding } from '../core/index.js';
import { type Feed, PathMoments } from '../posterior/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { outputShift } from './gpfq/quantize-layer.js';
import { roundBias } from './round-bias.js';

export interface BiasTargets {
  /** Float tensors whose values have been chosen. */
  readonly weights: readonly { readonly tensor: Tensor }[];
  /** Float tensors that may be changed. */
  readonly biases: readonly Tensor[];
  /** What weights and biases were before. */
  readonly originals: ReadonlyMap<Tensor, ByteSource | WeightCoding>;
  /** Inputs of the network. No labels. */
  readonly feeds: readonly Feed[];
  readonly runtime: Runtime;
}

/**
 * Gives every layer's bias what the mean of its output has moved by, with all layers before it as they are by now: what is
 * left of a mean after rounding goes on from layer to layer, and later ones take it back. Then rounds biases finely. It is what
 * estimating the means of batch normalization anew would do, for layers that it has been folded into. Lossy.
 *
 * Nagel et al. 2019, arXiv 1906.04721, section 4.2, by samples in place of the normal distribution.
 *
 * @throws {WringError} E_RUNTIME, E_INTERRUPTED
 */
export function correctBiases(targets: BiasTargets): Transform {
  const { weights, biases, originals, feeds, runtime } = targets;
  return async (document, context) => {
    const chosen = new Map([...originals.keys()].map((tensor) => [tensor, valuesOf(tensor)]));
    const restore = (tensor: Tensor, values: ReadonlyMap<Tensor, ByteSource | WeightCoding>) =>
      setValues(tensor, values.get(tensor)!);
    for (const tensor of originals.keys()) restore(tensor, originals);
    try {
      const path = await PathMoments.of(document, new Set(weights.map(({ tensor }) => tensor)), feeds, runtime);
      const layers = path.path.stages.flat();
      const onPath = new Set(layers.map(({ tensor }) => tensor));
      const corrected = new Set<Tensor>();
      // What is not on the path is as it will be from the beginning.
      for (const { tensor } of weights) if (!onPath.has(tensor)) restore(tensor, chosen);
      for (const stage of path.path.stages) {
        stopIfAborted(context.signal, 'correcting biases');
        const moments = await path.nextMeans(context);
        for (const { tensor } of stage) {
          restore(tensor, chosen);
          const layer = moments.get(tensor);
          const bias = layer?.bias;
          if (!bias || !biases.includes(bias) || bias.elementCount !== layer.rows) continue;
          const shift = outputShift(tensor.toFloat32(), layer);
          bias.setFloat32(bias.toFloat32().map((value, row) => value + shift[row]));
          roundBias(bias);
          corrected.add(bias);
        }
      }
      for (const bias of biases) if (!corrected.has(bias)) restore(bias, chosen);
    } catch (error) {
      for (const tensor of originals.keys()) restore(tensor, chosen);
      throw error;
    }
  };
}

function valuesOf(tensor: Tensor): ByteSource | WeightCoding {
  return tensor.coding ?? tensor.source;
}

function setValues(tensor: Tensor, values: ByteSource | WeightCoding): void {
  if ('kind' in values) tensor.setCoding(values);
  else tensor.setSource(values);
}
