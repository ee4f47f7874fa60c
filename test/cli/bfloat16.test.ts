import { readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, Random, Tensor } from '../../src/core/index.js';
import { fromNumbers } from '../../src/data/typed-array.js';
import { NodeIO } from '../../src/io/node-io.js';
import { buildDocument, buildValue } from '../helpers/build.js';
import { runBits } from '../helpers/runtime.js';
import { useFolder, wring } from './wring.js';

const at = useFolder();
const io = new NodeIO();
beforeAll(async () => {
  await io.write(at('wide.onnx'), product(true));
  await io.write(at('narrow.onnx'), product(false));
});

/** y = x W, W of BFLOAT16 and 96×64; `wide`: cast to FLOAT first, for onnxruntime multiplies nothing narrower here. */
function product(wide: boolean): Document {
  const random = new Random(3);
  const numbers = Float32Array.from({ length: 96 * 64 }, () => 0.1 * random.normal());
  const bits = fromNumbers(DataType.BFLOAT16, numbers) as Uint16Array<ArrayBuffer>;
  const cast = createNode('Cast', ['w'], ['wide'], { to: { kind: 'int', value: BigInt(DataType.FLOAT) } });
  const dataType = wide ? DataType.FLOAT : DataType.BFLOAT16;
  return buildDocument({
    inputs: [buildValue('x', ['N', 96], dataType)],
    outputs: [buildValue('y', ['N', 64], dataType)],
    nodes: [...(wide ? [cast] : []), createNode('MatMul', ['x', wide ? 'wide' : 'w'], ['y'])],
    initializers: [new Tensor('w', DataType.BFLOAT16, [96, 64], new Uint8Array(bits.buffer))],
  });
}

describe('weights of BFLOAT16', () => {
  it.each(['uniform', 'wfn', 'pwfn'])(
    'are spelled by %s in operators that onnxruntime runs, bit for bit',
    async (method) => {
      for (const name of ['out.wrg', 'out.onnx']) {
        const { code, stdout } = await wring('--json', 'compress', at('wide.onnx'), '-o', at(name), '--method', method);
        expect(code).toBe(0);
        const report = JSON.parse(stdout);
        expect(report.coverage.share).toBe(1);
        expect(report.runtime).toMatch(/^onnxruntime/);
        expect(report.tensors[0].sqnr).toBeGreaterThan(10);
      }
      const spelled = readFileSync(at('out.onnx'));
      expect(spelled.length).toBeLessThan(statSync(at('wide.onnx')).size / 2);
      const packed = await io.read(at('out.wrg'));
      expect(packed.graph.initializers.get('w')?.dataType).toBe(DataType.BFLOAT16);
      expect(await runBits(spelled)).toEqual(await runBits(packed));
    },
  );

  it('are packed, with a word, where onnxruntime does not run the model at all', async () => {
    const { code, stderr } = await wring('compress', at('narrow.onnx'), '-o', at('narrow.wrg'));
    expect(stderr).toMatch(/by the spread of the weights alone/);
    expect(stderr).toMatch(/nor does the original/);
    expect(code).toBe(0);
    expect(statSync(at('narrow.wrg')).size).toBeLessThan(statSync(at('narrow.onnx')).size / 2);
  });
});
