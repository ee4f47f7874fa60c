import { constantsOf, DataType, floatAttribute, type Node, type Tensor, WringError } from '../../core/index.js';
import { range } from '../autodiff/shapes.js';
import { countAlong, reduce } from '../gradients/arrange.js';
import type { LossSite } from './index.js';

/**
 * Mean over layers of the mean over channels of  (m − μ)² / (σ² + ε) + (√((v + ε) / (σ² + ε)) − 1)²,  m and v being mean and
 * variance of the batch, μ and σ² those that are stored. v is taken around μ, near which m is to be, so that it does not
 * cancel out in float32.
 */
export function batchStatistics(site: LossSite): string {
  const { document, write } = site;
  const constants = constantsOf(document.graph);
  const layers = document.graph.nodes.flatMap((node) => {
    const [mean, variance] = node.inputs.slice(3, 5).map((name) => constants.get(name));
    const isStored = node.opType === 'BatchNormalization' && isFloat(mean) && isFloat(variance);
    return isStored ? [{ node, mean: mean.toFloat32(), variance: variance.toFloat32() }] : [];
  });
  if (layers.length === 0) {
    throw new WringError(
      'E_UNSUPPORTED',
      'Loss "batch-statistics": the model has no BatchNormalization with float32 constants; it may be fused already',
    );
  }
  const terms = layers.map((layer) => distance(site, layer));
  const sum = terms.length === 1 ? terms[0] : write.emit('Sum', terms);
  return write.times(sum, 1 / terms.length);
}

function isFloat(tensor: Tensor | undefined): tensor is Tensor {
  return tensor?.dataType === DataType.FLOAT;
}

interface StoredStatistics {
  readonly node: Node;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

function distance({ shapes, write }: LossSite, { node, mean, variance }: StoredStatistics): string {
  const [x] = node.inputs;
  const rank = shapes.rank(x);
  const axes = [0, ...range(2, rank)];
  const epsilon = Math.max(floatAttribute(node, 'epsilon', 1e-5), 1e-12);
  const channels = [1, mean.length, ...range(2, rank).map(() => 1)];
  const inverse = write.floats(
    channels,
    variance.map((value) => 1 / Math.sqrt(value + epsilon)),
  );
  const centred = write.sub(x, write.floats(channels, mean));
  const shift = reduce(write, 'ReduceMean', centred, axes);
  const square = (value: string) => write.mul(value, value);
  const meanSquare = write.div(reduce(write, 'ReduceSumSquare', centred, axes), countAlong(write, shapes, x, axes));
  const spread = write.emit('Max', [write.sub(meanSquare, square(shift)), write.scalar(0)]);
  const ratio = write.mul(write.emit('Sqrt', [write.plus(spread, epsilon)]), inverse);
  const terms = write.add(square(write.mul(shift, inverse)), square(write.plus(ratio, -1)));
  return reduce(write, 'ReduceMean', terms, range(0, rank), false);
}
