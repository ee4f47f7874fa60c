/** How the learning rate goes over a training. `warmup` steps at the beginning climb to it in a line (default: 0). */
export type Schedule =
  | { readonly kind: 'constant'; readonly warmup?: number }
  /** Down to 0 in a line. */
  | { readonly kind: 'linear'; readonly warmup?: number }
  /** Down half a cosine to 0 (Loshchilov & Hutter 2017, arXiv 1608.03983, equation 5, without restarts). */
  | { readonly kind: 'cosine'; readonly warmup?: number }
  /** Times `factor`, 0–1 (default: 0.1), at each of the shares `at` of all steps. */
  | { readonly kind: 'step'; readonly at: readonly number[]; readonly factor?: number; readonly warmup?: number };

/**
 * The factor of the learning rate at a step.
 *
 * @param step  0 … total − 1
 * @returns in [0, 1]; the first step after the warm-up has 1
 */
export function rateAt(schedule: Schedule, step: number, total: number): number {
  const warmup = Math.min(schedule.warmup ?? 0, total - 1);
  if (step < warmup) return (step + 1) / (warmup + 1);
  const way = (step - warmup) / (total - warmup);
  if (schedule.kind === 'linear') return 1 - way;
  if (schedule.kind === 'cosine') {
    // (1 + cos 2a) / 2 = 1 − sin² a
    const sine = sinePi(way / 2);
    return 1 - sine * sine;
  }
  if (schedule.kind === 'constant') return 1;
  const { at, factor = 0.1 } = schedule;
  return at.filter((share) => step >= share * total).reduce((rate) => rate * factor, 1);
}

/** sin(πx) for |x| ≤ 1/2 to 1e-11, by its series: Math.sin differs between engines in the last place. */
export function sinePi(x: number): number {
  const angle = Math.PI * x;
  let sum = 1;
  for (let k = 16; k > 0; k -= 2) sum = 1 - (sum * angle * angle) / (k * (k + 1));
  return angle * sum;
}
