// Levels along a trellis, at the weight error of plain rounding and the fewest bits.
import { learnTrellisCosts } from '../../dist/codec/index.js';
import { NUMBERS } from '../../dist/methods/uniform/quantize-by-trellis.js';
import { TrellisLines } from '../../dist/methods/uniform/trellis-lines.js';

const PERIOD = 16;
/** Squared levels a bit: of 0.2, 0.35 and 0.5 the best at three rates of ResNet-20. */
const LAMBDA = 0.35;
/** In which steps and costs take turns, and in which steps alone settle. */
const LEARNING_ROUNDS = 4;
const SETTLING_ROUNDS = 7;
const MAX_TARGET = 120;
/** Steps of a trellis over those of rounding, at least. */
const LEAST_RATIO = 0.5;

/**
 * The widest steps whose error is at most that of `layers`: Σ (error / σ)² over all weights, as the steps of plain rounding
 * are in proportion to σ.
 *
 * @param layers as `quantizedLayers` gives them
 */
export function trellisLayers(all, kernels) {
  // As the method does: where weights lie too far out for the alphabet, the layer is rounded.
  const suits = ({ values, scale }) => values.every((value) => Math.abs(value) < MAX_TARGET * LEAST_RATIO * scale);
  const layers = all.filter(suits);
  const chosen = layers.length > 0 ? chooseAll(layers, kernels) : [];
  return all.map((layer) => (suits(layer) ? chosen[layers.indexOf(layer)] : layer));
}

function chooseAll(layers, kernels) {
  const target = squaredError(layers);
  const choose = (ratio, model) => layers.map((layer, i) => chooseLevels(layer, ratio, model, i, kernels));
  let ratio = 0.6;
  let model = null;
  for (let round = 0; round < LEARNING_ROUNDS; round++) {
    const chosen = choose(ratio, model);
    model = learnTrellisCosts(chosen.map(toLearn), NUMBERS, kernels);
    ratio *= Math.sqrt(target / squaredError(chosen));
  }
  const classes = layers.map((_, i) => model.classesOf(i));
  const settled = { rates: model.rates, classesOf: (i) => classes[i] };
  let [low, high] = [0.9 * ratio, 1.06 * ratio];
  let best = choose(low, settled);
  if (squaredError(best) > target) throw new Error('no step has the error asked for');
  for (let round = 0; round < SETTLING_ROUNDS; round++) {
    const middle = Math.sqrt(low * high);
    const chosen = choose(middle, settled);
    if (squaredError(chosen) <= target) {
      best = chosen;
      low = middle;
    } else high = middle;
  }
  return best;
}

export function squaredError(layers) {
  let sum = 0;
  for (const { values, codes, scale, sigma } of layers) {
    let own = 0;
    for (let i = 0; i < values.length; i++) own += (values[i] - codes[i] * scale) ** 2;
    sum += own / (sigma * sigma);
  }
  return sum;
}

function toLearn({ dims, codes }) {
  return { dims, period: PERIOD, levels: () => codes };
}

function chooseLevels(layer, ratio, model, index, kernels) {
  const { dims, values, sigma, plainScale = layer.scale } = layer;
  const scale = Math.fround(plainScale * ratio);
  const costs = model
    ? { ...NUMBERS, rates: model.rates.map((bits) => bits * LAMBDA), classes: model.classesOf(index) }
    : { ...NUMBERS, rates: new Float32Array(2 * NUMBERS.size), classes: new Uint8Array(values.length) };
  const lines = new TrellisLines(values.length, PERIOD, kernels, costs);
  lines.choose(
    0,
    1,
    values.map((value) => value / scale),
    1,
  );
  return { dims, values, sigma, scale, plainScale, codes: lines.levels };
}
