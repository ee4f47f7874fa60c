import Table from 'cli-table3';

/** For machines: indented, big integers as numbers, a newline at the end. */
export function json(data: unknown): string {
  return `${JSON.stringify(data, (_, value) => (typeof value === 'bigint' ? Number(value) : value), 2)}\n`;
}

export { bytes } from '../report/bytes.js';

/** A plain table: header, rows, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumeric = (column: number) => rows.every((row) => !Number.isNaN(Number.parseFloat(String(row[column]))));
  const view = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column > 0 && isNumeric(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  for (const row of rows) view.push(row.map(String));
  return view.toString();
}

/** `−0.12`, `+0.30`: with a true minus sign. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

/** Rounded, as an estimate is: `85 s`, `12 min`, `2.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
