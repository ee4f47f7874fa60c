import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { runCli } from '../../src/cli/run.js';

/** What a command line gives: exit code, and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line, its output kept as text; `onStdout` gets it at once. */
export async function run(
  argv: readonly string[],
  isTTY: boolean,
  signal?: AbortSignal,
  onStdout: (text: string) => void = () => {},
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    stdout: {
      write(text) {
        stdout += text;
        onStdout(text);
      },
    },
    stderr: { write: (text) => (stderr += text), isTTY },
    // However long it takes here, nothing is said of it.
    now: () => 0,
    ...(signal ? { signal } : {}),
  });
  return { code, stdout, stderr };
}

/** {@link run}, on no terminal. */
export function wring(...argv: string[]): Promise<Outcome> {
  return run(argv, false);
}

/** A folder for the tests of one file, gone after them. Gives the path of a name in it; of '', its own. */
export function useFolder(): (name: string) => string {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wring-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}
