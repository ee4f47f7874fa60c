import { constantsOf, DataType, type Document, type Node, type Tensor, WringError } from '../../core/index.js';
import { type Call, type GivenGradients, isConstant, movedBy, ruleOf } from '../gradients/index.js';
import type { GraphWriter } from './graph-writer.js';
import type { Shapes } from './shapes.js';

/**
 * Reverse mode: walks the nodes backwards and lets the rule of each write ∂loss/∂input from ∂loss/∂output; where a value is
 * read several times its gradients are added. Only what lies between the parameters and the loss is visited.
 *
 * @param given in place of rules
 * @returns the gradient of each parameter that the loss depends on; the nodes are in `write.nodes`
 * @throws {WringError} E_UNSUPPORTED for an operator without a rule on the way
 */
export function writeGradients(
  document: Document,
  shapes: Shapes,
  write: GraphWriter,
  loss: string,
  parameters: readonly string[],
  given: GivenGradients,
  convBlock?: number,
): Map<string, string> {
  const { nodes } = document.graph;
  const moving = movingNames(nodes, parameters, given);
  const constants = constantsOf(document.graph);
  const terms = new Map<string, string[]>([[loss, [write.scalar(1)]]]);
  const total = (name: string): string | null => {
    const found = terms.get(name);
    if (!found) return null;
    const sum = found.length === 1 ? found[0] : write.emit(found.length === 2 ? 'Add' : 'Sum', found);
    terms.set(name, [sum]);
    return sum;
  };
  const add = (name: string, gradient: string) => terms.set(name, [...(terms.get(name) ?? []), gradient]);
  for (const node of [...nodes].reverse()) {
    if (isConstant(node) || !node.outputs.some((name) => terms.has(name) && moving.has(name))) continue;
    const gradients = node.outputs.map(total);
    const own = given.get(node.outputs[0]);
    if (own) {
      const found = own.write(gradients[0]!, write);
      own.by.forEach((name, i) => {
        if (moving.has(name)) add(name, found[i]);
      });
      continue;
    }
    const rule = ruleOf(node);
    if (!rule) throw withoutRule(node);
    const call = callOf(node, gradients, { shapes, write, moving, constants, convBlock });
    const found = rule(call);
    node.inputs.forEach((name, i) => {
      if (!call.wants(i)) return;
      const gradient = found[i];
      if (!gradient) throw withoutRule(node, name);
      add(name, gradient);
    });
  }
  const result = new Map<string, string>();
  for (const name of parameters) {
    const gradient = total(name);
    if (gradient !== null) result.set(name, gradient);
  }
  return result;
}

/** Every name whose numbers move when the parameters do. */
export function movingNames(nodes: readonly Node[], parameters: readonly string[], given: GivenGradients): Set<string> {
  const moving = new Set(parameters);
  for (const node of nodes) {
    if (isConstant(node)) continue;
    for (const name of movedBy(node, given)) {
      if (!moving.has(name)) continue;
      for (const output of node.outputs) if (output) moving.add(output);
      break;
    }
  }
  return moving;
}

interface Surroundings {
  readonly shapes: Shapes;
  readonly write: GraphWriter;
  readonly moving: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly convBlock: number | undefined;
}

function callOf(node: Node, gradients: (string | null)[], surroundings: Surroundings): Call {
  const { shapes, write, moving, constants, convBlock } = surroundings;
  return {
    node,
    inputs: node.inputs,
    outputs: node.outputs,
    gradients,
    // A rule for one output reads it; rules for several look at `gradients`.
    dy: gradients[0] ?? '',
    shapes,
    write,
    convBlock,
    wants: (input) => moving.has(node.inputs[input] ?? ''),
    constantNumber: (input) => numberOf(constants.get(node.inputs[input] ?? '')),
    constantInts: (input) => integersOf(constants.get(node.inputs[input] ?? '')),
    demandOutput: (index) => {
      while (node.outputs.length <= index) node.outputs.push('');
      node.outputs[index] ||= write.fresh(`${node.outputs[0]}.${index}`);
      return node.outputs[index];
    },
  };
}

function integersOf(tensor: Tensor | undefined): readonly number[] | null {
  if (tensor?.dataType === DataType.INT64) return Array.from(new BigInt64Array(tensor.bytes().slice().buffer), Number);
  if (tensor?.dataType === DataType.INT32) return Array.from(new Int32Array(tensor.bytes().slice().buffer));
  return null;
}

function numberOf(tensor: Tensor | undefined): number | null {
  if (tensor?.elementCount !== 1) return null;
  return tensor.dataType === DataType.FLOAT ? tensor.toFloat32()[0] : (integersOf(tensor)?.[0] ?? null);
}

function withoutRule(node: Node, input?: string): WringError {
  const operator = node.domain ? `${node.domain}.${node.opType}` : node.opType;
  const what = input === undefined ? 'this operator' : `its input "${input}"`;
  return new WringError(
    'E_UNSUPPORTED',
    `Node "${node.name || node.outputs[0]}" (${operator}): no gradient rule for ${what}; leave the weights before it untrained`,
  );
}
