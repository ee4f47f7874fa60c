import type { ChunkDecoder } from './chunk-decoder.js';
import type { CodedHole } from './layout.js';

/** The levels (Int16Array) or codes (Uint16Array) of a CODED chunk, hole after hole. */
export function chunkValues({ head, plans, coded }: ChunkDecoder, chunk: number): Int16Array | Uint16Array {
  const { holes, count } = plans[chunk];
  const { set } = head.directory.holes[holes[0]] as CodedHole;
  const codes = head.sets[set].codebook ? new Uint16Array(count) : new Int16Array(count);
  coded(chunk, ({ symbols, values, escapes, escaped }) => {
    const bytes = symbols.u8();
    for (let i = 0; i < count; i++) codes[i] = values[bytes[i]];
    for (let i = 0; i < escapes.length; i++) codes[escapes[i]] = escaped[i];
  });
  return codes;
}
