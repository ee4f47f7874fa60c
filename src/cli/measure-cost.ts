import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What it takes to use an ONNX file in onnxruntime, measured in a process of its own. */
export interface Cost {
  readonly loadMs: number;
  /** Least of several runs on one sample. */
  readonly runMs: number;
  /** Of the whole process, Node and onnxruntime included. */
  readonly peakRssBytes: number;
}

const PROBE = fileURLToPath(new URL('../../dist/cli/cost-probe.js', import.meta.url));

/** @param threads of onnxruntime; undefined: its own choice @returns null when the model cannot be loaded or run */
export async function measureCost(path: string, threads?: number): Promise<Cost | null> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROBE, path, String(threads ?? 0)]);
    return JSON.parse(stdout) as Cost;
  } catch {
    return null;
  }
}
