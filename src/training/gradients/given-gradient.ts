import { type Node, namesRead } from '../../core/index.js';
import type { GraphWriter } from '../autodiff/graph-writer.js';

/** A derivative of a value that stands in for that of the nodes which compute it, as straight-through estimators have. */
export interface GivenGradient {
  /** What the value is taken to move with; computed before it, or constants that are trained. */
  readonly by: readonly string[];
  /** Writes ∂loss/∂ each of {@link by} from ∂loss/∂value. @returns their names, in that order */
  readonly write: (dy: string, write: GraphWriter) => readonly string[];
}

/** By the name of the value, the first output of a node. */
export type GivenGradients = ReadonlyMap<string, GivenGradient>;

/** What the outputs of a node move with. */
export function movedBy(node: Node, given: GivenGradients): Iterable<string> {
  return given.get(node.outputs[0])?.by ?? namesRead(node);
}
