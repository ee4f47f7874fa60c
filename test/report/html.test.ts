import { describe, expect, it } from 'vitest';
import type { CompressReport } from '../../src/pipeline/report.js';
import { renderHtml } from '../../src/report/html.js';

/** Of two epochs, after which these shares are fixed. */
function pageOf(fixed: readonly number[], parametrization: unknown, interrupted = false): string {
  const epochs = fixed.map((share, i) => ({
    epoch: i + 1,
    loss: 0.5,
    score: null,
    figures: { values: 90 - i, bits: 3, fixed: share },
  }));
  const report = {
    tensors: [],
    candidates: [],
    coverage: { rest: [] },
    training: { epochs, recipe: { parametrization }, interrupted },
  };
  return renderHtml('model', [], report as unknown as CompressReport);
}

const chartOf = (page: string, name: string) => page.split('<figure>').find((figure) => figure.includes(`>${name}<`))!;

describe('the page of a training', () => {
  it('ends with all that the last round fixes, where the last epoch is', () => {
    const page = pageOf([0.6, 0.99], { method: 'wfn', rounds: [0.3, 0.6, 0.99, 1] });
    expect(page).toContain('fix 30, 60, 99, 100 % of the weights');
    const chart = chartOf(page, 'share fixed, %');
    expect(chart).toContain('aria-label="share fixed, %: 60, 99, 100"');
    // Low at the left, and the end, highest, above the last epoch.
    const [first, last, end] = /points="([^"]+)"/
      .exec(chart)![1]
      .split(' ')
      .map((point) => point.split(',').map(Number));
    expect(end[0]).toBe(last[0]);
    expect(first[0]).toBeLessThan(last[0]);
    expect(end[1]).toBeLessThan(last[1]);
    expect(last[1]).toBeLessThan(first[1]);
    expect(chartOf(page, 'values')).toContain('aria-label="values: 90, 89"');
    expect(page).toContain('<tr><td>end</td><td></td><td></td><td></td><td>100</td></tr>');
  });

  it('tells of no end where a training was cut off, or fixes by other rounds', () => {
    for (const page of [
      pageOf([0.3], { method: 'wfn', rounds: [0.3, 1] }, true),
      pageOf([0, 1], { rate: { rounds: [0.5, 1] } }),
    ]) {
      expect(page).toContain('share fixed, %');
      expect(page).not.toContain('<td>end</td>');
    }
  });
});
