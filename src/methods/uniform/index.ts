import { type ByteSource, breathe, type Tensor, type Transform, type TransformContext } from '../../core/index.js';
import { type Kernels, loadKernels } from '../../kernels/index.js';
import type { LayerMoments, Posterior } from '../../posterior/index.js';
import { roundBias } from '../round-bias.js';
import { withinNoise } from '../within-noise.js';
import { allocateSteps, listShares } from './allocate.js';
import { feedbackOf } from './error-feedback.js';
import { learnLevelCosts, levelsOf, type RateCosts } from './level-costs.js';
import { resolveUniformOptions, type UniformOptions } from './options.js';
import { quantizeTensor } from './quantize-tensor.js';

export { UNIFORM_DEFAULTS, type UniformOptions } from './options.js';

/** What {@link uniform} works on. */
export interface UniformTargets {
  /** Float tensors that get a grid each, with the axis of their output channels. */
  readonly weights: readonly { readonly tensor: Tensor; readonly axis: number }[];
  /** Float tensors that are corrected for their layer's mean and then rounded finely. */
  readonly biases: readonly Tensor[];
  readonly posterior: Posterior;
}

/** Passes of assignment and cost learning; more change no byte worth having. */
const RATE_PASSES = 3;

/**
 * A uniform grid for every tensor: steps from the posterior by reverse water-filling, levels by error feedback and
 * rate–distortion choice. Lossy; needs no data and no training.
 *
 * With `posterior.outputs` the joint effect is measured at the end, and all steps shrink until it is within `noise`: the
 * model of independent small errors does not hold for every network.
 *
 * @throws {WringError} E_OPTION, E_INTERRUPTED
 */
export function uniform(targets: UniformTargets, options: UniformOptions = {}): Transform {
  const resolved = resolveUniformOptions(options);
  return async (document, context) => {
    const originals = new Map<Tensor, ByteSource>();
    for (const { tensor } of targets.weights) originals.set(tensor, tensor.source);
    for (const tensor of targets.biases) originals.set(tensor, tensor.source);
    const shares = listShares(targets.weights, targets.posterior);
    if (shares.length === 0) return;
    const kernels = await loadKernels();
    await withinNoise('uniform', document, targets, resolved.noise, context, (budget) =>
      quantizeAll(targets, allocateSteps(shares, budget), originals, resolved, kernels, context),
    );
  };
}

async function quantizeAll(
  targets: UniformTargets,
  steps: ReadonlyMap<Tensor, number>,
  originals: ReadonlyMap<Tensor, ByteSource>,
  options: Required<UniformOptions>,
  kernels: Kernels,
  context: TransformContext,
): Promise<void> {
  const passes = options.lambda > 0 ? RATE_PASSES : 1;
  const weights = targets.weights.filter(({ tensor }) => steps.has(tensor));
  let costs: ReadonlyMap<Tensor, RateCosts> = new Map();
  for (let pass = 0; pass < passes; pass++) {
    if (pass > 0)
      costs = learnLevelCosts(
        weights.map(({ tensor }) => levelsOf(tensor)),
        options.lambda,
        kernels,
      );
    for (const [index, { tensor, axis }] of weights.entries()) {
      await breathe(context.signal, 'choosing values');
      tensor.setSource(originals.get(tensor)!);
      const moments = targets.posterior.moments.get(tensor) ?? null;
      const coding = quantizeTensor(tensor, {
        ...scalesOf(tensor, axis, steps.get(tensor)!, options.granularity),
        feedback: options.errorFeedback && moments ? feedbackOf(moments, options.damping) : null,
        costs: costs.get(tensor)?.plain ?? null,
        trellis: options.trellis
          ? { kernel: kernels, lambda: options.lambda, costs: costs.get(tensor)?.trellis ?? null }
          : null,
      });
      if (options.biasCorrection && moments?.bias) correctBias(tensor, coding, moments, originals);
      tensor.setCoding(coding);
      const done = pass * weights.length + index + 1;
      context.onProgress({ step: 'uniform', done, total: passes * weights.length, note: tensor.name });
    }
  }
  for (const tensor of targets.biases) roundBias(tensor);
}

function scalesOf(
  tensor: Tensor,
  axis: number,
  step: number,
  granularity: 'tensor' | 'channel',
): { scales: Float32Array; axis: number } {
  if (granularity === 'tensor' || !(tensor.dims[axis] > 1)) return { scales: Float32Array.of(step), axis: 0 };
  const channels = tensor.dims[axis];
  const inner = tensor.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const values = tensor.toFloat32();
  const squares = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) squares[Math.floor(i / inner) % channels] += values[i] * values[i];
  const mean = squares.reduce((sum, square) => sum + square, 0) / channels;
  // A dead channel keeps a usable step: a sixteenth of the tensor's.
  const scales = Float32Array.from(squares, (square) => step * Math.max(Math.sqrt(square / mean), 1 / 16));
  return { scales, axis };
}

/** bias −= mean of what the layer's output has moved by, so that its mean stays. The original bias is the start. */
function correctBias(
  tensor: Tensor,
  coding: { readonly scales: Float32Array; readonly axis: number; readonly codes: Int16Array },
  moments: LayerMoments,
  originals: ReadonlyMap<Tensor, ByteSource>,
): void {
  const bias = moments.bias!;
  const source = originals.get(bias);
  if (!source) return;
  const before = tensor.toFloat32();
  tensor.setCoding({ kind: 'grid', ...coding });
  const after = tensor.toFloat32();
  bias.setSource(source);
  const values = bias.toFloat32();
  const { groups, rows, columns, rowStride, columnStride, mean } = moments;
  if (values.length !== rows) return;
  for (let row = 0; row < rows; row++) {
    const offset = Math.floor((row * groups) / rows) * columns;
    let shift = 0;
    for (let j = 0; j < columns; j++) {
      const index = row * rowStride + j * columnStride;
      shift += mean[offset + j] * (after[index] - before[index]);
    }
    values[row] -= shift;
  }
  bias.setFloat32(values);
}
