import { Random } from '../../dist/core/index.js';
import { FLOATS_BLOCK } from '../../dist/kernels/decode-kernels.js';
import { fillClasses } from '../../dist/kernels/reference/fill-classes.js';
import { encodeRans } from '../../dist/kernels/reference/rans.js';
import { classFrequencies, symbolOf } from './rans.mjs';

/** A layer of 3 × 3 convolutions as large as a chunk of the codec may be. @type {[number, number, number]} */
const SHAPE = [160, 182, 9];
const N = SHAPE[0] * SHAPE[1] * SHAPE[2];
const ALPHABET = 31;
const CLASSES = 16;
const LANES = 16;

function weightsData() {
  const random = new Random(12);
  const offsets = (length, spread) => Int8Array.from({ length }, () => random.below(spread));
  const [rows, columns] = [offsets(SHAPE[0], 12), offsets(SHAPE[1], 6)];
  const map = { base: 0, rows, columns, taps: null };
  const classes = new Uint8Array(N);
  fillClasses(map, SHAPE, CLASSES, 0, classes);
  const frequencies = classFrequencies();
  const symbols = classes.map((row) => symbolOf(frequencies, row, random));
  return {
    map,
    rows,
    columns,
    frequencies,
    stream: encodeRans(symbols, frequencies, ALPHABET, classes, LANES),
    values: Float32Array.from({ length: ALPHABET }, (_, i) => i - 15),
    scales: Float32Array.of(1),
    weights: new Float32Array(N),
  };
}

export default [
  {
    name: 'crc32',
    n: 1 << 20,
    byteLength: 1 << 20,
    data() {
      const random = new Random(13);
      return { bytes: new Uint8Array(1 << 20).map(() => random.uint32()) };
    },
    perWeight: ['bytes'],
    run: (kernels, { bytes }) => Uint32Array.of(kernels.crc32(bytes)),
    native: { source: 'crc32.c', args: ({ bytes }) => [bytes] },
  },
  {
    name: 'weights of 3 × 3',
    n: N,
    byteLength: N,
    data: weightsData,
    perWeight: [],
    run(kernels, { map, frequencies, stream, values, weights }) {
      const parts = [{ map, shape: SHAPE, start: 0, count: N, period: 0 }];
      const classed = { stream, frequencies, alphabet: ALPHABET, banks: 1, lanes: LANES, parts };
      kernels.decodeClassed(classed, (symbols) => {
        for (let from = 0; from < N; from += FLOATS_BLOCK) {
          const count = Math.min(FLOATS_BLOCK, N - from);
          weights.set(symbols.floats(from, count, values), from);
        }
      });
      return weights;
    },
    native: {
      source: 'decode_weights.c',
      args: ({ stream, frequencies, rows, columns, values, scales }) => [
        stream,
        frequencies,
        rows,
        columns,
        values,
        scales,
      ],
    },
  },
];
