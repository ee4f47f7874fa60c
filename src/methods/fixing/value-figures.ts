/** What is shared: distinct values, zero among them, and the entropy of order 0 in bits over all numbers, zeros in. */
export interface ValueFigures {
  readonly values: number;
  readonly bits: number;
}

/** For people: the logarithm may differ in its last place from engine to engine. */
export function valueFigures(numbers: Float32Array): ValueFigures {
  const counts = new Map<number, number>();
  // A Map takes −0 for 0.
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / numbers.length) * Math.log2(count / numbers.length);
  return { values: counts.size, bits };
}
