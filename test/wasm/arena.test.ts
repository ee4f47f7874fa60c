import { describe, expect, it } from 'vitest';
import { isWringError } from '../../src/core/index.js';
import { createWasmKernels } from '../../src/kernels/index.js';
import { Arena, type LinearMemory } from '../../src/wasm/arena.js';
import { loadDecodeModule } from '../../src/wasm/decode-module.js';
import { loadWringModule } from '../../src/wasm/wring-module.js';
import { expectSameBits } from '../kernels/support.js';

/** A memory that grows to `limit` pages. */
function fakeMemory(limit: number): LinearMemory {
  let buffer = new ArrayBuffer(65536);
  return {
    get buffer() {
      return buffer;
    },
    grow(pages) {
      const before = buffer.byteLength / 65536;
      if (before + pages > limit) throw new RangeError('no more');
      buffer = new ArrayBuffer(buffer.byteLength + pages * 65536);
      return before;
    },
  };
}

describe('Arena', () => {
  it('hands out aligned, disjoint blocks and takes them back at the end of the scope, also after an error', () => {
    const arena = new Arena(fakeMemory(4), 1001);
    const first = arena.scope(() => {
      const a = arena.allocate(3);
      const b = arena.allocate(100);
      expect(a % 64).toBe(0);
      expect(b).toBeGreaterThanOrEqual(Math.max(a + 3, 1001));
      return a;
    });
    expect(() =>
      arena.scope(() => {
        expect(arena.allocate(10)).toBe(first);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(arena.allocate(10)).toBe(first);
  });

  it('grows when it must, and says so when it cannot', () => {
    const arena = new Arena(fakeMemory(4), 0);
    const pointer = arena.allocate(150_000);
    expect(arena.u8(pointer, 150_000).length).toBe(150_000);
    const refusal = (error: unknown) => isWringError(error, 'E_RANGE');
    expect(() => arena.allocate(200_000)).toThrow(expect.toSatisfy(refusal));
    // A refusal takes nothing.
    expect(arena.allocate(64)).toBe(Math.ceil(150_000 / 64) * 64);
  });
});

describe('modules', () => {
  it('have a memory each, with the arena above what the compiler placed', async () => {
    const [decode, wring] = await Promise.all([loadDecodeModule(), loadWringModule()]);
    expect(decode!.arena.memory).not.toBe(wring!.arena.memory);
    expect(decode!.arena.allocate(1)).toBeGreaterThanOrEqual(decode!.exports.heapBase());
  });

  it('are instantiated once', () => {
    expect(loadWringModule()).toBe(loadWringModule());
  });

  it('use arrays in their own memory in place', async () => {
    const module = (await loadWringModule())!;
    const { arena } = module;
    const kernels = createWasmKernels(module);
    arena.scope(() => {
      const n = 100_001;
      const weights = arena.f32(arena.allocate(4 * n), n);
      const codes = arena.view(Uint16Array, arena.allocate(2 * n), n);
      const buffer = arena.memory.buffer;
      for (let i = 0; i < n; i++) weights[i] = (i % 7) - 3;
      kernels.assignNearest(weights, Float32Array.of(-2, 0, 2), codes);
      // No growth, or the views would be empty and the test would prove nothing.
      expect(arena.memory.buffer).toBe(buffer);
      const expected = Array.from({ length: n }, (_, i) => [0, 0, 0, 1, 1, 2, 2][i % 7]);
      expectSameBits(codes, Uint16Array.from(expected));
    });
  });
});
