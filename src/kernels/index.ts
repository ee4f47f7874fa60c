import { loadWringModule } from '../wasm/wring-module.js';
import type { Kernels } from './kernels.js';
import { referenceKernels } from './reference/index.js';
import { createWasmKernels } from './wasm/index.js';

export * from './grid-kernels.js';
export { createKernelMemory, type KernelMemory, type Region } from './kernel-memory.js';
export * from './kernels.js';
export type * from './optimizer-kernels.js';
export type { GaussianBounds, PriorSums, QuantizingPrior } from './prior-kernels.js';
export type { TrellisKernel } from './trellis.js';
export { createWasmKernels, referenceKernels };

let loading: Promise<Kernels> | undefined;

/** The fastest kernels that this engine runs, loaded once: WebAssembly, or the reference where it has no SIMD. */
export function loadKernels(): Promise<Kernels> {
  loading ??= loadWringModule().then((module) => (module ? createWasmKernels(module) : referenceKernels));
  return loading;
}
