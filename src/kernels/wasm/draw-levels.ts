import { Blocks, forEachBlock } from '../../wasm/blocks.js';
import { copyIn } from '../../wasm/copy-in.js';
import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import { assertDraw } from '../arguments.js';
import type { LevelGrid, LevelOdds, LevelSlopes } from '../grid-kernels.js';

/** See GridKernels.drawLevels. The arrays of `odds` must not be in the module's memory. */
export function drawLevels(
  { exports, arena }: WasmModule<WringExports>,
  numbers: Float32Array,
  { low, high, step, spread }: LevelGrid,
  odds: LevelOdds,
  hard: boolean,
  seed: number,
  targets: Float32Array,
  { byNumber, byStep, bySpread }: LevelSlopes,
): void {
  assertDraw(odds, numbers, [targets, byNumber, byStep, bySpread]);
  arena.scope(() => {
    const from = new Blocks(arena, numbers);
    const written = [targets, byNumber, byStep, bySpread].map((array) => new Blocks(arena, array));
    const [rows, draws] = [copyIn(arena, odds.rows), copyIn(arena, odds.draws)];
    forEachBlock(from.length, (start, count) => {
      const x = from.load(start, count);
      const [target, number, ownStep, ownSpread] = written.map((blocks) => blocks.at(start));
      exports.drawLevels(
        x,
        start,
        count,
        low,
        high,
        step,
        spread,
        odds.around,
        rows,
        draws,
        hard ? 1 : 0,
        seed,
        target,
        number,
        ownStep,
        ownSpread,
      );
      for (const blocks of written) blocks.store(start, count);
    });
  });
}
