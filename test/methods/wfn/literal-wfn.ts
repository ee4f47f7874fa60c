/**
 * The clustering round of WFN as it is written down: a |C| × |U| matrix of distances in every step, Math.log2, a sort.
 * Slow; shares nothing with src/.
 */
export interface LiteralStep {
  centroid: number;
  order: number;
  members: number[];
}

export function literalGrid(limit: number, delta: number, gamma0: number): number[] {
  const d = Math.min(delta, 0.9999);
  const grid: number[] = [];
  for (let v = gamma0; v < limit; v = (v * (1 + d)) / (1 - d)) grid.push(v);
  return grid;
}

export function literalCentroids(limit: number, order: number, delta: number, gamma0: number): number[] {
  const pow2 = (x: number) =>
    x === 0 ? 0 : Math.sign(x) * 2 ** Math.max(Math.log2(gamma0) - order - 1, Math.round(Math.log2(Math.abs(x))));
  const rounded = literalGrid(limit, delta, gamma0).map((v) => {
    let a = v < gamma0 ? 0 : pow2(v);
    for (let j = 0; j < order; j++) if (Math.abs(v - a) >= delta * Math.abs(v) && a !== 0) a += pow2(v - a);
    return Math.fround(a);
  });
  return [...new Set([0, ...rounded, ...rounded.map((a) => -a || 0)])].sort((a, b) => a - b);
}

export function literalRound(
  w: number[],
  free: number[],
  deltaT: number,
  gamma0: number,
  target: number,
  asReleased: boolean,
): LiteralStep[] {
  const steps: LiteralStep[] = [];
  const u = new Set(free);
  let order = 0;
  let a = deltaT;
  let taken = 0;
  while (taken < target && u.size > 0) {
    // ascending by value, then by index: the order that decides ties
    const ids = [...u].sort((i, j) => w[i] - w[j] || i - j);
    const centroids = literalCentroids(Math.max(...ids.map((i) => Math.abs(w[i]))), order, deltaT, gamma0);
    const matrix = centroids.map((c) => ids.map((i) => Math.abs(w[i] - c)));
    const votes = centroids.map(() => 0);
    ids.forEach((i, column) => {
      let best = 0;
      if (!asReleased && Math.abs(w[i]) < gamma0) best = centroids.indexOf(0);
      else
        centroids.forEach((_, row) => {
          if (matrix[row][column] < matrix[best][column]) best = row;
        });
      votes[best]++;
    });
    const centroid = centroids[votes.indexOf(Math.max(...votes))];
    const distance = (i: number) => {
      if (centroid === 0 && Math.abs(w[i]) < gamma0) return 0;
      const d = Math.abs(w[i] - centroid) / Math.abs(w[i]);
      return Number.isNaN(d) ? 1 : d;
    };
    const d = ids.map(distance);
    const sorted = ids
      .map((_, k) => k)
      .sort((x, y) => {
        const size = (k: number) => (centroid === 0 && !asReleased ? Math.abs(w[ids[k]]) : 0);
        return d[x] < d[y] ? -1 : d[x] > d[y] ? 1 : size(x) - size(y) || x - y;
      });
    let free0 = d.filter((x) => x === 0).length;
    if (free0 === 1) free0 = 0;
    let r = 0;
    let sum = 0;
    sorted.forEach((k, position) => {
      if (!asReleased && d[k] > 2 * a) return;
      sum += d[k];
      if (position < free0 || sum / (position + 1 - free0) <= a) r = position + 1;
    });
    const members = sorted.slice(0, Math.min(r, target - taken)).map((k) => ids[k]);
    for (const i of members) u.delete(i);
    taken += members.length;
    steps.push({ centroid, order, members });
    if (members.length === 0) {
      order++;
      if (order > 20) a *= 2;
    } else a = deltaT;
  }
  return steps;
}
