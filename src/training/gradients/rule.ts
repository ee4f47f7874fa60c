import type { Node } from '../../core/index.js';
import type { GraphWriter } from '../autodiff/graph-writer.js';
import type { Shapes } from '../autodiff/shapes.js';

/** One call of an operator in the forward graph, on the way back. */
export interface Call {
  readonly node: Node;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** ∂loss/∂output for every output; null where the loss does not depend on it. At least one is not null. */
  readonly gradients: readonly (string | null)[];
  /** ∂loss/∂output of output 0, for operators that have no other. */
  readonly dy: string;
  readonly shapes: Shapes;
  readonly write: GraphWriter;
  /** Channels in a block of the runtime's own convolution layout; undefined where only standard ONNX may be written. */
  readonly convBlock: number | undefined;
  /** Whether ∂loss/∂input is asked for; where it is not, a rule may give null and save the work. */
  wants(input: number): boolean;
  /** The value of an input that is a constant of one float or integer; null for any other. */
  constantNumber(input: number): number | null;
  /** The numbers of an input that is a constant of integers; null for any other. */
  constantInts(input: number): readonly number[] | null;
  /** The name of output `index` (≥ 1), which the forward node is made to compute if it does not yet. */
  demandOutput(index: number): string;
}

/**
 * Writes ∂loss/∂input for the inputs of a call, from ∂loss/∂output: a vector–Jacobian product.
 *
 * @returns one name an input; null or absent where nothing is asked for, or the derivative is zero
 */
export type Rule = (call: Call) => readonly (string | null)[];
