import type { Arena } from '../wasm/arena.js';
import { createWringModule } from '../wasm/wring-module.js';
import type { Kernels } from './kernels.js';
import { referenceKernels } from './reference/index.js';
import { createWasmKernels } from './wasm/index.js';

/**
 * Kernels with a memory of their own. Arrays in it are worked on in place, without a copy, and onnxruntime reads and
 * writes the same bytes. All of it goes when nobody holds the object any more.
 */
export interface KernelMemory {
  readonly kernels: Kernels;
  /** @throws {WringError} E_RANGE when there is no room for `length` floats */
  floats(length: number): Region<Float32Array>;
  bytes(length: number): Region<Uint8Array>;
}

/** Numbers that stay where they are, all 0 at first. */
export interface Region<View> {
  readonly length: number;
  /** Elements [start, end). To be used at once: when the memory grows, earlier views lose their contents. */
  view(start?: number, end?: number): View;
}

/** Room for the buffers of the kernels, so that their calls never let the memory grow. */
const HEADROOM = 16 << 20;

/** Falls back to plain arrays and the reference where the engine has no SIMD. */
export async function createKernelMemory(): Promise<KernelMemory> {
  const module = await createWringModule();
  if (!module) return { kernels: referenceKernels, floats: plainRegion(Float32Array), bytes: plainRegion(Uint8Array) };
  const { arena } = module;
  const place = (byteLength: number) => {
    const pointer = arena.allocate(byteLength);
    arena.u8(pointer, byteLength).fill(0);
    arena.scope(() => arena.allocate(HEADROOM));
    return pointer;
  };
  return {
    kernels: createWasmKernels(module),
    floats: (length) => floatRegion(arena, place(4 * length), length),
    bytes: (length) => byteRegion(arena, place(length), length),
  };
}

function floatRegion(arena: Arena, pointer: number, length: number): Region<Float32Array> {
  return { length, view: (start = 0, end = length) => arena.f32(pointer + 4 * start, end - start) };
}

function byteRegion(arena: Arena, pointer: number, length: number): Region<Uint8Array> {
  return { length, view: (start = 0, end = length) => arena.u8(pointer + start, end - start) };
}

interface Sliced<View> {
  subarray(start: number, end: number): View;
}

function plainRegion<View extends Sliced<View>>(Class: new (length: number) => View): (length: number) => Region<View> {
  return (length) => {
    const array = new Class(length);
    return { length, view: (start = 0, end = length) => array.subarray(start, end) };
  };
}
