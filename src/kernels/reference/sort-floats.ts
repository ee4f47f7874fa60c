import { floatFromKey, floatKey } from '../float-bits.js';

/** `floatKey` of the canonical NaN 0x7fc00000, above that of infinity. */
const NAN_KEY = 0xffc00000;

/** See {@link Kernels.sortFloats}. Sorts the order-preserving integers; every NaN comes back as the canonical one. */
export function sortFloats(values: Float32Array): void {
  const keys = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) keys[i] = Number.isNaN(values[i]) ? NAN_KEY : floatKey(values[i]);
  keys.sort();
  for (let i = 0; i < values.length; i++) values[i] = floatFromKey(keys[i]);
}
