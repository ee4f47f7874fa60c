import { styleText } from 'node:util';

type Style = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Coloured on a terminal, plain elsewhere and where NO_COLOR is set. */
export function styled(style: Style, text: string, stream: { readonly isTTY?: boolean }): string {
  return stream.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
}
