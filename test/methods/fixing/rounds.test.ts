import { describe, expect, it } from 'vitest';
import { Rounds } from '../../../src/methods/fixing/rounds.js';

describe('Rounds', () => {
  it('begin at once and end with the training, evenly spread', () => {
    const rounds = new Rounds([0.3, 0.6, 0.8, 1], 90, 0);
    expect([0, 29, 30, 59, 60, 89].map((step) => rounds.over(step))).toEqual([1, 1, 2, 2, 3, 3]);
    expect([0, 29, 30, 61].map((step) => rounds.since(step))).toEqual([0, 0, 30, 60]);
  });

  it('wait for the training before the first', () => {
    const rounds = new Rounds([0.5, 1], 100, 0.25);
    expect([0, 24, 25, 99].map((step) => rounds.over(step))).toEqual([0, 0, 1, 1]);
    expect([24, 25].map((step) => rounds.since(step))).toEqual([0, 25]);
  });

  it('of one, the only one is the end', () => {
    const rounds = new Rounds([1], 10, 0);
    expect([0, 9].map((step) => rounds.over(step))).toEqual([0, 0]);
  });

  it('may be several at one step where there are few', () => {
    expect(new Rounds([0.2, 0.4, 0.6, 1], 1, 0).over(0)).toBe(2);
  });
});
