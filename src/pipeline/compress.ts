import {
  type ByteSource,
  type Document,
  type Logger,
  type Progress,
  stopIfAborted,
  type Tensor,
  type TransformContext,
  WringError,
} from '../core/index.js';
import type { Dataset } from '../data/dataset.js';
import { correctBiases } from '../methods/correct-biases.js';
import { quantizeActivations, spellProducts } from '../methods/multipoint/index.js';
import { PWFN_DEFAULTS } from '../methods/pwfn/index.js';
import { RELAXED_DEFAULTS } from '../methods/relaxed/options.js';
import { codeEntropyBits } from '../methods/tensor-bits.js';
import type { TuneTargets } from '../methods/tune/index.js';
import { coverage, readFinite } from '../methods/weights.js';
import { WFN_DEFAULTS } from '../methods/wfn/index.js';
import { type Feed, measurePosterior, OutputError, type Posterior, spreadPosterior } from '../posterior/index.js';
import type { OpenParallel } from '../runtime/parallel.js';
import type { Runtime } from '../runtime/runtime.js';
import type { CheckpointStore, TrainReport } from '../training/index.js';
import { type Choice, chooseValues, restoreValues, valuesOf } from './choose-values.js';
import { cleanUp, listCompressible } from './clean-up.js';
import { makeFeeds } from './make-feeds.js';
import {
  type CompressOptions,
  decisionFactor,
  isTrained,
  LEARNED_METHODS,
  noiseOfQuality,
  qualityFor,
  resolveCompressOptions,
} from './options.js';
import { recipeOf } from './recipe.js';
import { type CompressReport, describeTensor } from './report.js';
import { snapshot } from './snapshot.js';
import type { TrainingPorts } from './train-values.js';

export {
  BIAS_CORRECTIONS,
  type BiasCorrection,
  COMPRESS_DEFAULTS,
  type CompressOptions,
  INPUTS,
  type Inputs,
  LEARNED_METHODS,
  METHODS,
  type Method,
  POSTERIORS,
  type PosteriorKind,
  qualityFor,
  TRAINED_FOR,
} from './options.js';
export type { CompressReport, TensorReport } from './report.js';

/** What {@link compress} works with. */
export interface CompressPorts {
  /** Runs the model, to measure how far its weights may move; null: the spread of the weights must do. */
  readonly runtime: Runtime | null;
  /** Samples of what the model is for, in place of synthetic inputs; labels are not looked at. */
  readonly calibration?: Dataset;
  /** Runs several batches at once (default: one after another on this thread). No result depends on it. */
  readonly open?: OpenParallel;
  /** What `wfn`, `pwfn`, `vnq`, `rq` and `srq` train with, given epochs; it takes the place of calibration data, too. */
  readonly training?: TrainingPorts;
  readonly logger: Logger;
  readonly onProgress: (progress: Progress) => void;
  /** Where tuning keeps its state, and goes on after it was cut off (default: nowhere). */
  readonly checkpoint?: CheckpointStore;
  readonly signal?: AbortSignal;
}

/** Leave weights where they were, and biases to be corrected. */
const CORRECTABLE: ReadonlySet<Choice['method']> = new Set(['uniform', 'wfn', 'pwfn']);

/** Bits of the levels that vnq has where nobody asks for others. */
const TERNARY_BITS = 2;

/** Without measured outputs nothing tells when it is too much: the budget is a quarter. */
const CAUTION = 1 / 4;

/**
 * The whole lossy way from a trained model to few values: exact clean-up, posterior from the model's own answers to
 * synthetic inputs, or to samples where there are some, choice of method and values. Changes the document in place.
 *
 * @throws {WringError} E_OPTION, E_NOT_FINITE naming tensor and element, E_INTERRUPTED
 */
export async function compress(
  document: Document,
  options: CompressOptions,
  ports: CompressPorts,
): Promise<CompressReport> {
  return (await prepareCompress(document, options, ports)).choose(options, ports);
}

/** Options that only {@link PreparedCompress.choose} looks at. */
export type ChoiceOptions = Pick<
  CompressOptions,
  'method' | 'quality' | 'bits' | 'lambda' | 'sharedValues' | 'granularity'
>;

/** A document that was cleaned up and measured: what is the same for every quality and method. */
export interface PreparedCompress {
  /** What the model was measured on; null where it cannot be run. */
  readonly feeds: readonly Feed[] | null;
  /** The numbers that values are chosen for, batch normalization folded in. */
  readonly originals: ReadonlyMap<Tensor, ByteSource>;
  /**
   * Gives the weights their values. May be called again, as if it had not been before; but not after `multipoint`, which changes
   * the graph, nor after a training, a tuning, products or activations of eight bits. Whatever `options` do not say is as it was prepared.
   *
   * @throws {WringError} E_OPTION, E_INTERRUPTED
   */
  choose(options: ChoiceOptions, context: TransformContext): Promise<CompressReport>;
}

/**
 * The longer part of {@link compress}, for somebody who tries several qualities. Changes the document in place.
 *
 * @throws {WringError} E_OPTION, E_NOT_FINITE naming tensor and element, E_INTERRUPTED
 */
export async function prepareCompress(
  document: Document,
  options: CompressOptions,
  ports: CompressPorts,
): Promise<PreparedCompress> {
  const resolved = resolveCompressOptions(options);
  const training = isTrained(resolved) ? portsOfTraining(resolved, ports) : null;
  // Before batch normalization is fused: its statistics tell what inputs the model was trained on.
  const { feeds, inputs } = await makeFeeds(document, resolved, ports);
  if (!resolved.freeze) warnOfOverridable(document, ports.logger);
  stopIfAborted(ports.signal, 'making synthetic inputs');
  await cleanUp(document, resolved, ports.runtime, ports);

  const refs = listCompressible(document, resolved);
  const weights = refs.filter((ref) => ref.role !== 'bias');
  const biases = refs.filter((ref) => ref.role === 'bias').map((ref) => ref.tensor);
  // Where their numbers are, not the numbers: a second model in memory would be a pity.
  const originals = new Map(refs.map(({ tensor }) => [tensor, sourceOfFinite(tensor)]));
  const tensors = weights.map((ref) => ref.tensor);
  const posterior = await findPosterior(document, tensors, feeds, resolved, ports);
  const targets = { weights, biases, posterior };
  const original = resolved.tune > 0 ? snapshot(document) : null;
  const names = new Map(refs.map(({ tensor, name }) => [tensor, name]));
  const before = valuesOf(document, resolved.ignoredScope);

  return {
    feeds,
    originals,
    async choose(changes, context) {
      const asked = resolveCompressOptions({ ...options, ...changes });
      const chosen = { ...asked, quality: asked.quality ?? qualityFor(inputs) };
      const budget = noiseOfQuality(chosen.quality);
      const noise = budget * (posterior.outputs ? decisionFactor(posterior.outputs) : CAUTION);
      restoreValues(before);
      // Loaded when it is asked for: training is most of the code.
      const report =
        training &&
        (await (
          await import('./train-values.js')
        ).trainValues(document, refs, posterior, chosen, {
          ...training,
          ...context,
        }));
      const choice = report
        ? await describeChoice(
            document,
            refs.map(({ tensor }) => tensor),
            posterior,
            chosen,
            report,
          )
        : await chooseValues(document, targets, { ...chosen, noise, sampled: inputs === 'calibration' }, context);
      const piecesOf = (tensor: Tensor) => choice.pieces.get(tensor) ?? [tensor];
      let { outputError, interrupted } = choice;
      const { outputs } = posterior;
      if (chosen.biasCorrection === 'path' && outputs && CORRECTABLE.has(choice.method)) {
        const { feeds: samples, runtime } = outputs;
        await document.transformWith(context, correctBiases({ weights, biases, originals, feeds: samples, runtime }));
        outputError = await outputs.measure(document);
      }
      if (original && !interrupted) {
        const coded = tensors.flatMap(piecesOf).map((tensor) => ({ tensor }));
        interrupted = await tuneOn(document, { weights: coded, biases, original, feeds }, chosen, {
          ...ports,
          ...context,
        });
        outputError = (await posterior.outputs?.measure(document)) ?? null;
      }
      const outcome: CompressReport = {
        schema: 1,
        method: choice.method,
        quality: chosen.quality,
        seed: chosen.seed,
        recipe: recipeOf(chosen, choice.method),
        calibration: (ports.calibration ?? training?.dataset)?.name ?? null,
        inputs,
        training: report,
        noise,
        outputError,
        runtime: posterior.outputs ? `${posterior.outputs.runtime.name} ${posterior.outputs.runtime.version}` : null,
        candidates: choice.candidates,
        interrupted,
        coverage: coverage(
          document,
          refs.flatMap(({ tensor }) => piecesOf(tensor).filter(({ coding }) => coding)).map((tensor) => ({ tensor })),
        ),
        points: choice.layers.map(({ tensor, pieces, ...layer }) => ({ name: names.get(tensor)!, ...layer })),
        tensors: refs.map((ref) => describeTensor(ref, originals.get(ref.tensor)!, piecesOf(ref.tensor))),
      };
      await spellForSpeed(document, chosen, feeds, { ...ports, ...context });
      if (chosen.activations === 'float') return outcome;
      return { ...outcome, outputError: (await posterior.outputs?.measure(document)) ?? null };
    },
  };
}

/** Last: tensors that have become integers are no weights any more. */
async function spellForSpeed(
  document: Document,
  { spelling, activations }: Required<CompressOptions>,
  feeds: readonly Feed[] | null,
  ports: CompressPorts,
): Promise<void> {
  if (spelling === 'products') await document.transformWith(ports, spellProducts());
  if (activations === 'float') return;
  const { runtime } = ports;
  if (!runtime || !feeds) {
    throw new WringError('E_UNSUPPORTED', 'Ranges of activations need a model that can be run; leave them float');
  }
  await document.transformWith(ports, quantizeActivations({ feeds, runtime }));
}

/** @returns whether it was interrupted */
async function tuneOn(
  document: Document,
  { feeds, ...targets }: Omit<TuneTargets, 'feeds'> & { readonly feeds: readonly Feed[] | null },
  { tune: epochs, seed }: Required<CompressOptions>,
  { runtime, ...ports }: CompressPorts,
): Promise<boolean> {
  if (!runtime || !feeds) {
    throw new WringError('E_UNSUPPORTED', 'Tuning needs a model that can be run; compress it without');
  }
  const { tune } = await import('../methods/tune/index.js');
  const report = await tune(document, { ...targets, feeds }, { epochs, seed }, { ...ports, runtime });
  return report.interrupted;
}

function warnOfOverridable({ irVersion, graph }: Document, logger: Logger): void {
  const count = irVersion < 4 ? 0 : graph.inputs.filter(({ name }) => graph.initializers.has(name)).length;
  if (count === 0) return;
  logger.warn(
    `${count} constants are inputs, too, so that callers may override them (old exporters do that to all): those are not ` +
      'folded or fused; if nobody overrides them, freeze them (--freeze)',
  );
}

/** @throws {WringError} E_NOT_FINITE */
function sourceOfFinite(tensor: Tensor): ByteSource {
  readFinite(tensor);
  return tensor.source;
}

async function findPosterior(
  document: Document,
  tensors: readonly Tensor[],
  feeds: readonly Feed[] | null,
  { seed, entropy, posterior: kind, ...options }: Required<CompressOptions>,
  ports: CompressPorts,
): Promise<Posterior> {
  const { runtime } = ports;
  if (!feeds || !runtime) return spreadPosterior(tensors);
  // The papers bring a posterior of their own.
  if (isTrained(options) && entropy === null) return outputsAlone(document, feeds, runtime);
  const posterior = await measurePosterior(document, tensors, feeds, runtime, seed, ports);
  if (kind === 'sensitivity') return posterior;
  const { fisherSensitivity, measureFisher } = await import('../posterior/fisher.js');
  const fisher = await measureFisher(document, tensors, feeds, runtime, seed, ports);
  return { ...posterior, sensitivity: fisherSensitivity(fisher, posterior.sensitivity) };
}

async function outputsAlone(document: Document, feeds: readonly Feed[], runtime: Runtime): Promise<Posterior> {
  return { sensitivity: new Map(), moments: new Map(), outputs: await OutputError.of(document, feeds, runtime) };
}

function portsOfTraining({ method }: Required<CompressOptions>, ports: CompressPorts) {
  const { runtime, training, open, logger, onProgress, signal } = ports;
  if (!training || !runtime) {
    const missing = training ? 'a runtime' : 'samples to train on';
    throw new WringError('E_OPTION', `Method ${method} with epochs needs ${missing}; without, epochs are 0`);
  }
  return { ...training, runtime, ...(open ? { open } : {}), logger, onProgress, ...(signal ? { signal } : {}) };
}

async function describeChoice(
  document: Document,
  tensors: readonly Tensor[],
  posterior: Posterior,
  { method, entropy, delta, bits }: Required<CompressOptions>,
  { interrupted }: TrainReport,
): Promise<Choice> {
  const candidate = {
    method: method as Choice['method'],
    setting: LEARNED_METHODS.has(method)
      ? (bits ?? (method === 'vnq' ? TERNARY_BITS : RELAXED_DEFAULTS.bits))
      : (entropy ?? delta ?? (method === 'wfn' ? WFN_DEFAULTS.delta : PWFN_DEFAULTS.delta)),
    bits: tensors.reduce((sum, tensor) => sum + codeEntropyBits(tensor), 0),
    outputError: (await posterior.outputs?.measure(document)) ?? null,
  };
  return { ...candidate, candidates: [candidate], pieces: new Map(), layers: [], interrupted };
}
