import example from '../../models/glyphs.onnx?url';
import type { Method } from '../../src/pipeline/options.js';
import { bytes, count, metricText, percent } from './format.js';
import { createHistogramChart } from './histogram-chart.js';
import { createMapChart } from './map-chart.js';
import type { Compressed, OpenedModel } from './messages.js';
import { type Metric, rowsOf, type TensorRow } from './tensor-row.js';
import { createTensorTable } from './tensor-table.js';
import { Workshop } from './workshop.js';

/** Milliseconds that the slider has to rest before the model is compressed anew. */
const REST = 250;

/** The list, its first chosen. `multipoint` is not there: it changes the graph, so it cannot be tried again and again. */
const METHOD_TEXTS: Readonly<Partial<Record<Method, string>>> = {
  uniform: 'uniform — a grid a tensor',
  auto: 'auto — the best of several',
  gpfq: 'gpfq — follow the rounding',
  path: 'path — follow it along a trellis',
  wfn: 'wfn — shared powers of two',
  pwfn: 'pwfn — with a prior on scale',
};

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const quality = byId<HTMLInputElement>('quality');
const method = byId<HTMLSelectElement>('method');
const fileInput = byId<HTMLInputElement>('file');
const workshop = new Workshop();
const map = createMapChart(byId('map'), (name) => select(name));
const histogram = createHistogramChart(byId('histogram'));
const showTable = createTensorTable(byId<HTMLTableElement>('tensors').tBodies[0], (name) => select(name));

let name = '';
let byteLength = 0;
let model: OpenedModel | null = null;
let result: Compressed | null = null;
let rows: readonly TensorRow[] = [];
let selected: string | null = null;
let metric: Metric = 'bits';
/** Of the newest piece of work; the results of older ones are not shown. */
let turn = 0;

async function openModel(fileName: string, content: Uint8Array): Promise<void> {
  const own = ++turn;
  void workshop.cancel();
  say(`Reading ${fileName}`);
  try {
    const opened = await workshop.open(fileName, content);
    if (own !== turn) return;
    [name, byteLength, model, result] = [fileName, content.length, opened, null];
    byId('welcome').hidden = true;
    byId('bench').hidden = false;
    byId('model-name').textContent = fileName;
    const numbers = opened.tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
    const opset = opened.opsets[''] ?? '?';
    byId('model-facts').textContent =
      `${bytes(content.length)} · ${count(numbers)} numbers in ${opened.tensors.length} tensors · opset ${opset}`;
    selected = largestWeights(rowsOf(opened, null));
    showError(null);
    showAll();
    byId('main').focus({ preventScroll: true });
    say(`${fileName} is open: ${bytes(content.length)}, ${opened.tensors.length} tensors`);
  } catch (error) {
    if (own === turn) showError(error);
  }
}

async function compress(): Promise<void> {
  const own = ++turn;
  void workshop.cancel();
  setBusy(true);
  try {
    const options = { quality: quality.valueAsNumber, method: method.value as Method };
    const compressed = await workshop.compress(options);
    if (own !== turn) return;
    result = compressed;
    showError(null);
    showAll();
    say(`Compressed to ${bytes(compressed.bytes.length)}, ${ratioText(compressed)} smaller`);
  } catch (error) {
    if (own !== turn) return;
    if ((error as { code?: string }).code === 'E_INTERRUPTED') say('Cancelled');
    else showError(error);
  } finally {
    if (own === turn) setBusy(false);
  }
}

function cancel(): void {
  turn++;
  void workshop.cancel();
  setBusy(false);
  say('Cancelled');
  byId('compress').focus();
}

async function select(tensor: string): Promise<void> {
  selected = tensor;
  showMap();
  showTable(rows, selected);
  await showHistogram();
}

function showAll(): void {
  rows = model ? rowsOf(model, result) : [];
  if (!rows.some((row) => row.name === selected)) selected = largestWeights(rows);
  showMap();
  showTable(rows, selected);
  showFigures();
  void showHistogram();
}

function showMap(): void {
  const range = map.show(rows, metric, selected);
  byId('legend-low').textContent = range ? metricText(metric, range[0]) : 'nothing was changed yet';
  byId('legend-high').textContent = range ? metricText(metric, range[1]) : '';
  byId('legend-ramp').hidden = !range;
  const [largest] = [...rows].sort((a, b) => b.before - a.before);
  const about = largest ? `; the largest is ${largest.name}, ${bytes(largest.before)}` : '';
  byId('map').setAttribute('aria-label', `Map of ${rows.length} tensors by bytes${about}. The table has all figures.`);
}

async function showHistogram(): Promise<void> {
  const tensor = selected;
  if (tensor === null) return;
  try {
    const shown = await workshop.histogram(tensor);
    if (tensor !== selected) return;
    histogram.show(shown);
    const values = shown.values.length;
    const text =
      values > 0 ? `${count(shown.count)} weights take ${count(values)} values` : `${count(shown.count)} weights`;
    byId('histogram-title').textContent = tensor;
    byId('histogram-facts').textContent = text;
    byId('histogram').setAttribute('aria-label', `Distribution of ${tensor}: ${text}`);
  } catch (error) {
    if ((error as { code?: string }).code !== 'E_INTERRUPTED') showError(error);
  }
}

function showFigures(): void {
  byId('figures').hidden = !result;
  byId('downloads').hidden = !result;
  if (!result) return;
  const { bytes: packed, fidelity, inputs, report } = result;
  byId('size').textContent = `${bytes(byteLength)} → ${bytes(packed.length)}`;
  byId('ratio').textContent = ratioText(result);
  byId('size-bar').style.setProperty('--share', String(Math.min(1, packed.length / byteLength)));
  byId('noise').textContent = report.outputError === null ? 'not measured' : percent(report.outputError);
  const same = fidelity?.top1Agreement ?? null;
  const decided = (same ?? 0) * inputs;
  const each = Number.isInteger(decided) ? `${decided} of ${inputs}` : percent(same ?? 0);
  byId('agreement').textContent = same === null ? 'not measured' : each;
}

function ratioText({ bytes: packed }: Compressed): string {
  return `${(byteLength / packed.length).toFixed(1)}×`;
}

function setBusy(busy: boolean): void {
  byId('progress-box').hidden = !busy;
  byId('cancel').hidden = !busy;
  byId('figures').classList.toggle('stale', busy);
  for (const id of ['compress', 'save-wrg', 'save-onnx']) byId<HTMLButtonElement>(id).disabled = busy;
  if (busy) showStep('Starting', null);
}

function showStep(text: string, share: number | null): void {
  byId('progress-label').textContent = text;
  const bar = byId<HTMLProgressElement>('progress');
  if (share === null) bar.removeAttribute('value');
  else bar.value = share;
}

function showError(error: unknown): void {
  const box = byId('error');
  box.hidden = error === null;
  box.textContent = error instanceof Error ? error.message : '';
  // Where there is no bench yet, the message has to be seen as well.
  (byId('bench').hidden ? byId('welcome') : byId('progress-box').parentElement!).append(box);
}

function say(text: string): void {
  byId('status').textContent = text;
}

async function save(content: Promise<Uint8Array> | Uint8Array, extension: string): Promise<void> {
  try {
    const url = URL.createObjectURL(new Blob([(await content) as Uint8Array<ArrayBuffer>]));
    const link = Object.assign(document.createElement('a'), { href: url });
    link.download = name.replace(/\.(onnx|wrg)$/i, '') + extension;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    say(`${link.download} is saved`);
  } catch (error) {
    showError(error);
  }
}

function largestWeights(list: readonly TensorRow[]): string | null {
  const [largest] = list.filter(({ hasWeights }) => hasWeights).sort((a, b) => b.before - a.before);
  return largest?.name ?? null;
}

async function openFile(file: File | undefined): Promise<void> {
  if (file) await openModel(file.name, new Uint8Array(await file.arrayBuffer()));
}

workshop.onProgress = ({ step, done, total }) => showStep(sentence(step), total > 1 ? done / total : null);

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

for (const [value, text] of Object.entries(METHOD_TEXTS)) method.add(new Option(text, value));

let resting: ReturnType<typeof setTimeout> | undefined;
quality.addEventListener('input', () => {
  byId('quality-value').textContent = quality.value;
  clearTimeout(resting);
  // Before the first time it may take long; then somebody has to ask for it.
  if (result) resting = setTimeout(() => void compress(), REST);
});
method.addEventListener('change', () => {
  if (result) void compress();
});
byId('compress').addEventListener('click', () => void compress());
byId('cancel').addEventListener('click', cancel);
byId('save-wrg').addEventListener('click', () => result && void save(result.bytes, '.wrg'));
byId('save-onnx').addEventListener('click', () => void save(workshop.onnx(), '.small.onnx'));
byId('metrics').addEventListener('change', (event) => {
  metric = (event.target as HTMLInputElement).value as Metric;
  showMap();
});
for (const button of document.querySelectorAll('[data-choose]'))
  button.addEventListener('click', () => fileInput.click());
fileInput.addEventListener('change', () => {
  void openFile(fileInput.files?.[0]);
  fileInput.value = '';
});
byId('example').addEventListener('click', async () => {
  const response = await fetch(example);
  await openModel('glyphs.onnx', new Uint8Array(await response.arrayBuffer()));
});

const drop = byId('drop');
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) drop.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  void openFile(event.dataTransfer?.files[0]);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showAll);
