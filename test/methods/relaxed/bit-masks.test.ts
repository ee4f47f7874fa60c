import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/core/index.js';
import { BitMasks } from '../../../src/methods/relaxed/bit-masks.js';
import { drawMask, logitOf, meanMask, probabilityOpen } from '../../../src/methods/relaxed/hard-concrete.js';
import { gridOfWidth } from '../../../src/methods/relaxed/integer-grid.js';
import { edgesOf, listRuns } from '../../../src/methods/relaxed/level-classes.js';
import { classOf, derivative, replaced } from './reference.js';

const DRAWS = 40_000;

describe('a hard concrete mask', () => {
  it.each([-2, 0, 1.5, 2.2])('of logit %s is open as often as its probability says', (logit) => {
    const random = new Random(1);
    let open = 0;
    for (let i = 0; i < DRAWS; i++) open += Number(drawMask(logit, random.uniform() + 2 ** -33, 0.2).z > 0);
    expect(open / DRAWS).toBeCloseTo(probabilityOpen(logit, 0.2).p, 2);
  });

  it('has the derivatives of its formulas, and is 0 or 1 most of the time', () => {
    let between = 0;
    for (let i = 1; i < 400; i++) {
      const u = i / 400;
      const { z, slope } = drawMask(0.7, u, 0.5);
      if (z === 0 || z === 1) continue;
      between++;
      expect(slope).toBeCloseTo(
        derivative((logit) => drawMask(logit, u, 0.5).z, 0.7),
        5,
      );
    }
    expect(between).toBeGreaterThan(20);
    expect(between).toBeLessThan(200);
    expect(probabilityOpen(0.3, 0.2).slope).toBeCloseTo(
      derivative((x) => probabilityOpen(x, 0.2).p, 0.3),
      6,
    );
    expect(meanMask(logitOf(0.5)).z).toBeCloseTo(0.5, 9);
    expect([meanMask(-3).z, meanMask(3).z]).toEqual([0, 1]);
  });
});

describe('BitMasks', () => {
  const logits = [1.2, 0.4, -0.3, 0.8];

  it('let a class be there only as far as those inside of it are, and all of those inside', () => {
    const masks = new BitMasks(4);
    for (let seed = 0; seed < 200; seed++) {
      masks.draw(logits, new Random(seed));
      masks.z.forEach((z, c) => {
        expect(z).toBeLessThanOrEqual(c === 0 ? 1 : masks.z[c - 1]);
      });
    }
  });

  it('hand gradients on to the logits of what was drawn', () => {
    const weights = [0.5, -1, 2, 0.7];
    let moved = 0;
    for (let seed = 0; seed < 300; seed++) {
      const masks = new BitMasks(4);
      const value = (own: readonly number[]) => {
        masks.draw(own, new Random(seed));
        return masks.z.reduce((sum, z, c) => sum + weights[c] * z, 0);
      };
      const exact = logits.map((logit, i) => derivative((x) => value(replaced(logits, i, x)), logit));
      value(logits);
      const found = new Float32Array(4);
      masks.backward(weights, found);
      found.forEach((gradient, i) => {
        expect(gradient, `seed ${seed}`).toBeCloseTo(exact[i], 4);
      });
      moved += Number(found.some((gradient) => gradient !== 0));
    }
    expect(moved).toBeGreaterThan(60);
  });

  it('leave a grid of as many bits as the outermost that is open has', () => {
    expect([[], [3], [-3], [3, 3, -3, 3], [3, 3, 3, 3], [-3, 3]].map((own) => BitMasks.width(own))).toEqual([
      2, 3, 2, 6, 6, 4,
    ]);
  });
});

describe('classes of levels', () => {
  it('are what the grid of one bit more has besides, each level in one of them', () => {
    const seen = new Map<number, number>();
    for (const run of listRuns(6)) {
      for (let level = run.low; level <= run.high; level++) {
        expect(seen.has(level)).toBe(false);
        seen.set(level, run.class);
      }
    }
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 256 }, (_, i) => i - 128));
    for (const [level, c] of seen) expect(c, `level ${level}`).toBe(classOf(level));
    for (const c of [0, 1, 2, 5]) expect(edgesOf(c)).toEqual(gridOfWidth(c + 2));
  });
});
