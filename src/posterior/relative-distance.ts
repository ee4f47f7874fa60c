/**
 * How far a weight moves, as a share of itself: |w − c| / |w|. Moving a weight below `zeroThreshold` to 0 is free, and
 * 0/0 counts as 1. Subia-Waud & Dasmahapatra 2022 (WFN), arXiv 2210.13554.
 *
 * @returns ≥ 0; Infinity when w = 0 ≠ c
 */
export function relativeDistance(weight: number, centroid: number, zeroThreshold: number): number {
  if (centroid === 0) return Math.abs(weight) < zeroThreshold ? 0 : 1;
  return Math.abs(weight - centroid) / Math.abs(weight);
}
