import { bitsPerElement, DataType, WringError } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import { swapBytes, typedArrayOf } from './typed-array.js';

/** NumPy's type codes beside ONNX's data types. */
const TYPES: ReadonlyMap<string, DataType> = new Map([
  ['f2', DataType.FLOAT16],
  ['f4', DataType.FLOAT],
  ['f8', DataType.DOUBLE],
  ['u1', DataType.UINT8],
  ['i1', DataType.INT8],
  ['b1', DataType.BOOL],
  ['u2', DataType.UINT16],
  ['i2', DataType.INT16],
  ['u4', DataType.UINT32],
  ['i4', DataType.INT32],
  ['u8', DataType.UINT64],
  ['i8', DataType.INT64],
]);

interface Header {
  readonly dataType: DataType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly dims: number[];
  readonly dataOffset: number;
}

/**
 * Reads a NumPy array file, versions 1–3, either byte order, either memory order; the result is row-major. FLOAT16 stays
 * bits.
 *
 * @param name for messages
 * @throws {WringError} E_CORRUPT, E_TRUNCATED, E_TRAILING, E_DATA_TYPE for objects, strings, records and complex numbers
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(bytes: Uint8Array, name: string): RuntimeTensor {
  const { dataType, bigEndian, fortranOrder, dims, dataOffset } = readHeader(bytes, name);
  const expected = (dims.reduce((product, dim) => product * dim, 1) * bitsPerElement(dataType)) / 8;
  const found = bytes.length - dataOffset;
  if (found !== expected) {
    throw new WringError(
      found < expected ? 'E_TRUNCATED' : 'E_TRAILING',
      `"${name}": [${dims.join(', ')}] needs ${expected} bytes from offset ${dataOffset} on but there are ${found}`,
    );
  }
  const data = bytes.slice(dataOffset);
  if (bigEndian) swapBytes(dataType, data);
  const stored = typedArrayOf(dataType, data);
  return { dataType, dims, data: fortranOrder ? toRowMajor(stored, dims) : stored };
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 12 && view.getUint32(0) === 0x934e554d && view.getUint16(4) === 0x5059;
  const version = magic ? bytes[6] : 0;
  if (version < 1 || version > 3) {
    throw new WringError('E_CORRUPT', `"${name}" is no NumPy array of version 1 to 3; write it with numpy.save`);
  }
  const textOffset = version === 1 ? 10 : 12;
  const textLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = textOffset + textLength;
  if (dataOffset > bytes.length) {
    throw new WringError('E_TRUNCATED', `"${name}" ends within its header of ${textLength} bytes`);
  }
  const text = new TextDecoder().decode(bytes.subarray(textOffset, dataOffset));
  const descr = /'descr':\s*'([<>|=])([a-zA-Z]\d*)'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text);
  const dataType = descr && TYPES.get(descr[2]);
  if (!dataType) {
    const found = /'descr':\s*('[^']*'|\[)/.exec(text)?.[1] ?? 'nothing';
    throw new WringError('E_DATA_TYPE', `"${name}": expected plain numbers but received dtype ${found}; use .astype`);
  }
  if (!order || !shape) throw new WringError('E_CORRUPT', `"${name}" has a header without order or shape`);
  const dims = shape[1]
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  return { dataType, bigEndian: descr[1] === '>', fortranOrder: order[1] === 'True', dims, dataOffset };
}

/** From first index fastest to last index fastest. */
function toRowMajor<T extends RuntimeTensor['data']>(stored: T, dims: readonly number[]): T {
  const strides = dims.map((_, axis) => dims.slice(0, axis).reduce((product, dim) => product * dim, 1));
  const index = dims.map(() => 0);
  const target = stored.slice() as T;
  let from = 0;
  for (let i = 0; i < target.length; i++) {
    target[i] = stored[from];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < dims[axis]) break;
      from -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return target;
}
