// Candidates of one weight are neighbours in memory: four of them, c − 2 … c + 1, are one vector. Four weights' vectors
// are transposed, so that candidates are compared in ascending order with one weight in each lane:
//
//   weight 0:  c−2  c−1   c   c+1        candidate c−2:  w0 w1 w2 w3
//   weight 1:  c−2  c−1   c   c+1   →    candidate c−1:  w0 w1 w2 w3
//   …                                    …               (c + 2 and the zero code join here)
//
// Centroids and rows of bits are padded, so that no candidate leaves them: a padding bit count is infinite.

/** Elements of padding before and after the centroids and each row of bits. Also said in src/kernels/wasm. */
// @ts-ignore: decorator
@inline
const PADDING: usize = 4;

/**
 * @param centroids f32[4 + k + 4], padded with 0
 * @param bits      f32[contexts × pitch], pitch = 4 + k + 4, padded with infinity
 * @param zeroCode  index of the centroid 0, or −1
 * @param codes     u16[n], in: nearest centroid; out: the choice
 */
export function assignRateDistortion(
  weights: usize,
  importance: usize,
  contexts: usize,
  n: i32,
  centroids: usize,
  bits: usize,
  pitch: i32,
  zeroCode: i32,
  codes: usize,
): void {
  const values = centroids + PADDING * 4;
  const rows = bits + PADDING * 4;
  const infinite = f32x4.splat(Infinity);
  const zeroCodes = i32x4.splat(zeroCode);
  const zeroOffset = zeroCode << 2;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const w = weights + ((<usize>i) << 2);
    const m = importance + ((<usize>i) << 2);
    const at = v128.load64_zero(codes + ((<usize>i) << 1));
    const nearest = i32x4.extend_low_i16x8_u(at);
    const r0 = rowOf(rows, pitch, contexts + <usize>i);
    const r1 = rowOf(rows, pitch, contexts + <usize>i + 1);
    const r2 = rowOf(rows, pitch, contexts + <usize>i + 2);
    const r3 = rowOf(rows, pitch, contexts + <usize>i + 3);
    const o0 = ((<usize>i16x8.extract_lane_u(at, 0)) << 2) - 8;
    const o1 = ((<usize>i16x8.extract_lane_u(at, 1)) << 2) - 8;
    const o2 = ((<usize>i16x8.extract_lane_u(at, 2)) << 2) - 8;
    const o3 = ((<usize>i16x8.extract_lane_u(at, 3)) << 2) - 8;

    const cost0 = costs(v128.load32_splat(w), v128.load32_splat(m), v128.load(values + o0), v128.load(r0 + o0));
    const cost1 = costs(v128.load32_splat(w, 4), v128.load32_splat(m, 4), v128.load(values + o1), v128.load(r1 + o1));
    const cost2 = costs(v128.load32_splat(w, 8), v128.load32_splat(m, 8), v128.load(values + o2), v128.load(r2 + o2));
    const cost3 = costs(v128.load32_splat(w, 12), v128.load32_splat(m, 12), v128.load(values + o3), v128.load(r3 + o3));
    const low01 = v128.shuffle<f32>(cost0, cost1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(cost2, cost3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(cost0, cost1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(cost2, cost3, 2, 6, 3, 7);

    const w4 = v128.load(w);
    const m4 = v128.load(m);
    const costAbove = costs(
      w4,
      m4,
      gather(values + o0 + 16, values + o1 + 16, values + o2 + 16, values + o3 + 16),
      gather(r0 + o0 + 16, r1 + o1 + 16, r2 + o2 + 16, r3 + o3 + 16),
    );
    const costZero = costs(
      w4,
      m4,
      v128.load32_splat(values + zeroOffset),
      gather(r0 + zeroOffset, r1 + zeroOffset, r2 + zeroOffset, r3 + zeroOffset),
    );

    // The zero code is tried first where it lies below all neighbours, else last: ascending order decides ties.
    const lowest = i32x4.sub(nearest, i32x4.splat(2));
    let less = v128.and(i32x4.lt_s(zeroCodes, lowest), f32x4.lt(costZero, infinite));
    let best = v128.bitselect(costZero, infinite, less);
    let choice = v128.bitselect(zeroCodes, nearest, less);

    let cost = v128.shuffle<f64>(low01, low23, 0, 2);
    less = f32x4.lt(cost, best);
    best = v128.bitselect(cost, best, less);
    choice = v128.bitselect(lowest, choice, less);

    cost = v128.shuffle<f64>(low01, low23, 1, 3);
    less = f32x4.lt(cost, best);
    best = v128.bitselect(cost, best, less);
    choice = v128.bitselect(i32x4.sub(nearest, i32x4.splat(1)), choice, less);

    cost = v128.shuffle<f64>(high01, high23, 0, 2);
    less = f32x4.lt(cost, best);
    best = v128.bitselect(cost, best, less);
    choice = v128.bitselect(nearest, choice, less);

    cost = v128.shuffle<f64>(high01, high23, 1, 3);
    less = f32x4.lt(cost, best);
    best = v128.bitselect(cost, best, less);
    choice = v128.bitselect(i32x4.add(nearest, i32x4.splat(1)), choice, less);

    less = f32x4.lt(costAbove, best);
    best = v128.bitselect(costAbove, best, less);
    choice = v128.bitselect(i32x4.add(nearest, i32x4.splat(2)), choice, less);

    less = f32x4.lt(costZero, best);
    choice = v128.bitselect(zeroCodes, choice, less);
    v128.store64_lane(codes + ((<usize>i) << 1), i16x8.narrow_i32x4_u(choice, choice), 0);
  }
  for (; i < n; i++) {
    const weight = load<f32>(weights + ((<usize>i) << 2));
    const scale = load<f32>(importance + ((<usize>i) << 2));
    const row = rowOf(rows, pitch, contexts + <usize>i);
    const nearest = <i32>load<u16>(codes + ((<usize>i) << 1));
    let best: f32 = Infinity;
    let choice = nearest;
    for (let step = -3; step <= 3; step++) {
      // The first and the last step are the zero code.
      let c = nearest + step;
      if (step == -3) {
        if (zeroCode >= nearest - 2) continue;
        c = zeroCode;
      } else if (step == 3) c = zeroCode;
      const offset = c << 2;
      const distance = weight - load<f32>(values + offset);
      const cost = scale * (distance * distance) + load<f32>(row + offset);
      if (cost < best) {
        best = cost;
        choice = c;
      }
    }
    store<u16>(codes + ((<usize>i) << 1), choice);
  }
}

// @ts-ignore: decorator
@inline
function rowOf(rows: usize, pitch: i32, context: usize): usize {
  return rows + ((<usize>load<u8>(context) * <usize>pitch) << 2);
}

// @ts-ignore: decorator
@inline
function costs(weight: v128, importance: v128, centroid: v128, bits: v128): v128 {
  const distance = f32x4.sub(weight, centroid);
  return f32x4.add(f32x4.mul(importance, f32x4.mul(distance, distance)), bits);
}

// @ts-ignore: decorator
@inline
function gather(a: usize, b: usize, c: usize, d: usize): v128 {
  let lanes = v128.load32_zero(a);
  lanes = v128.load_lane<f32>(b, lanes, 1);
  lanes = v128.load_lane<f32>(c, lanes, 2);
  return v128.load_lane<f32>(d, lanes, 3);
}
