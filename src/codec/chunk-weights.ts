import { FLOATS_BLOCK, type ScaleRuns } from '../kernels/decode-kernels.js';
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
        let weights = symbols.floats(at, length, floats);
        for (; escapes[nextEscape] < at + length; nextEscape++) {
          weights[escapes[nextEscape] - at] = floatOf(escaped[nextEscape]);
        }
        if (scales.length > 1) weights = symbols.scale(length, scaleRuns(hole, scales, from, length));
        emit(numbers[i], from, weights);
        at += length;
      }
    });
  });
}

/** The scales of elements [start, start + count). */
function scaleRuns({ dims, axis }: CodedHole, scales: Float32Array, start: number, count: number): ScaleRuns {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return {
    scales,
    first: Math.floor(start / inner) % scales.length,
    // Not more than there are, so that both fit into 32 bits.
    rest: Math.min(count, inner - (start % inner)),
    inner: Math.min(count, inner),
  };
}
