import type { Command } from 'commander';
import type { Preprocess } from '../../data/index.js';
import { evaluateAccuracy, evaluateLanguage, evaluateSquaredError } from '../../evaluation/index.js';
import { NodeIO } from '../../io/node-io.js';
import { openData, PREPROCESS_OPTION } from '../data-option.js';
import { examples } from '../examples.js';
import { holdsText } from '../holds-text.js';
import { readInput } from '../input-file.js';
import { numberBetween } from '../parse.js';
import type { Session } from '../session.js';

export function evaluateCommand(program: Command, session: Session): void {
  program
    .command('evaluate')
    .summary('accuracy with its 95 % interval, squared error, or the loss of a language model')
    .description(
      'Runs a model on labelled samples, or on such that come with numbers that it is to put out; a language model on sequences ' +
        'of tokens, each token being the label of those before it.',
    )
    .argument('<model>', '.onnx or .wrg')
    .requiredOption(
      '--data <path>',
      "a folder of images or in wring's data format, .npy or .npz; path#split for another split than test",
    )
    .option(...PREPROCESS_OPTION)
    .option('--limit <n>', 'only the first n samples', numberBetween(1, 2 ** 31 - 1, true))
    .addHelpText(
      'after',
      examples(
        ['wring evaluate model.wrg --data photos/', 'the split "test"'],
        ['wring evaluate model.wrg --data photos/#train --limit 1000', 'the beginning of another'],
      ),
    )
    .action(async (path: string, flags: { data: string; preprocess?: Preprocess; limit?: number }) => {
      const dataset = await openData(flags.data, path, flags);
      const options = { onProgress: session.progress.update, ...(flags.limit ? { limit: flags.limit } : {}) };
      const [document, runtime] = [await readInput(new NodeIO(), path), await session.runtime()];
      if (holdsText(dataset)) {
        const { nll, agreement, count } = await evaluateLanguage(document, dataset, runtime, options);
        session.result(
          `${path}: loss ${nll.toFixed(4)} nats a token, perplexity ${Math.exp(nll).toFixed(3)}, ` +
            `next token first ${agreement.toFixed(2)} %, n=${count}`,
          { path, data: flags.data, nll, agreement, count },
        );
        return;
      }
      if (dataset.targets) {
        const { mean, count } = await evaluateSquaredError(document, dataset, runtime, options);
        const root = Math.sqrt(mean);
        session.result(`${path}: squared error ${mean.toPrecision(5)} (root ${root.toPrecision(4)}), n=${count}`, {
          path,
          data: flags.data,
          squaredError: mean,
          count,
        });
        return;
      }
      const result = await evaluateAccuracy(document, dataset, runtime, options);
      const [low, high] = result.interval;
      session.result(
        `${path}: top-1 ${result.top1.toFixed(2)} % (95 %: ${low.toFixed(2)}–${high.toFixed(2)}), ` +
          `top-5 ${result.top5.toFixed(2)} %, n=${result.count}`,
        { path, data: flags.data, ...result },
      );
    });
}
