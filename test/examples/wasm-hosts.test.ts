import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, Random, type WeightCoding } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { WebIO } from '../../src/io/web-io.js';
import { levelOf, nextState } from '../../src/kernels/trellis.js';
import { DECODE_WASM } from '../../src/wasm/generated/decode.js';
import { moduleBytes } from '../../src/wasm/module-bytes.js';
import { useFolder } from '../cli/wring.js';
import { goldenModel } from '../golden/model.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';

/** Only the DOM's types declare it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  Module: { imports(module: object): object[]; exports(module: object): { name: string; kind: string }[] };
};

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

const python = findPython();

const SHAPE = [300, 100, 3, 3];

/** A model of one tensor that does not fit into a chunk. */
async function modelOf(coding: WeightCoding | null): Promise<Uint8Array> {
  const weight = normalTensor('w', SHAPE, 1, 0.1);
  if (coding) weight.setCoding(coding);
  const document = buildDocument({
    inputs: [buildValue('x', ['N', SHAPE[1], 8, 8])],
    outputs: [buildValue('y', ['N', SHAPE[0], 8, 8])],
    nodes: [createNode('Conv', ['x', 'w'], ['y'])],
    initializers: [weight],
  });
  return (await new WebIO().write(document, 'model.wrg')).bytes;
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

/** Every way in which a tensor is stored, in one chunk and in several. */
beforeAll(async () => {
  files.set('golden', (await new WebIO().write(goldenModel(), 'golden.wrg')).bytes);
  files.set('channels', await modelOf(channels(new Random(1))));
  files.set('trellis', await modelOf(trellis(new Random(2))));
  files.set('codebook', await modelOf(codebook(new Random(3))));
  files.set('planes', await modelOf(null));
  writeFileSync(at('decode.wasm'), moduleBytes(DECODE_WASM));
  for (const [name, bytes] of files) writeFileSync(at(`${name}.wrg`), bytes);
});

const NAMES = ['golden', 'channels', 'trellis', 'codebook', 'planes'];

async function expectDecoded(name: string, command: string, script: string): Promise<void> {
  execFileSync(command, [script, at('decode.wasm'), at(`${name}.wrg`), at(`${name}.onnx`)]);
  expect(Buffer.compare(readFileSync(at(`${name}.onnx`)), await decode(files.get(name)!))).toBe(0);
}

describe('decode.wasm', () => {
  it('imports a memory and nothing else', async () => {
    const module = await WebAssembly.compile(moduleBytes(DECODE_WASM));
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('has the exports that docs/format.md describes', async () => {
    const module = await WebAssembly.compile(moduleBytes(DECODE_WASM));
    const text = readFileSync('docs/format.md', 'utf8');
    const section = text.slice(text.indexOf("## 5. The decoder's module"), text.indexOf('## Appendix'));
    const described = [...section.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name);
    expect(described.sort()).toEqual(
      WebAssembly.Module.exports(module)
        .filter(({ kind }) => kind === 'function')
        .map(({ name }) => name)
        .sort(),
    );
  });

  it.each(NAMES)('decodes %s in Node with nothing of wring around it', (name) =>
    expectDecoded(name, process.execPath, 'examples/wasm-host/decode.mjs'),
  );

  it.skipIf(!python).each(NAMES)(
    'decodes %s in wasmtime; set WRING_PYTHON to a python that has it (pip install wasmtime)',
    (name) => expectDecoded(name, python!, 'examples/wasmtime/decode.py'),
  );
});
