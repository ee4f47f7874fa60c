// Weights as they stand in an ONNX file. Specification: src/core/float.ts.

const FLOAT: u32 = 1;
const FLOAT16: u32 = 10;
const DOUBLE: u32 = 11;
const BFLOAT16: u32 = 16;

/** Of the data types that may be coded; 0 for others. */
export function floatByteLength(dataType: u32): u32 {
  if (dataType == FLOAT) return 4;
  if (dataType == DOUBLE) return 8;
  return dataType == FLOAT16 || dataType == BFLOAT16 ? 2 : 0;
}

/**
 * Rounds to the data type, to nearest, ties to even.
 *
 * @param floats f32[n], no NaN
 * @param target n elements, of any alignment
 */
export function writeFloats(dataType: u32, floats: usize, n: u32, target: usize): void {
  const end = floats + 4 * n;
  if (dataType == FLOAT) memory.copy(target, floats, 4 * n);
  else if (dataType == DOUBLE) {
    for (; floats < end; floats += 4, target += 8) store<f64>(target, load<f32>(floats));
  } else if (dataType == FLOAT16) {
    for (; floats < end; floats += 4, target += 2) store<u16>(target, halfOf(load<f32>(floats)));
  } else {
    for (; floats < end; floats += 4, target += 2) {
      const bits = load<u32>(floats);
      store<u16>(target, (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
  }
}

/** Overflows to infinity. */
function halfOf(value: f32): u32 {
  const bits = reinterpret<u32>(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Subnormal: its unit is 2^-24, as that of a float from 0.5 to 1.
  if (magnitude < 0x38800000) return sign | (reinterpret<u32>(abs(value) + 0.5) - 0x3f000000);
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}
