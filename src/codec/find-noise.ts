import { ByteModel } from '../kernels/reference/byte-model.js';
import { BIT, log2 } from './log2.js';
import type { Section } from './write-head.js';

/** Bits of a byte from which on it is not worth its time to predict it. */
const NOISE = 7.95;
/** Elements from which on it is worth the flags to tell. */
const LEAST = 16;

/**
 * By section: at the end of each element, how many bytes the model does not make smaller, such as the last bytes of a float's
 * mantissa. Found by coding all sections once to no avail.
 */
export function findNoise(sections: readonly Section[], capacity: number): number[] {
  const model = new ByteModel(capacity);
  let cost = 0;
  const measure = (probability: number, bit: number) => {
    cost += 16 * BIT - log2(bit ? probability : 65536 - probability);
    return bit;
  };
  return sections.map(({ bytes, stride }) => {
    if (bytes.length === 0) return 0;
    const costs = new Float64Array(Math.max(1, stride));
    model.begin(stride);
    bytes.forEach((byte, i) => {
      cost = 0;
      model.next(measure, byte);
      costs[i % costs.length] += cost;
    });
    const count = bytes.length / costs.length;
    let noise = 0;
    if (count < LEAST) return noise;
    while (noise < costs.length - 1 && costs[costs.length - 1 - noise] > NOISE * BIT * count) noise++;
    return noise;
  });
}
