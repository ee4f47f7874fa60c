import { type Document, isWringError, WringError } from '../core/index.js';
import { datasetInputs, syntheticInputs } from '../evaluation/index.js';
import type { Feed } from '../posterior/index.js';
import type { CompressPorts } from './compress.js';
import type { CompressOptions } from './options.js';
import type { CompressReport } from './report.js';

/** Multiplications that nobody has asked for: ResNet-56 on CIFAR-10 takes half of them, a minute on one slow thread. */
const OPERATIONS = 1e12;

type Found = { readonly feeds: readonly Feed[] | null } & Pick<CompressReport, 'inputs'>;

/**
 * What the model is run on: calibration data, or synthesised inputs, or noise.
 *
 * @returns null for feeds when the model cannot be run
 * @throws {WringError} E_UNSUPPORTED when synthesised inputs are asked for and cannot be had, E_INTERRUPTED
 */
export async function makeFeeds(
  document: Document,
  options: Required<CompressOptions>,
  ports: CompressPorts,
): Promise<Found> {
  const { runtime } = ports;
  const calibration = ports.calibration ?? ports.training?.dataset;
  if (!runtime) return { feeds: null, inputs: null };
  const { samples: count, seed } = options;
  if (calibration) {
    return { feeds: await datasetInputs(document, runtime, calibration, { count }), inputs: 'calibration' };
  }
  const synthesised = await synthesise(document, options, { ...ports, runtime });
  if (synthesised) return { feeds: synthesised, inputs: 'synthesised' };
  try {
    return { feeds: await syntheticInputs(document, runtime, { count, seed }), inputs: 'noise' };
  } catch (error) {
    if (!isWringError(error, 'E_RUNTIME') && !isWringError(error, 'E_UNSUPPORTED')) throw error;
    ports.logger.warn(`${error.message}; values are chosen by the spread of the weights alone`);
    return { feeds: null, inputs: null };
  }
}

async function synthesise(
  document: Document,
  { inputs, samples: count, seed }: Required<CompressOptions>,
  ports: CompressPorts & { readonly runtime: NonNullable<CompressPorts['runtime']> },
): Promise<readonly Feed[] | null> {
  if (inputs === 'noise') return null;
  // Loaded when it is asked for: it differentiates.
  const { synthesisedInput, synthesiseInputs } = await import('../synthesis/index.js');
  if (!synthesisedInput(document)) {
    if (inputs === 'auto') return null;
    throw new WringError(
      'E_UNSUPPORTED',
      'Inputs can be synthesised for models of one float32 image, in batches of any size, whose batch normalization is not ' +
        'fused yet; this is none, so leave --inputs out',
    );
  }
  if (inputs === 'synthesised') return synthesiseInputs(document, { count, seed }, ports);
  try {
    const found = await synthesiseInputs(document, { count, seed, operations: OPERATIONS }, ports);
    if (!found)
      ports.logger.info('inputs are noise, for synthesised ones would take minutes; --inputs synthesised makes them');
    return found;
  } catch (error) {
    if (!['E_RUNTIME', 'E_UNSUPPORTED', 'E_NOT_FINITE'].some((code) => isWringError(error, code as never))) throw error;
    ports.logger.debug(`inputs are noise: ${(error as Error).message}`);
    return null;
  }
}
