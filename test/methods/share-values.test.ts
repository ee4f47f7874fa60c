import { describe, expect, it } from 'vitest';
import {
  createGraph,
  createNode,
  DataType,
  Document,
  encodeFloats,
  rawByteLength,
  SILENT,
  Tensor,
} from '../../src/core/index.js';
import { pwfn } from '../../src/methods/pwfn/index.js';
import { wfn } from '../../src/methods/wfn/index.js';

const TYPES = [DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE];

function typed(name: string, dataType: number, dims: number[], values: Float32Array): Tensor {
  const bytes = new Uint8Array(rawByteLength(dataType, values.length));
  encodeFloats(dataType, values, bytes);
  return new Tensor(name, dataType, dims, bytes);
}

/** A Gemm with weight and bias for every data type. */
function network(): Document {
  const document = new Document();
  const graph = createGraph('g');
  for (const dataType of TYPES) {
    const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin((i + 1) * (dataType + 0.5)) ** 3 / 2);
    graph.nodes.push(createNode('Gemm', [`x${dataType}`, `w${dataType}`, `b${dataType}`], [`y${dataType}`]));
    graph.initializers.set(`w${dataType}`, typed(`w${dataType}`, dataType, [6, 10], values));
    graph.initializers.set(`b${dataType}`, typed(`b${dataType}`, dataType, [10], values.subarray(0, 10)));
  }
  document.graph = graph;
  return document;
}

describe.each([
  ['wfn', wfn],
  ['pwfn', pwfn],
] as const)('%s', (_, method) => {
  it('gives all float types one codebook, and equal codes stay equal numbers', async () => {
    const document = await network().transform(method());
    const tensors = [...document.tensors()];
    const codebooks = new Set(tensors.map((tensor) => tensor.coding?.kind === 'codebook' && tensor.coding.codebook));
    expect(codebooks.size).toBe(1);
    for (const tensor of tensors) {
      const coding = tensor.coding!;
      const values = tensor.toFloat32();
      const seen = new Map<number, number>();
      coding.codes.forEach((code, i) => {
        expect(seen.get(code) ?? values[i]).toBe(values[i]);
        seen.set(code, values[i]);
      });
    }
  });

  it('is the same twice, and leaves what is ignored or of another role', async () => {
    const options = { roles: ['weight'] as const, ignoredScope: { names: ['w1'] } };
    const [a, b] = [await network().transform(method(options)), await network().transform(method(options))];
    const bytes = (document: Document) => [...document.tensors()].map((tensor) => [...tensor.bytes()]);
    expect(bytes(a)).toEqual(bytes(b));
    expect([...a.tensors()].filter((tensor) => !tensor.coding).map((tensor) => tensor.name)).toEqual([
      'w1',
      'b1',
      'b10',
      'b16',
      'b11',
    ]);
  });

  it('refuses a role that there is not', () => {
    expect(() => method({ roles: ['weights' as 'weight'] })).toThrow(/roles to be weight or embedding.*weights/);
  });

  it('stops when asked to', async () => {
    const context = { logger: SILENT, onProgress: () => {}, signal: AbortSignal.abort() };
    await expect(network().transformWith(context, method())).rejects.toThrow(/Interrupted/);
  });

  it('takes a network without weights', async () => {
    const document = new Document();
    await expect(document.transform(method())).resolves.toBe(document);
  });
});

describe('wfn', () => {
  it('refuses a value that the data type of a weight cannot hold', async () => {
    const document = new Document();
    const largest = typed('w', DataType.FLOAT16, [2, 1], Float32Array.of(1, 65504));
    document.graph.nodes.push(createNode('Gemm', ['x', 'w'], ['y']));
    document.graph.initializers.set('w', largest);
    await expect(document.transform(wfn())).rejects.toThrow(/"w": element 1 would become 65536.*ignoredScope/);
  });
});
