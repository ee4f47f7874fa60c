import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { augmentImage, mixImages } from '../../src/training/augmentation.js';
import { Batches, splitSamples } from '../../src/training/batches.js';

describe('the validation split', () => {
  it('parts the samples, the same for the same seed', () => {
    const { training, validation } = splitSamples(1000, 0.1, 3);
    expect(validation.length).toBe(100);
    expect([...training, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(splitSamples(1000, 0.1, 3).validation).toEqual(validation);
    expect(splitSamples(1000, 0.1, 4).validation).not.toEqual(validation);
    expect(splitSamples(5, 0.1, 0).validation.length).toBe(0);
  });

  it('is spread over the data', () => {
    const { validation } = splitSamples(10_000, 0.1, 3);
    for (let part = 0; part < 10; part++) {
      const inside = validation.filter((index) => Math.floor(index / 1000) === part).length;
      expect(inside).toBeGreaterThan(60);
    }
  });
});

describe('batches', () => {
  const samples = Uint32Array.from({ length: 103 }, (_, i) => 2 * i);

  it('show every sample once an epoch, each time in another order', () => {
    const batches = new Batches(samples, 10, 5, 7);
    expect(batches.stepsPerEpoch).toBe(10);
    const epoch = (e: number) => Array.from({ length: 10 }, (_, i) => [...batches.at(10 * e + i)]).flat();
    expect(new Set(epoch(0)).size).toBe(100);
    expect(new Set([...epoch(0), ...samples]).size).toBe(103);
    expect(epoch(1)).not.toEqual(epoch(0));
  });

  it('are the same at whatever step one begins', () => {
    const fresh = () => new Batches(samples, 10, 5, 7);
    const batches = fresh();
    for (const step of [0, 25, 3, 99, 25]) expect(fresh().at(step)).toEqual(batches.at(step));
  });

  it('are whole shards: more than asked for, but not more than there are', () => {
    expect(new Batches(samples, 10, 4, 7).size).toBe(12);
    const batches = new Batches(samples, 1000, 10, 7);
    expect([batches.size, batches.stepsPerEpoch]).toEqual([100, 1]);
    expect(new Batches(samples, 1000, 103, 7).at(4).slice().sort()).toEqual(samples);
  });
});

describe('augmentImage', () => {
  const image = (dims: readonly number[]) =>
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i + 1);

  it('keeps an image that is neither padded nor mirrored', () => {
    const target = new Float32Array(24);
    augmentImage(image([2, 3, 4]), [2, 3, 4], {}, new Random(1), target);
    expect(target).toEqual(image([2, 3, 4]));
  });

  it('moves by at most the padding, all channels alike, and fills with 0', () => {
    const dims = [2, 5, 6];
    const seen = new Set<string>();
    const random = new Random(1);
    for (let run = 0; run < 300; run++) {
      const target = new Float32Array(60);
      augmentImage(image(dims), dims, { pad: 1 }, random, target);
      const moves = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right]));
      const found = moves.filter(([down, right]) => target.every((value, i) => value === moved(i, down, right)));
      expect(found.length).toBe(1);
      seen.add(String(found[0]));
    }
    expect(seen.size).toBe(9);
    function moved(i: number, down: number, right: number): number {
      const [c, y, x] = [Math.floor(i / 30), (Math.floor(i / 6) % 5) + down, (i % 6) + right];
      return y < 0 || y > 4 || x < 0 || x > 5 ? 0 : 30 * c + 6 * y + x + 1;
    }
  });

  it('mirrors about every second image, with channels first or last', () => {
    for (const [dims, first] of [
      [[1, 5, 6], 6],
      [[5, 6, 1], 6],
    ] as const) {
      const random = new Random(2);
      let mirrored = 0;
      for (let run = 0; run < 200; run++) {
        const target = new Float32Array(30);
        augmentImage(image(dims), dims, { flip: true }, random, target);
        expect([1, first]).toContain(target[0]);
        if (target[0] === first) mirrored++;
      }
      expect(mirrored).toBeGreaterThan(70);
      expect(mirrored).toBeLessThan(130);
    }
  });
});

describe('mixImages', () => {
  it('leaves between each image and the next, the last and the first, nothing beyond', () => {
    const images = Float32Array.of(0, 10, 100, 200, 1000, 3000);
    mixImages(images, 2, 0.5, new Random(5));
    const parts = [images[0] / 100, (images[2] - 100) / 900, (1000 - images[4]) / 1000];
    for (const part of parts) {
      expect(part).toBeGreaterThan(0);
      expect(part).toBeLessThan(0.5);
    }
    expect(new Set(parts.map((part) => part.toFixed(3))).size).toBe(3);
    // Every number of an image has the same part of the other.
    const others = [(images[1] - 10) / 190, (images[3] - 200) / 2800, (3000 - images[5]) / 2990];
    for (const [i, part] of parts.entries()) expect(others[i]).toBeCloseTo(part, 5);
  });
});
