import { runCli } from '../../src/cli/run.js';

/** What a command line gives: exit code, and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line, its output kept as text. */
export async function run(argv: readonly string[], isTTY: boolean, signal?: AbortSignal): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text), isTTY },
    ...(signal ? { signal } : {}),
  });
  return { code, stdout, stderr };
}

/** {@link run}, on no terminal. */
export function wring(...argv: string[]): Promise<Outcome> {
  return run(argv, false);
}
