import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { type Document, isWringError, WringError } from '../../core/index.js';
import type { Dataset } from '../../data/dataset.js';
import type { Preprocess } from '../../data/index.js';
import { partOf } from '../../data/part-of.js';
import { evaluateAccuracy } from '../../evaluation/index.js';
import { CheckpointFile } from '../../io/node-checkpoint.js';
import { NodeIO } from '../../io/node-io.js';
import { SIGMA_JOINS, type SigmaJoin } from '../../methods/pwfn/options.js';
import {
  BACKWARDS,
  type Backward,
  PRICES,
  type PriceOf,
  RELAXED_DEFAULTS,
  type RelaxedOptions,
  TERNARY,
  type Ternary,
  WIDTHS,
  type Widths,
} from '../../methods/relaxed/options.js';
import { LEAST_SCALE, VNQ_DEFAULTS } from '../../methods/vnq/options.js';
import {
  BIAS_CORRECTIONS,
  type BiasCorrection,
  COMPRESS_DEFAULTS,
  type CompressOptions,
  type CompressReport,
  compress,
  INPUTS,
  type Inputs,
  LEARNED_METHODS,
  METHODS,
  type Method,
  POSTERIORS,
  type PosteriorKind,
  qualityFor,
  TRAINED_FOR,
} from '../../pipeline/compress.js';
import { provenanceOf } from '../../pipeline/provenance.js';
import type { Fact } from '../../report/html.js';
import { ortNode } from '../../runtime/ort-node.js';
import { hasWorkers, openInWorkers } from '../../runtime/ort-workers.js';
import { prune, spellStandard } from '../../transforms/index.js';
import { openData, PREPROCESS_OPTION } from '../data-option.js';
import { examples } from '../examples.js';
import { bytes, signed, table } from '../format.js';
import { describeInput, readInput } from '../input-file.js';
import { type Cost, measureCost } from '../measure-cost.js';
import { checkOutput } from '../output-file.js';
import { collect, numberBetween, oneOf } from '../parse.js';
import { Exit, type Session } from '../session.js';
import { writeProved } from '../write-proved.js';
import { REPORT_EXTENSIONS, writeReport } from '../write-report.js';

/**
 * With more threads onnxruntime sums in another order, now and then; values are chosen by those sums, and their choice
 * is to depend on the seed, not on the machine.
 */
const MEASURING_THREADS = 1;
/** One for each round of the papers but the first. */
const USUAL_EPOCHS = 9;
/** Until then σ has had the way to go that it needs. */
const VNQ_EPOCHS = 40;
/** State of a training or of tuning that is cut off, beside the output. */
const STATE = '.training';

interface Flags {
  output: string;
  method: Method;
  quality?: number;
  seed: number;
  samples: number;
  inputs: Inputs;
  posterior: PosteriorKind;
  biasCorrection: BiasCorrection;
  bits?: number;
  tune: number;
  spelling: 'weights' | 'products';
  activations: 'float' | 'int8';
  calibrate?: string;
  lambda?: number;
  sharedValues?: boolean;
  granularity: 'tensor' | 'channel';
  ignore: string[];
  ignoreType: string[];
  fuse?: boolean;
  freeze?: boolean;
  data?: string;
  test?: string;
  epochs?: number;
  rate?: number;
  delta?: number;
  entropy?: number;
  loss?: (typeof TRAINED_FOR)[number];
  pad: number;
  flip?: boolean;
  mix: number;
  batch: number;
  threshold?: number;
  warmup?: number;
  regularizer?: number;
  corrected?: boolean;
  startScale?: number;
  fromScratch?: boolean;
  activationBits: number;
  tensorBits: string[];
  soft?: boolean;
  dropBits?: boolean;
  widths: Widths;
  widthPrice: number;
  priceOf: PriceOf;
  backward: Backward;
  through: number;
  shareNorms?: boolean;
  asReleased?: boolean;
  sigmaScale?: number;
  sigmaJoin?: SigmaJoin;
  saveEvery: number;
  restart?: boolean;
  preprocess?: Preprocess;
  maxDrop?: number;
  dryRun?: boolean;
  report?: string;
}

export function compressCommand(program: Command, session: Session): void {
  const d = COMPRESS_DEFAULTS;
  program
    .command('compress')
    .summary('choose few values, write them in few bits (lossy)')
    .description(
      'Compresses the weights of a model; needs no data. Writes .wrg (packed, smallest) or .onnx (standard operators, ' +
        'smaller than before), as the name of the output says, and loads the result in onnxruntime before it is kept. ' +
        'Given samples of what the model is for, it measures on those in place of synthetic ones; path, gpfq and multipoint ' +
        'gain most by them.',
    )
    .argument('<model>', 'an ONNX model, or a .wrg')
    .requiredOption('-o, --output <file>', 'where to write; .wrg or .onnx')
    .option('--method <name>', `${METHODS.join(', ')}`, oneOf('method', METHODS), d.method)
    .option(
      '--quality <n>',
      `the one knob: 0 smallest, 100 closest (default: ${qualityFor('noise')}; ${qualityFor('synthesised')} where inputs are synthesised)`,
      numberBetween(0, 100),
    )
    .option('--seed <n>', 'of everything random; an integer ≥ 0', numberBetween(0, 2 ** 32 - 1, true), d.seed)
    .option('--samples <n>', 'samples to measure with, 1–4096', numberBetween(1, 4096, true), d.samples)
    .option(
      '--inputs <kind>',
      'without data, measure with noise, or with inputs synthesised from the statistics of batch normalization; auto: the ' +
        'latter where it can be done in about a minute',
      oneOf('inputs', INPUTS),
      d.inputs,
    )
    .option(
      '--posterior <kind>',
      'how far weights may move: by what noise on them does to the outputs, or by the Fisher information',
      oneOf('posterior', POSTERIORS),
      d.posterior,
    )
    .option(
      '--bias-correction <kind>',
      'of means that have moved: as the method has it, or (path) layer after layer behind those before; for uniform, wfn, pwfn',
      oneOf('bias-correction', BIAS_CORRECTIONS),
      d.biasCorrection,
    )
    .option(
      '--calibrate <path>',
      'measure with the first samples of this data; no labels needed; see --data for the form',
    )
    .option(
      '--bits <n>',
      'gpfq: the 2^n + 1 values of its paper; multipoint: bits of a point (default: what the quality asks for); pwfn: its ' +
        'smallest power of two is 2^-n (default: 7); vnq: the 2^n − 1 levels of a layer, 2–3 (default: 2); rq and srq: ' +
        'of a weight, 2–8, the most where widths are learned (default: 3)',
      numberBetween(0, 20, true),
    )
    .option(
      '--lambda <x>',
      'uniform, path: weight of the bits in each choice, 0–1 (default: 0; path 0.05)',
      numberBetween(0, 1),
    )
    .option('--shared-values', 'path: of all layers in common, small integers times powers of two; takes more bytes')
    .option(
      '--granularity <g>',
      'one step a tensor, or a channel',
      oneOf('granularity', ['tensor', 'channel']),
      d.granularity,
    )
    .option(
      '--spelling <s>',
      'multipoint: points are added as weights, at load, or as products, at run time',
      oneOf('spelling', ['weights', 'products']),
      d.spelling,
    )
    .option(
      '--activations <a>',
      'multipoint: float, or int8 by the ranges of the samples, for integer operators',
      oneOf('activations', ['float', 'int8']),
      d.activations,
    )
    .option(
      '--tune <epochs>',
      'then learn steps and biases from the outputs of the original; the same command goes on after an interrupt',
      numberBetween(0, 10000, true),
      d.tune,
    )
    .option('--ignore <name>', 'leave this node or tensor alone; /regex/ too; may be repeated', collect, [])
    .option('--ignore-type <op>', 'leave operators of this type alone; may be repeated', collect, [])
    .option('--freeze', 'take constants for such that are inputs, too; callers can then not override them')
    .option(
      '--fuse',
      'fold batch normalization into the layer before it (default: but for vnq, and trainings by wfn and pwfn without --entropy)',
    )
    .option('--no-fuse', 'keep batch normalization apart; trainings but those with --entropy train it then')
    .option(
      '--data <path>',
      "labelled samples: measure the accuracy before and after; a folder of images or in wring's data format, .npy or " +
        '.npz; path#split for another than ' +
        'test. Without --calibrate, path, gpfq and multipoint measure with the first of them, and the accuracy is that of the rest. ' +
        'wfn, pwfn, vnq, rq and srq train on its split train, or all of data without splits',
    )
    .option(...PREPROCESS_OPTION)
    .option(
      '--test <path>',
      'in training: measure the accuracy on this, in place of the split test of --data; data without splits have none to ' +
        'measure on',
    )
    .option(
      '--epochs <n>',
      `wfn, pwfn, vnq, rq and srq: of training on --data; 0 for none (default: ${USUAL_EPOCHS} with --data, vnq ${VNQ_EPOCHS})`,
      numberBetween(0, 2 ** 31 - 1, true),
    )
    .option('--rate <x>', 'of that training: learning rate, 1e-9–100 (default: of the paper)', numberBetween(1e-9, 100))
    .option('--batch <n>', 'of that training: samples a step, 1–65536', numberBetween(1, 65536, true), d.batch)
    .option(
      '--threshold <x>',
      `vnq: log α from which a weight is pruned, -10–10 (default: ${VNQ_DEFAULTS.threshold})`,
      numberBetween(-10, 10),
    )
    .option(
      '--warmup <epochs>',
      'vnq: in which its prior climbs (default: a thirteenth of all)',
      numberBetween(0, 2 ** 31 - 1),
    )
    .option(
      '--regularizer <x>',
      `wfn in training: its share of the loss; pwfn: how hard σ is drawn up; vnq: factor of its prior; 0–1000 (default: 0.4, 2^-11, ${VNQ_DEFAULTS.regularizer})`,
      numberBetween(0, 1000),
    )
    .option('--corrected', 'vnq: the prior with what the paper leaves out near its levels')
    .option(
      '--start-scale <x>',
      'vnq: outermost level of every layer in the beginning, 0.05–100 (default: the mean of the upper half of its magnitudes)',
      numberBetween(LEAST_SCALE, 100),
    )
    .option(
      '--activation-bits <n>',
      'rq, srq: of what layers take in, too, 2–8; 32 for floats',
      numberBetween(2, 32, true),
      RELAXED_DEFAULTS.activationBits,
    )
    .option(
      '--tensor-bits <name=n>',
      'rq, srq: this tensor has other bits than the rest, or "ternary": −1, 0 and 1; may be repeated',
      collect,
      [],
    )
    .option(
      '--soft',
      'rq: learn with the mean of what levels might have been drawn (RQ), not with the one drawn (RQ-ST)',
    )
    .option('--drop-bits', 'srq: drop outer levels at random while it learns')
    .option(
      '--widths <w>',
      'srq: bits are fixed, or learned for each tensor or output channel (of Conv, and of Gemm with transB)',
      oneOf('widths', WIDTHS),
      RELAXED_DEFAULTS.widths,
    )
    .option(
      '--width-price <x>',
      'srq: of learned widths, what the loss grows by for each open mask, or bit of a weight',
      numberBetween(0, 1e6),
      RELAXED_DEFAULTS.price,
    )
    .option(
      '--price-of <what>',
      'srq: learned widths are paid in masks that are open, or in bits that the coder takes',
      oneOf('price-of', PRICES),
      RELAXED_DEFAULTS.priceOf,
    )
    .option(
      '--backward <how>',
      'srq: the derivative of rounding is that of the level chosen, or of all that might be',
      oneOf('backward', BACKWARDS),
      RELAXED_DEFAULTS.backward,
    )
    .option(
      '--through <share>',
      'srq: … and so much of it that of the identity, 0–1; without, weights at level 0 learn nothing',
      numberBetween(0, 1),
      RELAXED_DEFAULTS.through,
    )
    .option('--from-scratch', 'vnq, rq, srq: begin with weights that are drawn anew')
    .option('--delta <x>', 'wfn and pwfn: how far weights may move (default: of the paper)', numberBetween(1e-4, 1024))
    .option('--entropy <bits>', 'pwfn: train under a rate term, to so many bits a weight, 0.1–8', numberBetween(0.1, 8))
    .option(
      '--loss <name>',
      `of that training: ${TRAINED_FOR.join(', ')} (default: by labels; with --entropy by the model as it is, distillation; blocks: ` +
        'also by what it has at the end of every block)',
      oneOf('loss', TRAINED_FOR),
    )
    .option('--pad <pixels>', 'in training, move images by up to so many, 0–256', numberBetween(0, 256, true), 0)
    .option('--flip', 'in training, mirror every second image')
    .option(
      '--mix <share>',
      'in training by distillation: of another image, at most, in each one, 0–1',
      numberBetween(0, 1),
      0,
    )
    .option('--share-norms', "wfn and pwfn in training: normalization's factors and shifts share values, too")
    .option(
      '--sigma-scale <x>',
      'pwfn in training: factor of the σ that it begins with, 0–1000 (default: 1)',
      numberBetween(0, 1000),
    )
    .option(
      '--sigma-join <how>',
      'pwfn in training: σ of what is fixed is the deviation of those that share a value, the mean of their σ, half or a tenth of ' +
        'its own, or trained on (default: "std-mu")',
      oneOf('sigma-join', SIGMA_JOINS),
    )
    .option('--as-released', 'wfn and pwfn: with the defects of the published code')
    .option(
      '--save-every <steps>',
      'of training: its state, beside the output',
      numberBetween(1, 2 ** 31 - 1, true),
      200,
    )
    .option('--restart', 'begin training anew, whatever was saved')
    .option(
      '--max-drop <points>',
      'with labelled --data or --test: exit 3 when more top-1 is lost',
      numberBetween(0, 100),
    )
    .option('--report <file>', 'write what was done: a page with pictures (.html), or all figures (.json)')
    .option('--dry-run', 'do all but write, neither model nor report')
    .addHelpText(
      'after',
      examples(
        ['wring compress model.onnx -o model.wrg', 'smallest, at safe defaults'],
        ['wring compress model.onnx -o small.onnx --quality 85', 'standard ONNX, closer to the original'],
        [
          'wring compress model.onnx -o model.wrg --method path --calibrate photos/#train',
          'follow what rounding does to real samples',
        ],
        [
          'wring compress model.onnx -o model.wrg --method pwfn --data photos/ --entropy 1.5 --epochs 8 --flip',
          'train levels of 1.5 bits; cut off, the same command goes on',
        ],
        [
          'wring compress model.onnx -o model.wrg --method vnq --data photos/ --epochs 40',
          'train layers of three values each',
        ],
        [
          'wring compress model.onnx -o model.wrg --data photos/ --max-drop 0.5',
          'measured, exit 3 beyond half a point',
        ],
      ),
    )
    .action((model: string, flags: Flags) => run(model, flags, session));
}

async function run(path: string, flags: Flags, session: Session): Promise<void> {
  const started = performance.now();
  checkOutput(flags.output, ['.wrg', '.onnx']);
  if (flags.report !== undefined) checkOutput(flags.report, REPORT_EXTENSIONS, '--report');
  if (flags.maxDrop !== undefined && flags.data === undefined) {
    throw new WringError('E_OPTION', '--max-drop needs --data: without labelled samples no accuracy is measured');
  }
  const input = await describeInput(path);
  const io = new NodeIO();
  const runtime = await session.runtime();
  const epochs = epochsOf(flags);
  const { calibration, training, test } = await openSamples({ ...flags, epochs }, path);
  if (!test && flags.data !== undefined) reportUntested(flags, training !== null, session);
  const checkpoint = new CheckpointFile(`${flags.output}${STATE}`);
  if (flags.restart) await checkpoint.remove();
  const document = await readInput(io, path);
  const accuracyOf = (model: Document) =>
    test && evaluateAccuracy(model, test, runtime, { onProgress: session.progress.update });
  const before = await accuracyOf(document);
  const report = await compress(
    document,
    {
      ...flags,
      quality: flags.quality ?? null,
      bits: flags.bits ?? COMPRESS_DEFAULTS.bits,
      lambda: flags.lambda ?? COMPRESS_DEFAULTS.lambda,
      sharedValues: flags.sharedValues ?? false,
      ...(flags.fuse === undefined ? {} : { fuseBatchNorm: flags.fuse }),
      epochs,
      learningRate: flags.rate ?? null,
      delta: flags.delta ?? null,
      entropy: flags.entropy ?? null,
      loss: flags.loss ?? null,
      augmentation: augmentationOf(flags),
      checkpointEvery: flags.saveEvery,
      ...lawsOf(flags),
      relaxed: relaxedOf(flags),
      fromScratch: flags.fromScratch ?? false,
      ignoredScope: {
        ...(flags.ignore.length > 0 ? { names: flags.ignore } : {}),
        ...(flags.ignoreType.length > 0 ? { types: flags.ignoreType } : {}),
      },
    },
    {
      runtime: await ortNode({ threads: MEASURING_THREADS }),
      ...(calibration ? { calibration } : {}),
      ...(hasWorkers() ? { open: openInWorkers(session.threads ?? availableParallelism()) } : {}),
      ...(training ? { training: { dataset: training, checkpoint } } : {}),
      logger: session.logger,
      onProgress: session.progress.update,
      checkpoint,
      ...(session.signal ? { signal: session.signal } : {}),
    },
  );
  if (report.interrupted) {
    session.logger.warn(
      report.training || flags.tune > 0
        ? `interrupted; what was best so far is written, and the same command goes on from ${checkpoint.name}`
        : 'interrupted; what was found so far is written',
    );
    session.exitCode = Exit.INTERRUPTED;
  }
  const after = await accuracyOf(document);
  const packed = flags.output.toLowerCase().endsWith('.wrg');
  if (!packed) {
    await document.transformWith(
      { logger: session.logger, onProgress: session.progress.update },
      spellStandard(),
      prune(),
    );
  }
  const written = await writeProved(document, flags.output, {
    io,
    runtime,
    input,
    metadata: provenanceOf(report, input),
    mustLoad: report.runtime !== null,
    dryRun: flags.dryRun ?? false,
    logger: session.logger,
    ...(session.signal && !report.interrupted ? { signal: session.signal } : {}),
  });
  if (!report.interrupted) await checkpoint.remove();
  const cost = packed || flags.dryRun ? null : await compareCost(path, flags.output, session);
  const seconds = (performance.now() - started) / 1000;
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  showDetails(report, session);
  const ratio = input.byteLength / written.byteLength;
  const drop = before && after ? after.top1 - before.top1 : null;
  const effect: Fact =
    before && after
      ? ['top-1', `${before.top1.toFixed(2)} → ${after.top1.toFixed(2)} (${signed(drop!)}, n=${after.count})`]
      : report.outputError === null
        ? ['outputs', 'not measured']
        : ['output error', report.outputError.toPrecision(2)];
  const time = `${seconds.toFixed(1)} s`;
  const data = { ...report, input, output: written, before, after, cost, seconds, peakRssBytes };
  const shrunk = `${bytes(input.byteLength)} → ${bytes(written.byteLength)} (${ratio.toFixed(1)}x)`;
  if (flags.report !== undefined && !flags.dryRun) {
    const covered = `${(100 * report.coverage.share).toFixed(2)} % of float bytes`;
    const facts: Fact[] = [
      ['size', shrunk],
      effect,
      ['method', `${report.method}, quality ${report.quality}`],
      ['covered', covered],
      ['time', time],
    ];
    await writeReport(flags.report, `${input.name}, compressed`, facts, data);
  }
  const line = [
    `${path} ${bytes(input.byteLength)} → ${flags.output} ${bytes(written.byteLength)} (${ratio.toFixed(1)}x)`,
    effect.join(' '),
    time,
  ];
  if (flags.dryRun) line.push('dry run, nothing written');
  session.result(line.join('   '), data);
  if (flags.maxDrop !== undefined && drop !== null && -drop > flags.maxDrop) session.exitCode = Exit.OUTSIDE;
}

/** Given data, they train. */
const TRAINING_METHODS: ReadonlySet<Method> = new Set(['wfn', 'pwfn', ...LEARNED_METHODS]);
/** Follow the samples more closely than the others do. */
const DATA_METHODS: ReadonlySet<Method> = new Set(['path', 'gpfq', 'multipoint']);

/** Layers with further points one by one, and what those take in all. */
function describePoints(layers: CompressReport['points']): string {
  const sum = (key: 'extraBytes' | 'extraOperations') => layers.reduce((total, layer) => total + layer[key], 0);
  const several = layers.filter(({ points }) => points.length > 1);
  const rows = several.map(({ name, points, extraBytes, extraOperations, error }) => [
    name,
    points.join(' + '),
    bytes(Math.round(extraBytes)),
    extraOperations.toPrecision(3),
    error.toPrecision(2),
  ]);
  const head = ['tensor', 'channels of 1, 2, … points', 'more', 'operations', 'error'];
  const total = `further points: ${bytes(Math.round(sum('extraBytes')))}, ${sum('extraOperations').toPrecision(3)} multiplications a sample`;
  return rows.length > 0 ? `${table(head, rows)}\n${total}` : total;
}

/** What values are chosen by, and what the accuracy is measured on: never the same samples. */
async function openSamples(
  { calibrate, data, preprocess, test: tested, method, samples, epochs }: Flags & { epochs: number },
  model: string,
): Promise<{ readonly calibration: Dataset | null; readonly training: Dataset | null; readonly test: Dataset | null }> {
  const calibration = calibrate === undefined ? null : await openData(calibrate, model, { preprocess });
  if (epochs > 0) {
    const training = await openData(data!, model, { usual: 'train', preprocess });
    const test = await openTest(data!, tested, model, preprocess);
    return { calibration, training, test };
  }
  const test = data === undefined ? null : await openData(data, model, { preprocess });
  const training = null;
  if (calibration || !test || !DATA_METHODS.has(method)) return { calibration, training, test };
  if (!test.labels) return { calibration: test, training, test: null };
  if (test.length <= samples) {
    throw new WringError(
      'E_OPTION',
      `${data} has ${test.length} samples, of which --samples ${samples} leaves none to measure the accuracy on; ask for ` +
        'fewer, or give others with --calibrate',
    );
  }
  return { calibration: partOf(test, 0, samples), training, test: partOf(test, samples, test.length) };
}

/**
 * What a trained result is measured on: what was named, or the split test of the data, labelled; null where they have none of
 * their own, or it is trained on.
 */
async function openTest(
  data: string,
  tested: string | undefined,
  model: string,
  preprocess: Preprocess | undefined,
): Promise<Dataset | null> {
  if (tested !== undefined) return openData(tested, model, { preprocess });
  const [path, trained] = data.split('#');
  if (trained === 'test') return null;
  try {
    const test = await openData(path, model, { ownSplit: true, preprocess });
    return test.labels && test.length > 0 ? test : null;
  } catch (error) {
    if (isWringError(error, 'E_OPTION')) return null;
    throw error;
  }
}

/** Says that no accuracy is measured, and why. @throws {WringError} E_OPTION where a loss of it was to be watched */
function reportUntested({ data, maxDrop }: Flags, trains: boolean, session: Session): void {
  const reason = trains
    ? `"${data!.split('#')[0]}" has no labelled split "test" beside what is trained on; give labelled samples with --test`
    : `"${data}" has no labels; give labelled samples with --data, and these with --calibrate`;
  if (maxDrop !== undefined) throw new WringError('E_OPTION', `--max-drop needs an accuracy to measure: ${reason}`);
  session.logger.info(`accuracy is not measured: ${reason}`);
}

/** Epochs of training between rounds: those asked for, or the usual ones where there is data to train on. */
function epochsOf({ method, data, epochs }: Flags): number {
  const trains = TRAINING_METHODS.has(method);
  if (epochs !== undefined && epochs > 0 && (!trains || data === undefined)) {
    throw new WringError('E_OPTION', '--epochs needs --method wfn, pwfn, vnq, rq or srq, and --data to train on');
  }
  if (LEARNED_METHODS.has(method) && data === undefined) {
    throw new WringError('E_OPTION', `--method ${method} is a training: it needs --data to train on`);
  }
  if (!trains || data === undefined) return epochs ?? 0;
  return epochs ?? (method === 'vnq' ? VNQ_EPOCHS : USUAL_EPOCHS);
}

/** Only what is done: a recipe is short. */
function augmentationOf({ pad, flip, mix }: Flags): NonNullable<CompressOptions['augmentation']> {
  return { ...(pad > 0 ? { pad } : {}), ...(flip ? { flip } : {}), ...(mix > 0 ? { mix } : {}) };
}

/** What the laws by which weights are drawn have of their own; a factor of a regularizer is that of the method. */
function lawsOf(flags: Flags): Pick<CompressOptions, 'wfn' | 'pwfn' | 'vnq'> {
  const { method, regularizer, sigmaScale: spreadScale, sigmaJoin: join } = flags;
  const { threshold, warmup, corrected, startScale } = flags;
  const own = (name: Method) => (method === name ? { regularizer } : {});
  // Who else has one is told that only these have.
  const rest = method === 'wfn' || method === 'pwfn' ? {} : { regularizer };
  return {
    wfn: given(own('wfn')),
    pwfn: given({ ...own('pwfn'), spreadScale, join }),
    vnq: given({ ...rest, threshold, warmup, corrected, startScale }),
  };
}

function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/** Only what is not as it is anyway. */
function relaxedOf({
  activationBits,
  dropBits = false,
  widths,
  widthPrice: price,
  priceOf,
  backward,
  through,
  tensorBits,
  soft = false,
}: Flags): RelaxedOptions {
  const options = { activationBits, hard: !soft, dropBits, widths, price, priceOf, backward, through };
  const special = Object.entries(options).filter(
    ([name, value]) => value !== RELAXED_DEFAULTS[name as keyof RelaxedOptions],
  );
  const named = tensorBits.length > 0 ? { tensorBits: Object.fromEntries(tensorBits.map(bitsOfTensor)) } : {};
  return { ...Object.fromEntries(special), ...named };
}

/** "name=bits" */
function bitsOfTensor(text: string): [name: string, bits: number | Ternary] {
  const at = text.lastIndexOf('=');
  const bits = text.slice(at + 1);
  if (at > 0) return [text.slice(0, at), bits === TERNARY ? bits : Number(bits)];
  throw new WringError('E_OPTION', `Expected --tensor-bits name=bits but received "${text}"`);
}

/** What standard ONNX costs at load and at run time, beside the original. */
async function compareCost(original: string, result: string, session: Session) {
  const [before, after] = [await measureCost(original, session.threads), await measureCost(result, session.threads)];
  if (before && after) {
    const change = (what: string, key: keyof Cost, show: (value: number) => string) =>
      `${what} ${show(before[key])} → ${show(after[key])}`;
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    const parts = [
      change('load', 'loadMs', ms),
      change('run', 'runMs', ms),
      change('peak memory', 'peakRssBytes', bytes),
    ];
    session.note(`in onnxruntime: ${parts.join(', ')}`);
  }
  return { original: before, result: after };
}

function showDetails(report: CompressReport, session: Session): void {
  if (session.verbose) {
    const rows = report.tensors.map((t) => [
      t.name,
      t.role,
      t.dims.join('×'),
      t.values,
      t.sqnr === null ? 'exact' : t.sqnr.toFixed(1),
      t.maxDelta.toPrecision(2),
    ]);
    session.note(table(['tensor', 'role', 'shape', 'values', 'SQNR dB', 'max |Δ|'], rows));
  }
  if (report.points.length > 0) session.note(describePoints(report.points));
  const { coveredBytes, floatBytes, share, rest } = report.coverage;
  const names = rest.slice(0, 5).map(({ name, byteLength }) => `${name} (${bytes(byteLength)})`);
  const more = rest.length > 5 ? ` and ${rest.length - 5} more` : '';
  session.note(
    `${report.method}: ${(100 * share).toFixed(2)} % of float bytes covered (${bytes(coveredBytes)} of ${bytes(floatBytes)})` +
      (names.length > 0 ? `; left as floats: ${names.join(', ')}${more}` : ''),
  );
}
