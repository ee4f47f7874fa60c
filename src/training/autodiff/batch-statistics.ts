import {
  constantsOf,
  DataType,
  type Document,
  floatAttribute,
  type Node,
  type Tensor,
  WringError,
} from '../../core/index.js';
import type { RunningStatistic } from '../training-graph.js';
import { float, type GraphWriter, int } from './graph-writer.js';
import { toInputs } from './parameters.js';

/**
 * Makes every BatchNormalization of the main graph normalize by the batch, and the running statistics inputs that are updated:
 * updated = momentum · running + (1 − momentum) · batch.
 *
 * The operator with momentum 0 gives the statistics of the batch as its "running" ones. It writes them over what it is
 * given, even over an initializer, so it is given 0 · running: memory of its own in every run. Nothing else may be that
 * product, since the runtime computes equal expressions once: neither what is kept at momentum 0, nor what another layer
 * is given that shares the statistic, which is 0 · (running + 1) and so on.
 *
 * @param kept names of statistics that are to stay: a layer with one of them normalizes by what is stored
 * @throws {WringError} E_UNSUPPORTED when a statistic is no float32 constant
 */
export function useBatchStatistics(
  document: Document,
  write: GraphWriter,
  kept: ReadonlySet<string> = new Set(),
): RunningStatistic[] {
  const { graph } = document;
  const constants = constantsOf(graph);
  const tensors = new Map<string, Tensor>();
  /** What a statistic is by now: layers that share one update it in turn. */
  const current = new Map<string, string>();
  /** How many layers so far read a statistic. */
  const readers = new Map<string, number>();
  write.nodes = [];
  for (const node of graph.nodes) {
    const running = node.inputs.slice(3, 5);
    if (node.opType !== 'BatchNormalization' || node.domain !== '' || running.some((name) => kept.has(name))) {
      write.nodes.push(node);
      continue;
    }
    const momentum = floatAttribute(node, 'momentum', Math.fround(0.9));
    for (const name of running) tensors.set(name, statistic(node, name, constants));
    const batch = running.map((name) => write.fresh(`${name}.batch`));
    const memory = running.map((name) => {
      const others = readers.get(name) ?? 0;
      readers.set(name, others + 1);
      return write.times(write.plus(name, others), 0);
    });
    node.inputs.splice(3, 2, ...memory);
    node.outputs = [node.outputs[0], ...batch];
    node.attributes.set('training_mode', int(1));
    node.attributes.set('momentum', float(0));
    write.nodes.push(node);
    running.forEach((name, i) => {
      const fromBatch = write.times(batch[i], 1 - momentum);
      const kept = momentum === 0 ? null : write.times(current.get(name) ?? name, momentum);
      current.set(name, kept === null ? fromBatch : write.add(kept, fromBatch));
    });
  }
  graph.nodes = write.nodes;
  write.nodes = [];
  toInputs(document, tensors);
  return [...tensors].map(([name, tensor]) => ({ name, tensor, dims: tensor.dims, updated: current.get(name)! }));
}

function statistic(node: Node, name: string, constants: ReadonlyMap<string, Tensor>): Tensor {
  const tensor = constants.get(name);
  if (tensor?.dataType === DataType.FLOAT) return tensor;
  throw new WringError(
    'E_UNSUPPORTED',
    `Node "${node.name}" (BatchNormalization): its statistic "${name}" is no float32 constant, so it cannot be updated`,
  );
}
