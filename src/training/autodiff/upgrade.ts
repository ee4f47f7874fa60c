import { type Document, type Graph, WringError } from '../../core/index.js';
import { CHANGES } from './changes.js';
import type { GraphWriter } from './graph-writer.js';
import type { Shapes } from './shapes.js';

/** Gradients are written in this opset, so a model is brought to it; models of later ones stay as they are. */
const STEP_OPSET = 18;
const LEAST_OPSET = 7;
const STEP_IR = 8;

/**
 * Spells every node as opset 18 does, with the same result, so that gradients need to know one spelling. Dropout becomes what
 * it is when a model is used: nothing.
 *
 * @returns whether there are values now that were not there before
 * @throws {WringError} E_UNSUPPORTED for an opset below 7, or an operator that is no more
 */
export function upgrade(document: Document, write: GraphWriter, shapes: Shapes): boolean {
  const opset = document.opsets.get('') ?? document.opsets.get('ai.onnx') ?? 1;
  if (opset < LEAST_OPSET) {
    throw new WringError('E_UNSUPPORTED', `Training needs opset ${LEAST_OPSET} or later but the model has ${opset}`);
  }
  const count = document.graph.nodes.length;
  for (const graph of [...document.graphs()]) upgradeGraph(graph, opset, write, shapes);
  document.opsets.delete('ai.onnx');
  document.opsets.set('', Math.max(STEP_OPSET, opset));
  document.irVersion = Math.max(STEP_IR, document.irVersion);
  return document.graph.nodes.length > count;
}

function upgradeGraph(graph: Graph, opset: number, write: GraphWriter, shapes: Shapes): void {
  write.nodes = [];
  for (const node of graph.nodes) {
    const change = node.domain === '' ? CHANGES[node.opType] : undefined;
    const after = change && opset < change.before ? change.apply(node, write, shapes) : undefined;
    write.nodes.push(node, ...(after ?? []));
  }
  graph.nodes = write.nodes;
  write.nodes = [];
}
