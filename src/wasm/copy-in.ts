import type { Arena } from './arena.js';

/** A pointer to a copy of an array that is not in the arena's memory, allocated as `Arena.allocate` does. */
export function copyIn(arena: Arena, { buffer, byteOffset, byteLength }: ArrayBufferView): number {
  const pointer = arena.allocate(byteLength);
  arena.u8(pointer, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
  return pointer;
}
