import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { type Document, isWringError, WringError } from '../../core/index.js';
import type { Dataset } from '../../data/dataset.js';
import { partOf } from '../../data/part-of.js';
import type { EvaluationOptions } from '../../evaluation/index.js';
import { CheckpointFile } from '../../io/node-checkpoint.js';
import { NodeIO } from '../../io/node-io.js';
import { hasWorkers, openInWorkers } from '../../runtime/ort-workers.js';
import type { Runtime } from '../../runtime/runtime.js';
import { FINETUNE_DEFAULTS, type Loss, type Score, scoreOn, type TrainReport, train } from '../../training/index.js';
import { openData } from '../data-option.js';
import { examples } from '../examples.js';
import { describeInput, type InputFile, naming, readInput } from '../input-file.js';
import { checkOutput } from '../output-file.js';
import { Exit, type Session } from '../session.js';
import { addTrainOptions, type TrainFlags, toTrainOptions } from '../train-options.js';
import { writeProved } from '../write-proved.js';

/** State of a training that is cut off, beside its output. */
const STATE = '.training';

export function trainCommand(program: Command, session: Session): void {
  const command = program
    .command('train')
    .summary('train all weights on labelled samples, or on text')
    .description(
      'Trains the weights of an ONNX model: its graph is differentiated into another one, which onnxruntime runs. ' +
        'Keeps back a part of the samples and takes the weights that do best on it. Stop it with Ctrl-C, or cut it off: ' +
        'the same command goes on from the last save and ends as if nothing had been.',
    );
  addTrainOptions(command, { epochs: 10, rate: 0.02, decay: 0.0005, batchNorm: 'batch' })
    .option('--from-scratch', 'forget the weights first: He or Glorot by operator, from the seed')
    .addHelpText(
      'after',
      examples(
        ['wring train model.onnx -o trained.onnx --data digits/ --epochs 10 --from-scratch', 'the split "train"'],
        ['wring train model.onnx -o better.onnx --data photos/ --pad 4 --flip', 'moved and mirrored images'],
      ),
    )
    .action((model: string, flags: TrainFlags) => run(model, flags, session));
}

export function finetuneCommand(program: Command, session: Session): void {
  const command = program
    .command('finetune')
    .summary('train a little more, at a low rate, with or without labels')
    .description(
      'As "wring train", at defaults for weights that are good already: a low rate, and the stored statistics of batch ' +
        'normalization. Samples without labels are answered by the model as it is (distillation). Where no epoch does better ' +
        'on the samples kept back than the model as it is, it stays as it is; --validation 0 takes the last weights.',
    );
  const { epochs, learningRate: rate } = FINETUNE_DEFAULTS;
  addTrainOptions(command, { epochs, rate, decay: 0, batchNorm: 'stored' })
    .addHelpText(
      'after',
      examples(
        ['wring finetune model.onnx -o tuned.onnx --data photos/', 'three epochs'],
        ['wring finetune coarse.wrg -o tuned.onnx --data inputs.npy --loss distillation', 'no labels needed'],
      ),
    )
    .action((model: string, flags: TrainFlags) =>
      run(model, { ...flags, neverWorse: FINETUNE_DEFAULTS.neverWorse }, session),
    );
}

async function run(path: string, flags: TrainFlags, session: Session): Promise<void> {
  const started = performance.now();
  checkOutput(flags.output, ['.onnx', '.wrg']);
  const input = await describeInput(path);
  const io = new NodeIO();
  const [document, runtime] = [await readInput(io, path), await session.runtime()];
  const dataset = await openData(flags.data, path, { ...flags, usual: 'train' });
  const options = toTrainOptions(flags, dataset);
  const testOn = testFor([options.loss ?? []].flat(), runtime);
  const test =
    flags.test === undefined ? null : await openTest(flags.test, document, testOn, { ...flags, model: path });
  const checkpoint = new CheckpointFile(`${flags.output}${STATE}`);
  if (flags.restart) await checkpoint.remove();
  const report = await train(document, options, {
    runtime,
    dataset,
    checkpoint,
    ...(hasWorkers() ? { open: openInWorkers(session.threads ?? availableParallelism()) } : {}),
    logger: session.logger,
    onProgress: session.progress.update,
    ...(session.signal ? { signal: session.signal } : {}),
  });
  const output = await writeProved(document, flags.output, {
    io,
    runtime,
    input,
    metadata: provenance(report, input),
    mustLoad: true,
    mustShrink: false,
    dryRun: false,
    logger: session.logger,
  });
  if (report.interrupted) {
    session.logger.warn(
      `interrupted; what was best so far is written, and the same command goes on from ${checkpoint.name}`,
    );
    session.exitCode = Exit.INTERRUPTED;
  } else await checkpoint.remove();
  const tested = test && (await testWritten(flags.output, document, test, testOn, session));
  const seconds = (performance.now() - started) / 1000;
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  session.result(`${path} → ${flags.output}: ${summary(report, tested)}   ${seconds.toFixed(1)} s`, {
    ...report,
    input,
    output,
    test: tested,
    seconds,
    peakRssBytes,
  });
}

/** Opens what the result will be tested on, and tries the sample of the highest class: a training is long. */
function openTest(
  option: string,
  document: Document,
  testOn: Test,
  { model, preprocess }: Pick<TrainFlags, 'preprocess'> & { readonly model: string },
): Promise<Dataset> {
  return naming(option, async () => {
    const dataset = await openData(option, model, { preprocess });
    const labels = Array.from(dataset.labels ?? []);
    const at = Math.max(0, labels.indexOf(labels.reduce((highest, label) => Math.max(highest, label), 0)));
    await testOn(document, partOf(dataset, at, at + 1));
    return dataset;
  });
}

/** @throws {WringError} whatever is wrong with the samples; the model is written all the same, and it says so */
async function testWritten(
  path: string,
  document: Document,
  dataset: Dataset,
  testOn: Test,
  session: Session,
): Promise<Score> {
  try {
    return await testOn(document, dataset, { onProgress: session.progress.update });
  } catch (cause) {
    if (!isWringError(cause)) throw cause;
    throw new WringError(cause.code, `${path} is written, but not tested: ${cause.message}`, { cause });
  }
}

type Test = (document: Document, dataset: Dataset, options?: EvaluationOptions) => Promise<Score>;

/** Measures what validation does. */
function testFor(losses: readonly Loss[], runtime: Runtime): Test {
  return async (document, dataset, options = {}) => {
    const score = await scoreOn(document, dataset, runtime, losses, options);
    if (score) return score;
    throw new WringError('E_OPTION', `"${dataset.name}" has no labels, so there is no accuracy to measure`);
  };
}

function summary({ epochs, best, steps }: TrainReport, tested: Score | null): string {
  const last = best ?? epochs.at(-1);
  if (!last) return `${steps} steps, no epoch ended`;
  const parts = last.loss === null ? ['as it was: no epoch does better'] : [`loss ${last.loss.toPrecision(3)}`];
  const say = ({ metric, value, count }: Score, where: string) =>
    `${metric === 'top-1 (%)' ? `top-1 ${value.toFixed(2)} %` : `${metric} ${value.toPrecision(4)}`} (${where}, n=${count})`;
  const which = last.epoch > 0 ? `, epoch ${last.epoch} of ${epochs.length}` : '';
  if (last.score) parts.push(say(last.score, `validation${which}`));
  if (tested) parts.push(say(tested, 'test'));
  return parts.join(', ');
}

/** What the file says of itself. */
function provenance({ recipe, steps, best }: TrainReport, { name, byteLength, sha256 }: InputFile) {
  return { training: { recipe, steps, epoch: best?.epoch ?? null }, input: { name, bytes: byteLength, sha256 } };
}
