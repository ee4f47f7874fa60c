/** 97.5th percentile of N(0, 1). */
const Z = 1.959963984540054;

/**
 * 95 % confidence interval of a share from `hits` of `count` trials, by Wilson's score.
 *
 * @returns [low, high], 0–1
 * @see Wilson 1927, Probable inference, the law of succession, and statistical inference, JASA 22
 */
export function wilsonInterval(hits: number, count: number): [number, number] {
  const share = hits / count;
  const square = (Z * Z) / count;
  const centre = share + square / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / count + square / (4 * count));
  const low = hits === 0 ? 0 : (centre - half) / (1 + square);
  const high = hits === count ? 1 : (centre + half) / (1 + square);
  return [low, high];
}
