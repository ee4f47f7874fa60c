import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import jpeg from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataType } from '../../src/core/index.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { partOf } from '../../src/data/part-of.js';
import { bytesOf, writeNpy } from './npy-writer.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'wring-data-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A data set folder; returns its path. */
function folder(name: string, description: unknown, files: Record<string, Uint8Array>): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  const text = typeof description === 'string' ? description : JSON.stringify(description);
  writeFileSync(join(path, `${name}.json`), text);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

const PIXELS = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);

describe('openDataset on a folder', () => {
  it('reads gzip, raw and 16-bit numbers alike', async () => {
    const wide = bytesOf(Uint16Array.from(PIXELS));
    const path = folder(
      'kinds',
      {
        preprocess: { divide: 20 },
        splits: {
          gz: { images: 'a.u8.gz', labels: 'a.u8', shape: [3, 1, 2, 2], encoding: 'gzip' },
          test: { images: 'a.u8', labels: 'a.u16', shape: [3, 1, 2, 2] },
          wide: { images: 'w.u16.gz', shape: [3, 1, 2, 2], dtype: 'u16' },
        },
      },
      {
        'a.u8.gz': gzipSync(PIXELS),
        'a.u8': Uint8Array.of(2, 0, 1),
        'w.u16.gz': gzipSync(wide),
      },
    );
    writeFileSync(join(path, 'a.u16'), bytesOf(Uint16Array.of(500, 0, 1)));
    const gz = await openDataset(path, { split: 'gz' });
    expect([...gz.batch(1, 2).data]).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(gz.batch(1, 2).dims).toEqual([2, 1, 2, 2]);
    expect(Array.from(gz.labels!)).toEqual([2, 0, 1]);
    expect([...(await openDataset(path, { split: 'wide' })).batch(0, 3).data]).toEqual([...gz.batch(0, 3).data]);
    expect((await openDataset(path, { split: 'wide' })).labels).toBeNull();
    writeFileSync(join(path, 'a.u8'), PIXELS);
    const raw = await openDataset(`${path}/`);
    expect([...raw.batch(0, 3).data]).toEqual([...gz.batch(0, 3).data]);
    expect(Array.from(raw.labels!)).toEqual([500, 0, 1]);
    expect(() => raw.batch(2, 2)).toThrow(expect.objectContaining({ code: 'E_RANGE' }));
  });

  it('passes tokens on without being told how', async () => {
    const path = folder(
      'words',
      { splits: { test: { tokens: 't.i64', dtype: 'i64', shape: [2, 2] } } },
      {
        't.i64': bytesOf(BigInt64Array.of(5n, 6n, 7n, 8n)),
      },
    );
    const { data, dims, dataType } = (await openDataset(path)).batch(0, 2);
    expect({ data, dims, dataType }).toEqual({
      data: BigInt64Array.of(5n, 6n, 7n, 8n),
      dims: [2, 2],
      dataType: DataType.INT64,
    });
  });

  it('decodes JPEG images one by one, and names a broken one', async () => {
    const [width, height] = [5, 4];
    const files = [1, 2].map((k) => {
      const data = Buffer.from(Array.from({ length: width * height * 4 }, (_, i) => (i * k * 7) % 256));
      return new Uint8Array(jpeg.encode({ width, height, data }, 90).data);
    });
    const split = { images: 'p.jpgs', shape: [3, 3, height, width], encoding: 'jpeg-pack' };
    const byteLengths = [files[0].length, files[1].length, 3];
    const path = folder(
      'photos',
      { preprocess: {}, splits: { test: { ...split, byteLengths } } },
      {
        'p.jpgs': Uint8Array.of(...files[0], ...files[1], 1, 2, 3),
      },
    );
    const dataset = await openDataset(path);
    const { data } = jpeg.decode(files[1], { useTArray: true });
    const { data: planes } = dataset.batch(1, 1);
    for (let p = 0; p < width * height; p++) {
      for (let c = 0; c < 3; c++) expect(planes[c * width * height + p]).toBe(data[4 * p + c]);
    }
    expect(() => dataset.batch(1, 2)).toThrow(/"p\.jpgs", image 2 is no sound JPEG/);
  });

  it('takes the preprocessing of the call, then of the model, then of the data', async () => {
    const split = { images: 'a.u8', shape: [12, 1] };
    const path = folder('orders', { preprocess: { divide: 2 }, splits: { test: split } }, { 'a.u8': PIXELS });
    const models = join(root, 'zoo', 'models');
    mkdirSync(models, { recursive: true });
    const entries = [
      { file: 'models/a.onnx', preprocess: { divide: 4 } },
      { file: 'models/b.onnx', preprocess: { divide: 5 } },
    ];
    writeFileSync(join(root, 'zoo', 'manifest.json'), JSON.stringify({ models: entries }));
    writeFileSync(join(models, 'b.preprocess.json'), '{"divide": 10}');
    const second = async (options: Parameters<typeof openDataset>[1]) =>
      (await openDataset(path, options)).batch(1, 1).data[0];
    expect(await second({})).toBe(10);
    expect(await second({ model: join(models, 'a.onnx') })).toBe(5);
    expect(await second({ model: join(models, 'b.onnx') })).toBe(2);
    expect(await second({ model: join(models, 'c.onnx') })).toBe(10);
    expect(await second({ model: join(models, 'b.onnx'), preprocess: { divide: 20 } })).toBe(1);
  });

  it('does not guess how bytes become inputs', async () => {
    const path = folder('mute', { splits: { test: { images: 'a.u8', shape: [12, 1] } } }, { 'a.u8': PIXELS });
    await expect(openDataset(path)).rejects.toMatchObject({
      code: 'E_OPTION',
      message: expect.stringMatching(/does not say how .*MODEL\.preprocess\.json/),
    });
    expect((await openDataset(path, { preprocess: {} })).batch(1, 1).data[0]).toBe(20);
  });

  it.each([
    ['no split of the name', { other: { images: 'a.u8', shape: [12, 1] } }, 'E_OPTION', /no split "test", only other/],
    ['a file that is missing', { test: { images: 'b.u8', shape: [12, 1] } }, 'E_IO', /b\.u8/],
    ['a shape that does not fit', { test: { images: 'a.u8', shape: [5, 1] } }, 'E_SHAPE', /needs 5 bytes .* are 12/],
    [
      'labels that do not fit',
      { test: { images: 'a.u8', labels: 'l.u8', shape: [12, 1] } },
      'E_SHAPE',
      /labels of 12 samples but received 1/,
    ],
    ['a path out of the folder', { test: { images: '../a.u8', shape: [12, 1] } }, 'E_CORRUPT', /"images"/],
    ['a type it does not know', { test: { images: 'a.u8', shape: [12, 1], dtype: 'f8' } }, 'E_CORRUPT', /"dtype"/],
    ['no shape', { test: { images: 'a.u8' } }, 'E_CORRUPT', /"shape"/],
    ['what is no gzip', { test: { images: 'a.u8', shape: [12], encoding: 'gzip' } }, 'E_CORRUPT', /gzip/],
    ['no splits', undefined, 'E_CORRUPT', /splits/],
  ])('refuses %s', async (_, splits, code, message) => {
    const path = folder('bad', { preprocess: {}, splits }, { 'a.u8': PIXELS, 'l.u8': Uint8Array.of(1) });
    await expect(openDataset(path)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses what is no JSON, no folder, no data', async () => {
    await expect(openDataset(folder('text', '{', {}))).rejects.toMatchObject({ code: 'E_CORRUPT' });
    await expect(openDataset(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'E_IO' });
    writeFileSync(join(root, 'photo.png'), PIXELS);
    await expect(openDataset(join(root, 'photo.png'))).rejects.toMatchObject({ code: 'E_OPTION' });
  });
});

describe('openDataset on NumPy arrays', () => {
  it('reads .npy as it is, with labels beside it', async () => {
    const values = Float32Array.of(0.1, -2, 3, 4);
    writeFileSync(join(root, 'v.npy'), writeNpy("'<f4'", [2, 2], bytesOf(values)));
    expect((await openDataset(join(root, 'v.npy'))).labels).toBeNull();
    writeFileSync(join(root, 'v.labels.npy'), writeNpy("'<i8'", [2], bytesOf(BigInt64Array.of(3n, 1n))));
    const dataset = await openDataset(join(root, 'v.npy'));
    expect(dataset.batch(0, 2)).toEqual({ dataType: DataType.FLOAT, dims: [2, 2], data: values });
    expect(Array.from(dataset.labels!)).toEqual([3, 1]);
  });

  it('reads the split of an .npz, and tells images with channels at the back', async () => {
    const image = Uint8Array.from({ length: 2 * 5 * 5 * 3 }, (_, i) => i);
    const npz = zipSync({
      'x_train.npy': writeNpy("'|u1'", [1, 1], Uint8Array.of(9)),
      'x_test.npy': writeNpy("'|u1'", [2, 5, 5, 3], image),
      'y_test.npy': writeNpy("'|u1'", [2, 1], Uint8Array.of(1, 0)),
    });
    writeFileSync(join(root, 'v.npz'), npz);
    const dataset = await openDataset(join(root, 'v.npz'), { preprocess: { mean: [0, 1, 2], layout: 'NCHW' } });
    const { dims, data } = dataset.batch(1, 1);
    expect(dims).toEqual([1, 3, 5, 5]);
    // Pixel p of sample 1 holds 75 + 3p + c in channel c.
    for (let c = 0; c < 3; c++) for (let p = 0; p < 25; p++) expect(data[25 * c + p]).toBe(75 + 3 * p);
    expect(Array.from(dataset.labels!)).toEqual([1, 0]);
    expect((await openDataset(join(root, 'v.npz'), { split: 'train' })).length).toBe(1);
    const own = (split: string) => openDataset(join(root, 'v.npz'), { split, ownSplit: true });
    expect((await own('test')).length).toBe(2);
    await expect(own('validation')).rejects.toMatchObject({
      code: 'E_OPTION',
      message: expect.stringMatching(/no split "validation"/),
    });
    writeFileSync(join(root, 'w.npz'), zipSync({ 'weights.npy': writeNpy("'|u1'", [1], Uint8Array.of(9)) }));
    await expect(openDataset(join(root, 'w.npz'))).rejects.toMatchObject({
      code: 'E_OPTION',
      message: expect.stringMatching(/only weights/),
    });
  });

  it.each([
    ["'<f4'", [2], bytesOf(Float32Array.of(0.5, 7)), [], [0.5, 7]],
    ["'<f8'", [2, 3], bytesOf(Float64Array.of(1, 2, 3, 4, 5, 6)), [3], [1, 2, 3, 4, 5, 6]],
    ["'|b1'", [2], Uint8Array.of(1, 0), [], [1, 0]],
    // Several classes at once.
    ["'|u1'", [2, 1, 2], Uint8Array.of(1, 0, 1, 1), [1, 2], [1, 0, 1, 1]],
  ] as const)('takes %s %j for what outputs are to be, not for classes', async (type, dims, bytes, own, values) => {
    writeFileSync(join(root, 'f.npy'), writeNpy("'<f4'", [2], bytesOf(Float32Array.of(1, 2))));
    writeFileSync(join(root, 'f.labels.npy'), writeNpy(type, dims, bytes));
    const dataset = await openDataset(join(root, 'f.npy'));
    expect(dataset.labels).toBeNull();
    expect(dataset.targets).toEqual({ dims: own, data: Float32Array.from(values) });
    const second = partOf(dataset, 1, 2).targets!;
    expect([...second.data]).toEqual(values.slice(values.length / 2));
  });

  it('refuses labels that are not as many as samples', async () => {
    writeFileSync(join(root, 'g.npy'), writeNpy("'<f4'", [2], bytesOf(Float32Array.of(1, 2))));
    writeFileSync(join(root, 'g.labels.npy'), writeNpy("'|u1'", [3], Uint8Array.of(1, 2, 3)));
    await expect(openDataset(join(root, 'g.npy'))).rejects.toMatchObject({
      code: 'E_SHAPE',
      message: '"g.npy": expected labels of 2 samples but received 3',
    });
  });
});
