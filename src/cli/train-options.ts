import type { Command } from 'commander';
import type { Dataset } from '../data/dataset.js';
import type { Preprocess } from '../data/index.js';
import { TRAIN_DEFAULTS, type TrainOptions, usualLoss } from '../training/index.js';
import { PREPROCESS_OPTION } from './data-option.js';
import { collect, numberBetween, oneOf } from './parse.js';

const LOSSES = ['cross-entropy', 'distillation', 'mean-squared-error', 'binary-cross-entropy'] as const;
const OPTIMIZERS = ['sgd', 'adam'] as const;
const SCHEDULES = ['cosine', 'linear', 'constant', 'step'] as const;
const BATCH_NORMS = ['batch', 'stored'] as const;
/** Where the rate of the schedule "step" falls to a tenth. */
const FALLS = [0.5, 0.75];
const STEPS = 2 ** 31 - 1;

export interface TrainFlags {
  readonly output: string;
  readonly data: string;
  readonly test?: string;
  readonly preprocess?: Preprocess;
  readonly epochs: number;
  readonly batch: number;
  readonly shard?: number;
  readonly rate: number;
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly momentum: number;
  readonly decay: number;
  readonly schedule: (typeof SCHEDULES)[number];
  readonly warmup: number;
  readonly clip?: number;
  readonly loss?: (typeof LOSSES)[number];
  readonly batchNorm: (typeof BATCH_NORMS)[number];
  readonly reestimate: number;
  readonly validation: number;
  readonly pad: number;
  readonly flip?: boolean;
  readonly mix: number;
  readonly keep: readonly string[];
  readonly fromScratch?: boolean;
  readonly seed: number;
  readonly saveEvery: number;
  readonly nativeLayout: boolean;
  readonly restart?: boolean;
  /** Set by the command. */
  readonly neverWorse?: boolean;
}

/** What differs between training and fine-tuning. */
type Usual = Pick<TrainFlags, 'epochs' | 'rate' | 'decay' | 'batchNorm'>;

/** The options of commands that train. */
export function addTrainOptions(command: Command, usual: Usual): Command {
  const d = TRAIN_DEFAULTS;
  return command
    .argument('<model>', 'an ONNX model, or a .wrg')
    .requiredOption('-o, --output <file>', 'where to write; .onnx or .wrg')
    .requiredOption(
      '--data <path>',
      "samples to train on: a folder of images or in wring's data format, .npy or .npz; path#split for another split than train. Labels are " +
        'whole numbers, one a sample; what else .npz brings is what the output is to be',
    )
    .option(...PREPROCESS_OPTION)
    .option('--test <path>', 'samples to measure the result on, once, at the end; the split test unless said')
    .option('--epochs <n>', 'how often every sample is seen, from 1 on', numberBetween(1, STEPS, true), usual.epochs)
    .option('--batch <n>', 'samples a step, 1–65536', numberBetween(1, 65536, true), d.batch)
    .option(
      '--shard <n>',
      'samples that one worker takes at once, 1–65536 (default: 32, or fewer of large ones)',
      numberBetween(1, 65536, true),
    )
    .option('--rate <x>', 'learning rate, at its highest; 1e-9–100', numberBetween(1e-9, 100), usual.rate)
    .option('--optimizer <name>', OPTIMIZERS.join(' or '), oneOf('optimizer', OPTIMIZERS), 'sgd')
    .option('--momentum <x>', 'of sgd (Nesterov), or the first beta of adam, 0–0.9999', numberBetween(0, 0.9999), 0.9)
    .option('--decay <x>', 'of weights a step, times the rate; not of biases, 0–1', numberBetween(0, 1), usual.decay)
    .option(
      '--schedule <name>',
      'of the rate: half a cosine, a line, constant, or to a tenth at 50 and 75 %',
      oneOf('schedule', SCHEDULES),
      'cosine',
    )
    .option('--warmup <steps>', 'in which the rate climbs from 0; from 0 on', numberBetween(0, STEPS, true), 0)
    .option('--clip <norm>', 'scale gradients down to this norm, 1e-9–1e9 (default: never)', numberBetween(1e-9, 1e9))
    .option(
      '--loss <name>',
      `${LOSSES.join(', ')} (default: cross-entropy; mean-squared-error where .npy or .npz bring numbers in place of classes; distillation where nothing tells)`,
      oneOf('loss', LOSSES),
    )
    .option(
      '--batch-norm <which>',
      'normalize by the statistics of the batch, or by the stored ones',
      oneOf('batch-norm', BATCH_NORMS),
      usual.batchNorm,
    )
    .option(
      '--reestimate <n>',
      'take stored statistics anew from n samples at the end; 0 for none',
      numberBetween(0, STEPS, true),
      0,
    )
    .option('--validation <share>', 'of the samples, kept back, 0–0.9', numberBetween(0, 0.9), d.validation)
    .option('--pad <pixels>', 'move images by up to so many, 0–256', numberBetween(0, 256, true), 0)
    .option('--flip', 'mirror every second image')
    .option('--mix <share>', 'of another image, at most, in each one; for distillation, 0–1', numberBetween(0, 1), 0)
    .option('--keep <name>', 'leave this constant as it is; may be repeated', collect, [])
    .option('--seed <n>', 'of everything random; an integer ≥ 0', numberBetween(0, 2 ** 32 - 1, true), d.seed)
    .option(
      '--save-every <steps>',
      'the state, beside the output; from 1 on',
      numberBetween(1, STEPS, true),
      d.checkpointEvery,
    )
    .option('--no-native-layout', 'convolutions as ONNX has them: slower, the same on more processors')
    .option('--restart', 'begin anew, whatever was saved');
}

export function toTrainOptions(flags: TrainFlags, dataset: Dataset): TrainOptions {
  const { momentum, decay: weightDecay, warmup } = flags;
  return {
    epochs: flags.epochs,
    batch: flags.batch,
    shard: flags.shard ?? null,
    learningRate: flags.rate,
    optimizer:
      flags.optimizer === 'adam'
        ? { kind: 'adam', beta1: momentum, weightDecay }
        : { kind: 'sgd', momentum, nesterov: true, weightDecay },
    schedule: flags.schedule === 'step' ? { kind: 'step', at: FALLS, warmup } : { kind: flags.schedule, warmup },
    clip: flags.clip ?? null,
    loss: flags.loss ? { kind: flags.loss } : usualLoss(dataset),
    batchNorm: flags.batchNorm === 'stored' ? 'inference' : 'batch',
    nativeLayout: flags.nativeLayout,
    reestimate: flags.reestimate,
    validation: flags.validation,
    neverWorse: flags.neverWorse ?? false,
    augmentation: { pad: flags.pad, flip: flags.flip ?? false, mix: flags.mix },
    freeze: flags.keep,
    fromScratch: flags.fromScratch ?? false,
    seed: flags.seed,
    checkpointEvery: flags.saveEvery,
  };
}
