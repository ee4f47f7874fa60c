import type { Document } from '../core/index.js';
import { DataType, Tensor } from '../core/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { copyDocument } from '../training/autodiff/draft.js';
import { differentiate, type TrainingGraph } from '../training/index.js';

/**
 * The gradient, by the image, of how far the statistics of a batch are from those that batch normalization stores. The image
 * is made a constant, which `differentiate` can take for a weight. The document is not changed.
 *
 * @param input a float32 input of the main graph
 * @param dims  of the batch
 * @throws {WringError} E_UNSUPPORTED when an operator has no gradient, or no statistics are stored; E_RUNTIME
 */
export function imageGradient(
  document: Document,
  input: string,
  dims: readonly number[],
  runtime: Runtime,
): Promise<TrainingGraph> {
  const model = copyDocument(document);
  const { graph } = model;
  graph.inputs = graph.inputs.filter(({ name }) => name !== input);
  const elementCount = dims.reduce((product, dim) => product * dim, 1);
  graph.initializers.set(input, new Tensor(input, DataType.FLOAT, dims, new Uint8Array(4 * elementCount)));
  return differentiate(model, { loss: { kind: 'batch-statistics' }, runtime, trainable: [input] });
}
