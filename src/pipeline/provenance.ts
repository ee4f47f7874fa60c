import type { CompressReport } from './report.js';

/** The file that a result was made of. */
export interface InputFacts {
  /** Without folders. */
  readonly name: string;
  readonly byteLength: number;
  /** Hex. */
  readonly sha256: string;
}

/** What `compress` writes into a file about itself: enough to do it again, and to check it. */
export function provenanceOf(report: CompressReport, input: InputFacts): Record<string, unknown> {
  const { recipe, calibration, noise, outputError, runtime, tensors } = report;
  return {
    recipe,
    ...(calibration === null ? {} : { calibration }),
    ...originOf(input),
    noise,
    outputError,
    runtime,
    // In the order of the tensors in the file; dB.
    sqnr: tensors.map((tensor) => (tensor.sqnr === null ? null : Math.round(tensor.sqnr * 10) / 10)),
  };
}

/** What `pack` writes. */
export function originOf({ name, byteLength, sha256 }: InputFacts): Record<string, unknown> {
  return { input: { name, bytes: byteLength, sha256 } };
}
