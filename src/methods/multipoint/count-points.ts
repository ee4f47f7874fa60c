import type { PointRule } from './options.js';
import type { LayerPlan } from './plan-layer.js';

/** What a layer's points are weighed with. */
export interface LayerWeight {
  /** Error of the network's outputs for an error of 1 in the outputs of the layer, over all rows. */
  readonly importance: number;
  /** Bytes, multiplications that one more point of a row takes. */
  readonly pointBytes: number;
  readonly pointOperations: number;
}

/** One more point for a row, its `n`-th. */
interface Step {
  readonly layer: number;
  readonly row: number;
  readonly n: number;
  readonly gain: number;
  readonly cost: number;
  readonly worth: number;
}

/**
 * How many points each row of each layer gets.
 *
 * @returns counts[layer]: u8[rows], at least 1
 */
export function countPoints(
  plans: readonly LayerPlan[],
  weights: readonly LayerWeight[],
  rule: PointRule,
): Uint8Array[] {
  if (rule.by === 'threshold') return plans.map((plan) => countByThreshold(plan, rule.value));
  const counts = plans.map(({ channels }) => new Uint8Array(channels.rows).fill(1));
  const cost = ({ pointBytes, pointOperations }: LayerWeight) =>
    rule.by === 'operations' ? pointOperations : pointBytes;
  const steps = plans.flatMap((plan, layer) => stepsOf(plan, layer, weights[layer].importance, cost(weights[layer])));
  steps.sort((a, b) => b.worth - a.worth || a.n - b.n || a.layer - b.layer || a.row - b.row);
  let [error, first] = [0, 0];
  for (const [layer, { errors, channels }] of plans.entries()) {
    for (const value of errors[0]) error += weights[layer].importance * value;
    first += channels.rows * cost(weights[layer]);
  }
  let left = rule.by === 'noise' ? Number.POSITIVE_INFINITY : rule.value * first;
  for (const step of steps) {
    if (rule.by === 'noise' && error <= rule.value) break;
    // A row whose earlier point was too dear gets no later one.
    if (step.cost > left || counts[step.layer][step.row] !== step.n - 1) continue;
    counts[step.layer][step.row] = step.n;
    left -= step.cost;
    error -= step.gain;
  }
  return counts;
}

/** The least number of points with which a row's error is small beside the mean power of the rows; all, if none is. */
function countByThreshold({ errors, power, channels }: LayerPlan, threshold: number): Uint8Array {
  const mean = power.reduce((sum, value) => sum + value, 0) / channels.rows;
  return Uint8Array.from({ length: channels.rows }, (_, r) => {
    const n = errors.findIndex((error) => error[r] <= threshold * mean);
    return n < 0 ? errors.length : n + 1;
  });
}

/** Points that gain nothing are none. The worth of a later point is at most that of the one before it, which it needs. */
function stepsOf({ errors, channels }: LayerPlan, layer: number, importance: number, cost: number): Step[] {
  const steps: Step[] = [];
  for (let row = 0; row < channels.rows; row++) {
    let worth = Number.POSITIVE_INFINITY;
    for (let n = 2; n <= errors.length; n++) {
      const gain = importance * (errors[n - 2][row] - errors[n - 1][row]);
      if (!(gain > 0)) break;
      worth = Math.min(worth, gain / cost);
      steps.push({ layer, row, n, gain, cost, worth });
    }
  }
  return steps;
}
