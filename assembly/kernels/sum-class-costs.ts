/** Costs are below 2^17: so many of them fit into 32 bits. */
const BLOCK: i32 = 1 << 14;

/**
 * Adds up what the elements at each index of one axis would cost in `count` neighbouring classes.
 * Specification: src/kernels/reference/sum-class-costs.ts.
 *
 * Elements are symbols[outer][length][inner]; element i starts at column bases[i] of row symbols[i] of `costs`, of which
 * 16 more entries than `count` says must be readable.
 *
 * @param costs i32[alphabet × pitch]
 * @param sums  f64[length × lanes], lanes = `count` rounded up to 16; zero at first
 */
export function sumClassCosts(
  symbols: usize,
  bases: usize,
  outer: i32,
  length: i32,
  inner: i32,
  costs: usize,
  pitch: i32,
  count: i32,
  sums: usize,
): void {
  const stride = <usize>length * <usize>inner;
  for (let first = 0; first < count; first += 16) {
    const table = costs + ((<usize>first) << 2);
    const lanes = (<usize>((count + 15) & ~15)) << 3;
    for (let index = 0; index < length; index++) {
      const sum = sums + <usize>index * lanes + ((<usize>first) << 3);
      let a = i32x4.splat(0);
      let b = i32x4.splat(0);
      let c = i32x4.splat(0);
      let d = i32x4.splat(0);
      let room = BLOCK;
      for (let o = 0; o < outer; o++) {
        const start = <usize>o * stride + <usize>index * <usize>inner;
        for (let i = start; i < start + <usize>inner; i++) {
          const column = <i32>load<u8>(symbols + i) * pitch + <i32>load<u8>(bases + i);
          const p = table + ((<usize>column) << 2);
          a = i32x4.add(a, v128.load(p));
          b = i32x4.add(b, v128.load(p, 16));
          c = i32x4.add(c, v128.load(p, 32));
          d = i32x4.add(d, v128.load(p, 48));
          if (--room == 0) {
            addTo(sum, a, b, c, d);
            a = b = c = d = i32x4.splat(0);
            room = BLOCK;
          }
        }
      }
      addTo(sum, a, b, c, d);
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(sum: usize, a: v128, b: v128, c: v128, d: v128): void {
  addFour(sum, a);
  addFour(sum + 32, b);
  addFour(sum + 64, c);
  addFour(sum + 96, d);
}

// @ts-ignore: decorator
@inline
function addFour(sum: usize, x: v128): void {
  const high = v128.shuffle<i32>(x, x, 2, 3, 2, 3);
  v128.store(sum, f64x2.add(v128.load(sum), f64x2.convert_low_i32x4_s(x)));
  v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.convert_low_i32x4_s(high)), 16);
}
