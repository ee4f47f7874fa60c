import { exp2, log2 } from "../shared/fast-math";

// Specification: src/kernels/reference/quantizing-prior.ts.

const LEAST: f32 = 1e-20;
const K1: f32 = 0.63576;
const K1_K3: f32 = 0.9453433320000001;
const K2_LOG2_E: f32 = 2.702456350593206;
const K3: f32 = 1.48695;
const HALF_LN2: f32 = 0.34657359027997264;
const INVERSE_TAU2: f32 = 7.111111111111111;
const WINDOW: f32 = -5.129582367605204;
const MINUS_2_LOG2_E: f32 = -2.8853900817779268;
const LOG2_E: f32 = 1.4426950408889634;

/** Five rows of four: means, log-variances, variances, both gradients. For what is left of n / 4. */
const LAST = memory.data(5 << 4, 16);
/** Of the four weights before: −KL, its derivative by unit times unit; then F, ∂F / ∂ log σ², d² of a level. */
const RESULT = memory.data(5 << 4, 16);

/**
 * Adds the gradients of n weights, and to sums[i mod 4] what belongs to weight i.
 *
 * @param prior f32[8], as `priorNumbers` has them
 * @param sums  f64[8]: ΣKL, then Σ unit · ∂KL / ∂unit
 */
export function addQuantizingPrior(
  means: usize,
  logVariances: usize,
  variances: usize,
  n: i32,
  prior: usize,
  levels: i32,
  meanGradients: usize,
  varianceGradients: usize,
  sums: usize,
): void {
  let kl01 = v128.load(sums);
  let kl23 = v128.load(sums, 16);
  let unit01 = v128.load(sums, 32);
  let unit23 = v128.load(sums, 48);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    addFour(means + at, logVariances + at, variances + at, prior, levels, meanGradients + at, varianceGradients + at);
    kl01 = f64x2.sub(kl01, f64x2.promote_low_f32x4(v128.load64_zero(RESULT)));
    kl23 = f64x2.sub(kl23, f64x2.promote_low_f32x4(v128.load64_zero(RESULT, 8)));
    unit01 = f64x2.add(unit01, f64x2.promote_low_f32x4(v128.load64_zero(RESULT, 16)));
    unit23 = f64x2.add(unit23, f64x2.promote_low_f32x4(v128.load64_zero(RESULT, 24)));
  }
  v128.store(sums, kl01);
  v128.store(sums, kl23, 16);
  v128.store(sums, unit01, 32);
  v128.store(sums, unit23, 48);
  if (i === n) return;
  const at = (<usize>i) << 2;
  const bytes = (<usize>(n - i)) << 2;
  memory.fill(LAST, 0, 80);
  memory.copy(LAST, means + at, bytes);
  memory.copy(LAST + 16, logVariances + at, bytes);
  v128.store(LAST, f32x4.splat(1), 32);
  memory.copy(LAST + 32, variances + at, bytes);
  memory.copy(LAST + 48, meanGradients + at, bytes);
  memory.copy(LAST + 64, varianceGradients + at, bytes);
  addFour(LAST, LAST + 16, LAST + 32, prior, levels, LAST + 48, LAST + 64);
  memory.copy(meanGradients + at, LAST + 48, bytes);
  memory.copy(varianceGradients + at, LAST + 64, bytes);
  for (; i < n; i++) {
    const lane = <usize>(i & 3);
    const kl = sums + (lane << 3);
    store<f64>(kl, load<f64>(kl) - <f64>load<f32>(RESULT + (lane << 2)));
    store<f64>(kl, load<f64>(kl, 32) + <f64>load<f32>(RESULT + (lane << 2), 16), 32);
  }
}

function addFour(
  means: usize,
  logVariances: usize,
  variances: usize,
  prior: usize,
  levels: i32,
  meanGradients: usize,
  varianceGradients: usize,
): void {
  const x = f32x4.mul(v128.load(means), v128.load32_splat(prior));
  const v = f32x4.mul(v128.load(variances), v128.load32_splat(prior, 4));
  const inverseV = f32x4.div(f32x4.splat(1), v);
  const logs = f32x4.mul(v128.load(logVariances), f32x4.splat(LOG2_E));
  const logV = f32x4.add(logs, v128.load32_splat(prior, 8));
  const c = f32x4.mul(v128.load32_splat(prior, 20), exp2(f32x4.mul(f32x4.splat(MINUS_2_LOG2_E), v)));
  const cSlope = f32x4.mul(f32x4.mul(f32x4.splat(2), v), c);
  let value = f32x4.splat(0);
  let byX = f32x4.splat(0);
  let byLog = f32x4.splat(0);
  let windows = f32x4.splat(0);
  let windowsByX = f32x4.splat(0);
  for (let k = -levels; k <= levels; k++) {
    if (k === 0) continue;
    const d = f32x4.sub(x, f32x4.splat(<f32>k));
    logUniform(d, inverseV, logV);
    const slope = v128.load(RESULT, 48);
    const d2 = v128.load(RESULT, 64);
    const window = exp2(f32x4.mul(f32x4.splat(WINDOW), d2));
    const windowByX = f32x4.mul(f32x4.mul(f32x4.splat(-INVERSE_TAU2), d), window);
    const height = f32x4.sub(v128.load(RESULT, 32), c);
    value = f32x4.add(value, f32x4.mul(window, height));
    const own = f32x4.mul(window, byDistance(slope, d, d2));
    byX = f32x4.add(byX, f32x4.add(own, f32x4.mul(windowByX, height)));
    byLog = f32x4.add(byLog, f32x4.mul(window, f32x4.add(slope, cSlope)));
    windows = f32x4.add(windows, window);
    windowsByX = f32x4.add(windowsByX, windowByX);
  }
  logUniform(x, inverseV, logV);
  const own = v128.load(RESULT, 32);
  const slope = v128.load(RESULT, 48);
  const d2 = v128.load(RESULT, 64);
  const zero = f32x4.splat(0);
  const rest = f32x4.max(f32x4.sub(f32x4.splat(1), windows), zero);
  const restByX = v128.and(f32x4.gt(rest, zero), f32x4.neg(windowsByX));
  const middle = exp2(f32x4.mul(f32x4.splat(WINDOW), d2));
  const height = f32x4.sub(own, f32x4.mul(middle, c));
  value = f32x4.add(value, f32x4.mul(rest, height));
  const middleByX = f32x4.mul(f32x4.mul(f32x4.mul(f32x4.splat(INVERSE_TAU2), x), middle), c);
  const heightByX = f32x4.add(byDistance(slope, x, d2), middleByX);
  byX = f32x4.add(byX, f32x4.add(f32x4.mul(rest, heightByX), f32x4.mul(restByX, height)));
  byLog = f32x4.add(byLog, f32x4.mul(rest, f32x4.add(slope, f32x4.mul(middle, cSlope))));
  const meanStep = f32x4.mul(v128.load32_splat(prior, 12), byX);
  const byMean = f32x4.sub(v128.load(meanGradients), meanStep);
  const variance = v128.load(variances);
  const theta = v128.load(means);
  const reach = f32x4.mul(v128.load32_splat(prior, 28), f32x4.sqrt(variance));
  const outside = f32x4.ge(f32x4.abs(theta), f32x4.add(v128.load32_splat(prior, 24), reach));
  const leaves = v128.and(outside, f32x4.lt(f32x4.mul(theta, byMean), zero));
  v128.store(meanGradients, v128.andnot(byMean, leaves));
  const logStep = f32x4.mul(v128.load32_splat(prior, 16), byLog);
  const byLoss = f32x4.mul(v128.load(varianceGradients), variance);
  v128.store(varianceGradients, f32x4.sub(byLoss, logStep));
  v128.store(RESULT, value);
  v128.store(RESULT, f32x4.add(f32x4.mul(x, byX), f32x4.mul(f32x4.splat(2), byLog)), 16);
}

/** F, ∂F / ∂ log σ² and d² of the log-uniform prior, into RESULT. */
// @ts-ignore: decorator
@inline
function logUniform(d: v128, inverseV: v128, logV: v128): void {
  const one = f32x4.splat(1);
  const d2 = f32x4.max(f32x4.mul(d, d), f32x4.splat(LEAST));
  const q = f32x4.mul(d2, inverseV);
  const odds = f32x4.mul(f32x4.splat(K3), f32x4.sub(log2(d2), logV));
  const p = exp2(f32x4.sub(odds, f32x4.splat(K2_LOG2_E)));
  const s = f32x4.div(one, f32x4.add(one, p));
  const ps = f32x4.mul(p, s);
  const onePlus = f32x4.add(one, q);
  const tail = f32x4.mul(f32x4.splat(HALF_LN2), log2(onePlus));
  v128.store(RESULT, f32x4.sub(f32x4.mul(f32x4.splat(-K1), ps), tail), 32);
  const half = f32x4.div(f32x4.mul(f32x4.splat(0.5), q), onePlus);
  v128.store(RESULT, f32x4.add(f32x4.mul(f32x4.splat(K1_K3), f32x4.mul(ps, s)), half), 48);
  v128.store(RESULT, d2, 64);
}

// @ts-ignore: decorator
@inline
function byDistance(slope: v128, d: v128, d2: v128): v128 {
  return f32x4.div(f32x4.mul(f32x4.mul(f32x4.splat(-2), slope), d), d2);
}
