import { badStream } from '../corrupt.js';
import { RANS_BITS, RANS_LOW, RANS_TOTAL } from '../rans.js';
import { nextState } from '../trellis.js';

/** What of a stream follows a trellis of its own. */
export interface TrellisPart {
  readonly count: number;
  /** Symbols from one element of a chain to the next; 0 without trellis. */
  readonly period: number;
}

/**
 * Decodes symbols; see RansEncoder for the words. In bank 1 of a trellis a symbol has row `contexts[i] + classes`, and is
 * written with the alphabet added.
 *
 * @param symbols u8[Σ count], written
 * @throws {WringError} E_CORRUPT when the stream does not end exactly with the last symbol
 */
export function decodeRans(
  stream: Uint8Array,
  frequencies: Uint16Array,
  alphabet: number,
  contexts: Uint8Array,
  lanes: number,
  parts: readonly TrellisPart[],
  classes: number,
  symbols: Uint8Array,
): void {
  if (stream.length < 4 * lanes || (stream.length & 1) === 1) throw badStream(stream);
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const states = new Float64Array(lanes);
  for (let lane = 0; lane < lanes; lane++) states[lane] = view.getUint32(4 * lane, true);
  const { slots, starts } = slotTables(frequencies, alphabet);
  let at = 4 * lanes;
  let i = 0;
  for (const { count, period } of parts) {
    const path = new Uint8Array(count + period);
    for (let j = 0; j < count; j++, i++) {
      const lane = i % lanes;
      const state = states[lane];
      const low = state % RANS_TOTAL;
      const bank = period > 0 ? path[j] & 1 : 0;
      const context = contexts[i] + bank * classes;
      const symbol = slots[context * RANS_TOTAL + low];
      symbols[i] = symbol + bank * alphabet;
      if (period > 0) path[j + period] = nextState(path[j], symbol);
      const entry = context * alphabet + symbol;
      let next = frequencies[entry] * Math.floor(state / RANS_TOTAL) + low - starts[entry];
      if (next < RANS_LOW) {
        if (at === stream.length) throw badStream(stream);
        next = next * 65536 + view.getUint16(at, true);
        at += 2;
      }
      states[lane] = next;
    }
  }
  if (at !== stream.length || states.some((state) => state !== RANS_LOW)) throw badStream(stream);
}

/** See RansEncoder. */
export function encodeRans(
  symbols: Uint8Array,
  frequencies: Uint16Array,
  alphabet: number,
  contexts: Uint8Array,
  lanes: number,
): Uint8Array {
  const { starts } = slotTables(frequencies, alphabet);
  const words: number[] = [];
  const states = new Float64Array(lanes).fill(RANS_LOW);
  for (let i = symbols.length - 1; i >= 0; i--) {
    const lane = i % lanes;
    const entry = contexts[i] * alphabet + symbols[i];
    const frequency = frequencies[entry];
    let state = states[lane];
    // The state after coding must be below 2^32: frequency · 2^20 is the first that is not.
    if (state >= frequency * 2 ** (32 - RANS_BITS)) {
      words.push(state % 65536);
      state = Math.floor(state / 65536);
    }
    states[lane] = Math.floor(state / frequency) * RANS_TOTAL + (state % frequency) + starts[entry];
  }
  const stream = new Uint8Array(4 * lanes + 2 * words.length);
  const view = new DataView(stream.buffer);
  for (let lane = 0; lane < lanes; lane++) view.setUint32(4 * lane, states[lane], true);
  for (let i = 0; i < words.length; i++) view.setUint16(4 * lanes + 2 * i, words[words.length - 1 - i], true);
  return stream;
}

/** starts[context × alphabet + s] = Σ frequencies below s; slots[context × 4096 + j] = the symbol that owns slot j. */
function slotTables(frequencies: Uint16Array, alphabet: number): { slots: Uint8Array; starts: Uint16Array } {
  const contexts = frequencies.length / alphabet;
  const slots = new Uint8Array(contexts * RANS_TOTAL);
  const starts = new Uint16Array(frequencies.length);
  for (let context = 0; context < contexts; context++) {
    let start = 0;
    for (let symbol = 0; symbol < alphabet; symbol++) {
      const entry = context * alphabet + symbol;
      starts[entry] = start;
      slots.fill(symbol, context * RANS_TOTAL + start, context * RANS_TOTAL + start + frequencies[entry]);
      start += frequencies[entry];
    }
  }
  return { slots, starts };
}
