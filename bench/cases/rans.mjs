import { Random } from '../../dist/core/index.js';
import { encodeRans } from '../../dist/kernels/reference/rans.js';

/** A chunk of the codec, so that the tables are built as often as there. */
const N = 1 << 18;
const ALPHABET = 31;
const CONTEXTS = 16;
const LANES = 16;

/** Two-sided geometric rows, steep to flat: as the classes of quantized weights. About 3 bits a symbol. */
export function classFrequencies() {
  const table = new Uint16Array(CONTEXTS * ALPHABET);
  for (let context = 0; context < CONTEXTS; context++) {
    const row = table.subarray(context * ALPHABET, (context + 1) * ALPHABET).fill(1);
    let left = 4096 - ALPHABET;
    for (let distance = 0; distance <= 15; distance++) {
      const share = Math.floor((left * (16 - context)) / (40 + context));
      row[15 + distance] += share;
      left -= share;
      if (distance === 0) continue;
      const mirrored = Math.min(left, share);
      row[15 - distance] += mirrored;
      left -= mirrored;
    }
    row[15] += left;
  }
  return table;
}

/** A symbol by its probability in a row. */
export function symbolOf(table, row, random) {
  let slot = random.below(4096);
  let symbol = 0;
  while (slot >= table[row * ALPHABET + symbol]) slot -= table[row * ALPHABET + symbol++];
  return symbol;
}

function data() {
  const random = new Random(11);
  const table = classFrequencies();
  const contexts = new Uint8Array(N).map((_, i) => (i >> 6) % CONTEXTS);
  const symbols = contexts.map((context) => symbolOf(table, context, random));
  const stream = encodeRans(symbols, table, ALPHABET, contexts, LANES);
  return { table, contexts, symbols, stream };
}

export default [
  {
    name: 'encodeRans 16 lanes',
    n: N,
    byteLength: N,
    data,
    perWeight: [],
    run: (kernels, { symbols, table, contexts }) => kernels.encodeRans(symbols, table, ALPHABET, contexts, LANES),
    native: {
      source: 'rans_encode.c',
      args: ({ symbols, table, contexts }) => [symbols, table, contexts, ALPHABET],
    },
  },
  {
    name: 'decodeRans 16 lanes',
    n: N,
    byteLength: N,
    data,
    perWeight: [],
    run(kernels, { stream, table, contexts }) {
      const map = { base: 0, rows: null, columns: null, taps: Int8Array.from(contexts) };
      const parts = [{ map, shape: [1, 1, N], start: 0, count: N, period: 0 }];
      const classed = { stream, frequencies: table, alphabet: ALPHABET, banks: 1, lanes: LANES, parts };
      return kernels.decodeClassed(classed, (symbols) => symbols.u8().slice());
    },
    native: {
      source: 'rans_decode.c',
      args: ({ stream, table, contexts }) => [stream, table, contexts, ALPHABET],
    },
  },
];
