import { Random } from '../src/core/index.js';
import type { Sample } from './recipe.js';

/** Width and height of an image, in pixels. */
export const SIZE = 24;

type Point = readonly [number, number];

/** The ten digits as polylines in the square [−1, 1]², y down; several strokes where the pen is lifted. */
const GLYPHS: readonly (readonly (readonly Point[])[])[] = [
  [
    [
      [0, -1],
      [-0.5, -0.7],
      [-0.62, 0],
      [-0.5, 0.7],
      [0, 1],
      [0.5, 0.7],
      [0.62, 0],
      [0.5, -0.7],
      [0, -1],
    ],
  ],
  [
    [
      [-0.35, -0.6],
      [0.1, -1],
      [0.1, 1],
    ],
  ],
  [
    [
      [-0.55, -0.6],
      [-0.2, -1],
      [0.3, -0.95],
      [0.55, -0.5],
      [0.3, 0],
      [-0.6, 1],
      [0.6, 1],
    ],
  ],
  [
    [
      [-0.5, -0.85],
      [0, -1],
      [0.5, -0.7],
      [0.4, -0.2],
      [-0.1, 0],
      [0.5, 0.25],
      [0.55, 0.7],
      [0, 1],
      [-0.55, 0.8],
    ],
  ],
  [
    [
      [0.3, 1],
      [0.3, -1],
      [-0.6, 0.4],
      [0.65, 0.4],
    ],
  ],
  [
    [
      [0.5, -1],
      [-0.4, -1],
      [-0.5, -0.1],
      [0.1, -0.2],
      [0.55, 0.15],
      [0.5, 0.7],
      [0, 1],
      [-0.55, 0.8],
    ],
  ],
  [
    [
      [0.4, -1],
      [-0.2, -0.5],
      [-0.55, 0.3],
      [-0.3, 0.9],
      [0.2, 1],
      [0.55, 0.6],
      [0.4, 0.1],
      [-0.1, 0],
      [-0.5, 0.4],
    ],
  ],
  [
    [
      [-0.6, -1],
      [0.6, -1],
      [0, 0.1],
      [-0.2, 1],
    ],
  ],
  [
    [
      [0, 0],
      [-0.45, -0.35],
      [-0.35, -0.85],
      [0, -1],
      [0.35, -0.85],
      [0.45, -0.35],
      [0, 0],
    ],
    [
      [0, 0],
      [-0.55, 0.4],
      [-0.4, 0.9],
      [0, 1],
      [0.4, 0.9],
      [0.55, 0.4],
      [0, 0],
    ],
  ],
  [
    [
      [0.5, -0.4],
      [0.1, 0],
      [-0.4, -0.1],
      [-0.55, -0.6],
      [-0.2, -1],
      [0.3, -0.9],
      [0.5, -0.4],
      [0.4, 0.4],
      [0, 1],
    ],
  ],
];

/**
 * Image `index` of a stream: a digit written by an unsteady hand (moved control points, turned, sheared, scaled),
 * crossed by stray strokes, partly covered, in noise. Values are pixels in sixteen grey levels (multiples of 17), so that
 * the stored test images stay small; the label is the digit. The same bytes in every engine: no Math.sin or its like.
 */
export function drawGlyph(seed: number, index: number): Sample {
  const random = new Random(seed).fork(index);
  const label = random.below(GLYPHS.length);
  const canvas = new Float64Array(SIZE * SIZE);
  const place = randomPlacement(random);
  const radius = between(random, 0.6, 1.5);
  for (const stroke of GLYPHS[label]) {
    drawStroke(
      canvas,
      stroke.map(([x, y]) => place(x + 0.13 * random.normal(), y + 0.13 * random.normal())),
      radius,
      1,
    );
  }
  for (let i = random.below(4); i > 0; i--) {
    const start: Point = [random.uniform() * SIZE, random.uniform() * SIZE];
    const end: Point = [start[0] + between(random, -9, 9), start[1] + between(random, -9, 9)];
    drawStroke(canvas, [start, end], between(random, 0.4, 1), between(random, 0.4, 1));
  }
  if (random.below(2)) cover(canvas, random);
  return { values: quantize(canvas, random), label };
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** From glyph coordinates to pixels. The turn is given by t = tan(angle / 2), |angle| < 35°. */
function randomPlacement(random: Random): (x: number, y: number) => Point {
  const t = between(random, -0.31, 0.31);
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const width = SIZE * between(random, 0.24, 0.42);
  const height = SIZE * between(random, 0.24, 0.4);
  const shear = between(random, -0.3, 0.3);
  const centreX = SIZE * between(random, 0.42, 0.58);
  const centreY = SIZE * between(random, 0.42, 0.58);
  return (x, y) => {
    const u = (x + shear * y) * width;
    const v = y * height;
    return [centreX + cosine * u - sine * v, centreY + sine * u + cosine * v];
  };
}

/** Ink falls from `ink` to 0 over one pixel at distance `radius` from the line. */
function drawStroke(canvas: Float64Array, points: readonly Point[], radius: number, ink: number) {
  for (let i = 1; i < points.length; i++) {
    for (let at = 0; at < canvas.length; at++) {
      const distance = distanceToSegment((at % SIZE) + 0.5, Math.floor(at / SIZE) + 0.5, points[i - 1], points[i]);
      canvas[at] = Math.max(canvas[at], ink * Math.min(1, Math.max(0, radius + 0.5 - distance)));
    }
  }
}

function distanceToSegment(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9)));
  const u = x - ax - t * dx;
  const v = y - ay - t * dy;
  return Math.sqrt(u * u + v * v);
}

/** Wipes a rectangle to one grey. */
function cover(canvas: Float64Array, random: Random) {
  const width = 3 + random.below(6);
  const height = 3 + random.below(6);
  const left = random.below(SIZE - width);
  const top = random.below(SIZE - height);
  const grey = between(random, 0, 0.5);
  for (let y = top; y < top + height; y++) canvas.fill(grey, y * SIZE + left, y * SIZE + left + width);
}

/** Contrast, background, noise, sixteen levels. */
function quantize(canvas: Float64Array, random: Random): Uint8Array {
  const contrast = between(random, 0.45, 0.9);
  const background = between(random, 0, 0.1);
  const deviation = between(random, 0, 0.12);
  return Uint8Array.from(canvas, (ink) => {
    const grey = background + contrast * ink + deviation * random.normal();
    return 17 * Math.round(15 * Math.min(1, Math.max(0, grey)));
  });
}
