// npm run bench:codec [-- name …]: bits per weight and speed of .wrg on the quantized layers of every model of ../shared/data,
// at four rates, beside what the data says is possible and what general coders make of it. Everything goes through the
// calls that a user has: encodeWrgBytes and decode. Writes bench/results/codec.{json,md}; the rows of a model are saved as soon as
// they are measured, and named models (`all`: one file of all, `rows`: synthetic) alone are done anew.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { decodeWithHead } from '../dist/codec/decode-all.js';
import { readHead } from '../dist/codec/head.js';
import { encodeWrgBytes } from '../dist/codec/index.js';
import { CodingSource, MemorySource, Tensor } from '../dist/core/index.js';
import { decode } from '../dist/decode.js';
import { loadKernels } from '../dist/kernels/index.js';
import { loadRansCoder } from '../dist/kernels/rans-coder.js';
import { NodeIO } from '../dist/node.js';
import { classEntropy, entropy } from './codec/bounds.mjs';
import { cabacBits } from './codec/cabac.mjs';
import { quantizedLayers, rowsData } from './codec/layers.mjs';
import { squaredError, trellisLayers } from './codec/trellis.mjs';
import { machine } from './machine.mjs';

const MODELS = new URL('../../shared/data/models/', import.meta.url).pathname;
/** Bits per weight, as order-0 entropy. */
const RATES = [4, 3, 2, 1.4];
const ENCODE_ROUNDS = 1;
const DECODE_ROUNDS = 25;

if (!existsSync(MODELS)) {
  console.log('bench:codec needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const kernels = await loadRansCoder();
const searchKernels = await loadKernels();
const zstd = spawnSync('zstd', ['--version']).status === 0;

/** Levels that go into a file: rounded ones, and those of the least size at the same error. */
const PROFILES = [
  { name: 'fast', layersOf: (layers) => layers },
  { name: 'trellis', layersOf: (layers) => trellisLayers(layers, searchKernels) },
];

const RESULTS = new URL('results/codec.json', import.meta.url);
const wanted = process.argv.slice(2);
const wants = (name) => wanted.length === 0 || wanted.includes(name);
const rows = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : [];
const io = new NodeIO();
/** By rate, the layers of all models: one file of some size, as a large model would be. */
const together = RATES.map(() => []);
for (const file of readdirSync(MODELS).filter((name) => name.endsWith('.onnx'))) {
  const name = basename(file, '.onnx');
  if (!wants(name) && !wants('all')) continue;
  const document = await io.read(join(MODELS, file));
  const rates = RATES.map((rate) => quantizedLayers(document, rate));
  // Folded models hold the weights of their twins again: a general coder would find the copy.
  if (!name.endsWith('-folded')) {
    rates.forEach((layers, i) => {
      together[i].push(...layers);
    });
  }
  if (wants(name)) await save(name, rates.filter(reached));
}
if (wants('all')) await save('all', together);
if (wants('rows')) await save('rows', [[rowsData()]]);

/** Levels end at a byte, so weights far out keep a model from the higher rates. */
function reached(layers, i) {
  return entropy(layers.map(({ codes }) => codes)) > RATES[i] - 0.02;
}

/** Measures the rows of a name, and writes them in place of those that were there. */
async function save(name, rates) {
  const measured = [];
  for (const layers of rates) measured.push(await measure(name, layers));
  const others = rows.filter((row) => row.name !== name);
  rows.splice(0, rows.length, ...others, ...measured);
  const report = { ...machine(), command: 'npm run bench:codec', decodeRounds: DECODE_ROUNDS, zstd, rows };
  writeFileSync(RESULTS, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL('results/codec.md', import.meta.url), markdown(report));
}

async function measure(name, layers) {
  const codes = Buffer.concat(layers.map((layer) => Buffer.from(Int8Array.from(layer.codes).buffer)));
  const weights = codes.length;
  const bits = (byteLength) => (8 * byteLength) / weights;
  const row = { name, weights, layers: layers.length, order0: entropy([codes]), profiles: {} };
  for (const profile of PROFILES) row.profiles[profile.name] = await measureProfile(profile.layersOf(layers), weights);
  row.perClass = classEntropy(layers, encodeWrgBytes(layers.map(segmentOf), { kernels }), kernels);
  row.cabac = cabacBits(layers) / weights;
  row.brotli = bits(brotliCompressSync(codes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length);
  row.gzip = bits(gzipSync(codes, { level: 9 }).length);
  row.zstd = zstd ? bits(spawnSync('zstd', ['-19', '-c'], { input: codes, maxBuffer: 1 << 28 }).stdout.length) : null;
  console.error(JSON.stringify(row));
  return row;
}

async function measureProfile(layers, weights) {
  const segments = layers.map(segmentOf);
  /** @type {Uint8Array} */
  let bytes = new Uint8Array();
  const encodeMs = least(ENCODE_ROUNDS, () => {
    bytes = encodeWrgBytes(segments, { kernels });
  });
  let decodeMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < DECODE_ROUNDS; round++) {
    const start = performance.now();
    const onnx = await decode(bytes);
    decodeMs = Math.min(decodeMs, performance.now() - start);
    if (onnx.length !== 4 * weights) throw new Error('decodes to another length');
  }
  const source = new MemorySource(bytes);
  const head = readHead(source, kernels);
  const bodyMs = least(DECODE_ROUNDS, () => decodeWithHead(source, head, kernels));
  const speed = (ms) => weights / ms / 1000;
  return {
    error: squaredError(layers),
    byteLength: bytes.length,
    bits: (8 * bytes.length) / weights,
    encode: speed(encodeMs),
    decode: speed(decodeMs),
    body: speed(bodyMs),
  };
}

/** A layer as the encoder takes it; nothing else is in the file, so every byte of it is for weights. */
function segmentOf({ dims, codes, scale }) {
  /** @type {import('../dist/core/index.js').GridCoding} */
  const coding = { kind: 'grid', scales: Float32Array.of(scale), axis: 0, codes };
  const source = new CodingSource(coding, 1, dims);
  const tensor = new Tensor('layer', 1, dims, new MemorySource(new Uint8Array(source.byteLength)));
  tensor.setCoding(coding);
  return { source: tensor.source, tensor };
}

function least(rounds, work) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function markdown({ node, cpu, cores, commit, date, command, decodeRounds, rows: all }) {
  const header = [
    'layers of',
    'weights',
    'order-0',
    'per class',
    'wring fast',
    'wring trellis',
    'CABAC',
    'brotli-11',
    'gzip-9',
  ];
  header.push('zstd-19', 'fast / brotli', 'trellis / brotli', 'encoded', 'decoded', 'fast body', 'trellis body');
  const lines = all.map(
    ({ name, weights, order0, perClass, profiles: { fast, trellis }, cabac, brotli, gzip, zstd: z }) => {
      const bits = [order0, perClass, fast.bits, trellis.bits, cabac, brotli, gzip, z ?? Number.NaN];
      const shares = [fast.bits / brotli, trellis.bits / brotli];
      const speeds = [
        fast.encode.toFixed(1),
        ...[fast.decode, fast.body, trellis.body].map((speed) => speed.toFixed(0)),
      ];
      return [name, String(weights), ...[...bits, ...shares].map((value) => value.toFixed(3)), ...speeds];
    },
  );
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return `# Codec

${date}, commit ${commit}, Node ${node}, ${cpu}, ${cores} threads: \`${command}\`. One thread; the best of ${ENCODE_ROUNDS}
rounds of encoding and ${decodeRounds} of decoding. The machine was shared with other work, so speeds are lower bounds.

Real layers, each with a uniform step in proportion to its standard deviation, such that the order-0 entropy of all levels of the
model is 4, 3, 2 and 1.4 bits; a rate that levels within a byte do not reach is left out. \`all\` is one file with the layers of
all models but the folded ones, whose weights are there already; \`rows\` is 4 Mi synthetic weights whose rows and columns differ
in scale. In bits per weight: order-0 entropy of the levels; their entropy when every class of the file has an ideal table of its
own, at no cost; the whole .wrg file of these levels, tables, classes and scales included (fast); the whole file of levels along
a trellis, chosen by error and bits so that the squared error of the weights is not more than that of rounding (trellis);
the rounded levels by a coder in the manner of DeepCABAC, at ideal lengths (bench/codec/cabac.mjs); and as bytes, packed by
general coders. In million weights a second: \`encodeWrgBytes\`, with learning of
classes; \`decode\`, from the file to float32; and the part of it after the head was read, timed apart, of both files. Reading a
head takes milliseconds whatever the number of weights, so whole files of few weights are slow.

${line(header)}
${line(header.map((_, i) => (i ? '--:' : '---')))}
${lines.map(line).join('\n')}
`;
}
