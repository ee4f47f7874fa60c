// What the codec is measured on: levels of real layers at a given rate, and of synthetic ones.
import { Random } from '../../dist/core/index.js';
import { listWeights, readFinite } from '../../dist/methods/weights.js';
import { entropy } from './bounds.mjs';

/** Smaller tensors are no weights, or too few to matter. */
const LEAST_ELEMENTS = 256;
const ROUNDS = 14;

/**
 * The weights of a model on uniform grids whose step is the same share of each layer's standard deviation.
 *
 * @param rate order-0 entropy of all levels together, in bits; less where levels within a byte cannot reach it
 * @returns dims, codes, scale, values and sigma of each layer
 */
export function quantizedLayers(document, rate) {
  const tensors = listWeights(document)
    .map(({ tensor }) => tensor)
    .filter(({ elementCount, dims }) => elementCount >= LEAST_ELEMENTS && dims.length > 1)
    .map((tensor) => ({ dims: tensor.dims, values: readFinite(tensor) }))
    .map((layer) => ({ ...layer, sigma: deviation(layer.values) }))
    .filter(({ sigma }) => sigma > 0);
  let [low, high] = [1e-3, 1e2];
  let layers;
  for (let round = 0; round < ROUNDS; round++) {
    const share = Math.sqrt(low * high);
    layers = tensors.map(({ dims, values, sigma }) => levels(dims, values, Math.fround(share * sigma), sigma));
    if (entropy(layers.map(({ codes }) => codes)) > rate) low = share;
    else high = share;
  }
  return layers;
}

/** Levels within a byte, so that general coders are given the same symbols. */
function levels(dims, values, scale, sigma) {
  const codes = Int16Array.from(values, (value) => Math.max(-128, Math.min(127, Math.round(value / scale))));
  return { dims, codes, scale, values, sigma };
}

function deviation(values) {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

/** 2048 × 2048 weights whose rows (σ 0.7) and columns (σ 0.35) have log-normal scales. About 3.5 bits. */
export function rowsData() {
  const random = new Random(4);
  const scales = (spread) => Float64Array.from({ length: 2048 }, () => Math.exp(spread * random.normal()));
  const [rows, columns] = [scales(0.7), scales(0.35)];
  const values = Float32Array.from(
    { length: 2048 * 2048 },
    (_, i) => rows[i >> 11] * columns[i & 2047] * random.normal(),
  );
  return levels([2048, 2048], values, Math.fround(0.4), 1);
}
