import { DataType, type Document, dataTypeName, isFloat, type Tensor, WringError } from '../../core/index.js';
import { type GivenGradients, isConstant, movedBy } from '../gradients/index.js';

/**
 * The names of the constants that may be trained: those that are asked for, else all weights of float32.
 *
 * @throws {WringError} E_OPTION for a name that is no constant, E_DATA_TYPE for one that is not float32, or when no weight is
 */
export function trainableNames(
  document: Document,
  constants: ReadonlyMap<string, Tensor>,
  asked: Iterable<string> | undefined,
): Set<string> {
  const names = asked ? new Set(asked) : defaultNames(document, constants);
  for (const name of names) checkParameter(name, constants.get(name));
  const other = [...constants].find(([, { dataType }]) => isFloat(dataType) && dataType !== DataType.FLOAT);
  if (!asked && names.size === 0 && other) checkParameter(...other);
  return names;
}

/**
 * The constants to be trained, in the order in which the graph reads them first: those of `names` that the loss depends on by a
 * path that gradients can take.
 *
 * @throws {WringError} E_OPTION when nothing is left
 */
export function chooseParameters(
  document: Document,
  constants: ReadonlyMap<string, Tensor>,
  loss: string,
  names: ReadonlySet<string>,
  given: GivenGradients,
): Map<string, Tensor> {
  const chosen = new Map<string, Tensor>();
  for (const name of namesBehind(document, loss, given)) if (names.has(name)) chosen.set(name, constants.get(name)!);
  if (chosen.size === 0) {
    throw new WringError('E_OPTION', `Nothing to train: the loss depends on none of ${names.size} trainable tensors`);
  }
  return chosen;
}

function checkParameter(name: string, tensor: Tensor | undefined): void {
  if (!tensor) throw new WringError('E_OPTION', `Trainable "${name}": the main graph has no constant of that name`);
  if (tensor.dataType === DataType.FLOAT) return;
  throw new WringError(
    'E_DATA_TYPE',
    `Trainable "${name}": expected float32 but it is ${dataTypeName(tensor.dataType)}; convert the model to float32`,
  );
}

/** Operators whose operands from the second on are weights, even if they are single numbers. */
const LAYERS: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'BatchNormalization',
  'InstanceNormalization',
  'LayerNormalization',
  'PRelu',
]);

/** Constant nodes are seldom weights, nor are single numbers outside of layers; statistics are not learned by gradients. */
function defaultNames({ graph }: Document, constants: ReadonlyMap<string, Tensor>): Set<string> {
  const statistics = new Set(
    graph.nodes.flatMap(({ opType, inputs }) => (opType === 'BatchNormalization' ? inputs.slice(3, 5) : [])),
  );
  const ofLayers = new Set(graph.nodes.flatMap(({ opType, inputs }) => (LAYERS.has(opType) ? inputs.slice(1) : [])));
  const names = [...constants].filter(([name, { dataType, elementCount }]) => {
    const isWeight = graph.initializers.has(name) && !statistics.has(name);
    return isWeight && dataType === DataType.FLOAT && (elementCount > 1 || ofLayers.has(name));
  });
  return new Set(names.map(([name]) => name));
}

/** Every name that the loss moves with, in the order of the nodes that read it. */
function namesBehind({ graph }: Document, loss: string, given: GivenGradients): Set<string> {
  const behind = new Set([loss]);
  const readers = [];
  for (const node of [...graph.nodes].reverse()) {
    if (isConstant(node) || !node.outputs.some((name) => behind.has(name))) continue;
    for (const name of movedBy(node, given)) behind.add(name);
    readers.push(node);
  }
  return new Set(readers.reverse().flatMap((node) => [...movedBy(node, given)]));
}

/** Makes constants of the main graph inputs of the same name. */
export function toInputs({ graph }: Document, tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, { dataType, dims }] of tensors) {
    graph.initializers.delete(name);
    graph.inputs.push({ name, dataType, dims });
  }
  graph.nodes = graph.nodes.filter((node) => node.opType !== 'Constant' || !tensors.has(node.outputs[0]));
}
