import { WringError } from '../core/index.js';
import type { PwfnTrainingOptions } from '../methods/pwfn/index.js';
import { type RelaxedOptions, resolveRelaxedOptions } from '../methods/relaxed/options.js';
import { resolveVnqOptions, type VnqOptions } from '../methods/vnq/options.js';
import type { IgnoredScope } from '../methods/weights.js';
import type { WfnTrainingOptions } from '../methods/wfn/index.js';
import type { Augmentation } from '../training/index.js';
import type { CompressReport } from './report.js';

export const METHODS = ['auto', 'uniform', 'wfn', 'pwfn', 'path', 'gpfq', 'multipoint', 'vnq', 'rq', 'srq'] as const;
export type Method = (typeof METHODS)[number];

/** Cannot do without training. */
export const LEARNED_METHODS: ReadonlySet<Method> = new Set(['vnq', 'rq', 'srq']);

/** `auto`: synthesised where the model allows it, in about a minute; else noise. */
export const INPUTS = ['auto', 'noise', 'synthesised'] as const;
export type Inputs = (typeof INPUTS)[number];

/** What tells how far the weights of a tensor may move. */
export const POSTERIORS = ['sensitivity', 'fisher'] as const;
export type PosteriorKind = (typeof POSTERIORS)[number];

export const TRAINED_FOR = ['cross-entropy', 'distillation', 'blocks'] as const;

/** `method`: as the method has it. `path`: anew behind all layers before, see `correctBiases`. */
export const BIAS_CORRECTIONS = ['method', 'path'] as const;
export type BiasCorrection = (typeof BIAS_CORRECTIONS)[number];

export interface CompressOptions {
  /**
   * How values are chosen; `auto` tries `uniform`, `wfn` and `pwfn`, and `path` where there are samples, and keeps the one with the
   * fewest bytes within the same output error.
   */
  method?: Method;
  /**
   * The one knob, 0 (smallest) to 100 (closest). The budget of output noise doubles every 10 points down. null: 75, and 67 where
   * inputs are synthesised, see {@link qualityFor}.
   */
  quality?: number | null;
  /** Seed of the synthetic inputs and of every other random choice; an integer ≥ 0. */
  seed?: number;
  /** Samples that the posterior is measured on (1–4096): synthetic ones, or the first of the calibration data. */
  samples?: number;
  /**
   * What the model is run on where there is no calibration data: images (or tokens) drawn at random (`noise`), or such that
   * were moved until they have the statistics that batch normalization stores (`synthesised`).
   */
  inputs?: Inputs;
  /**
   * How far the weights of a tensor may move: by what noise on them does to the outputs (`sensitivity`), or by the Fisher
   * information, for models that choose among classes or tokens (`fisher`).
   */
  posterior?: PosteriorKind;
  /**
   * Whether biases take back what means have moved by as the method has it (`wfn` and `pwfn` do not), or layer after layer with
   * those before as they are by then (`path`; `gpfq` and `path` do so anyway, `multipoint` cannot).
   */
  biasCorrection?: BiasCorrection;
  /**
   * Of the methods that have it: `gpfq` takes the alphabets of 2^bits + 1 values of its paper (1–12) in place of what the
   * quality asks for; a point of `multipoint` has 2^bits − 1 values (2–8); the smallest power of two of `pwfn` is 2^-bits
   * (0–20); layers of `vnq` have 2^bits − 1 values (2–3), those of `rq` and `srq` 2^bits (2–8), where widths are learned at
   * most. null: what takes the fewest bytes, or the paper's; 3 for the last two.
   */
  bits?: number | null;
  /**
   * Epochs of learning steps and biases from the original's outputs, on the same samples, once values are chosen (0–10000). Takes
   * a few seconds to minutes an epoch, and no byte more.
   */
  tune?: number;
  /**
   * Of `multipoint`: points are added up as weights, once, when the model is loaded (`weights`); or their products with the inputs
   * are, in every run (`products`), as in the paper.
   */
  spelling?: 'weights' | 'products';
  /**
   * Of `multipoint`: values between layers stay floats (`float`), or are rounded to eight bits by the ranges that samples
   * have (`int8`), for which runtimes have integer operators. For speed, in ONNX; needs opset 13.
   */
  activations?: 'float' | 'int8';
  /** Tensors and operators that keep their numbers. */
  ignoredScope?: IgnoredScope;
  /** Of `uniform` and `path`: weight of the coder's bits in each choice, in step² per bit (0–1). null: 0, for `path` 0.05. */
  lambda?: number | null;
  /** Of `path`: values that all layers have in common, small integers times powers of two, for more bytes; see `PathOptions`. */
  sharedValues?: boolean;
  /** One step a tensor, or one an output channel. */
  granularity?: 'tensor' | 'channel';
  /**
   * Fold batch normalization into the layer before it. Usual but for `vnq`, and trainings by `wfn` and `pwfn`: there it stays apart and
   * is trained, as in their papers, but under a rate term.
   */
  fuseBatchNorm?: boolean;
  /** wfn, pwfn, vnq, rq and srq, with data: epochs of training; 0: values are chosen without, which only wfn and pwfn can. */
  epochs?: number;
  /** Of that training, at its highest; null: the paper's, or that of the rate term. */
  learningRate?: number | null;
  /** Samples a step. */
  batch?: number;
  /**
   * What is trained for: the labels; what the original says (`distillation`); that, and what it has at the end of every block, by squared
   * error (`blocks`). null: the labels, without them or under a rate term what the original says.
   */
  loss?: (typeof TRAINED_FOR)[number] | null;
  augmentation?: Augmentation;
  /** Steps from one save of that training to the next. */
  checkpointEvery?: number;
  /** δ of wfn and pwfn: how far weights may move; null: the paper's in training, else what the quality asks for. */
  delta?: number | null;
  /** pwfn: train under a rate term, to so many bits a weight (0.1–8); null: without one. */
  entropy?: number | null;
  /** wfn and pwfn in training: the normalization's factors and shifts share values, too, where they are not fused. */
  shareNorms?: boolean;
  /** wfn and pwfn in training: with the defects of the published code. */
  asReleased?: boolean;
  /** Of wfn in training; δ is `delta`. */
  wfn?: Omit<WfnTrainingOptions, 'delta' | 'asReleased'>;
  /** Of pwfn in training; δ is `delta`, b is `bits`. */
  pwfn?: Omit<PwfnTrainingOptions, 'delta' | 'deltaEnd' | 'bits' | 'seed' | 'asReleased'>;
  /** Of vnq; the levels are those of `bits`. */
  vnq?: Omit<VnqOptions, 'levels'>;
  /** Of rq and srq; bits of weights are `bits`. */
  relaxed?: Omit<RelaxedOptions, 'bits' | 'seed'>;
  /** vnq, rq and srq: begin with weights that are drawn anew. */
  fromScratch?: boolean;
  /** Take weights that are inputs, too, for constants. */
  freeze?: boolean;
}

export const COMPRESS_DEFAULTS: Required<CompressOptions> = {
  method: 'auto',
  quality: null,
  seed: 1,
  samples: 64,
  inputs: 'auto',
  posterior: 'sensitivity',
  biasCorrection: 'method',
  bits: null,
  tune: 0,
  spelling: 'weights',
  activations: 'float',
  ignoredScope: {},
  lambda: null,
  sharedValues: false,
  granularity: 'tensor',
  fuseBatchNorm: true,
  epochs: 0,
  learningRate: null,
  batch: 64,
  loss: null,
  augmentation: {},
  checkpointEvery: 200,
  delta: null,
  entropy: null,
  shareNorms: false,
  asReleased: false,
  wfn: {},
  pwfn: {},
  vnq: {},
  relaxed: {},
  fromScratch: false,
  freeze: false,
};

/** Whether values are to be trained, not only chosen. */
export function isTrained({ method, epochs }: Required<Pick<CompressOptions, 'method' | 'epochs'>>): boolean {
  return epochs > 0 && (method === 'wfn' || method === 'pwfn' || LEARNED_METHODS.has(method));
}

type LearningOptions = Pick<Required<CompressOptions>, 'method' | 'epochs' | 'entropy'>;

/** Whether one codebook is trained: by wfn or pwfn, but not under a rate term. */
function trainsCodebook(options: LearningOptions): boolean {
  return isTrained(options) && options.entropy === null && !LEARNED_METHODS.has(options.method);
}

/** Whether batch normalization is folded in where nobody says so. */
export function fusesUsually(options: LearningOptions): boolean {
  return options.method !== 'vnq' && !trainsCodebook(options);
}

/** Whether factors and shifts of normalization are trained with the weights. */
export function trainsNorms(options: LearningOptions & Pick<Required<CompressOptions>, 'fuseBatchNorm'>): boolean {
  return LEARNED_METHODS.has(options.method) || (trainsCodebook(options) && !options.fuseBatchNorm);
}

/** Options with a quality. */
export type ChosenOptions = Required<CompressOptions> & { readonly quality: number };

/**
 * What nobody asked for. An error that is measured on synthesised inputs is about that on real ones, and can be spent; on noise it is
 * a third of it. Samples that somebody brings have a purpose, so there the knob stands where it stands for noise.
 */
export function qualityFor(inputs: CompressReport['inputs']): number {
  return inputs === 'synthesised' ? 67 : 75;
}

/** Output noise at quality 75: at most 0.5 points of top-1 on all models that we measure on 10,000 samples. */
const NOISE_AT_75 = 0.022;

/** @throws {WringError} E_OPTION */
export function resolveCompressOptions(options: CompressOptions): Required<CompressOptions> {
  const given = { ...COMPRESS_DEFAULTS, ...options };
  const resolved = { ...given, fuseBatchNorm: options.fuseBatchNorm ?? fusesUsually(given) };
  assertOneOf('method', resolved.method, METHODS);
  assertOneOf('inputs', resolved.inputs, INPUTS);
  assertOneOf('posterior', resolved.posterior, POSTERIORS);
  assertOneOf('biasCorrection', resolved.biasCorrection, BIAS_CORRECTIONS);
  if (resolved.quality !== null) assertNumber('quality', resolved.quality, 0, 100);
  assertNumber('seed', resolved.seed, 0, 2 ** 32 - 1, true);
  assertNumber('samples', resolved.samples, 1, 4096, true);
  if (resolved.lambda !== null) assertNumber('lambda', resolved.lambda, 0, 1);
  assertNumber('epochs', resolved.epochs, 0, 2 ** 31 - 1, true);
  if (resolved.entropy !== null) {
    assertNumber('entropy', resolved.entropy, 0.1, 8);
    if (resolved.method !== 'pwfn' || resolved.epochs === 0) {
      throw new WringError('E_OPTION', 'Expected entropy with method pwfn and epochs of training');
    }
  }
  assertNumber('tune', resolved.tune, 0, 10000, true);
  if (resolved.tune > 0 && isTrained(resolved)) {
    throw new WringError(
      'E_OPTION',
      `Expected tune with values that are chosen but received ${resolved.method} with epochs`,
    );
  }
  refuseWhatIsNotMeant(resolved);
  if (resolved.method === 'vnq') return withVnq(resolved);
  if (resolved.method === 'rq' || resolved.method === 'srq') return withRelaxed(resolved.method, resolved);
  if (resolved.fromScratch) throw new WringError('E_OPTION', 'Expected fromScratch with method vnq, rq or srq');
  if (resolved.bits !== null) assertBits(resolved.method, resolved.bits);
  if (resolved.sharedValues && resolved.method !== 'path') {
    throw new WringError('E_OPTION', `Expected sharedValues with method path, but the method is ${resolved.method}`);
  }
  assertOneOf('spelling', resolved.spelling, ['weights', 'products']);
  assertOneOf('activations', resolved.activations, ['float', 'int8']);
  for (const name of ['spelling', 'activations'] as const) {
    if (resolved[name] !== COMPRESS_DEFAULTS[name] && resolved.method !== 'multipoint') {
      throw new WringError('E_OPTION', `Expected ${name} with method multipoint, but the method is ${resolved.method}`);
    }
  }
  return resolved;
}

/**
 * Quality → budget of relative output noise: doubles every 10 points down, linear between, at most 1. No `Math.pow`, so
 * that every engine gives the same bytes.
 */
export function noiseOfQuality(quality: number): number {
  const octaves = (75 - quality) / 10;
  const whole = Math.floor(octaves);
  let noise = NOISE_AT_75 * (1 + (octaves - whole));
  for (let i = 0; i < whole; i++) noise *= 2;
  for (let i = 0; i > whole; i--) noise /= 2;
  return Math.min(noise, 1);
}

/** A language model decides at every token, goes on from its own decisions, and its loss grows with every error. */
const LANGUAGE_FACTOR = 1 / 7;

/**
 * Share of the noise budget that a model's decisions bear. The more classes, the closer the runner-up: one for up to 16, two
 * thirds for a thousand. A seventh of that for a language model.
 */
export function decisionFactor(model: { readonly classes: number; readonly decidesEachToken: boolean }): number {
  let doublings = 0;
  for (let reach = 16; reach < model.classes; reach *= 2) doublings++;
  return (12 / (12 + doublings)) * (model.decidesEachToken ? LANGUAGE_FACTOR : 1);
}

/** An option that does nothing is a mistake of whoever gave it. */
function refuseWhatIsNotMeant(options: Required<CompressOptions>): void {
  const { method, epochs, entropy, wfn, pwfn, vnq, relaxed, augmentation } = options;
  const given = (value: object) => Object.keys(value).length > 0;
  const shares = method === 'wfn' || method === 'pwfn';
  const trains = isTrained(options);
  const rules: readonly (readonly [name: string, isGiven: boolean, isMeant: boolean, when: string])[] = [
    ['wfn', given(wfn), method === 'wfn' && trains, 'training by wfn'],
    ['pwfn', given(pwfn), method === 'pwfn' && trains && entropy === null, 'training by pwfn, and no entropy'],
    ['vnq', given(vnq), method === 'vnq', 'method vnq'],
    ['relaxed', given(relaxed), method === 'rq' || method === 'srq', 'method rq or srq'],
    ['delta', options.delta !== null, shares && entropy === null, 'method wfn or pwfn, and no entropy'],
    ['asReleased', options.asReleased, shares && trains && entropy === null, 'training by wfn or pwfn, and no entropy'],
    ['shareNorms', options.shareNorms, shares && !options.fuseBatchNorm, 'wfn or pwfn, and fuseBatchNorm false'],
    ['loss', options.loss !== null, trains, 'a training'],
    ['learningRate', options.learningRate !== null, trains, 'a training'],
    ['augmentation', given(augmentation), trains, 'a training'],
  ];
  const wrong = rules.find(([, isGiven, isMeant]) => isGiven && !isMeant);
  if (!wrong) return;
  const [name, , , when] = wrong;
  throw new WringError('E_OPTION', `Expected ${name} with ${when}, but the method is ${method} with ${epochs} epochs`);
}

/** Factors of batch normalization are no ternary numbers: it stays apart. */
function withVnq(resolved: Required<CompressOptions>): Required<CompressOptions> {
  if (resolved.fuseBatchNorm) throw new WringError('E_OPTION', 'Expected fuseBatchNorm to be false with method vnq');
  if (resolved.epochs === 0) throw new WringError('E_OPTION', 'Expected epochs of training with method vnq');
  if (resolved.bits !== null) assertNumber('bits', resolved.bits, 2, 3, true);
  resolveVnqOptions(resolved.vnq);
  return resolved;
}

function withRelaxed(method: 'rq' | 'srq', resolved: Required<CompressOptions>): Required<CompressOptions> {
  const { epochs, bits, relaxed } = resolved;
  if (epochs === 0) throw new WringError('E_OPTION', `Expected epochs of training with method ${method}`);
  resolveRelaxedOptions(method, bits === null ? relaxed : { ...relaxed, bits });
  return resolved;
}

function assertBits(method: Method, bits: number): void {
  if (method === 'gpfq') assertNumber('bits', bits, 1, 12, true);
  else if (method === 'multipoint') assertNumber('bits', bits, 2, 8, true);
  else if (method === 'pwfn') assertNumber('bits', bits, 0, 20, true);
  else
    throw new WringError(
      'E_OPTION',
      `Expected bits with method gpfq or multipoint, or pwfn, but the method is ${method}`,
    );
}

function assertOneOf<T extends string>(name: string, value: T, known: readonly T[]): void {
  if (known.includes(value)) return;
  throw new WringError('E_OPTION', `Expected ${name} ${known.join(', ')} but received "${value}"`);
}

function assertNumber(name: string, value: number, low: number, high: number, integer = false): void {
  if (!(value >= low && value <= high) || (integer && !Number.isInteger(value))) {
    const kind = integer ? 'an integer' : 'a number';
    throw new WringError('E_OPTION', `Expected ${name} to be ${kind} between ${low} and ${high} but received ${value}`);
  }
}
