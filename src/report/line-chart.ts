/** One line of a {@link lineChart}. */
export interface Line {
  readonly name: string;
  readonly values: readonly number[];
}

const WIDTH = 320;
const HEIGHT = 120;
const MARGIN = 16;

/**
 * A small picture of one series, x being 1, 2, …: from its least value to its greatest, both of them written beside it.
 *
 * @param show how a value is written
 * @returns an SVG element
 */
export function lineChart({ name, values }: Line, show: (value: number) => string): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const last = values.length - 1;
  const x = (i: number) => MARGIN + ((WIDTH - 2 * MARGIN) * i) / Math.max(1, last);
  const y = (value: number) => HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * (value - low)) / (high - low || 1);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
  const dots = points.map((point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="2.5"/>`);
  const label = (value: number, at: number) => `<text x="${WIDTH + 4}" y="${at.toFixed(1)}">${show(value)}</text>`;
  return (
    `<figure><figcaption>${name}</figcaption>` +
    `<svg class="line" width="${WIDTH + 64}" height="${HEIGHT}" role="img" aria-label="${name}: ${values.map(show).join(', ')}">` +
    `<polyline points="${points.join(' ')}"/>${dots.join('')}` +
    `${label(high, y(high) + 4)}${high > low ? label(low, y(low) + 4) : ''}</svg></figure>`
  );
}
