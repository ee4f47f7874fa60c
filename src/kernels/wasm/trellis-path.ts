import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import type { TrellisKernel } from '../trellis.js';

/** See {@link TrellisKernel}. */
export function trellisPath(
  { exports, arena }: WasmModule<WringExports>,
  ...[targets, weights, classes, costs, start, levels, states]: Parameters<TrellisKernel['trellisPath']>
): number {
  const n = targets.length;
  return arena.scope(() => {
    const targetsAt = arena.allocate(4 * n);
    const weightsAt = arena.allocate(4 * n);
    const classesAt = arena.allocate(n);
    const ratesAt = arena.allocate(costs.rates.byteLength);
    const levelsAt = arena.allocate(2 * n);
    const statesAt = arena.allocate(n);
    const scratch = arena.allocate(exports.trellisScratch(n));
    arena.f32(targetsAt, n).set(targets);
    arena.f32(weightsAt, n).set(weights);
    arena.u8(classesAt, n).set(classes);
    arena.f32(ratesAt, costs.rates.length).set(costs.rates);
    const { min, size } = costs;
    const end = exports.trellisPath(
      targetsAt,
      weightsAt,
      classesAt,
      n,
      min,
      size,
      ratesAt,
      start,
      scratch,
      levelsAt,
      statesAt,
    );
    levels.set(arena.view(Int16Array, levelsAt, n));
    states.set(arena.u8(statesAt, n));
    return end;
  });
}
