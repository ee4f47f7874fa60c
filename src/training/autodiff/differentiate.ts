import { constantsOf, DataType, type Document, type Value } from '../../core/index.js';
import { foldConstants, freeze, prune } from '../../transforms/index.js';
import { writeLosses } from '../losses/index.js';
import type { Loss } from '../losses/loss.js';
import type { DifferentiateOptions, TrainingGraph, TrainingParameter } from '../training-graph.js';
import { movingNames, writeGradients } from './backward.js';
import { useBatchStatistics } from './batch-statistics.js';
import { blockConvolutions } from './blocked-conv.js';
import { copyDocument } from './draft.js';
import { GraphWriter } from './graph-writer.js';
import { chooseParameters, toInputs, trainableNames } from './parameters.js';
import { probeShapes } from './probe-shapes.js';
import { unrollLstm } from './unroll-lstm.js';
import { upgrade } from './upgrade.js';

/**
 * Turns a model into one step of training: a model of its own that computes the loss and its gradient by every trainable
 * tensor, by reverse mode. The document is not changed.
 *
 * @throws {WringError} E_UNSUPPORTED for an operator without a gradient between a trainable tensor and the loss,
 *   E_OPTION for names that the model does not have, E_DATA_TYPE where weights or what a loss compares are not float32, E_RUNTIME when the model does not run
 */
export async function differentiate(document: Document, options: DifferentiateOptions): Promise<TrainingGraph> {
  const { loss: asked, runtime, trainable, batchSize, convBlock, given = new Map() } = options;
  const { batchNorm = 'inference', keptStatistics = [] } = options;
  const losses = Array.isArray(asked) ? (asked as readonly Loss[]) : [asked as Loss];
  const step = copyDocument(document);
  if (batchSize !== undefined) fixBatch(step, batchSize);
  // Before IR 4 every initializer had to be an input; later none needs to be.
  step.irVersion = Math.max(4, step.irVersion);
  await step.transform(freeze());
  const original = new Set([
    ...step.graph.inputs.map(({ name }) => name),
    ...step.graph.initializers.keys(),
    ...step.graph.nodes.flatMap((node) => node.outputs),
  ]);
  const constants = constantsOf(document.graph);
  const names = trainableNames(step, constants, trainable);
  const outputs = step.graph.outputs.map(({ name }) => name);
  const write = new GraphWriter(step);

  const first = await probeShapes(step, runtime);
  const added = upgrade(step, write, first);
  const modelShapes = added ? await probeShapes(step, runtime, first.free) : first;
  const { loss, targets } = writeLosses(step, losses, modelShapes, write, original);
  const lossShapes = await probeShapes(step, runtime, modelShapes.free);

  const tensors = chooseParameters(step, constants, loss, names, given);
  toInputs(step, tensors);
  const unrolled = unrollLstm(step, lossShapes, write, movingNames(step.graph.nodes, [...tensors.keys()], given));
  const shapes = unrolled ? await probeShapes(step, runtime, lossShapes.free) : lossShapes;
  const runningStatistics = batchNorm === 'batch' ? useBatchStatistics(step, write, new Set(keptStatistics)) : [];
  await step.transform(foldConstants());
  const gradients = writeGradients(step, shapes, write, loss, [...tensors.keys()], given, convBlock);

  const total = write.alias(loss, 'loss');
  const parameters = [...tensors].map(([parameter, tensor]): TrainingParameter => {
    const gradient = write.alias(gradients.get(parameter)!, `${parameter}.gradient`);
    return { tensor, name: parameter, dims: tensor.dims, gradient };
  });
  step.graph.nodes.push(...write.nodes);
  step.graph.outputs = [
    floatValue(total, []),
    ...parameters.map(({ gradient, dims }) => floatValue(gradient, dims)),
    ...runningStatistics.map(({ updated, dims }) => floatValue(updated, dims)),
    ...step.graph.outputs,
  ];
  await step.transform(prune());
  if (convBlock !== undefined) blockConvolutions(step, shapes, convBlock);
  return { document: step, parameters, loss: total, targets, outputs, runningStatistics };
}

/** A free first dimension is that of the samples. */
function fixBatch({ graph }: Document, batchSize: number): void {
  for (const input of graph.inputs) {
    if (input.dims && typeof input.dims[0] !== 'number') input.dims = [batchSize, ...input.dims.slice(1)];
  }
}

function floatValue(name: string, dims: readonly number[]): Value {
  return { name, dataType: DataType.FLOAT, dims };
}
