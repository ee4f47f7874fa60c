/** A NumPy array file as the format text describes it, written without the code under test. */
export function writeNpy(
  descr: string,
  dims: readonly number[],
  data: Uint8Array,
  { version = 1, fortranOrder = false } = {},
): Uint8Array {
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
  const order = fortranOrder ? 'True' : 'False';
  const text = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const prefix = version === 1 ? 10 : 12;
  const padded = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const file = new Uint8Array(prefix + padded.length + data.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(file.buffer);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  file.set(new TextEncoder().encode(padded), prefix);
  file.set(data, prefix + padded.length);
  return file;
}

export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
