import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createNode, DataType, type Document, numberToHalf } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeTensor } from '../../src/runtime/runtime.js';
import { buildDocument, buildMlp, buildValue } from '../helpers/build.js';

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await ortNode();
  folder = mkdtempSync(join(tmpdir(), 'wring-runtime-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.doUnmock('onnxruntime-node');
  vi.resetModules();
});

/** y = x, of a type. */
function echo(dataType: DataType): Document {
  return buildDocument({
    inputs: [buildValue('x', ['N', 2, null], dataType)],
    outputs: [buildValue('y', ['N', 2, null], dataType)],
    nodes: [createNode('Identity', ['x'], ['y'])],
  });
}

const ONE_LINE = /^[^\n]+$/;

describe('ortNode', () => {
  it('says what it is', () => {
    expect(runtime.name).toBe('onnxruntime-node');
    expect(runtime.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('names inputs and outputs with type, sizes, symbols and what is not known', async () => {
    const session = await runtime.load(modelBytes(echo(DataType.INT64)));
    expect(session.inputs).toEqual([{ name: 'x', dataType: DataType.INT64, dims: ['N', 2, null] }]);
    expect(session.outputs).toEqual([{ name: 'y', dataType: DataType.INT64, dims: ['N', 2, null] }]);
    await session.release();
  });

  it.each<[string, DataType, RuntimeTensor['data']]>([
    ['float', DataType.FLOAT, Float32Array.of(1.5, -2, 3, 4)],
    ['double', DataType.DOUBLE, Float64Array.of(1.5, -2, 3, 4)],
    ['float16', DataType.FLOAT16, Uint16Array.of(numberToHalf(1.5), numberToHalf(-2), 1, 0)],
    ['int64', DataType.INT64, BigInt64Array.of(1n, -2n, 2n ** 62n, 4n)],
    ['int32', DataType.INT32, Int32Array.of(1, -2, 3, 4)],
    ['uint8', DataType.UINT8, Uint8Array.of(1, 255, 3, 4)],
    ['bool', DataType.BOOL, Uint8Array.of(1, 0, 0, 1)],
  ])('hands %s in and out unchanged', async (_, dataType, data) => {
    const session = await runtime.load(modelBytes(echo(dataType)));
    const x = { dataType, dims: [1, 2, 2], data };
    expect((await session.run({ x })).y).toEqual(x);
    await session.release();
  });

  it('leaves out what is no number', async () => {
    const document = echo(DataType.FLOAT);
    document.graph.nodes.push(
      createNode('Cast', ['x'], ['text'], { to: { kind: 'int', value: BigInt(DataType.STRING) } }),
    );
    document.graph.outputs.unshift(buildValue('text', ['N', 2, null], DataType.STRING));
    const session = await runtime.load(modelBytes(document));
    expect(session.outputs.map(({ dataType }) => dataType)).toEqual([DataType.UNDEFINED, DataType.FLOAT]);
    const x = { dataType: DataType.FLOAT, dims: [1, 2, 1], data: Float32Array.of(1, 2) };
    expect(await session.run({ x })).toEqual({ y: x });
    await session.release();
  });

  it('loads bytes and paths, optimized or not, to the same outputs', async () => {
    const bytes = modelBytes(buildMlp([4, 3, 2]));
    const path = join(folder, 'mlp.onnx');
    writeFileSync(path, bytes);
    const x = { dataType: DataType.FLOAT, dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) };
    const outputs: number[][] = [];
    for (const model of [bytes, path]) {
      for (const optimization of ['all', 'disabled'] as const) {
        const session = await runtime.load(model, { optimization, threads: 1 });
        outputs.push(Array.from((await session.run({ x })).y.data, Number));
        await session.release();
      }
    }
    for (const other of outputs) expect(other).toEqual(outputs[0].map((value) => expect.closeTo(value, 5)));
  });

  it.each<[string, Uint8Array | string]>([
    ['bytes that are no model', Uint8Array.of(1, 2, 3, 4)],
    ['a file that is not there', '/nowhere/model.onnx'],
    [
      'an operator that does not exist',
      modelBytes(
        buildDocument({
          inputs: [buildValue('x', [1])],
          outputs: [buildValue('y', [1])],
          nodes: [createNode('ImageScaler', ['x'], ['y'])],
        }),
      ),
    ],
  ])('refuses %s in one line', async (_, model) => {
    await expect(runtime.load(model)).rejects.toMatchObject({
      code: 'E_RUNTIME',
      message: expect.stringMatching(ONE_LINE),
    });
  });

  it('refuses inputs that do not fit in one line', async () => {
    const session = await runtime.load(modelBytes(buildMlp([4, 2])));
    const x = { dataType: DataType.FLOAT, dims: [1, 3], data: Float32Array.of(1, 2, 3) };
    for (const feeds of [{ x }, {}, { z: x }, { x: { ...x, dims: [1, 4] } }] as Record<string, RuntimeTensor>[]) {
      await expect(session.run(feeds)).rejects.toMatchObject({
        code: 'E_RUNTIME',
        message: expect.stringMatching(ONE_LINE),
      });
    }
    await expect(session.run({ x: { ...x, dataType: DataType.INT4 } })).rejects.toMatchObject({ code: 'E_DATA_TYPE' });
    await session.release();
  });

  it('loads with the threads that it was made with, unless told otherwise', async () => {
    vi.resetModules();
    const create = vi.fn(async () => ({ inputMetadata: [], outputMetadata: [] }));
    vi.doMock('onnxruntime-node', () => ({ env: { versions: {} }, InferenceSession: { create } }));
    const { ortNode: fresh } = await import('../../src/runtime/ort-node.js');
    const { load } = await fresh({ threads: 3 });
    await load(Uint8Array.of());
    await load(Uint8Array.of(), { threads: 1 });
    const options = (create.mock.calls as unknown as [unknown, { intraOpNumThreads: number }][]).map(
      ([, given]) => given,
    );
    expect(options.map(({ intraOpNumThreads }) => intraOpNumThreads)).toEqual([3, 1]);
  });

  it('says how to install what is missing', async () => {
    vi.resetModules();
    vi.doMock('onnxruntime-node', () => {
      throw new Error('Cannot find package');
    });
    const { ortNode: fresh } = await import('../../src/runtime/ort-node.js');
    await expect(fresh()).rejects.toMatchObject({
      code: 'E_RUNTIME',
      message: expect.stringContaining('npm install onnxruntime-node'),
    });
  });
});
