import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, Random, rawByteLength, Tensor, type WeightCoding } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { WebIO } from '../../src/io/web-io.js';
import { levelOf, nextState } from '../../src/kernels/trellis.js';
import { useFolder } from '../cli/wring.js';
import { goldenModel } from '../golden/model.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';
import { sharedModel, sharedModels } from '../helpers/shared-models.js';

const WASM = 'src/wasm/generated/standalone.wasm';
const REAL = 'resnet8-mlperf-cifar10.onnx';

const at = useFolder();
const files = new Map<string, Uint8Array>();

/** null where there is no Python with wasmtime; then the test is skipped. */
function findPython(): string | null {
  for (const name of [process.env.WRING_PYTHON, 'python3']) {
    if (!name) continue;
    try {
      execFileSync(name, ['-c', 'import wasmtime'], { stdio: 'ignore' });
      return name;
    } catch {}
  }
  return null;
}

const SHAPE = [300, 100, 3, 3];

/** A model of one tensor. */
async function modelOf(weight: Tensor): Promise<Uint8Array> {
  const document = buildDocument({
    inputs: [buildValue('x', ['N', weight.dims[1], 8, 8])],
    outputs: [buildValue('y', ['N', weight.dims[0], 8, 8])],
    nodes: [createNode('Conv', ['x', 'w'], ['y'])],
    initializers: [weight],
  });
  return (await new WebIO().write(document, 'model.wrg')).bytes;
}

/** One that does not fit into a chunk. */
function largeTensor(coding: WeightCoding | null): Tensor {
  const weight = normalTensor('w', SHAPE, 1, 0.1);
  if (coding) weight.setCoding(coding);
  return weight;
}

/** Weights of a narrower or wider type: scales from what is subnormal in 16 bits to what overflows. */
function typedTensor(dataType: number): Tensor {
  const random = new Random(dataType);
  const dims = [40, 30, 3];
  const weight = new Tensor('w', dataType, dims, new Uint8Array(rawByteLength(dataType, 3600)));
  const scales = Float32Array.from({ length: 40 }, (_, i) => 1.37 * 2 ** (i - 26));
  const codes = Int16Array.from({ length: 3600 }, () => Math.trunc(random.normal() * 300));
  weight.setCoding({ kind: 'grid', scales, axis: 0, codes });
  return weight;
}

/** A model as it came but for its large tensors, which are rounded to a grid. */
async function roundedModel(path: string): Promise<Uint8Array> {
  const io = new WebIO();
  const document = await io.read(new Uint8Array(readFileSync(path)));
  for (const tensor of document.graph.initializers.values()) {
    if (tensor.dataType !== DataType.FLOAT || tensor.elementCount < 256) continue;
    const floats = tensor.toFloat32();
    const scale = Math.fround(floats.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 31);
    const codes = Int16Array.from(floats, (value) => Math.round(value / scale));
    tensor.setCoding({ kind: 'grid', scales: Float32Array.of(scale), axis: 0, codes });
  }
  return (await io.write(document, 'model.wrg')).bytes;
}

const COUNT = SHAPE.reduce((product, dim) => product * dim, 1);
/** Rows and columns of several spreads, so that there are classes. */
const spreadOf = (i: number) => 1 + (Math.floor(i / 900) % 3) * 3 + (Math.floor(i / 9) % 2);

function channels(random: Random): WeightCoding {
  const scales = Float32Array.from({ length: SHAPE[0] }, (_, i) => (i + 1) / 256);
  const codes = Int16Array.from({ length: COUNT }, (_, i) => Math.trunc(random.normal() * spreadOf(i)));
  return { kind: 'grid', scales, axis: 0, codes };
}

function trellis(random: Random): WeightCoding {
  const period = 900;
  const states = new Uint8Array(COUNT + period);
  const codes = Int16Array.from({ length: COUNT }, (_, i) => {
    // Chunks begin anew.
    if (i % 2 ** 18 < period) states[i] = 0;
    const k = Math.trunc(random.normal() * spreadOf(i));
    states[i + period] = nextState(states[i], k);
    return levelOf(k, states[i] & 1);
  });
  return { kind: 'grid', scales: Float32Array.of(1 / 64), axis: 0, codes };
}

/** More values than symbols. */
function codebook(random: Random): WeightCoding {
  const values = Float32Array.from({ length: 600 }, (_, i) => (i - 300) / 64);
  const codes = Uint16Array.from(
    { length: COUNT },
    () => 300 + Math.trunc(Math.max(-300, Math.min(299, 90 * random.normal()))),
  );
  return { kind: 'codebook', codebook: { values }, codes };
}

/** Every way in which a tensor is stored, in one chunk and in several, of every type; and a real model, where there is one. */
beforeAll(async () => {
  files.set('golden', new Uint8Array(readFileSync('test/golden/format-3.wrg')));
  files.set('fresh', (await new WebIO().write(goldenModel(), 'golden.wrg')).bytes);
  files.set('channels', await modelOf(largeTensor(channels(new Random(1)))));
  files.set('trellis', await modelOf(largeTensor(trellis(new Random(2)))));
  files.set('codebook', await modelOf(largeTensor(codebook(new Random(3)))));
  files.set('planes', await modelOf(largeTensor(null)));
  files.set('float16', await modelOf(typedTensor(DataType.FLOAT16)));
  files.set('bfloat16', await modelOf(typedTensor(DataType.BFLOAT16)));
  files.set('double', await modelOf(typedTensor(DataType.DOUBLE)));
  if (sharedModels.includes(REAL)) files.set('real', await roundedModel(sharedModel(REAL)));
  for (const [name, bytes] of files) writeFileSync(at(`${name}.wrg`), bytes);
  const damaged = files.get('golden')!.slice();
  damaged[damaged.length - 1] ^= 1;
  writeFileSync(at('damaged.wrg'), damaged);
});

const NAMES = ['golden', 'fresh', 'channels', 'trellis', 'codebook', 'planes', 'float16', 'bfloat16', 'double'];

const HOSTS = [
  { host: 'Node with nothing of wring around it', command: process.execPath, script: 'examples/wasm-host/decode.mjs' },
  {
    host: 'wasmtime; set WRING_PYTHON to a python that has it (pip install wasmtime)',
    command: findPython(),
    script: 'examples/wasmtime/decode.py',
  },
];

describe.each(HOSTS)('standalone.wasm in $host', ({ command, script }) => {
  const expectDecoded = async (name: string) => {
    execFileSync(command!, [script, WASM, at(`${name}.wrg`), at(`${name}.onnx`)]);
    const decoded = readFileSync(at(`${name}.onnx`));
    expect(decoded.length).toBeGreaterThan(0);
    expect(Buffer.compare(decoded, await decode(files.get(name)!))).toBe(0);
  };

  it.skipIf(!command).each(NAMES)('decodes %s to the bytes of the library', expectDecoded);

  it.skipIf(!command || !sharedModels.includes(REAL))('decodes a real model, where ../shared/data has one', () =>
    expectDecoded('real'),
  );

  it.skipIf(!command)('says what is wrong with a file', () => {
    const { status, stderr } = spawnSync(command!, [script, WASM, at('damaged.wrg'), at('none.onnx')], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('E_CORRUPT');
  });
});
