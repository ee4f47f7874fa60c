import type { Command } from 'commander';
import { compareTensors, datasetInputs, outputFidelity, syntheticInputs } from '../../evaluation/index.js';
import { NodeIO } from '../../io/node-io.js';
import { cleanUp } from '../../pipeline/clean-up.js';
import { optionsOfRecipe } from '../../pipeline/recipe.js';
import { findClaims } from '../claims.js';
import { openData } from '../data-option.js';
import { examples } from '../examples.js';
import { table } from '../format.js';
import { readInput } from '../input-file.js';
import { numberBetween } from '../parse.js';
import type { Session } from '../session.js';

const SAMPLES = 64;

export function diffCommand(program: Command, session: Session): void {
  program
    .command('diff')
    .summary('per-tensor SQNR, max |Δ|, output agreement')
    .description('Compares two models: tensor by tensor, and by their outputs in onnxruntime.')
    .argument('<a>', 'the original; .onnx or .wrg')
    .argument('<b>', 'the other one')
    .option('--data <path>', 'samples to run (default: synthetic ones)')
    .option('--seed <n>', 'of the synthetic samples', numberBetween(0, 2 ** 32 - 1, true), 1)
    .addHelpText(
      'after',
      examples(
        ['wring diff model.onnx model.wrg', 'on synthetic samples'],
        ['wring diff model.onnx model.wrg --data photos/', 'on the first samples of a data set'],
      ),
    )
    .action(async (a: string, b: string, flags: { data?: string; seed: number }) => {
      const io = new NodeIO();
      const [first, second] = [await readInput(io, a), await readInput(io, b)];
      const runtime = await session.runtime();
      const data = flags.data ? await openData(flags.data, a) : null;
      const feeds = data
        ? await datasetInputs(first, runtime, data, { count: SAMPLES })
        : await syntheticInputs(first, runtime, { count: SAMPLES, seed: flags.seed });
      const samples = feeds.reduce((sum, feed) => sum + (Object.values(feed)[0].dims[0] ?? 1), 0);
      const outputs = await outputFidelity(first, second, feeds, runtime, session.progress.update);
      const options = optionsOfRecipe((await findClaims(b, second)).recipe);
      if (options) {
        // So that a layer whose batch normalization was fused is held against what it was before values were chosen.
        const context = { logger: session.logger, onProgress: session.progress.update };
        for (const model of [first, second]) await cleanUp(model, options, runtime, context);
      }
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
