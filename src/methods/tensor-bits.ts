import type { Tensor } from '../core/index.js';

/**
 * Bits that an ideal static coder needs for the codes of a coded tensor: n · H₀, zeros in. An estimate to rank methods
 * by; what a file takes is the codec's to say. Its result steers no byte but the choice between whole results.
 */
export function codeEntropyBits(tensor: Tensor): number {
  const codes = tensor.coding?.codes;
  if (!codes) return tensor.byteLength * 8;
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / codes.length);
  return bits;
}
