import { findTrellis } from '../codec/index.js';
import type { Tensor } from '../core/index.js';

/**
 * Bits that an ideal static coder needs for the codes of a coded tensor: n · H₀, zeros in; for levels that follow a trellis,
 * the entropy of their numbers in each bank. An estimate to rank methods by; what a file takes is the codec's to say. Its
 * result steers no byte but the choice between whole results.
 */
export function codeEntropyBits(tensor: Tensor): number {
  const { coding } = tensor;
  if (!coding) return tensor.byteLength * 8;
  const trellis = coding.kind === 'grid' ? findTrellis(coding.codes, tensor.dims) : null;
  if (!trellis) return entropyBits(coding.codes);
  const { numbers, states } = trellis;
  return [0, 1].reduce((bits, bank) => bits + entropyBits(numbers.filter((_, i) => (states[i] & 1) === bank)), 0);
}

function entropyBits(codes: Int16Array | Uint16Array): number {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / codes.length);
  return bits;
}
