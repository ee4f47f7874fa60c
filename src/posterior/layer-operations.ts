import { type Document, intAttribute, type Tensor } from '../core/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { listLayers, outputShapes } from './layer-probe.js';
import type { Feed } from './output-error.js';

/**
 * Multiplications that the Conv, Gemm and MatMul layers of a weight take on one feed: as many for each element of the weight
 * as there are positions. Of a tensor with several layers, those of all.
 */
export async function layerOperations(
  document: Document,
  weights: ReadonlySet<Tensor>,
  feed: Feed,
  runtime: Runtime,
): Promise<Map<Tensor, number>> {
  const layers = listLayers(document, weights);
  const shapes = await outputShapes(document, layers, feed, runtime);
  const operations = new Map<Tensor, number>();
  layers.forEach(({ node, tensor }, i) => {
    const outputs = shapes[i].reduce((product, size) => product * size, 1);
    const channels = node.opType === 'Conv' ? tensor.dims[0] : rowsOf(node, tensor);
    const positions = outputs / channels;
    operations.set(tensor, (operations.get(tensor) ?? 0) + positions * tensor.elementCount);
  });
  return operations;
}

function rowsOf(node: Parameters<typeof intAttribute>[0], { dims }: Tensor): number {
  return dims[node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1 ? 0 : dims.length - 1];
}
