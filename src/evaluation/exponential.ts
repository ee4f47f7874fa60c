/** (1 + x / 1024)^1024: nearly e^x for x ≤ 0, and the same in every engine, which Math.exp is not. */
export function exponential(x: number): number {
  let power = Math.max(0, 1 + x / 1024);
  for (let i = 0; i < 10; i++) power *= power;
  return power;
}
