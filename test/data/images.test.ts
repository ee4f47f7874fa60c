import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { decodePng } from '../../src/data/node/decode-png.js';
import { openDataset } from '../../src/data/node/open-dataset.js';
import { coverSize } from '../../src/data/resize.js';
import { writePng } from './png-writer.js';

const root = mkdtempSync(join(tmpdir(), 'wring-images-'));
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, `photos${count++}`);
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

const rgb = (width: number, height: number, ...pixels: number[]) =>
  writePng({ width, height, kind: 2, pixels: Uint8Array.from(pixels) });

describe('decodePng', () => {
  it('gives back the pixels, whatever the filters', () => {
    const sides = fc.integer({ min: 1, max: 7 });
    const kinds = fc.constantFrom([0, 1], [2, 3], [4, 2], [6, 4]);
    fc.assert(
      fc.property(sides, sides, kinds, fc.infiniteStream(fc.nat(255)), (width, height, [kind, stored], bytes) => {
        const pixels = Uint8Array.from({ length: width * height * stored }, () => bytes.next().value!);
        const image = decodePng(writePng({ width, height, kind, pixels, filter: (y) => y % 5 }), 'x.png');
        const channels = stored > 2 ? 3 : 1;
        const colours = pixels.filter((_, i) => i % stored < channels);
        expect(image).toEqual({ width, height, channels, data: colours });
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('looks colours up in a palette', () => {
    const png = writePng({
      ...{ width: 2, height: 1, kind: 3 },
      pixels: Uint8Array.of(1, 0),
      palette: Uint8Array.of(1, 2, 3, 40, 50, 60),
    });
    expect([...decodePng(png, 'x.png').data]).toEqual([40, 50, 60, 1, 2, 3]);
    const beyond = writePng({
      width: 1,
      height: 1,
      kind: 3,
      pixels: Uint8Array.of(2),
      palette: Uint8Array.of(1, 2, 3),
    });
    expect(() => decodePng(beyond, 'x.png')).toThrow(/x\.png.*colour 2/);
  });

  it('refuses a file cut at any byte, and says what it cannot read', () => {
    const png = rgb(2, 2, ...Array.from({ length: 12 }, (_, i) => 20 * i));
    // Without its last chunk, which holds nothing, the pixels are all there.
    for (let end = 0; end < png.length - 12; end++) {
      expect(() => decodePng(png.subarray(0, end), 'x.png'), `cut at ${end}`).toThrow(/x\.png/);
    }
    const deep = { width: 1, height: 1, kind: 0, pixels: Uint8Array.of(0) };
    expect(() => decodePng(writePng({ ...deep, depth: 16 }), 'x.png')).toThrow(/16 bits/);
    expect(() => decodePng(writePng({ ...deep, interlace: 1 }), 'x.png')).toThrow(/interlaced/);
  });
});

describe('coverSize', () => {
  const image = (width: number, height: number, data: number[]) =>
    ({ width, height, channels: 1, data: Uint8Array.from(data) }) as const;

  it('leaves an image of the right size as it is', () => {
    const same = image(3, 2, [1, 2, 3, 4, 5, 6]);
    expect(coverSize(same, 2, 3)).toEqual(same);
  });

  it('takes means where it makes smaller, and cuts the middle out', () => {
    expect([...coverSize(image(2, 2, [0, 10, 20, 30]), 1, 1).data]).toEqual([15]);
    // 4 × 1 covers 1 × 1 already: the middle two share it.
    expect([...coverSize(image(4, 1, [0, 10, 30, 90]), 1, 1).data]).toEqual([20]);
  });

  it('keeps one colour one colour, at any size', () => {
    const side = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(255), (width, height, toHeight, toWidth, value) => {
        const flat = image(width, height, new Array(width * height).fill(value));
        const { data } = coverSize(flat, toHeight, toWidth);
        expect([...new Set(data)]).toEqual([value]);
        expect(data.length).toBe(toHeight * toWidth);
      }),
      { seed: 2, numRuns: 60 },
    );
  });
});

describe('a folder of images', () => {
  it('is a data set: channels first, in the order of names, preprocessed', async () => {
    writeFileSync(join(folder, 'b.png'), rgb(2, 1, 255, 0, 0, 0, 255, 0));
    writeFileSync(join(folder, 'a.png'), rgb(2, 1, 51, 102, 153, 0, 0, 0));
    writeFileSync(join(folder, 'notes.txt'), 'no image');
    const data = await openDataset(folder, { preprocess: { divide: 255, mean: [0.2, 0, 0] } });
    expect({ length: data.length, labels: data.labels }).toEqual({ length: 2, labels: null });
    const { dims, data: values } = data.batch(0, 2);
    expect(dims).toEqual([2, 3, 1, 2]);
    const expected = [0, -0.2, 0.4, 0, 0.6, 0, 0.8, -0.2, 0, 1, 0, 0];
    expect(Array.from(values as Float32Array, (value) => Math.round(value * 1e4) / 1e4)).toEqual(expected);
  });

  it('takes folders for classes, and a split where there is one', async () => {
    for (const [split, name] of [
      ['train', 'cat'],
      ['train', 'dog'],
      ['test', 'cat'],
      ['test', 'dog'],
    ]) {
      mkdirSync(join(folder, split, name), { recursive: true });
      writeFileSync(join(folder, split, name, '1.png'), rgb(1, 1, split === 'test' ? 9 : 1, 0, 0));
    }
    writeFileSync(join(folder, 'train', 'dog', '2.png'), rgb(1, 1, 1, 0, 0));
    const [test, train] = [
      await openDataset(folder, { preprocess: {} }),
      await openDataset(folder, { preprocess: {}, split: 'train' }),
    ];
    expect(Array.from(train.labels!)).toEqual([0, 1, 1]);
    expect(Array.from(test.labels!)).toEqual([0, 1]);
    expect(test.batch(0, 1).data[0]).toBe(9);
    expect((await openDataset(folder, { preprocess: {}, ownSplit: true })).length).toBe(2);
    await expect(openDataset(join(folder, 'train'), { preprocess: {}, ownSplit: true })).rejects.toMatchObject({
      code: 'E_OPTION',
    });
  });

  it('reads JPEG and PNG side by side, scaled to one size, channels last if asked', async () => {
    const pixels = Buffer.alloc(16 * 8 * 4, 128);
    writeFileSync(join(folder, 'a.jpg'), jpeg.encode({ width: 16, height: 8, data: pixels }, 90).data);
    writeFileSync(join(folder, 'b.png'), rgb(1, 1, 128, 128, 128));
    const data = await openDataset(folder, { preprocess: { size: [4, 5], layout: 'NHWC' } });
    const { dims, data: values } = data.batch(0, 2);
    expect(dims).toEqual([2, 4, 5, 3]);
    for (const value of values as Float32Array) expect(Math.abs(value - 128)).toBeLessThan(4);
  });

  it('takes preprocessing from a file beside the images', async () => {
    writeFileSync(join(folder, 'a.png'), rgb(1, 1, 10, 20, 30));
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'E_OPTION',
      message: expect.stringContaining('preprocess.json'),
    });
    writeFileSync(join(folder, 'preprocess.json'), '{"divide": 10, "bgr": true}');
    expect(Array.from((await openDataset(folder)).batch(0, 1).data as Float32Array)).toEqual([3, 2, 1]);
  });

  it('names the image of another size, and the one that is damaged', async () => {
    writeFileSync(join(folder, 'a.png'), rgb(1, 1, 0, 0, 0));
    writeFileSync(join(folder, 'b.png'), rgb(2, 1, 0, 0, 0, 0, 0, 0));
    writeFileSync(join(folder, 'c.jpg'), 'no JPEG');
    const data = await openDataset(folder, { preprocess: {} });
    expect(() => data.batch(1, 1)).toThrow(/b\.png.*2 × 1.*size/);
    expect(() => data.batch(2, 1)).toThrow(/c\.jpg/);
  });
});
