// Frequency tables as steps, docs/format.md, section 2.3. Specification: src/codec/frequencies.ts.

const TOTAL: i32 = 4096;
/** 2^(i/8) in 1/256, rounded. */
const EIGHTHS = memory.data<u16>([256, 279, 304, 332, 362, 395, 431, 470]);

/** The largest step that a table may hold. */
export function maxStep(resolution: u32): i32 {
  return 12 * resolution + 1;
}

/**
 * Frequencies that add up to 4096, none above 4095.
 *
 * @param steps       u8[alphabet], 2 ≤ alphabet ≤ 256, none above `maxStep`
 * @param frequencies u16[alphabet], written
 */
export function fillFrequencies(steps: usize, alphabet: u32, resolution: u32, frequencies: usize): void {
  let total: u64 = 0;
  for (let i: u32 = 0; i < alphabet; i++) total += weightOf(load<u8>(steps + i), resolution);
  let left = TOTAL;
  for (let i: u32 = 0; i < alphabet; i++) {
    const weight = weightOf(load<u8>(steps + i), resolution);
    const frequency = weight ? <i32>max<u64>(1, (weight * TOTAL) / total) : 0;
    store<u16>(frequencies + 2 * i, frequency);
    left -= frequency;
  }
  while (left != 0) {
    let largest = frequencies;
    for (let i: u32 = 1; i < alphabet; i++) {
      if (load<u16>(frequencies + 2 * i) > load<u16>(largest)) largest = frequencies + 2 * i;
    }
    // At most 256 symbols, so the largest is 16 or more and can give half of itself.
    const change = max(left, -((<i32>load<u16>(largest)) >> 1));
    store<u16>(largest, load<u16>(largest) + change);
    left -= change;
  }
  for (let i: u32 = 0; i < alphabet; i++) {
    if (load<u16>(frequencies + 2 * i) != TOTAL) continue;
    store<u16>(frequencies + 2 * i, TOTAL - 1);
    store<u16>(frequencies + (i ? 0 : 2), 1);
  }
}

function weightOf(step: u32, resolution: u32): u64 {
  if (!step) return 0;
  const eighths = ((step - 1) << 3) / resolution;
  return (<u64>load<u16>(EIGHTHS + ((eighths & 7) << 1))) << (eighths >> 3);
}
