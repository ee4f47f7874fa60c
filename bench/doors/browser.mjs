// node bench/doors/browser.mjs [model …]: what a person in front of headless Chromium waits for, from the click to the first
// inference, and what the decode doors weigh. Writes bench/results/doors-browser.{json,md}; bench/doors.mjs has it as a part.
//
// onnxruntime-web is loaded and warm before the click, as it is the same for all: its .wasm alone is 14 MB. Everything else is
// fetched after the click over the network that the browser simulates: the model, and for a .wrg the decoder's script, too. Each
// figure is the median of REPEATS.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { listWeights, spellStandard } from '../../dist/index.js';
import { NodeIO } from '../../dist/node.js';
import { findChromium, launchChromium, serve } from '../../scripts/browser.mjs';
import { bundleDoor } from '../../scripts/bundle-door.mjs';
import { machine } from '../machine.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MADE = join(ROOT, 'build/bench-doors');
const REPEATS = 5;
const LATENCY_MS = 20;
const MEGABITS = [10, 50];
const SILENT = { logger: { debug() {}, info() {}, warn() {}, error() {} }, onProgress() {} };

const MODELS = [
  join(ROOT, 'models/glyphs.onnx'),
  join(ROOT, '../shared/data/models/resnet56-cifar10-bn.onnx'),
  join(ROOT, '../shared/data/models/squeezenet1.1-imagenet.onnx'),
].filter(existsSync);

/** The doors of the decoder: each with all that it reaches, minified. */
const DOORS = {
  'wring/decode': 'src/decode.ts',
  'wring/decode-stream': 'src/decode-stream.ts',
  'wring/decode-scalar': 'src/decode-scalar.ts',
  'wring/decode-workers': 'src/decode-workers.ts',
};

const PAGE = `<!doctype html>
<meta charset="utf-8">
<script type="module">
  import * as ort from '/ort/ort.wasm.min.mjs';
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = 1;
  const fetchBytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
  const decode = async (url, door) => (await import(door)).decodeWhole(fetch(url));
  async function infer(model, warm) {
    const session = await ort.InferenceSession.create(model);
    const at = performance.now();
    const feeds = {};
    for (const { name, shape, type } of session.inputMetadata) {
      const dims = shape.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
      feeds[name] = new ort.Tensor(type, new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
    }
    await session.run(feeds);
    await session.release();
    return at;
  }
  window.click = async (url, door) => {
    const start = performance.now();
    const model = door ? await decode(url, door) : await fetchBytes(url);
    const fetched = performance.now();
    const loaded = await infer(model);
    const end = performance.now();
    return { total: end - start, fetched: fetched - start, loaded: loaded - fetched, ran: end - loaded };
  };
  window.decoding = async (url, door, repeats) => {
    const start = performance.now();
    const { decodeWhole } = await import(door);
    const bytes = await fetchBytes(url);
    const began = performance.now();
    const onnx = await decodeWhole(bytes);
    const first = performance.now() - began;
    let best = Infinity;
    for (let i = 0; i < repeats; i++) {
      const at = performance.now();
      await decodeWhole(bytes);
      best = Math.min(best, performance.now() - at);
    }
    return { imported: began - start, first, best, byteLength: onnx.length };
  };
  await infer(await fetchBytes('/warm.onnx'));
  window.ready = true;
</script>`;

/**
 * @param {{ only?: readonly string[] }} options names of models, without extension
 * @returns what is measured, or null where there is no Chromium
 */
export async function measureBrowser({ only = [] } = {}) {
  if (!findChromium()) return null;
  mkdirSync(MADE, { recursive: true });
  const doors = await Promise.all(Object.entries(DOORS).map(([name, source]) => weigh(name, source)));
  const script = doors.find(({ name }) => name === 'wring/decode-stream').text;
  const rows = [];
  for (const path of MODELS) {
    const name = basename(path, '.onnx');
    if (only.length > 0 && !only.includes(name)) continue;
    rows.push(await measureModel(name, path, script));
    console.error(JSON.stringify(rows.at(-1)));
  }
  return {
    ...machine(),
    chromium: execFileSync(findChromium(), ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .replace(/ built on.*/, ''),
    latencyMs: LATENCY_MS,
    repeats: REPEATS,
    doors: doors.map(({ name, gzipBytes }) => ({ name, gzipBytes })),
    models: rows,
  };
}

/** What {@link measureBrowser} found, in Markdown. */
export function renderBrowser({ chromium, cores, commit, date, latencyMs, repeats, doors, models }) {
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  const MB = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const clicks = models.flatMap(({ name, forms }) =>
    forms.map(({ what, shippedBytes, ...at }) => [
      name,
      what,
      kB(shippedBytes),
      ...MEGABITS.map((megabits) => `${at[megabits].total} ms`),
      `${at[10].fetched} + ${at[10].loaded} + ${at[10].ran} ms`,
      MB(at[50].peakBytes),
    ]),
  );
  const decoding = models.map(({ name, decoding: { first, best, byteLength } }) => [
    name,
    `${first.toFixed(0)} ms`,
    `${best.toFixed(1)} ms`,
    `${(byteLength / best / 1000).toFixed(0)} MB/s`,
  ]);
  return `# In a page

Made by \`node bench/doors/browser.mjs\`, commit ${commit}, ${date}. From the click to the first inference in ${chromium}, headless, ${cores} cores shared with
other work: times are upper bounds, medians of ${repeats}. The network is simulated, ${latencyMs} ms of latency. onnxruntime-web (wasm, one thread) is warm before the click; the
decoder's script is fetched with the .wrg and counted. int8 is weight-only, a scale per output channel, DequantizeLinear.
Memory is what the page's process took at most beyond what it had.

${table(['model', 'shipped as', 'bytes', ...MEGABITS.map((megabits) => `${megabits} Mbit/s`), 'fetch + load + run at 10', 'memory'], clicks)}

Decoding alone, the .wrg in memory: at first, when the decoder is compiled, and at best; ONNX bytes a second.

${table(['model', 'first', 'best', 'throughput'], decoding)}

The doors, everything in them, after gzip:

${table(
  ['door', 'bytes'],
  doors.map(({ name, gzipBytes }) => [`\`${name}\``, gzipBytes.toLocaleString('en')]),
)}
`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i < 2 && head.length > 2 ? '---' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}

async function weigh(name, source) {
  const text = name === 'wring/decode' ? await bundleDoor() : await bundle(source);
  return { name, text, gzipBytes: gzipSync(text, { level: 9 }).length };
}

async function bundle(source) {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, source)],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
  });
  return outputFiles[0].contents;
}

async function measureModel(name, path, script) {
  const forms = await makeForms(name, path);
  const packed = { '/decode.js': brotli(script) };
  const plain = { '/page.html': Buffer.from(PAGE), '/warm.onnx': readFileSync(join(ROOT, 'models/glyphs.onnx')) };
  for (const { url, bytes } of forms) (url.endsWith('.onnx') ? packed : plain)[url] = bytes;
  const server = await serve(
    { ...plain, ...packed, '/ort/': join(ROOT, 'node_modules/onnxruntime-web/dist') },
    (url) => (url in packed ? { 'content-encoding': 'br' } : {}),
  );
  try {
    const row = { name, onnxBytes: readFileSync(path).length, forms: [] };
    for (const { what, url, bytes } of forms) {
      const door = url.endsWith('.wrg') ? '/decode.js' : null;
      const shipped = bytes.length + (door ? packed[door].length : 0);
      const clicks = {};
      for (const megabits of MEGABITS) clicks[megabits] = await measureClicks(server.url, url, door, megabits);
      row.forms.push({ what, shippedBytes: shipped, ...clicks });
    }
    row.decoding = await inPage(server.url, ({ page }) =>
      page.evaluate(
        ([url]) => globalThis.decoding(url, '/decode.js', 5),
        [forms.find(({ url }) => url.endsWith('.wrg')).url],
      ),
    );
    return row;
  } finally {
    await server.close();
  }
}

/** The median of several clicks, each in a page of its own, and how much memory the page took at most beyond what it had. */
async function measureClicks(origin, url, door, megabits) {
  const clicks = [];
  for (let i = 0; i < REPEATS; i++) {
    clicks.push(
      await inPage(origin, async ({ page, browser }) => {
        const network = await page.context().newCDPSession(page);
        const throughput = (megabits * 1e6) / 8;
        await network.send('Network.enable');
        await network.send('Network.setCacheDisabled', { cacheDisabled: true });
        await network.send('Network.emulateNetworkConditions', {
          offline: false,
          latency: LATENCY_MS,
          downloadThroughput: throughput,
          uploadThroughput: throughput,
        });
        const before = await renderersMemory(browser, 'VmRSS');
        const click = await page.evaluate(([at, script]) => globalThis.click(at, script), [url, door]);
        return { ...click, peakBytes: (await renderersMemory(browser, 'VmHWM')) - before };
      }),
    );
  }
  const keys = Object.keys(clicks[0]);
  return Object.fromEntries(keys.map((key) => [key, Math.round(median(clicks.map((click) => click[key])))]));
}

async function inPage(origin, use) {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/page.html`);
    await page.waitForFunction('window.ready');
    return await use({ page, browser });
  } finally {
    await browser.close();
  }
}

/** Of the largest of the browser's renderers, in bytes: the page's. */
async function renderersMemory(browser, field) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${id}/status`, 'utf8'));
      return 1024 * Number(line?.[1] ?? 0);
    });
  return Math.max(...sizes);
}

/** The same model as it is, with weights of int8, and as a .wrg; the last is made anew only when it is not there. */
async function makeForms(name, path) {
  const wrg = join(MADE, `${name}.wrg`);
  if (!existsSync(wrg)) {
    execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), '--quiet', 'compress', path, '-o', wrg]);
  }
  const int8 = join(MADE, `${name}.int8.onnx`);
  if (!existsSync(int8)) await writeInt8(path, int8);
  return [
    { what: 'fp32 ONNX, brotli', url: `/${name}.onnx`, bytes: brotli(readFileSync(path)) },
    { what: 'int8 ONNX, brotli', url: `/${name}.int8.onnx`, bytes: brotli(readFileSync(int8)) },
    { what: '.wrg', url: `/${name}.wrg`, bytes: readFileSync(wrg) },
  ];
}

/**
 * Weight-only int8, as quantizers make it without data: rounded to 255 levels about zero, a scale per output channel, behind
 * DequantizeLinear where the opset has it. Written by wring's own spelling of grids.
 */
async function writeInt8(path, target) {
  const io = new NodeIO();
  const document = await io.read(path);
  for (const { tensor, axis } of listWeights(document, { roles: ['weight', 'embedding'] })) {
    const weights = tensor.toFloat32();
    const channels = axis < 0 ? 1 : tensor.dims[axis];
    const inner = axis < 0 ? weights.length : tensor.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
    const scales = new Float32Array(channels);
    const channelOf = (i) => Math.floor(i / inner) % channels;
    weights.forEach((weight, i) => {
      scales[channelOf(i)] = Math.max(scales[channelOf(i)], Math.abs(weight) / 127);
    });
    const codes = Int16Array.from(weights, (weight, i) => Math.round(weight / (scales[channelOf(i)] || 1)));
    tensor.setCoding({ kind: 'grid', scales: scales.map((scale) => scale || 1), axis: Math.max(0, axis), codes });
  }
  await document.transformWith(SILENT, spellStandard({ spellings: ['integer'] }));
  await io.write(target, document);
}

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** For bench/doors.mjs: decoding in a page, as its table has it. Writes bench/results/doors-browser.{json,md} besides. */
async function browser() {
  const found = await measureBrowser();
  if (!found) return [];
  save(found);
  const { gzipBytes } = found.doors.find(({ name }) => name === 'wring/decode-stream');
  return found.models.map(({ name, forms, decoding: { imported, first, best, byteLength } }) => ({
    door: 'page (Chromium)',
    operation: `decode ${name}`,
    shipped: gzipBytes,
    coldMs: imported + first,
    bytesPerSecond: (1000 * byteLength) / best,
    peakBytes: forms.find(({ what }) => what === '.wrg')[50].peakBytes,
  }));
}

export default { browser };

function save(found) {
  writeFileSync(new URL('../results/doors-browser.json', import.meta.url), `${JSON.stringify(found, null, 2)}\n`);
  writeFileSync(new URL('../results/doors-browser.md', import.meta.url), renderBrowser(found));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await measureBrowser({ only: process.argv.slice(2) });
  if (found) save(found);
  console.log(found ? renderBrowser(found) : 'No Chromium here, nothing was measured');
}
