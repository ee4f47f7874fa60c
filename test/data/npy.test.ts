import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../src/core/index.js';
import { readNpy, readNpz } from '../../src/data/index.js';
import { bytesOf, writeNpy } from './npy-writer.js';

const TYPES = [
  ['f2', DataType.FLOAT16, Uint16Array.of(0, 0x3c00, 0xfbff, 0x7c00)],
  ['f4', DataType.FLOAT, Float32Array.of(0, -1.5, 3e38, Number.POSITIVE_INFINITY)],
  ['f8', DataType.DOUBLE, Float64Array.of(0, -1.5, 1e300, Math.PI)],
  ['b1', DataType.BOOL, Uint8Array.of(0, 1, 1, 0)],
  ['u1', DataType.UINT8, Uint8Array.of(0, 1, 200, 255)],
  ['i1', DataType.INT8, Int8Array.of(0, -1, 127, -128)],
  ['u2', DataType.UINT16, Uint16Array.of(0, 1, 40000, 65535)],
  ['i2', DataType.INT16, Int16Array.of(0, -1, 32767, -32768)],
  ['u4', DataType.UINT32, Uint32Array.of(0, 1, 4e9, 2 ** 32 - 1)],
  ['i4', DataType.INT32, Int32Array.of(0, -1, 2e9, -(2 ** 31))],
  ['u8', DataType.UINT64, BigUint64Array.of(0n, 1n, 2n ** 63n, 2n ** 64n - 1n)],
  ['i8', DataType.INT64, BigInt64Array.of(0n, -1n, 2n ** 62n, -(2n ** 63n))],
] as const;

describe('readNpy', () => {
  it.each(TYPES)('reads %s, of either byte order', (code, dataType, data) => {
    const size = data.BYTES_PER_ELEMENT;
    expect(readNpy(writeNpy(`'<${code}'`, [4], bytesOf(data)), 'a')).toEqual({ dataType, dims: [4], data });
    const swapped = bytesOf(data).slice();
    for (let i = 0; i < 4; i++) swapped.subarray(i * size, (i + 1) * size).reverse();
    expect(readNpy(writeNpy(`'>${code}'`, [4], swapped), 'a').data).toEqual(data);
  });

  it('reads a file laid out by hand, column-major', () => {
    const header = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }";
    const text = new TextEncoder().encode(`${header.padEnd(117)}\n`);
    const file = Uint8Array.of(
      0x93,
      ...new TextEncoder().encode('NUMPY'),
      1,
      0,
      118,
      0,
      ...text,
      1,
      0,
      4,
      0,
      2,
      0,
      5,
      0,
      3,
      0,
      6,
      0,
    );
    expect(readNpy(file, 'a')).toEqual({
      dataType: DataType.INT16,
      dims: [2, 3],
      data: Int16Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it('puts any column-major array in row-major order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), (dims) => {
        const count = dims.reduce((product, dim) => product * dim, 1);
        const stored = new Uint16Array(count);
        // Element (i, j, …) holds its row-major position, and is stored at i + d₀ · (j + d₁ · (…)).
        for (let position = 0; position < count; position++) {
          let rest = position;
          const index = [...dims].reverse().map((dim) => {
            const i = rest % dim;
            rest = Math.floor(rest / dim);
            return i;
          });
          const at = index.reduce((sum, i, k) => sum * dims[dims.length - 1 - k] + i, 0);
          stored[at] = position;
        }
        const file = writeNpy("'<u2'", dims, bytesOf(stored), { fortranOrder: true });
        expect(readNpy(file, 'a').data).toEqual(Uint16Array.from(stored.keys()));
      }),
      { seed: 1 },
    );
  });

  it('reads versions 1 to 3, scalars and empty arrays', () => {
    for (const version of [1, 2, 3]) {
      expect(readNpy(writeNpy("'|u1'", [2], Uint8Array.of(7, 8), { version }), 'a').data).toEqual(Uint8Array.of(7, 8));
    }
    expect(readNpy(writeNpy("'|u1'", [], Uint8Array.of(7)), 'a').dims).toEqual([]);
    expect(readNpy(writeNpy("'|u1'", [3, 0], new Uint8Array()), 'a').dims).toEqual([3, 0]);
  });

  it('refuses a file cut at any byte, and one byte more', () => {
    const file = writeNpy("'<f4'", [2, 2], bytesOf(Float32Array.of(1, 2, 3, 4)));
    for (let end = 0; end < file.length; end++) {
      expect(() => readNpy(file.subarray(0, end), 'cut.npy'), `${end} bytes`).toThrow(/"cut\.npy"/);
    }
    expect(() => readNpy(Uint8Array.of(...file, 0), 'long.npy')).toThrow(
      expect.objectContaining({ code: 'E_TRAILING', message: expect.stringMatching(/needs 16 bytes .* there are 17/) }),
    );
  });

  it.each(["'|O'", "'<U5'", "'<c8'", "'|V2'", "'<M8[ns]'", "[('x', '<f4')]"])('refuses dtype %s by name', (descr) => {
    expect(() => readNpy(writeNpy(descr, [0], new Uint8Array()), 'odd.npy')).toThrow(
      expect.objectContaining({ code: 'E_DATA_TYPE', message: expect.stringContaining('"odd.npy"') }),
    );
  });
});

describe('readNpz', () => {
  it('reads arrays by name, stored and deflated, and leaves other files alone', () => {
    const x = writeNpy("'<f2'", [2, 2], bytesOf(Uint16Array.of(0x3800, 0xc000, 2, 0x7bff)));
    const y = writeNpy("'<i8'", [2], bytesOf(BigInt64Array.of(1n, 0n)));
    for (const level of [0, 9] as const) {
      const arrays = readNpz(zipSync({ 'x.npy': x, 'note.txt': Uint8Array.of(1), 'y.npy': y }, { level }), 'a.npz');
      expect([...arrays.keys()]).toEqual(['x', 'y']);
      expect(arrays.get('x')).toEqual(readNpy(x, 'x'));
      expect(arrays.get('y')?.data).toEqual(BigInt64Array.of(1n, 0n));
    }
  });

  it('refuses what is no archive, a damaged one, and one without arrays', () => {
    const sound = zipSync({ 'a.npy': writeNpy("'|u1'", [2], Uint8Array.of(1, 2)) });
    expect(() => readNpz(sound.subarray(0, sound.length - 30), 'cut.npz')).toThrow(/"cut\.npz" is no sound ZIP/);
    expect(() => readNpz(Uint8Array.of(1, 2, 3), 'odd.npz')).toThrow(/"odd\.npz" is no sound ZIP/);
    expect(() => readNpz(zipSync({ 'a.txt': Uint8Array.of(1) }), 'text.npz')).toThrow(/"text\.npz" holds no \.npy/);
  });
});
