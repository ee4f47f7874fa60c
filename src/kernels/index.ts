import type { Kernels } from './kernels.js';
import { referenceKernels } from './reference/index.js';

export * from './kernels.js';
export { referenceKernels };

/** The fastest kernels that this engine runs, loaded once. */
export async function loadKernels(): Promise<Kernels> {
  return referenceKernels;
}
