import { describe, expect, it } from 'vitest';
import { power } from '../../src/training/optimizers/adam.js';
import { rateAt, type Schedule, sinePi } from '../../src/training/schedule.js';

const ALL: readonly Schedule[] = [
  { kind: 'constant', warmup: 5 },
  { kind: 'linear', warmup: 5 },
  { kind: 'cosine', warmup: 5 },
  { kind: 'step', at: [0.5, 0.75], warmup: 5 },
];

describe('schedules', () => {
  it.each(ALL)('climb in a line to the full rate, then never rise again ($kind)', (schedule) => {
    const rates = Array.from({ length: 100 }, (_, step) => rateAt(schedule, step, 100));
    for (let step = 0; step < 5; step++) expect(rates[step]).toBeCloseTo((step + 1) / 6, 12);
    expect(rates[5]).toBe(1);
    for (let step = 6; step < 100; step++) expect(rates[step]).toBeLessThanOrEqual(rates[step - 1]);
    expect(Math.min(...rates)).toBeGreaterThan(0);
  });

  it('fall to a tenth at the shares that are stated', () => {
    const schedule: Schedule = { kind: 'step', at: [0.5, 0.75] };
    expect([0, 49, 50, 74, 75, 99].map((step) => rateAt(schedule, step, 100))).toEqual([
      1,
      1,
      0.1,
      0.1,
      0.1 * 0.1,
      0.1 * 0.1,
    ]);
    expect(rateAt({ ...schedule, factor: 0.5 }, 99, 100)).toBe(0.25);
  });

  it('are whole even when the warm-up is longer than the training', () => {
    expect(rateAt({ kind: 'cosine', warmup: 10 }, 0, 1)).toBe(1);
    expect(rateAt({ kind: 'constant', warmup: 10 }, 2, 3)).toBe(1);
  });
});

describe('arithmetic without the functions in which engines differ', () => {
  it('has the sine to eleven places', () => {
    for (let i = -500; i <= 500; i++) {
      expect(Math.abs(sinePi(i / 1000) - Math.sin((Math.PI * i) / 1000))).toBeLessThan(1e-11);
    }
  });

  it('has powers to the last places', () => {
    for (const n of [0, 1, 2, 3, 17, 1000, 123_456]) expect(power(0.999, n) / 0.999 ** n).toBeCloseTo(1, 11);
  });
});
