import { type Document, isFloat, rawByteLength, type Tensor, WringError } from '../core/index.js';
import { type IgnoredScope, matchIgnoredScope } from './ignored-scope.js';
import { followWeights, type WeightUse } from './weight-flow.js';
import { WEIGHT_ROLES, type WeightRole } from './weight-roles.js';

export type { IgnoredScope, WeightRole, WeightUse };
export { WEIGHT_ROLES };

/** A float constant that a method may change, wherever it lives. One that several nodes share is listed once. */
export interface WeightRef {
  readonly tensor: Tensor;
  /** Of the initializer, or of the Constant's output. */
  readonly name: string;
  /** The first in WEIGHT_ROLES that any use gives it; 'other' without uses. */
  readonly role: WeightRole;
  /** Output-channel axis of `tensor` in the use that gives the role; −1 when there is none. */
  readonly axis: number;
  /** The operators that use it, behind Identity, Transpose, Reshape, Cast. */
  readonly uses: readonly WeightUse[];
}

export interface ListWeightsOptions {
  readonly ignoredScope?: IgnoredScope;
  /** Default: all. */
  readonly roles?: readonly WeightRole[];
}

export interface Coverage {
  /** Bytes of all float constants in `raw_data` layout. */
  readonly floatBytes: number;
  readonly coveredBytes: number;
  /** coveredBytes / floatBytes; 1 when there are none. */
  readonly share: number;
  /** What is not covered, largest first. */
  readonly rest: readonly { readonly name: string; readonly byteLength: number }[];
}

/**
 * Every float constant: initializers and Constant nodes of the main graph, of If, Loop and Scan bodies and of functions.
 * Sparse initializers and integers (quantized weights) are not among them.
 *
 * @returns in the order of the file
 * @throws {WringError} E_OPTION when an entry of ignoredScope matches nothing
 */
export function listWeights(document: Document, { ignoredScope = {}, roles }: ListWeightsOptions = {}): WeightRef[] {
  const refs = Array.from(followWeights(document), ([tensor, { name, uses }]) => refOf(tensor, name, uses));
  const ignored = matchIgnoredScope(
    ignoredScope,
    document,
    refs.map((ref) => ref.name),
  );
  return refs.filter(
    ({ name, role, uses }) =>
      !ignored(
        name,
        uses.map((use) => use.node),
      ) &&
      (roles?.includes(role) ?? true),
  );
}

/** Which share of a document's float bytes the given weights are, and what the rest is. */
export function coverage(document: Document, refs: readonly Pick<WeightRef, 'tensor'>[]): Coverage {
  const covered = new Set(refs.map((ref) => ref.tensor));
  let floatBytes = 0;
  let coveredBytes = 0;
  const rest: { name: string; byteLength: number }[] = [];
  for (const [tensor, name] of floatTensors(document)) {
    const byteLength = rawByteLength(tensor.dataType, tensor.elementCount);
    floatBytes += byteLength;
    if (covered.has(tensor)) coveredBytes += byteLength;
    else if (byteLength > 0) rest.push({ name, byteLength });
  }
  rest.sort((a, b) => b.byteLength - a.byteLength);
  return { floatBytes, coveredBytes, share: floatBytes === 0 ? 1 : coveredBytes / floatBytes, rest };
}

/**
 * The numbers of a weight as float32.
 * @throws {WringError} E_NOT_FINITE naming the tensor and the first offending element
 */
export function readFinite(tensor: Tensor): Float32Array {
  const values = tensor.toFloat32();
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new WringError(
      'E_NOT_FINITE',
      `Tensor "${tensor.name}": element ${i} is ${values[i]}, expected a finite number; repair the model, or leave ` +
        'the tensor out with ignoredScope',
    );
  }
  return values;
}

function refOf(tensor: Tensor, name: string, uses: readonly WeightUse[]): WeightRef {
  let best: WeightUse | null = null;
  for (const use of uses) {
    if (best === null || WEIGHT_ROLES.indexOf(use.role) < WEIGHT_ROLES.indexOf(best.role)) best = use;
  }
  return { tensor, name, role: best?.role ?? 'other', axis: best?.axis ?? -1, uses };
}

/** Each once, with its name: what followWeights finds, tensors in other attributes, the values of sparse initializers. */
function floatTensors(document: Document): Map<Tensor, string> {
  const tensors = new Map<Tensor, string>();
  for (const [tensor, { name }] of followWeights(document)) tensors.set(tensor, name);
  const add = (tensor: Tensor) => {
    if (isFloat(tensor.dataType) && !tensors.has(tensor)) tensors.set(tensor, tensor.name);
  };
  for (const tensor of document.tensors()) add(tensor);
  for (const graph of document.graphs()) for (const { values } of graph.sparseInitializers) add(values);
  return tensors;
}
