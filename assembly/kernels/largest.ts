/** The largest of n u16 codes, 0 when there are none. */
export function largestCode(codes: usize, n: i32): i32 {
  let largest8 = i16x8.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) largest8 = i16x8.max_u(largest8, v128.load(codes + ((<usize>i) << 1)));
  let largest: u32 = 0;
  for (; i < n; i++) largest = max<u32>(largest, load<u16>(codes + ((<usize>i) << 1)));
  // Fold halves onto each other: 8 → 4 → 2 → 1 lanes.
  largest8 = i16x8.max_u(largest8, v128.shuffle<i64>(largest8, largest8, 1, 0));
  largest8 = i16x8.max_u(largest8, v128.shuffle<i32>(largest8, largest8, 1, 0, 3, 2));
  largest8 = i16x8.max_u(largest8, v128.shuffle<i16>(largest8, largest8, 1, 0, 3, 2, 5, 4, 7, 6));
  return max<u32>(largest, <u32>i16x8.extract_lane_u(largest8, 0));
}

/** The largest of n bytes, 0 when there are none. */
export function largestByte(bytes: usize, n: i32): i32 {
  let largest16 = i8x16.splat(0);
  let i = 0;
  for (; i + 16 <= n; i += 16) largest16 = i8x16.max_u(largest16, v128.load(bytes + <usize>i));
  // The even and the odd bytes as u16 lanes.
  const even = v128.and(largest16, i16x8.splat(0xff));
  let largest8 = i16x8.max_u(even, i16x8.shr_u(largest16, 8));
  largest8 = i16x8.max_u(largest8, v128.shuffle<i64>(largest8, largest8, 1, 0));
  largest8 = i16x8.max_u(largest8, v128.shuffle<i32>(largest8, largest8, 1, 0, 3, 2));
  largest8 = i16x8.max_u(largest8, v128.shuffle<i16>(largest8, largest8, 1, 0, 3, 2, 5, 4, 7, 6));
  let largest = <u32>i16x8.extract_lane_u(largest8, 0);
  for (; i < n; i++) largest = max<u32>(largest, load<u8>(bytes + <usize>i));
  return largest;
}
