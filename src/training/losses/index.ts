import { DataType, type Dimension, type Document, dataTypeName, producersOf, WringError } from '../../core/index.js';
import type { GraphWriter } from '../autodiff/graph-writer.js';
import type { Shapes } from '../autodiff/shapes.js';
import type { TrainingTarget } from '../training-graph.js';
import { batchStatistics } from './batch-statistics.js';
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';
import { distillation } from './distillation.js';
import type { Loss } from './loss.js';
import { squaredError } from './squared-error.js';

export type * from './loss.js';

/** What a loss is written with. */
export interface LossSite {
  readonly document: Document;
  readonly shapes: Shapes;
  readonly write: GraphWriter;
  /** The value of the original model that has the same numbers, perhaps in other dims: a teacher can give no others. */
  knownBefore(value: string): string;
  /** Adds a graph input of floats that the data or, where there is a source, the original model gives. @returns its name */
  target(dims: readonly Dimension[], source: string | null): string;
  /** Adds a graph input of class indices that the data gives. @returns its name */
  labels(dims: readonly Dimension[], classes: number): string;
}

/**
 * Writes the weighted sum of losses behind the model's graph, and the targets among its inputs.
 *
 * @param original the names of all values in the original model
 * @returns the loss, a float32 scalar
 */
export function writeLosses(
  document: Document,
  losses: readonly Loss[],
  shapes: Shapes,
  write: GraphWriter,
  original: ReadonlySet<string>,
): { loss: string; targets: TrainingTarget[] } {
  if (losses.length === 0) throw new WringError('E_OPTION', 'Expected at least one loss but received none');
  const targets: TrainingTarget[] = [];
  const terms = losses.map((loss) => {
    const value = valueCompared(document, loss, original);
    const add = (target: Omit<TrainingTarget, 'name'>) => {
      const { dims, dataType } = target;
      const name = write.fresh(loss.target ?? `${loss.kind}.${value}`);
      targets.push({ name, ...target });
      document.graph.inputs.push({ name, dims, dataType });
      return name;
    };
    const site: LossSite = {
      document,
      shapes,
      write,
      knownBefore: (name) => knownBefore(document, name, original),
      target: (dims, source) => add({ dataType: DataType.FLOAT, dims, classes: null, source }),
      labels: (dims, classes) => add({ dataType: DataType.INT64, dims, classes, source: null }),
    };
    return write.times(writeLoss(loss, value, site), loss.weight ?? 1);
  });
  const sum = terms.length === 1 ? terms[0] : write.emit('Sum', terms);
  document.graph.nodes.push(...write.nodes);
  write.nodes = [];
  return { loss: sum, targets };
}

function writeLoss(loss: Loss, value: string, site: LossSite): string {
  switch (loss.kind) {
    case 'cross-entropy':
      return crossEntropy(site, value, loss);
    case 'mean-squared-error':
      return squaredError(site, value, { source: null, relative: false });
    case 'binary-cross-entropy':
      return binaryCrossEntropy(site, value);
    case 'distillation':
      return distillation(site, value, loss);
    case 'feature':
      return squaredError(site, value, { source: value, relative: loss.relative ?? false });
    case 'batch-statistics':
      return batchStatistics(site);
    default:
      throw new WringError(
        'E_OPTION',
        'Expected loss.kind to be cross-entropy, mean-squared-error, binary-cross-entropy, distillation, feature or ' +
          `batch-statistics but received ${(loss as Loss).kind}`,
      );
  }
}

function valueCompared({ graph }: Document, loss: Loss, original: ReadonlySet<string>): string {
  if (loss.kind === 'feature') {
    if (original.has(loss.value)) return loss.value;
    throw new WringError('E_OPTION', `Loss "feature": the model has no value "${loss.value}"`);
  }
  const [first] = graph.outputs;
  if (loss.kind === 'batch-statistics') return first.name;
  const { kind, output = first.name } = loss;
  const found = graph.outputs.find(({ name }) => name === output);
  if (!found) {
    const names = graph.outputs.map(({ name }) => name);
    throw new WringError('E_OPTION', `Loss "${kind}": expected an output of the model (${names}), not "${output}"`);
  }
  const { dataType } = found;
  if (dataType !== null && dataType !== DataType.FLOAT) {
    throw new WringError(
      'E_DATA_TYPE',
      `Loss "${kind}": output "${output}" is ${dataTypeName(dataType)}, expected float32; convert the model to float32, or ` +
        'name another output',
    );
  }
  return output;
}

/** What stands before a value that was written for an older spelling is the same numbers in other dims. */
function knownBefore({ graph }: Document, name: string, original: ReadonlySet<string>): string {
  const producers = producersOf(graph);
  let known = name;
  while (!original.has(known)) known = producers.get(known)!.inputs[0];
  return known;
}
