// The logistic domain in integers. Specification: src/kernels/reference/logistic.ts.

/** squash(x) at x = −2048, −1920 … 2048. */
// prettier-ignore
const KNOTS = memory.data<u16>([
  1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901, 3975,
  4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
]);

/** From odds + 2048 to a probability: u16[4096]. */
export const SQUASH = memory.data(8192, 16);
/** From a probability to the least odds that reach it: i16[4096]. */
export const STRETCH = memory.data(8192, 16);

/** Fills both tables. */
export function fillLogistic(): void {
  let filled: usize = STRETCH;
  for (let odds = 0; odds < 4096; odds++) {
    const knot = KNOTS + ((odds >> 7) << 1);
    const fraction = odds & 127;
    const probability = (load<u16>(knot) * (128 - fraction) + load<u16>(knot, 2) * fraction + 64) >> 7;
    store<u16>(SQUASH + (odds << 1), odds ? probability : 0);
    // −2048 is out of the domain, though squash has an entry for it.
    if (odds) for (; filled <= STRETCH + (probability << 1); filled += 2) store<i16>(filled, odds - 2048);
  }
  for (; filled < STRETCH + 8192; filled += 2) store<i16>(filled, 2047);
}
