/**
 * The clustering round of PWFN as it is written down: a |C| × |U| matrix of distances in units of σ, made anew after every
 * cluster. Slow; shares nothing with src/.
 */
export interface LiteralOptions {
  p: number;
  delta: number;
  increase: number;
  bits: number;
  maxOrder: number;
  zeroFix: boolean;
  /** As released: the free centroid is the middle of the list. */
  middle: boolean;
}

export interface LiteralStep {
  centroid: number;
  order: number;
  delta: number;
  members: number[];
  sigma: number;
}

export function literalCentroids(limit: number, order: number, bits: number): number[] {
  const base = [0];
  for (let e = -bits; limit > 0 && e <= Math.ceil(Math.log2(limit)) - 1; e++) base.push(2 ** e);
  let sums = [0];
  for (let term = 0; term < order; term++) sums = [...new Set(sums.flatMap((s) => base.map((b) => s + b)))];
  sums = sums.filter((s) => s <= limit);
  return [...new Set([...sums, ...sums.map((s) => -s || 0)])].sort((a, b) => a - b);
}

export function literalRound(
  mu: number[],
  sigma: number[],
  free: number[],
  target: number,
  o: LiteralOptions,
): LiteralStep[] {
  const steps: LiteralStep[] = [];
  const clamped = sigma.map((s) => Math.max(s, 2 ** -20));
  // ascending by value, then by index: the order that decides ties
  let ids = [...free].sort((i, j) => mu[i] - mu[j] || i - j);
  let left = target;
  let { delta } = o;
  let order = 1;
  for (let n = 1; left > 0 && ids.length > 0; n++) {
    let centroids = literalCentroids(Math.max(...ids.map((i) => Math.abs(mu[i]))), order, o.bits);
    while (left > 0 && centroids.length > 0) {
      const zero = o.middle ? centroids.length >> 1 : centroids.indexOf(0);
      const matrix = centroids.map((c, k) =>
        ids.map((i) =>
          o.zeroFix && k === zero && Math.abs(mu[i]) < 2 ** -o.bits ? 0 : Math.abs(c - mu[i]) / clamped[i],
        ),
      );
      const votes = matrix.map((row) => row.filter((d) => d <= delta).length);
      const best = votes.indexOf(Math.max(...votes));
      if (votes[best] === 0) break;
      const moves = ids.map((i) => Math.abs(centroids[best] - mu[i]));
      const nearest = ids
        .map((_, x) => x)
        .sort((x, y) => matrix[best][x] - matrix[best][y] || moves[x] - moves[y] || x - y);
      const members = nearest
        .slice(0, Math.min(votes[best], left))
        .sort((x, y) => x - y)
        .map((x) => ids[x]);
      const mean = members.reduce((sum, i) => sum + mu[i], 0) / members.length;
      const variance = members.reduce((sum, i) => sum + (mu[i] - mean) * (mu[i] - mean), 0) / members.length;
      steps.push({ centroid: centroids[best], order, delta, members, sigma: Math.fround(Math.sqrt(variance)) });
      left -= members.length;
      ids = ids.filter((i) => !members.includes(i));
      centroids = centroids.filter((_, k) => k !== best);
    }
    if (order < o.maxOrder && n % 2 === 1) order++;
    else delta *= o.increase;
  }
  return steps;
}
