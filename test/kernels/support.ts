import fc from 'fast-check';
import { expect } from 'vitest';
import { Random } from '../../src/core/index.js';
import { createWasmKernels, type Kernels, referenceKernels } from '../../src/kernels/index.js';
import { loadWringModule } from '../../src/wasm/wring-module.js';

/** Fails the tests, rather than comparing the reference with itself, where WebAssembly has no SIMD. */
export async function bothKernels(): Promise<Kernels[]> {
  const module = await loadWringModule();
  if (!module) throw new Error('these tests need WebAssembly SIMD');
  return [referenceKernels, createWasmKernels(module)];
}

export const RUNS = { seed: 20240607, numRuns: 150 };

/** Every float32 there is, the awkward ones often. */
export const anyFloat: fc.Arbitrary<number> = fc.oneof(
  fc.float(),
  fc.float({ min: -4, max: 4 }),
  fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.integer({ min: -40, max: 40 }).map((n) => n * 2 ** -149),
  fc.integer({ min: -8, max: 8 }).map((n) => n / 4),
);

export const finiteFloat = anyFloat.map((value) => (Number.isFinite(value) ? value : 0.5));

/** Ascending, distinct, finite, no −0. */
export function codebook(maxLength: number): fc.Arbitrary<Float32Array> {
  return fc.array(finiteFloat, { minLength: 1, maxLength }).map(ascending);
}

export function floats(maxLength: number, element: fc.Arbitrary<number> = anyFloat): fc.Arbitrary<Float32Array> {
  return fc.array(element, { maxLength }).map((values) => Float32Array.from(values));
}

export function ascending(values: Iterable<number>): Float32Array {
  return Float32Array.from(new Set(Float32Array.from(values, (value) => value + 0))).sort();
}

/** `values` over and over up to `length`: small counterexamples that reach the code for many weights. */
export function repeated(values: Float32Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (values.length ? values[i % values.length] : 0));
}

export function normals(seed: number, length: number, scale = 1): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => scale * random.normal());
}

type NumberArray = Float32Array | Float64Array | Uint32Array | Int32Array | Uint16Array;

/** Equal to the last bit: tells −0 from +0. Quick for long arrays, which `toEqual` is not. */
export function expectSameBits(actual: NumberArray, expected: NumberArray, message?: string): void {
  expect(actual.length, message).toBe(expected.length);
  const [a, b] = [bytesOf(actual), bytesOf(expected)];
  if (Buffer.compare(a, b) === 0) return;
  const at = Math.floor(a.findIndex((byte, i) => byte !== b[i]) / actual.BYTES_PER_ELEMENT);
  expect.fail(`${message ?? 'arrays'}: element ${at} is ${actual[at]} and not ${expected[at]}`);
}

function bytesOf(values: NumberArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
