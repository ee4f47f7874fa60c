import { constantsOf, DataType, type Document, type Value } from '../core/index.js';
import { imageShape } from '../evaluation/synthetic-feeds.js';

/**
 * The input whose images can be synthesised: the only one of a model, float32 images in batches of any size, with a
 * BatchNormalization behind it that stores statistics; null where there is none.
 */
export function synthesisedInput({ graph }: Document): Value | null {
  const own = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [input] = own;
  if (own.length !== 1 || input.dataType !== DataType.FLOAT || !input.dims) return null;
  const { name, dataType, dims } = input;
  if (typeof dims[0] === 'number' || !imageShape({ name, dataType, dims })) return null;
  const constants = constantsOf(graph);
  const isStored = (statistic: string) => constants.get(statistic)?.dataType === DataType.FLOAT;
  const norms = graph.nodes.filter(({ opType }) => opType === 'BatchNormalization');
  return norms.some(({ inputs }) => inputs.slice(3, 5).every(isStored)) ? input : null;
}
