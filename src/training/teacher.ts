import type { Document } from '../core/index.js';
import { MemorySource } from '../core/index.js';
import { modelBytes, readModel } from '../onnx/index.js';
import type { Feeds, OpenParallel, ParallelSession } from '../runtime/parallel.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import type { TrainingTarget } from './training-graph.js';

/** The original model, whose values are what the trained one is to have. */
export interface Teacher {
  /** Adds the values for every target that has a source. Leaves the arrays of `feeds` as they are. */
  teach(feeds: readonly Feeds[]): Promise<Feeds[]>;
  release(): Promise<void>;
}

const NOTHING = new Float32Array(0);

/**
 * Loads the document as it is now; null when no target comes from it.
 *
 * @param inputName of the model
 * @throws {WringError} E_RUNTIME
 */
export async function openTeacher(
  document: Document,
  inputName: string,
  targets: readonly TrainingTarget[],
  open: OpenParallel,
): Promise<Teacher | null> {
  const taught = targets.filter(({ source }) => source !== null);
  if (taught.length === 0) return null;
  const others = [...new Set(taught.map(({ source }) => source!))];
  const session = await open(modelBytes(withOutputs(document, others)), {
    length: 0,
    shared: [],
    gathered: [],
    others,
  });
  return {
    teach: (feeds) => teach(session, feeds, inputName, taught),
    release: () => session.release(),
  };
}

/** A copy of which just these values are outputs, intermediate ones too. */
function withOutputs(document: Document, names: readonly string[]): Document {
  const copy = readModel(new MemorySource(modelBytes(document)));
  const known = new Map([...copy.graph.values, ...copy.graph.outputs].map((value) => [value.name, value]));
  copy.graph.outputs = names.map((name) => known.get(name) ?? { name, dataType: 1, dims: null });
  return copy;
}

async function teach(
  session: ParallelSession,
  feeds: readonly Feeds[],
  inputName: string,
  targets: readonly TrainingTarget[],
): Promise<Feeds[]> {
  const questions = feeds.map((feed) => ({ [inputName]: copyOf(feed[inputName]) }));
  const answers = await session.run(() => NOTHING, questions);
  return feeds.map((feed, i) => {
    // One value may be the target of several losses, and arrays are handed over.
    const values = targets.map(({ name, source }) => [name, copyOf(answers[i].others[source!])] as const);
    return { ...feed, ...Object.fromEntries(values) };
  });
}

function copyOf(tensor: RuntimeTensor): RuntimeTensor {
  return { ...tensor, data: tensor.data.slice() };
}
