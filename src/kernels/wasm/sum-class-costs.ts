import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import type { Shape } from '../class-map.js';

/** See ClassCostKernel; sixteen classes at a time. */
export function sumClassCosts(
  { exports, arena }: WasmModule<WringExports>,
  symbols: Uint8Array,
  bases: Uint8Array,
  shape: Shape,
  axis: number,
  costs: Int32Array,
  pitch: number,
  count: number,
): Float64Array {
  const length = shape[axis];
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const lanes = Math.ceil(count / 16) * 16;
  return arena.scope(() => {
    const symbolsAt = arena.allocate(symbols.length);
    const basesAt = arena.allocate(bases.length);
    const costsAt = arena.allocate(costs.byteLength + 4 * 16);
    const sumsAt = arena.allocate(8 * length * lanes);
    arena.u8(symbolsAt, symbols.length).set(symbols);
    arena.u8(basesAt, bases.length).set(bases);
    arena.view(Int32Array, costsAt, costs.length).set(costs);
    arena.view(Float64Array, sumsAt, length * lanes).fill(0);
    exports.sumClassCosts(symbolsAt, basesAt, outer, length, inner, costsAt, pitch, count, sumsAt);
    const padded = arena.view(Float64Array, sumsAt, length * lanes);
    const sums = new Float64Array(length * count);
    for (let i = 0; i < length; i++) sums.set(padded.subarray(i * lanes, i * lanes + count), i * count);
    return sums;
  });
}
