import type { Command } from 'commander';
import { constantsOf, type Document } from '../../core/index.js';
import type { Preprocess } from '../../data/index.js';
import { compareTensors, datasetInputs, outputFidelity, syntheticInputs } from '../../evaluation/index.js';
import { NodeIO } from '../../io/node-io.js';
import { type CleanUpOptions, cleanUp } from '../../pipeline/clean-up.js';
import { optionsOfRecipe } from '../../pipeline/recipe.js';
import type { Runtime } from '../../runtime/runtime.js';
import { foldConstants, prune, wholeTables } from '../../transforms/index.js';
import { findClaims } from '../claims.js';
import { openData, PREPROCESS_OPTION } from '../data-option.js';
import { examples } from '../examples.js';
import { table } from '../format.js';
import { readInput } from '../input-file.js';
import { numberBetween } from '../parse.js';
import type { Session } from '../session.js';

const SAMPLES = 64;

interface Flags {
  data?: string;
  preprocess?: Preprocess;
  seed: number;
  fuse?: boolean;
}

export function diffCommand(program: Command, session: Session): void {
  program
    .command('diff')
    .summary('per-tensor SQNR, max |Δ|, output agreement')
    .description('Compares two models: tensor by tensor, and by their outputs in onnxruntime.')
    .argument('<a>', 'the original; .onnx or .wrg')
    .argument('<b>', 'the other one')
    .option('--data <path>', 'samples to run (default: synthetic ones)')
    .option(...PREPROCESS_OPTION)
    .option('--seed <n>', 'of the synthetic samples', numberBetween(0, 2 ** 32 - 1, true), 1)
    .option(
      '--fuse',
      'fuse batch normalization in both before tensors are compared (default: if either recipe says so)',
    )
    .addHelpText(
      'after',
      examples(
        ['wring diff model.onnx model.wrg', 'on synthetic samples'],
        ['wring diff model.onnx model.wrg --data photos/', 'on the first samples of a data set'],
      ),
    )
    .action(async (a: string, b: string, flags: Flags) => {
      const io = new NodeIO();
      const [first, second] = [await readInput(io, a), await readInput(io, b)];
      const runtime = await session.runtime();
      const data = flags.data ? await openData(flags.data, a, flags) : null;
      const feeds = data
        ? await datasetInputs(first, runtime, data, { count: SAMPLES })
        : await syntheticInputs(first, runtime, { count: SAMPLES, seed: flags.seed });
      const samples = feeds.reduce((sum, feed) => sum + (Object.values(feed)[0].dims[0] ?? 1), 0);
      const outputs = await outputFidelity(first, second, feeds, runtime, session.progress.update);
      const recipes = [await findClaims(a, first), await findClaims(b, second)].map(({ recipe }) => recipe);
      await align(first, second, recipes.map(optionsOfRecipe), flags.fuse ?? false, runtime, session);
      const { tensors, unmatched } = compareTensors(first, second);
      const rows = tensors.map((t) => [
        t.name,
        t.sqnr === null ? 'equal' : t.sqnr.toFixed(1),
        t.maxDelta.toPrecision(3),
      ]);
      session.note(table(['tensor', 'SQNR dB', 'max |Δ|'], rows));
      if (unmatched.length > 0) session.note(`in one model only: ${unmatched.join(', ')}`);
      const agreement =
        outputs.top1Agreement === null ? '' : `, top-1 agreement ${(100 * outputs.top1Agreement).toFixed(1)} %`;
      const sqnr = outputs.sqnr === null ? 'equal' : `${outputs.sqnr.toFixed(1)} dB`;
      session.result(
        `${a} ↔ ${b}: outputs ${sqnr}, cosine ${outputs.cosine.toFixed(6)}${agreement}, ` +
          `${samples} ${data ? '' : 'synthetic '}samples`,
        { a, b, tensors, unmatched, outputs, feeds: data ? 'data' : 'synthetic', samples },
      );
    });
}

/**
 * Brings two models to one form, so that more of their tensors can be compared: what compress did before it chose values is
 * done to both, and weights that `b` spells in operators are computed.
 */
async function align(
  a: Document,
  b: Document,
  recipes: readonly (CleanUpOptions | null)[],
  fuse: boolean,
  runtime: Runtime,
  session: Session,
): Promise<void> {
  const known = recipes.filter((recipe) => recipe !== null);
  if (known.length === 0 && !fuse) return;
  const options = {
    fuseBatchNorm: fuse || known.some((recipe) => recipe.fuseBatchNorm),
    freeze: known.some((recipe) => recipe.freeze),
  };
  const context = { logger: session.logger, onProgress: session.progress.update };
  for (const model of [a, b]) await cleanUp(model, options, runtime, context);
  for (const [model, other] of [
    [a, b],
    [b, a],
  ]) {
    const names = new Set(constantsOf(other.graph).keys());
    await model.transformWith(context, wholeTables(other), foldConstants({ runtime, names }), prune());
  }
}
