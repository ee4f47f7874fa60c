import {
  createNode,
  DataType,
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  Tensor,
  WringError,
} from '../../core/index.js';
import { type GraphWriter, int } from './graph-writer.js';
import { fromFront, type Shapes } from './shapes.js';

/** A spelling that changed: before which opset, and how to write it now. */
export interface Change {
  readonly before: number;
  /** Changes the node in place; what it needs first goes to `write`. @returns nodes to stand after it */
  readonly apply: (node: Node, write: GraphWriter, shapes: Shapes) => Node[] | undefined;
}

const ANY = Number.POSITIVE_INFINITY;
const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];

/** Operators that are no more, or whose inputs changed in ways that nothing here undoes. */
const REFUSED = { Upsample: 18, Scatter: 18, ImageScaler: 18, Crop: 18, Affine: 18, Hardmax: 13, Resize: 11, TopK: 11 };

/** By operator of ai.onnx, from opset 7 to opset 18 and the later ones, which spell these alike. */
export const CHANGES: Readonly<Record<string, Change>> = {
  Clip: { before: 11, apply: clip },
  Pad: { before: 11, apply: pad },
  Slice: { before: 10, apply: slice },
  Squeeze: { before: 13, apply: axesToInput },
  Unsqueeze: { before: 13, apply: axesToInput },
  ReduceSum: { before: 13, apply: axesToInput },
  Split: { before: 18, apply: split },
  Softmax: { before: 13, apply: softmax },
  LogSoftmax: { before: 13, apply: softmax },
  BatchNormalization: { before: ANY, apply: batchNormalization },
  Dropout: { before: ANY, apply: dropout },
  Constant: { before: ANY, apply: constant },
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, { before: 18, apply: axesToInput }])),
  ...Object.fromEntries(Object.entries(REFUSED).map(([name, before]) => [name, { before, apply: refuse }])),
};

function axesToInput(node: Node, write: GraphWriter): undefined {
  const axes = intsAttribute(node, 'axes');
  if (!axes) return;
  node.attributes.delete('axes');
  node.inputs = [node.inputs[0], write.ints(axes)];
}

function clip(node: Node, write: GraphWriter): undefined {
  const bound = (name: string) => (node.attributes.has(name) ? write.scalar(floatAttribute(node, name, 0)) : '');
  node.inputs = [node.inputs[0], bound('min'), bound('max')];
  node.attributes.delete('min');
  node.attributes.delete('max');
}

function pad(node: Node, write: GraphWriter): undefined {
  const pads = intsAttribute(node, 'pads') ?? [];
  node.inputs = [node.inputs[0], write.ints(pads), write.scalar(floatAttribute(node, 'value', 0))];
  node.attributes.delete('pads');
  node.attributes.delete('value');
}

function slice(node: Node, write: GraphWriter): undefined {
  const starts = intsAttribute(node, 'starts') ?? [];
  const ends = intsAttribute(node, 'ends') ?? [];
  const axes = intsAttribute(node, 'axes') ?? [...starts.keys()];
  node.inputs = [node.inputs[0], write.ints(starts), write.ints(ends), write.ints(axes)];
  for (const name of ['starts', 'ends', 'axes']) node.attributes.delete(name);
}

function split(node: Node, write: GraphWriter): undefined {
  const sizes = intsAttribute(node, 'split');
  node.attributes.delete('split');
  if (sizes) node.inputs = [node.inputs[0], write.ints(sizes)];
  else if (!node.inputs[1]) node.attributes.set('num_outputs', int(node.outputs.length));
}

/** As it is when a model is used: by the stored statistics, and no other outputs. */
function batchNormalization(node: Node): undefined {
  if (intAttribute(node, 'spatial', 1) !== 1) refuse(node);
  node.attributes.delete('spatial');
  node.attributes.delete('training_mode');
  node.outputs = node.outputs.slice(0, 1);
}

/** Before opset 13 over all axes from `axis` on (default 1) together: the same as one axis only where that is the last. */
function softmax(node: Node, write: GraphWriter, shapes: Shapes): Node[] | undefined {
  const { inputs, outputs, attributes } = node;
  const [x] = inputs;
  const axis = intAttribute(node, 'axis', 1);
  attributes.set('axis', int(-1));
  const rank = shapes.has(x) ? shapes.rank(x) : 0;
  if (rank > 0 && fromFront(axis, rank) === rank - 1) return undefined;
  const flat = write.fresh(`${outputs[0]}.flat`);
  const back = createNode('Reshape', [flat, write.emit('Shape', [x])], [outputs[0]]);
  node.inputs = [write.emit('Flatten', [x], { axis: int(axis) })];
  node.outputs = [flat];
  return [back];
}

/** As it is when a model is used: nothing. Where its mask is asked for, it stays beside for that. */
function dropout(node: Node, write: GraphWriter): Node[] | undefined {
  const [x] = node.inputs;
  const [y, mask] = node.outputs;
  if (mask) {
    node.outputs = [write.fresh(`${y}.dropped`), mask];
    return [createNode('Identity', [x], [y])];
  }
  Object.assign(node, { opType: 'Identity', inputs: [x], outputs: [y] });
  node.attributes.clear();
  return undefined;
}

/** Since opset 12 numbers may stand in attributes of their own; all tools read `value`. */
function constant(node: Node): undefined {
  const attributes = ['value_float', 'value_floats', 'value_int', 'value_ints'].map((name) =>
    node.attributes.get(name),
  );
  const found = attributes.find((attribute) => attribute !== undefined);
  if (found?.kind !== 'float' && found?.kind !== 'floats' && found?.kind !== 'int' && found?.kind !== 'ints') return;
  const dims = Array.isArray(found.value) ? [found.value.length] : [];
  const numbers = [found.value].flat();
  const isFloat = found.kind === 'float' || found.kind === 'floats';
  const array = isFloat ? Float32Array.from(numbers, Number) : BigInt64Array.from(numbers, BigInt);
  const dataType = isFloat ? DataType.FLOAT : DataType.INT64;
  const tensor = new Tensor(node.outputs[0], dataType, dims, new Uint8Array(array.buffer));
  node.attributes = new Map([['value', { kind: 'tensor', value: tensor }]]);
}

function refuse(node: Node): never {
  throw new WringError(
    'E_UNSUPPORTED',
    `Node "${node.name}" (${node.opType}): has no spelling in opset 18; export the model at that opset`,
  );
}
