import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, numberToHalf } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { ortWeb } from '../../src/runtime/ort-web.js';
import type { RuntimeTensor } from '../../src/runtime/runtime.js';
import { buildDocument, buildMlp, buildValue } from '../helpers/build.js';

const runtime = ortWeb(ort);

/** y = x, of a type. */
function echo(dataType: DataType): Document {
  return buildDocument({
    inputs: [buildValue('x', ['N', 2, null], dataType)],
    outputs: [buildValue('y', ['N', 2, null], dataType)],
    nodes: [createNode('Identity', ['x'], ['y'])],
  });
}

describe('ortWeb', () => {
  it('says what it is', () => {
    expect(runtime.name).toBe('onnxruntime-web');
    expect(runtime.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('computes on one thread, unless told otherwise', () => {
    expect(ort.env.wasm.numThreads).toBe(1);
  });

  it('names inputs and outputs with type, sizes, symbols and what is not known', async () => {
    const session = await runtime.load(modelBytes(echo(DataType.INT64)));
    expect(session.inputs).toEqual([{ name: 'x', dataType: DataType.INT64, dims: ['N', 2, null] }]);
    expect(session.outputs).toEqual([{ name: 'y', dataType: DataType.INT64, dims: ['N', 2, null] }]);
    await session.release();
  });

  it.each<[string, DataType, RuntimeTensor['data']]>([
    ['float', DataType.FLOAT, Float32Array.of(1.5, -2, 3, 4)],
    ['float16', DataType.FLOAT16, Uint16Array.of(numberToHalf(1.5), numberToHalf(-2), 1, 0)],
    ['int64', DataType.INT64, BigInt64Array.of(1n, -2n, 2n ** 62n, 4n)],
    ['uint8', DataType.UINT8, Uint8Array.of(1, 255, 3, 4)],
    ['bool', DataType.BOOL, Uint8Array.of(1, 0, 0, 1)],
  ])('hands %s in and out unchanged', async (_, dataType, data) => {
    const session = await runtime.load(modelBytes(echo(dataType)));
    const x = { dataType, dims: [1, 2, 2], data };
    expect((await session.run({ x })).y).toEqual(x);
    await session.release();
  });

  it('says nearly what onnxruntime-node says, and writes it where it is wanted', async () => {
    const bytes = modelBytes(buildMlp([40, 30, 20]));
    const x = {
      dataType: DataType.FLOAT,
      dims: [1, 40],
      data: Float32Array.from({ length: 40 }, (_, i) => i / 20 - 1),
    };
    const [here, native] = [await runtime.load(bytes), await (await ortNode({ threads: 1 })).load(bytes)];
    const data = new Float32Array(20);
    await here.run({ x }, { y: { dataType: DataType.FLOAT, dims: [1, 20], data } });
    const { y } = await native.run({ x });
    expect(Array.from(data)).toEqual(Array.from(y.data as Float32Array, (value) => expect.closeTo(value, 5)));
    await here.release();
    await native.release();
  });

  it('refuses what is no model, and inputs that do not fit, in one line', async () => {
    const oneLine = { code: 'E_RUNTIME', message: expect.stringMatching(/^[^\n]+$/) };
    await expect(runtime.load(Uint8Array.of(1, 2, 3, 4))).rejects.toMatchObject(oneLine);
    const session = await runtime.load(modelBytes(buildMlp([4, 2])));
    const x = { dataType: DataType.FLOAT, dims: [1, 3], data: Float32Array.of(1, 2, 3) };
    await expect(session.run({ x })).rejects.toMatchObject(oneLine);
    await expect(session.run({})).rejects.toMatchObject(oneLine);
    await session.release();
  });
});
