const DIGIT = 11;
const BUCKETS = 1 << DIGIT;

/**
 * The indices that sort `values` ascending; equal values, −0 and 0 among them, stay in index order. A radix sort of the
 * order-preserving integers of the floats, three digits of 11 bits.
 *
 * @param values f32[n], no NaN
 * @returns      u32[n]
 */
export function sortedOrder(values: Float32Array): Uint32Array {
  const n = values.length;
  const bits = new Uint32Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
  for (let i = 0; i < n; i++) {
    const b = bits[i] === 0x80000000 ? 0 : bits[i];
    bits[i] = b ^ ((b >> 31) | 0x80000000);
  }
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let next = new Uint32Array(n);
  const ends = new Uint32Array(BUCKETS);
  for (let shift = 0; shift < 32; shift += DIGIT) {
    ends.fill(0);
    for (let i = 0; i < n; i++) ends[(bits[i] >>> shift) & (BUCKETS - 1)]++;
    for (let d = 1; d < BUCKETS; d++) ends[d] += ends[d - 1];
    for (let i = n - 1; i >= 0; i--) {
      const index = order[i];
      next[--ends[(bits[index] >>> shift) & (BUCKETS - 1)]] = index;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** target[i] = values[order[i]] */
export function gather(values: Float32Array, order: Uint32Array): Float32Array {
  const gathered = new Float32Array(order.length);
  for (let i = 0; i < order.length; i++) gathered[i] = values[order[i]];
  return gathered;
}
