import type { Compressed, OpenedModel } from './messages.js';

/** One tensor as map and table show it. */
export interface TensorRow {
  readonly name: string;
  readonly shape: string;
  readonly before: number;
  /** In the .wrg; null before there is one. */
  readonly now: number | null;
  readonly values: number;
  readonly bits: number;
  /** dB; null: no error. */
  readonly snr: number | null;
  /** Whether the histogram can show it. */
  readonly hasWeights: boolean;
}

export type Metric = 'bytes' | 'bits' | 'error' | 'values';

export function rowsOf(model: OpenedModel, result: Compressed | null): TensorRow[] {
  if (!result) {
    return model.tensors.map((tensor) => ({
      name: tensor.name,
      shape: shapeOf(tensor.dims),
      before: tensor.byteLength,
      now: null,
      values: tensor.unique,
      bits: tensor.entropy,
      snr: null,
      hasWeights: tensor.role !== '',
    }));
  }
  const reports = new Map(result.report.tensors.map((report) => [report.name, report]));
  return result.tensors.map((tensor) => {
    const report = reports.get(tensor.name);
    return {
      name: tensor.name,
      shape: shapeOf(tensor.dims),
      before: tensor.byteLength,
      now: tensor.packedBytes,
      values: tensor.unique,
      bits: tensor.packedBytes ? (8 * tensor.packedBytes) / tensor.elements : (report?.bits ?? tensor.entropy),
      snr: report?.sqnr ?? null,
      hasWeights: tensor.role !== '',
    };
  });
}

/** What a row is coloured by; null: it says nothing of that. More is more of what costs. */
export function metricOf(row: TensorRow, metric: Metric): number | null {
  if (metric === 'bytes') return row.now ?? row.before;
  if (metric === 'bits') return row.bits;
  if (metric === 'values') return Math.log2(Math.max(1, row.values));
  return row.snr === null ? null : -row.snr;
}

function shapeOf(dims: readonly number[]): string {
  return dims.join(' × ') || 'scalar';
}
