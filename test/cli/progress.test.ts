import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProgressLines } from '../../src/cli/progress-lines.js';
import { runCli } from '../../src/cli/run.js';
import { useFolder } from './wring.js';

const MODEL = join(import.meta.dirname, '../../models/glyphs.onnx');

/** Progress at given seconds of a clock that begins at 0; gives the lines. */
function linesOf(...updates: readonly (readonly [seconds: number, step: string, done: number, note?: string])[]) {
  let [seconds, text] = [0, ''];
  const lines = new ProgressLines({ write: (more: string) => (text += more) }, () => 1000 * seconds);
  lines.enabled = true;
  for (const [at, step, done, note] of updates) {
    seconds = at;
    lines.update({ step, done, total: 100, ...(note ? { note } : {}) });
  }
  return text.split('\n').slice(0, -1);
}

describe('progress in a log', () => {
  it('is a line every half minute, with what is left and the note', () => {
    // 20 in 30 s, so 120 s for the other 80; then 50 in 75 s, so 75 s for as many.
    expect(
      linesOf(
        [0, 'train', 0],
        [29.9, 'train', 19],
        [30, 'train', 20, 'loss 0.5'],
        [59, 'train', 40],
        [75, 'train', 50, 'loss 0.4'],
      ),
    ).toEqual(['  train 20 of 100  about 2 min left  loss 0.5', '  train 50 of 100  about 75 s left  loss 0.4']);
  });

  it('estimates by the step itself, from where it was seen first', () => {
    // A training that goes on after step 50, an hour and more after the beginning: 10 in 1,000 s.
    const [first, second] = linesOf([5000, 'train', 50], [6000, 'train', 60]);
    expect(first).toBe('  train 50 of 100');
    expect(second).toBe('  train 60 of 100  about 67 min left');
    // Twice the same step: the second time from its own beginning, 25 in 40 s.
    expect(linesOf([0, 'evaluate', 0], [10, 'evaluate', 100], [20, 'evaluate', 50], [60, 'evaluate', 75])).toEqual([
      '  evaluate 75 of 100  about 40 s left',
    ]);
    expect(linesOf([0, 'evaluate', 0], [40, 'evaluate', 100])).toEqual(['  evaluate 100 of 100']);
  });
});

describe('a command whose stderr is no terminal', () => {
  const at = useFolder();

  /** With a clock on which every look takes a minute. */
  async function compress(...flags: string[]) {
    let [stdout, stderr, time] = ['', '', 0];
    const code = await runCli([...flags, 'compress', MODEL, '-o', at('m.wrg'), '--method', 'uniform'], {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      now: () => (time += 60_000),
    });
    expect(code).toBe(0);
    return { stdout, stderr };
  }

  it('says how far it is, beside the JSON', async () => {
    const { stdout, stderr } = await compress('--json');
    expect(JSON.parse(stdout).method).toBe('uniform');
    expect(stderr).toMatch(/^ {2}sensitivity 2 of \d+ {2}about \d+ \w+ left {2}\S+$/m);
    expect(stderr).not.toContain('\u001b');
  });

  it('is silent about it with --quiet', async () => {
    expect((await compress('--quiet')).stderr).toBe('');
  });
});
