import { BFLOAT16, type DataType, DOUBLE, FLOAT, FLOAT16, isFloat } from './data-type.js';
import { WringError } from './error.js';

const F32 = new Float32Array(1);
const U32 = new Uint32Array(F32.buffer);

/** IEEE half → number. Exact. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1024 + mantissa) * 2 ** (exponent - 25) : mantissa * 2 ** -24);
}

/** float32 → IEEE half, round to nearest even, overflow to infinity. */
export function numberToHalf(value: number): number {
  F32[0] = value;
  const bits = U32[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal half: its unit is 2^-24, as that of a float from 0.5 to 1. (The sum is exact before it is stored.)
    F32[0] = Math.abs(F32[0]) + 0.5;
    return sign | (U32[0] - 0x3f000000);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** bfloat16 → number. Exact. */
export function bfloat16ToNumber(bits: number): number {
  U32[0] = bits << 16;
  return F32[0];
}

/** float32 → bfloat16, round to nearest even. */
export function numberToBfloat16(value: number): number {
  F32[0] = value;
  const bits = U32[0];
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x40) & 0xffff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Raw little-endian bytes of a float tensor → float32 (DOUBLE is rounded). */
export function decodeFloats(dataType: DataType, bytes: Uint8Array, target: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dataType) {
    case FLOAT:
      // All hosts of WebAssembly are little-endian.
      new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes.subarray(0, target.byteLength));
      return;
    case FLOAT16:
      for (let i = 0; i < target.length; i++) target[i] = halfToNumber(view.getUint16(2 * i, true));
      return;
    case BFLOAT16:
      for (let i = 0; i < target.length; i++) target[i] = bfloat16ToNumber(view.getUint16(2 * i, true));
      return;
    case DOUBLE:
      for (let i = 0; i < target.length; i++) target[i] = view.getFloat64(8 * i, true);
      return;
    default:
      throw noFloat(dataType);
  }
}

/** @throws {WringError} E_DATA_TYPE */
export function assertFloat(dataType: DataType): void {
  if (!isFloat(dataType)) throw noFloat(dataType);
}

function noFloat(dataType: DataType): WringError {
  return new WringError('E_DATA_TYPE', `Expected a float data type but received type ${dataType}`);
}

/**
 * float32 → raw little-endian bytes of a float tensor, rounded to nearest even where the type is narrower.
 *
 * @param dataType FLOAT, FLOAT16, BFLOAT16 or DOUBLE; not checked, see {@link assertFloat}
 */
export function encodeFloats(dataType: DataType, values: Float32Array, target: Uint8Array): void {
  if (dataType === FLOAT) {
    target.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return;
  }
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (let i = 0; i < values.length; i++) {
    if (dataType === DOUBLE) view.setFloat64(8 * i, values[i], true);
    else view.setUint16(2 * i, dataType === FLOAT16 ? numberToHalf(values[i]) : numberToBfloat16(values[i]), true);
  }
}
