import { type Document, intAttribute, type Node, producersOf } from '../../core/index.js';
import { fromFront, type Shapes } from '../autodiff/shapes.js';

/** Where the classes of an output are told apart before they are made to probabilities. */
export interface Logits {
  readonly name: string;
  /** Of the classes, counted from the front. */
  readonly axis: number;
}

/** Operators that change no number and no order. */
const TRANSPARENT = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/**
 * The logits of an output: the input of the Softmax or LogSoftmax that it comes from, also behind a Reshape, and also when
 * it is spelled exp(x − max x) / Σ exp(x − max x); else the output itself.
 */
export function logitsOf(document: Document, shapes: Shapes, output: string, axis: number): Logits {
  const producers = producersOf(document.graph);
  let name = output;
  for (let node = producers.get(name); node?.domain === ''; node = producers.get(name)) {
    if (node.opType === 'Softmax' || node.opType === 'LogSoftmax') {
      const rank = shapes.rank(node.outputs[0]);
      return { name: node.inputs[0], axis: fromFront(intAttribute(node, 'axis', -1), rank) };
    }
    const spelled = spelledSoftmax(node, producers);
    if (spelled !== null) return { name: spelled, axis: fromFront(axis, shapes.rank(spelled)) };
    if (!TRANSPARENT.has(node.opType) && !(node.opType === 'Log' && comesFromSoftmax(node, producers))) break;
    name = node.inputs[0];
  }
  return { name: output, axis: fromFront(axis, shapes.rank(output)) };
}

/** The input of the Sigmoid that an output comes from, also behind a Reshape; else the output itself. */
export function sigmoidInput(document: Document, output: string): string {
  const producers = producersOf(document.graph);
  let name = output;
  for (let node = producers.get(name); node?.domain === ''; node = producers.get(name)) {
    if (node.opType === 'Sigmoid') return node.inputs[0];
    if (!TRANSPARENT.has(node.opType)) break;
    name = node.inputs[0];
  }
  return output;
}

function comesFromSoftmax(log: Node, producers: ReadonlyMap<string, Node>): boolean {
  return producers.get(log.inputs[0])?.opType === 'Softmax';
}

/** Div(e, ReduceSum(e)) with e = Exp(Sub(x, ReduceMax(x))) or Exp(x), over the last axis. @returns x */
function spelledSoftmax(node: Node, producers: ReadonlyMap<string, Node>): string | null {
  const [exponential, total] = node.inputs.map((input) => producers.get(input));
  if (node.opType !== 'Div' || exponential?.opType !== 'Exp' || total?.opType !== 'ReduceSum') return null;
  if (total.inputs[0] !== exponential.outputs[0]) return null;
  const difference = producers.get(exponential.inputs[0]);
  if (difference?.opType !== 'Sub') return exponential.inputs[0];
  const largest = producers.get(difference.inputs[1]);
  const shifted = largest?.opType === 'ReduceMax' && largest.inputs[0] === difference.inputs[0];
  return shifted ? difference.inputs[0] : exponential.inputs[0];
}
