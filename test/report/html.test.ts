import { describe, expect, it } from 'vitest';
import type { CompressReport } from '../../src/pipeline/report.js';
import { renderHtml } from '../../src/report/html.js';

const figuresOf = (values: number, fixed: number) => ({ values, bits: 3, fixed });

/** Of two epochs, and rounds after which these shares are fixed. */
function pageOf(fixed: readonly number[]): string {
  const epochs = [1, 2].map((epoch) => ({ epoch, loss: 0.5, score: null, figures: figuresOf(90 - epoch, 0.5) }));
  const rounds = fixed.map((share, i) => ({
    round: i + 1,
    step: 10 * i,
    score: { metric: 'top-1 (%)', value: 80 + i, count: 50 },
    figures: figuresOf(40 + i, share),
  }));
  const report = { tensors: [], candidates: [], coverage: { rest: [] }, training: { epochs, rounds } };
  return renderHtml('model', [], report as unknown as CompressReport);
}

const chartsOf = (page: string, name: string) =>
  page.split('<figure>').filter((figure) => figure.includes(`<figcaption>${name}<`));

describe('the page of a training', () => {
  it('shows what each epoch and each round has left', () => {
    const page = pageOf([0.3, 0.6, 1]);
    const [ofEpochs, ofRounds] = chartsOf(page, 'values');
    expect(ofEpochs).toContain('aria-label="values: 89, 88"');
    expect(ofRounds).toContain('aria-label="values: 40, 41, 42"');
    const [, fixed] = chartsOf(page, 'share fixed, %');
    expect(fixed).toContain('aria-label="share fixed, %: 30, 60, 100"');
    // Rising from the left to the right.
    const points = /points="([^"]+)"/
      .exec(fixed)![1]
      .split(' ')
      .map((point) => point.split(',').map(Number));
    for (const [i, [x, y]] of points.entries()) {
      if (i === 0) continue;
      expect(x).toBeGreaterThan(points[i - 1][0]);
      expect(y).toBeLessThan(points[i - 1][1]);
    }
    // Only rounds have scores here.
    expect(chartsOf(page, 'validation')).toHaveLength(1);
    expect(page).toContain('<tr><td>3, after 20 steps</td><td>82</td><td>42</td><td>3</td><td>100</td></tr>');
  });

  it('has no rounds where there are none', () => {
    const page = pageOf([]);
    expect(chartsOf(page, 'values')).toHaveLength(1);
    expect(page).not.toContain('Round by round');
  });
});
