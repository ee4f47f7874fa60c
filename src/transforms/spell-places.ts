import {
  createNode,
  type Document,
  type FunctionBody,
  type Graph,
  type Node,
  subgraphsOf,
  type Tensor,
} from '../core/index.js';
import { addInitializer } from './names.js';
import { rowLookups } from './spell-rows.js';

/** The outermost scope that a coded tensor lives in: constants put there are seen from everywhere below. */
export class Root {
  constructor(readonly body: Graph | FunctionBody) {}

  /**
   * The operators are used in their form of opset 7: there Mul broadcasts, Cast takes a number, Reshape an input. A
   * function has no initializers but Constant nodes, which hold integers since opset 9; and onnxruntime inlines it as
   * if it were of the model's opset, so where the two differ only forms will do that both know (Slice: since 10).
   */
  isOldFor(document: Document): boolean {
    const opset = this.opsetOf(document);
    if ('initializers' in this.body) return opset < 7;
    return opset === document.opsets.get('') ? opset < 9 : Math.min(opset, document.opsets.get('') ?? 0) < 10;
  }

  add(document: Document, tensor: Tensor): void {
    if ('initializers' in this.body) addInitializer(document, this.body, tensor);
    else
      this.body.nodes.unshift(createNode('Constant', [], [tensor.name], { value: { kind: 'tensor', value: tensor } }));
  }

  /** The version of ai.onnx: that of the model, or of the function; 0 when it imports none. */
  opsetOf(document: Document): number {
    const own = 'initializers' in this.body ? undefined : this.body.opsets;
    return (own ?? document.opsets).get('') ?? 0;
  }
}

/** Where a coded tensor is: an initializer of a graph, or a Constant node of a graph or a function. */
export interface CodedPlace {
  readonly root: Root;
  readonly body: Graph | FunctionBody;
  readonly name: string;
  readonly tensor: Tensor;
  /** null: an initializer. */
  readonly constant: Node | null;
  /** Every reader, when all of them look up rows; null otherwise. */
  readonly lookups: readonly Node[] | null;
}

/**
 * All coded tensors but those in other attributes than that of Constant; outer before inner. Names are taken to be
 * unique in their scope, as ONNX demands.
 */
export function listPlaces(document: Document): CodedPlace[] {
  const places: CodedPlace[] = [];
  const visit = (body: Graph | FunctionBody, root: Root): void => {
    const coded: [string, Tensor, Node | null][] = [];
    if ('initializers' in body) {
      for (const [name, tensor] of body.initializers) {
        const argument = body !== document.graph && body.inputs.some((input) => input.name === name);
        if (tensor.coding && !argument) coded.push([name, tensor, null]);
      }
    }
    for (const node of body.nodes) {
      const value = node.opType === 'Constant' && node.domain === '' ? node.attributes.get('value') : undefined;
      if (value?.kind === 'tensor' && value.value.coding) coded.push([node.outputs[0], value.value, node]);
    }
    for (const [name, tensor, constant] of coded) {
      const lookups = outputsOf(body).includes(name) ? null : rowLookups(name, readersOf(body, name));
      places.push({ root, body, name, tensor, constant, lookups });
    }
    for (const node of body.nodes) for (const graph of subgraphsOf(node)) visit(graph, root);
  };
  visit(document.graph, new Root(document.graph));
  for (const body of document.functions) visit(body, new Root(body));
  return places;
}

/** The nodes make what the tensor was; they stand where the Constant stood, or before all others. */
export function replaceByNodes(document: Document, place: CodedPlace, nodes: readonly Node[]): void {
  const { body, constant } = place;
  if (constant) {
    body.nodes.splice(body.nodes.indexOf(constant), 1, ...nodes);
    return;
  }
  removeInitializer(document, place);
  body.nodes.unshift(...nodes);
}

/** Each reader gives way to nodes of its own; the tensor goes. */
export function replaceByRows(document: Document, place: CodedPlace, rows: ReadonlyMap<Node, Node[]>): void {
  const visit = (nodes: Node[]): void => {
    for (let i = nodes.length - 1; i >= 0; i--) {
      const inner = rows.get(nodes[i]);
      for (const graph of subgraphsOf(nodes[i])) visit(graph.nodes);
      if (inner) nodes.splice(i, 1, ...inner);
    }
  };
  visit(place.body.nodes);
  const { body, constant } = place;
  if (constant) body.nodes.splice(body.nodes.indexOf(constant), 1);
  else removeInitializer(document, place);
}

function removeInitializer(document: Document, { body, name }: CodedPlace): void {
  if (!('initializers' in body)) return;
  body.initializers.delete(name);
  if (body === document.graph) body.inputs = body.inputs.filter((input) => input.name !== name);
}

function outputsOf(body: Graph | FunctionBody): readonly string[] {
  if ('initializers' in body) return body.outputs.map((output) => output.name);
  return body.outputs ?? [];
}

/** Nodes of the body, and of the bodies within, that read the name; an If whose branch hands it on is one of them. */
function readersOf(body: Graph | FunctionBody, name: string): Node[] {
  const readers: Node[] = [];
  for (const node of body.nodes) {
    const graphs = subgraphsOf(node);
    const handedOn = graphs.some((graph) => graph.outputs.some((output) => output.name === name));
    if (handedOn || node.inputs.includes(name)) readers.push(node);
    for (const graph of graphs) readers.push(...readersOf(graph, name));
  }
  return readers;
}
