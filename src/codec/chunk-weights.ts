import { FLOATS_BLOCK } from '../kernels/decode-kernels.js';
import type { ChunkDecoder } from './chunk-decoder.js';
import type { CodedDetail } from './head.js';
import type { CodedHole } from './layout.js';

/**
 * The weights of a CODED chunk as float32, block by block: `emit` gets the number of the hole, the block's first element
 * there, and the weights, which are good until it returns.
 */
export function chunkWeights(
  { head, plans, coded }: ChunkDecoder,
  chunk: number,
  emit: (hole: number, start: number, weights: Float32Array) => void,
): void {
  const numbers = plans[chunk].holes;
  const { holes } = head.directory;
  const { codebook } = head.sets[(holes[numbers[0]] as CodedHole).set];
  coded(chunk, ({ parts, symbols, values, escapes, escaped }) => {
    let at = 0;
    let nextEscape = 0;
    parts.forEach(({ start, count }, i) => {
      const hole = holes[numbers[i]] as CodedHole;
      const { scales } = head.details[numbers[i]] as CodedDetail;
      // A single scale is in the table already; float32 products are the same.
      const factor = scales.length === 1 ? scales[0] : 1;
      const floatOf = (value: number) => (codebook ? codebook.values[value] : factor * value);
      const floats = new Float32Array(values.map(floatOf));
      const stop = start + count;
      for (let from = start; from < stop; from += FLOATS_BLOCK) {
        const length = Math.min(FLOATS_BLOCK, stop - from);
        const weights = symbols.floats(at, length, floats);
        for (; escapes[nextEscape] < at + length; nextEscape++) {
          weights[escapes[nextEscape] - at] = floatOf(escaped[nextEscape]);
        }
        if (scales.length > 1) scaleRuns(weights, scales, hole, from);
        emit(numbers[i], from, weights);
        at += length;
      }
    });
  });
}

/** Multiplies elements from `start` on by the scales of their indices along the axis. */
function scaleRuns(weights: Float32Array, scales: Float32Array, { dims, axis }: CodedHole, start: number): void {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  let index = Math.floor(start / inner) % scales.length;
  let rest = inner - (start % inner);
  for (let i = 0; i < weights.length; i++) {
    weights[i] *= scales[index];
    if (--rest > 0) continue;
    rest = inner;
    index = (index + 1) % scales.length;
  }
}
