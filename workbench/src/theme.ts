/** The page's colours as charts need them, read from the style sheet. */
export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly card: string;
  readonly accent: string;
  readonly warm: string;
  readonly font: string;
  /** From little to much. */
  readonly ramp: readonly [Rgb, Rgb];
}

type Rgb = readonly [number, number, number];

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read('ink'),
    soft: read('soft'),
    line: read('line'),
    card: read('card'),
    accent: read('accent'),
    warm: read('warm'),
    font: style.fontFamily,
    ramp: [parseHex(read('ramp-low')), parseHex(read('ramp-high'))],
  };
}

/** @param share 0 to 1 along the ramp */
export function rampColor({ ramp: [low, high] }: Theme, share: number): string {
  return `rgb(${mix(low, high, share).join(' ')})`;
}

/** Black or white, whichever is read more easily on that colour. */
export function inkOn({ ramp: [low, high] }: Theme, share: number): string {
  const [r, g, b] = mix(low, high, share);
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? '#14211c' : '#ffffff';
}

function mix(low: Rgb, high: Rgb, share: number): number[] {
  return low.map((value, i) => Math.round(value + (high[i] - value) * share));
}

function parseHex(text: string): Rgb {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  return [r, g, b];
}
