import { DataType, type Document, type GridCoding, type Tensor } from '../../core/index.js';
import type { Feed } from '../../posterior/index.js';
import { type Parametrize, type TrainPorts, type TrainReport, train, type WeightStore } from '../../training/index.js';
import { roundBias } from '../round-bias.js';
import { samplesOf } from './feed-samples.js';
import { FreeFloats } from './free-floats.js';
import { resolveTuneOptions, type TuneOptions } from './options.js';

export { TUNE_DEFAULTS, type TuneOptions } from './options.js';

/** What {@link tune} works with. */
export interface TuneTargets {
  /** Tensors of which those that are coded on grids get new scales. */
  readonly weights: readonly { readonly tensor: Tensor }[];
  /** Tensors that get new numbers, and are rounded finely. */
  readonly biases: readonly Tensor[];
  /** The model before any weight was changed, with the same graph: what the outputs are to be. */
  readonly original: Document;
  /** Inputs of the network, one name. No labels. */
  readonly feeds: readonly Feed[];
}

/**
 * Block reconstruction in its largest block, the whole network, with the least freedom: codes stay, and the floats beside them
 * learn from the original's outputs, by gradients. Lossy; no byte more. In place.
 *
 * Cut off and begun again with the same model, samples, options and checkpoint store, it goes on where it was.
 *
 * @throws {WringError} E_OPTION at once; E_UNSUPPORTED for a model that cannot be differentiated, or of several inputs, before
 *   anything is changed; E_NOT_FINITE, E_RUNTIME, E_IO
 */
export async function tune(
  document: Document,
  targets: TuneTargets,
  options: TuneOptions,
  ports: Omit<TrainPorts, 'dataset' | 'teacher'>,
): Promise<TrainReport> {
  const { epochs, batch, learningRate, seed } = resolveTuneOptions(options);
  const dataset = samplesOf(targets.feeds);
  const grids = new Map<Tensor, GridCoding>();
  for (const { tensor } of targets.weights) if (tensor.coding?.kind === 'grid') grids.set(tensor, tensor.coding);
  const starts = new Map(targets.biases.map((bias) => [bias, bias.toFloat32()]));
  let free: FreeFloats | null = null;
  const parametrize: Parametrize = Object.assign(
    (store: WeightStore) => {
      free = new FreeFloats(store, grids, starts);
      return free;
    },
    { recipe: 'scales and biases' },
  );
  const outputs = document.graph.outputs.filter(({ dataType }) => dataType === DataType.FLOAT);
  const report = await train(
    document,
    {
      epochs,
      batch: Math.min(batch, dataset.length),
      seed,
      learningRate,
      optimizer: { kind: 'adam' },
      loss: outputs.map(({ name }) => ({ kind: 'feature', value: name, relative: true })),
      batchNorm: 'inference',
      validation: 0,
      parametrize,
    },
    { ...ports, dataset, teacher: targets.original },
  );
  for (const [tensor, coding] of free!.codings()) tensor.setCoding(coding);
  for (const bias of targets.biases) roundBias(bias);
  return report;
}
