import {
  type Codebook,
  decodeFloats,
  encodeFloats,
  rawByteLength,
  stopIfAborted,
  type Tensor,
  type Transform,
  WringError,
} from '../core/index.js';
import { type Kernels, loadKernels } from '../kernels/index.js';
import { assertOneOf } from './option-checks.js';
import { type IgnoredScope, listWeights, readFinite, WEIGHT_ROLES, type WeightRole } from './weights.js';

/** Which weights of a document share one codebook. */
export interface SharedWeightsOptions {
  /** Default: weight, embedding and bias. */
  roles?: readonly WeightRole[];
  /** What is left as it is (default: nothing). */
  ignoredScope?: IgnoredScope;
}

export const SHARED_WEIGHTS_DEFAULTS: Readonly<Required<SharedWeightsOptions>> = {
  roles: ['weight', 'embedding', 'bias'],
  ignoredScope: {},
};

/** All chosen weights, one tensor after another. */
export interface NetworkWeights {
  readonly values: Float32Array;
  /** tensors[i] is values[ends[i − 1] … ends[i]). */
  readonly ends: readonly number[];
}

type Cluster = (
  weights: NetworkWeights,
  kernels: Kernels,
  onProgress: (done: number, round: number) => void,
) => { readonly codebook: Codebook; readonly codes: Uint16Array };

/**
 * A transform that gives the chosen weights of a document one codebook, found by `cluster`. Lossy.
 *
 * @throws {WringError} E_OPTION at once for an unknown role; E_NOT_FINITE for weights that are no numbers, E_INTERRUPTED
 */
export function shareValues(method: string, options: SharedWeightsOptions, cluster: Cluster): Transform {
  const { roles, ignoredScope } = { ...SHARED_WEIGHTS_DEFAULTS, ...options };
  for (const role of roles) assertOneOf(method, 'roles', role, WEIGHT_ROLES);
  return async (document, context) => {
    const kernels = await loadKernels();
    const tensors = listWeights(document, { roles, ignoredScope }).map((ref) => ref.tensor);
    const weights = concatenate(tensors);
    const total = weights.values.length;
    const { codebook, codes } = cluster(weights, kernels, (done, round) => {
      stopIfAborted(context.signal, `choosing values by ${method}`);
      context.onProgress({ step: method, done, total, note: `round ${round + 1}` });
    });
    tensors.forEach((tensor, i) => {
      const own = codes.subarray(i === 0 ? 0 : weights.ends[i - 1], weights.ends[i]);
      assertRepresentable(tensor, codebook, own);
      tensor.setCoding({ kind: 'codebook', codebook, codes: own });
    });
    context.logger.debug(
      `${method}: ${codebook.values.length} values for ${total} weights in ${tensors.length} tensors`,
    );
  };
}

function concatenate(tensors: readonly Tensor[]): NetworkWeights {
  const ends: number[] = [];
  for (const tensor of tensors) ends.push((ends.at(-1) ?? 0) + tensor.elementCount);
  const values = new Float32Array(ends.at(-1) ?? 0);
  tensors.forEach((tensor, i) => {
    values.set(readFinite(tensor), ends[i] - tensor.elementCount);
  });
  return { values, ends };
}

/**
 * A power of two just above the largest half float would become infinity.
 *
 * @throws {WringError} E_NOT_FINITE
 */
export function assertRepresentable(tensor: Tensor, codebook: Codebook, codes: Uint16Array): void {
  const rounded = new Float32Array(codebook.values.length);
  const bytes = new Uint8Array(rawByteLength(tensor.dataType, rounded.length));
  encodeFloats(tensor.dataType, codebook.values, bytes);
  decodeFloats(tensor.dataType, bytes, rounded);
  if (rounded.every(Number.isFinite)) return;
  const i = codes.findIndex((code) => !Number.isFinite(rounded[code]));
  if (i < 0) return;
  throw new WringError(
    'E_NOT_FINITE',
    `Tensor "${tensor.name}": element ${i} would become ${codebook.values[codes[i]]}, beyond its data type; leave the ` +
      'tensor out with ignoredScope',
  );
}
