import type { CompressReport, TensorReport } from '../pipeline/report.js';
import { type Line, lineChart } from './line-chart.js';

/** What stands above the table: a name and a value each. */
export type Fact = readonly [name: string, value: string];

const BAR_WIDTH = 160;
const BAR_HEIGHT = 12;

/**
 * What a compression did, for people who would rather look than read: one page in one file, no script, nothing loaded.
 *
 * @param title of the page
 * @param facts sizes, accuracy and the like
 * @returns an HTML document
 */
export function renderHtml(title: string, facts: readonly Fact[], report: CompressReport): string {
  const { tensors, candidates, coverage } = report;
  const mostBits = Math.max(1, ...tensors.map(({ bits }) => bits));
  const mostBytes = Math.max(1, ...tensors.map(codeBytes));
  const mostDecibels = Math.max(1, ...tensors.map(({ sqnr }) => sqnr ?? 0));
  const rows = tensors.map((tensor) => [
    text(tensor.name),
    text(tensor.role),
    tensor.dims.join(' × '),
    String(tensor.values),
    bar(tensor.bits / mostBits, tensor.bits.toFixed(2), 'bits'),
    bar(codeBytes(tensor) / mostBytes, Math.round(codeBytes(tensor)).toLocaleString('en'), 'size'),
    tensor.sqnr === null ? 'exact' : bar(tensor.sqnr / mostDecibels, tensor.sqnr.toFixed(1), 'sqnr'),
    tensor.maxDelta.toPrecision(2),
  ]);
  const trials = candidates.map(({ method, setting, bits, outputError }) => [
    method,
    setting.toPrecision(3),
    Math.round(bits / 8).toLocaleString('en'),
    outputError === null ? 'not measured' : outputError.toPrecision(3),
  ]);
  const rest = coverage.rest.map(({ name, byteLength }) => [text(name), byteLength.toLocaleString('en')]);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${text(title)}</title>
<style>${STYLE}</style>
<h1>${text(title)}</h1>
<dl>${facts.map(([name, value]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`).join('')}</dl>
${report.training ? describeTraining(report.training) : ''}<h2>Tensors</h2>
${table(['tensor', 'role', 'shape', 'values', 'bits a weight', 'bytes, about', 'SQNR, dB', 'max |Δ|'], rows)}
<h2>Ways of choosing values</h2>
${table(['method', 'setting', 'bytes, about', 'output error'], trials)}
${rest.length > 0 ? `<h2>Left as floats</h2>\n${table(['tensor', 'bytes'], rest)}` : ''}
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
dl { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; }
dt { opacity: 0.7; } dd { margin: 0; font-size: 1.3rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; white-space: nowrap; font-variant-numeric: tabular-nums; }
th { border-bottom: 1px solid; } svg { vertical-align: middle; margin-right: 0.5rem; }
figure { display: inline-block; margin: 0 1.5rem 1rem 0; } figcaption { opacity: 0.7; }
.line { font-size: 12px; fill: currentColor; } .line polyline { fill: none; stroke: #3b7dd8; stroke-width: 2; } .line circle { fill: #3b7dd8; }
.bits { fill: #3b7dd8; } .size { fill: #d8853b; } .sqnr { fill: #3ba55d; }
`;

type Training = NonNullable<CompressReport['training']>;
type Epoch = Training['epochs'][number];
type Round = Training['rounds'][number];

/** What is told of epochs and rounds alike. */
const OF_BOTH = [
  ['validation', ({ score }) => score?.value],
  ['values', ({ figures }) => figures?.values],
  ['entropy, bits', ({ figures }) => figures?.bits],
  ['share fixed, %', ({ figures }) => percent(figures?.fixed)],
] as const satisfies readonly (readonly [string, (from: Pick<Epoch, 'score' | 'figures'>) => number | undefined])[];

/** How values came about: a picture each of what a method says of its epochs, then of its rounds, and the figures. */
function describeTraining({ epochs, rounds }: Training): string {
  const ofEpochs = drawSeries('epoch', epochs, ({ epoch }) => String(epoch), [
    ['loss', ({ loss }) => loss ?? undefined],
    ...OF_BOTH,
    ['zeros, %', ({ figures }) => percent(figures?.zeros)],
    ['divergence a weight', ({ figures }) => figures?.divergence],
  ]);
  const where = ({ round, step }: Round) => `${round}, after ${step} steps`;
  return `<h2>Training</h2>
${ofEpochs}
${rounds.length > 0 ? `<h3>Round by round</h3>\n<p>${ROUNDS}</p>\n${drawSeries('round', rounds, where, OF_BOTH)}\n` : ''}`;
}

const ROUNDS =
  'Each round fixes a part of the weights. Validation, values and entropy are those of everything fixed, for good or on trial, right ' +
  'after it.';

function drawSeries<T>(
  unit: string,
  points: readonly T[],
  nameOf: (point: T) => string,
  series: readonly (readonly [name: string, of: (point: T) => number | undefined])[],
): string {
  const known: Line[] = series.flatMap(([name, of]) => {
    const values = points.map(of).filter((value) => value !== undefined);
    return values.length > 0 && values.length === points.length ? [{ name, values }] : [];
  });
  const show = (value: number) => String(Number(value.toPrecision(4)));
  const rows = points.map((point, i) => [nameOf(point), ...known.map(({ values }) => show(values[i]))]);
  const charts = known.map((line) => lineChart(line, show)).join('');
  return `${charts}\n${table([unit, ...known.map(({ name }) => name)], rows)}`;
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : 100 * share;
}

/** Bytes that the codes of a tensor take by their entropy. */
function codeBytes({ dims, bits }: TensorReport): number {
  return (dims.reduce((product, dim) => product * dim, 1) * bits) / 8;
}

function bar(share: number, label: string, kind: string): string {
  const width = Math.max(1, Math.min(1, share) * BAR_WIDTH).toFixed(1);
  const size = `width="${BAR_WIDTH}" height="${BAR_HEIGHT}"`;
  return `<svg ${size} aria-hidden="true"><rect class="${kind}" width="${width}" height="${BAR_HEIGHT}" rx="2"/></svg>${label}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table>${[line(head, 'th'), ...rows.map((row) => line(row, 'td'))].join('\n')}</table></div>`;
}

function text(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
