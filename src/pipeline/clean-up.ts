import type { Document, Node, TransformContext } from '../core/index.js';
import { type IgnoredScope, listWeights, type WeightRef } from '../methods/weights.js';
import type { Runtime } from '../runtime/runtime.js';
import { dedup, foldConstants, freeze, fuseBatchNorm, prune } from '../transforms/index.js';
import { LEARNED_METHODS, trainsNorms } from './options.js';

/** Shorter tensors cost more as a coding (scale, directory) than as they are. */
const MIN_ELEMENTS = 8;
const CHANGED_ROLES: ReadonlySet<WeightRef['role']> = new Set(['weight', 'embedding', 'bias']);

export interface CleanUpOptions {
  readonly fuseBatchNorm: boolean;
  readonly freeze: boolean;
}

/**
 * What compress does before it chooses values: exact transforms, the same ones in the same order whenever the result is
 * held against its original. Changes the document in place.
 */
export async function cleanUp(
  document: Document,
  options: CleanUpOptions,
  runtime: Runtime | null,
  context: TransformContext,
): Promise<void> {
  if (options.freeze) await document.transformWith(context, freeze());
  await document.transformWith(context, prune());
  if (runtime) await document.transformWith(context, foldConstants({ runtime }));
  if (options.fuseBatchNorm) await document.transformWith(context, fuseBatchNorm());
  await document.transformWith(context, dedup(), prune());
}

/** Which tensors are meant. */
export interface CompressibleOptions {
  readonly ignoredScope: IgnoredScope;
  /** The factors and shifts of normalization, too. */
  readonly shareNorms: boolean;
}

/** The tensors that compress gives new values, in its order. */
export function listCompressible(document: Document, { ignoredScope, shareNorms }: CompressibleOptions): WeightRef[] {
  return listWeights(document, { ignoredScope }).filter(
    (ref) =>
      (CHANGED_ROLES.has(ref.role) || (shareNorms && isFactorOrShift(ref))) && ref.tensor.elementCount >= MIN_ELEMENTS,
  );
}

/** What methods that train on train: the factors and shifts of normalization, too, and tensors that are too short for values. */
export function listTrainable(document: Document, ignoredScope: IgnoredScope): WeightRef[] {
  return listWeights(document, { ignoredScope }).filter((ref) => CHANGED_ROLES.has(ref.role) || isFactorOrShift(ref));
}

/** Statistics of batch normalization that keep their numbers. */
export function listKeptStatistics(document: Document, ignoredScope: IgnoredScope): WeightRef[] {
  const free = new Set(listWeights(document, { ignoredScope, roles: ['norm'] }).map(({ tensor }) => tensor));
  return listWeights(document, { roles: ['norm'] }).filter(
    ({ tensor, uses }) =>
      !free.has(tensor) &&
      uses.some(({ node, input }) => input > 2 && isBatchNorm(node) && document.graph.nodes.includes(node)),
  );
}

/** What may have other numbers afterwards; where norms are trained, those; of methods that take statistics anew, these too. */
export function listChanged(
  document: Document,
  options: CompressibleOptions & Parameters<typeof trainsNorms>[0],
): WeightRef[] {
  if (!trainsNorms(options)) return listCompressible(document, options);
  const { ignoredScope, method } = options;
  const trained = listTrainable(document, ignoredScope);
  if (!LEARNED_METHODS.has(method)) return trained;
  const statistics = listWeights(document, { ignoredScope, roles: ['norm'] }).filter((ref) => !isFactorOrShift(ref));
  return [...trained, ...statistics];
}

function isBatchNorm({ opType, domain }: Node): boolean {
  return opType === 'BatchNormalization' && domain === '';
}

/** Inputs 1 and 2 of all normalizations; those after them are statistics. */
function isFactorOrShift({ role, uses }: WeightRef): boolean {
  return role === 'norm' && uses.every(({ input }) => input === 1 || input === 2);
}
