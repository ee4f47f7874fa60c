import type { Tensor } from '../core/index.js';

/**
 * What `measureSensitivity` gives, with the Fisher information in its place: an error of uniform width `step` on every weight
 * moves the distribution of the output by ½ Σ F_i step² / 12 nats. In units of `measured`, such that steps by reverse
 * water-filling (step² in proportion to elements / sensitivity) cost as much of it as they say.
 *
 * @param fisher   by elements, see `measureFisher`
 * @param measured of all tensors; one that `fisher` knows nothing of, or only zeros, keeps it
 */
export function fisherSensitivity(
  fisher: ReadonlyMap<Tensor, Float32Array>,
  measured: ReadonlyMap<Tensor, number>,
): Map<Tensor, number> {
  const divergence = new Map<Tensor, number>();
  for (const [tensor, values] of fisher) {
    const sum = values.reduce((total, value) => total + value, 0);
    if (sum > 0 && Number.isFinite(sum) && measured.has(tensor)) divergence.set(tensor, sum / 24);
  }
  let elements = 0;
  let cost = 0;
  for (const [tensor, nats] of divergence) {
    elements += tensor.elementCount;
    cost += (tensor.elementCount * measured.get(tensor)!) / nats;
  }
  const sensitivity = new Map(measured);
  for (const [tensor, nats] of divergence) sensitivity.set(tensor, (cost / elements) * nats);
  return sensitivity;
}
