import { MAGNITUDE_BASE, MAGNITUDE_BUCKETS } from '../../kernels/index.js';

/** τ */
const TEMPERATURE = 0.05;
/** e^-20: terms below it are left out. */
const FARTHEST = 20;
/** Above it a bucket is beyond all weights. */
const FIRST_MAGNITUDE = 2 ** -20;

/**
 * The regularizer of WFN for one weight, and its derivative: how far the weight is from centroids, softly the nearest,
 *
 *   R(w) = Σ_k P_k D_k,   P = softmax(−D / τ),   D_k = |w − c_k| / |w| above γ0, |w − c_k| below, where 0 is at D = 0.
 *
 * It is a function of the weight alone as long as centroids stay, so it is tabulated on the logarithmic grid of
 * `Kernels.countMagnitudes`, 2^11 buckets an octave, each bucket when it is first asked for.
 *
 * @see Subia-Waud & Dasmahapatra 2022 (WFN), arXiv 2210.13554, as their released code has it
 */
export class SoftAssignment {
  /** Positive weights, then negative ones; NaN: not yet known. */
  readonly #values = new Float64Array(2 * MAGNITUDE_BUCKETS).fill(Number.NaN);
  readonly #slopes = new Float64Array(2 * MAGNITUDE_BUCKETS);

  constructor(
    readonly centroids: Float32Array,
    readonly zeroThreshold: number,
  ) {}

  /**
   * @param weights   f32[n]
   * @param open      u8[n], 0 where a weight has no part
   * @param gradients f32[n], `factor` · R′(w) is added
   * @returns Σ R(w)
   */
  add(weights: Float32Array, open: Uint8Array, gradients: Float32Array, factor: number): number {
    const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      if (open[i] === 0) continue;
      const bucket = Math.max(0, Math.min(MAGNITUDE_BUCKETS - 1, ((bits[i] & 0x7fffffff) >>> 12) - MAGNITUDE_BASE));
      const at = weights[i] < 0 ? bucket + MAGNITUDE_BUCKETS : bucket;
      if (Number.isNaN(this.#values[at])) this.#fill(at, bucket);
      sum += this.#values[at];
      gradients[i] += factor * this.#slopes[at];
    }
    return sum;
  }

  #fill(at: number, bucket: number): void {
    const size = centreOf(bucket);
    const { value, slope } = softAssignment(at === bucket ? size : -size, this.centroids, this.zeroThreshold);
    this.#values[at] = value;
    this.#slopes[at] = slope;
  }
}

/** R(w) and R′(w) at one w ≠ 0. */
export function softAssignment(
  w: number,
  centroids: Float32Array,
  zeroThreshold: number,
): { readonly value: number; readonly slope: number } {
  const size = Math.abs(w);
  const relative = size > zeroThreshold;
  const distanceTo = (c: number) => (relative ? Math.abs(w - c) / size : c === 0 ? 0 : Math.abs(w - c));
  let nearest = Number.POSITIVE_INFINITY;
  for (const c of centroids) nearest = Math.min(nearest, distanceTo(c));
  let total = 0;
  let value = 0;
  // Σ P D′ and Σ P D D′
  let slopes = 0;
  let products = 0;
  for (const c of centroids) {
    const distance = distanceTo(c);
    const above = (distance - nearest) / TEMPERATURE;
    if (above > FARTHEST) continue;
    const weight = exponential(above);
    const side = Math.sign(w - c);
    const slope = relative ? (side - (Math.abs(w - c) / size) * Math.sign(w)) / size : c === 0 ? 0 : side;
    total += weight;
    value += weight * distance;
    slopes += weight * slope;
    products += weight * distance * slope;
  }
  const mean = value / total;
  // R′ = Σ P D′ − (Σ P D D′ − R Σ P D′) / τ
  return { value: mean, slope: slopes / total - (products / total - (mean * slopes) / total) / TEMPERATURE };
}

/** e^-x for 0 ≤ x ≤ 20 to nine digits, by squaring a short series: Math.exp differs between engines in the last place. */
function exponential(x: number): number {
  const y = x / 1024;
  let power = 1 - y * (1 - (y / 2) * (1 - (y / 3) * (1 - y / 4)));
  for (let i = 0; i < 10; i++) power *= power;
  return power;
}

/** The middle of a bucket of `countMagnitudes`. */
function centreOf(bucket: number): number {
  const octave = bucket >>> 11;
  return FIRST_MAGNITUDE * 2 ** octave * (1 + ((bucket & 2047) + 0.5) / 2048);
}
