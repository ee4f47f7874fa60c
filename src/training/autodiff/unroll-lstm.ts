import { createNode, type Document, type Node, stringAttribute, WringError } from '../../core/index.js';
import { type GraphWriter, int, ints } from './graph-writer.js';
import { range, type Shapes } from './shapes.js';

/** Attributes that change what a cell computes. */
const UNUSUAL = ['activations', 'activation_alpha', 'activation_beta', 'clip', 'input_forget', 'layout'];

/**
 * Spells every LSTM that moves with the parameters step by step, so that its gradient follows from those of products, sums
 * and sigmoids (backpropagation through time).
 *
 * @param moving names whose numbers move with the parameters
 * @returns whether there was one
 * @throws {WringError} E_UNSUPPORTED for a free length, or cells other than the usual
 */
export function unrollLstm(
  { graph }: Document,
  shapes: Shapes,
  write: GraphWriter,
  moving: ReadonlySet<string>,
): boolean {
  write.nodes = [];
  let found = false;
  for (const node of graph.nodes) {
    const isMoving = node.opType === 'LSTM' && node.domain === '' && node.inputs.some((name) => moving.has(name));
    if (isMoving) unroll(node, shapes, write);
    else write.nodes.push(node);
    found ||= isMoving;
  }
  graph.nodes = write.nodes;
  write.nodes = [];
  return found;
}

function unroll(node: Node, shapes: Shapes, write: GraphWriter): void {
  const { inputs } = node;
  const [length] = shapes.of(inputs[0]);
  const unusual = UNUSUAL.find((name) => node.attributes.has(name)) ?? (inputs[4] ? 'sequence_lens' : inputs[7] && 'P');
  if (typeof length !== 'number' || unusual) {
    const reason = unusual ? `has ${unusual}` : 'has a free length; fix the dims of the model inputs';
    throw new WringError('E_UNSUPPORTED', `Node "${node.name}" (LSTM): no gradient where it ${reason}`);
  }
  const direction = stringAttribute(node, 'direction', 'forward');
  const runs = direction === 'bidirectional' ? ['forward', 'reverse'] : [direction];
  const results = runs.map((way, d) => runCells(node, shapes, write, { d, length, reverse: way === 'reverse' }));
  const join = (parts: string[], axis: number) =>
    parts.length === 1 ? parts[0] : write.emit('Concat', parts, { axis: int(axis) });
  const steps = range(0, length).map((t) =>
    join(
      results.map(({ outputs }) => outputs[t]),
      0,
    ),
  );
  const all = steps.map((step) => write.emit('Unsqueeze', [step, write.ints([0])]));
  const values = [
    join(all, 0),
    join(
      results.map(({ h }) => h),
      0,
    ),
    join(
      results.map(({ c }) => c),
      0,
    ),
  ];
  node.outputs.forEach((name, i) => {
    if (name) write.nodes.push(createNode('Identity', [values[i]], [name]));
  });
}

/** One direction: every h [1, N, H] by its time, and the last h and c. */
function runCells(
  { inputs }: Node,
  shapes: Shapes,
  write: GraphWriter,
  { d, length, reverse }: { d: number; length: number; reverse: boolean },
): { outputs: string[]; h: string; c: string } {
  const [x, w, r, b, , initialH, initialC] = inputs;
  const width = Number(shapes.of(r)[2]);
  const own = (value: string) => write.emit('Slice', [value, write.ints([d]), write.ints([d + 1]), write.ints([0])]);
  // [1, 4 H, K] → [1, K, 4 H]
  const turned = (value: string) => write.emit('Transpose', [own(value)], { perm: ints([0, 2, 1]) });
  let driven = write.emit('MatMul', [x, turned(w)]);
  if (b) {
    const halves = write.emitMany('Split', [own(b), write.ints([4 * width, 4 * width])], 2, { axis: int(1) });
    driven = write.add(driven, write.add(halves[0], halves[1]));
  }
  const drives = write.emitMany('Split', [driven, write.ints(range(0, length).map(() => 1))], length, { axis: int(0) });
  const recurrence = turned(r);
  let [h, c] = [initialH && own(initialH), initialC && own(initialC)];
  const outputs: string[] = new Array(length);
  for (const t of reverse ? range(0, length).reverse() : range(0, length)) {
    const gates = h ? write.add(drives[t], write.emit('MatMul', [h, recurrence])) : drives[t];
    // ONNX's order: input, output, forget, cell.
    const [open, cell] = write.emitMany('Split', [gates, write.ints([3 * width, width])], 2, { axis: int(2) });
    const opened = [write.emit('Sigmoid', [open]), write.ints([width, width, width])];
    const [input, output, forget] = write.emitMany('Split', opened, 3, { axis: int(2) });
    const added = write.mul(input, write.emit('Tanh', [cell]));
    c = c ? write.add(write.mul(forget, c), added) : added;
    h = write.mul(output, write.emit('Tanh', [c]));
    outputs[t] = h;
  }
  return { outputs, h, c };
}
