import { type Document, type Tensor, WringError } from '../../core/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import type { Parametrize } from '../../training/index.js';
import { setLevels } from '../set-levels.js';
import { type RelaxedMethod, type RelaxedOptions, resolveRelaxedOptions } from './options.js';
import { type RelaxedWeights, relaxedWeights } from './parametrization.js';
import type { ActivationQuantizer } from './quantize-layer-inputs.js';
import { relaxActivations } from './relax-activations.js';

export {
  BACKWARDS,
  type Backward,
  FLOAT_BITS,
  PRICES,
  type PriceOf,
  RELAXED_DEFAULTS,
  type RelaxedMethod,
  type RelaxedOptions,
  WIDTHS,
  type Widths,
} from './options.js';
export { type ActivationQuantizer, quantizeLayerInputs } from './quantize-layer-inputs.js';
export { removeQuantizers } from './remove-quantizers.js';
export { spellQuantizers } from './spell-quantizers.js';

export interface RelaxedTargets {
  /** Tensors that get levels, with the axis of their output channels, −1 for none. */
  readonly weights: readonly { readonly tensor: Tensor; readonly axis: number }[];
  /** In the graph; see {@link quantizeLayerInputs}. */
  readonly quantizers?: readonly ActivationQuantizer[];
}

/**
 * Relaxed quantization (`rq`) or its half-relaxed kin (`srq`): weights learn behind quantizers whose steps learn, too, and bits
 * that are dropped.
 *
 * @returns what to train with, and what tells each tensor its levels afterwards
 * @throws {WringError} E_OPTION
 */
export function relaxedTraining(
  method: RelaxedMethod,
  { weights, quantizers = [] }: RelaxedTargets,
  options: RelaxedOptions = {},
): { readonly parametrize: Parametrize; readonly code: () => void } {
  const resolved = resolveRelaxedOptions(method, options);
  for (const name of Object.keys(resolved.tensorBits)) {
    if (weights.some(({ tensor }) => tensor.name === name)) continue;
    const known = weights.map(({ tensor }) => tensor.name).join(', ');
    throw new WringError('E_OPTION', `Bits of "${name}": there is no such weight; there are ${known}`);
  }
  let made: RelaxedWeights | null = null;
  const channelsOf = ({ dims }: Tensor, axis: number) => (resolved.widths === 'channel' && axis === 0 ? dims[0] : 1);
  const plan = {
    method,
    options: resolved,
    weights: new Map(weights.map(({ tensor, axis }) => [tensor, channelsOf(tensor, axis)])),
    scales: new Map(quantizers.map(({ step }) => [step, step.toFloat32()[0]])),
  };
  const parametrize = relaxedWeights(plan, (own) => {
    made = own;
  });
  const rewrite = async (draft: Document, runtime: Runtime) => {
    const { spreads, ...change } = await relaxActivations(draft, quantizers, method, resolved, runtime);
    for (const spread of spreads) plan.scales.set(spread, spread.toFloat32()[0]);
    return change;
  };
  return {
    parametrize: Object.assign(parametrize, { rewrite }),
    code: () => {
      for (const [tensor, steps] of made?.steps() ?? []) setLevels(tensor, steps);
    },
  };
}
