import { bytes } from '../../src/report/bytes.js';
import type { Metric } from './tensor-row.js';

export { bytes };

export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Of a metric as `metricOf` gives it. */
export function metricText(metric: Metric, value: number): string {
  if (metric === 'bytes') return bytes(Math.round(value));
  if (metric === 'bits') return `${value.toFixed(2)} bits`;
  if (metric === 'error') return `${(-value).toFixed(1)} dB`;
  return `${count(2 ** value)} values`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;
}
