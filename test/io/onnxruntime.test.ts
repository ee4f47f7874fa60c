import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataType, MemorySource, Random } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime, RuntimeTensor, RuntimeValue } from '../../src/runtime/runtime.js';
import { buildConvNet } from '../helpers/build.js';

const models = '../shared/data/models';
// The three deep ResNets are built of the same parts as the others and take seconds.
const names = existsSync(models)
  ? readdirSync(models).filter((name) => /\.onnx$/.test(name) && !/resnet(32|56)/.test(name))
  : [];
const io = new NodeIO();
let runtime: Runtime;
let folder: string;

beforeAll(async () => {
  runtime = await ortNode();
  folder = await mkdtemp(join(tmpdir(), 'wring-ort-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('onnxruntime gives the same outputs, bit for bit,', () => {
  it('for a document that was never a file, once it is one', async () => {
    const path = join(folder, 'net.onnx');
    await io.write(path, buildConvNet());
    expect(await run(path)).toEqual(await run(modelBytes(buildConvNet())));
  });

  it.skipIf(names.length === 0).for(names)(
    'for %s rewritten, all in raw_data, and with external data',
    async (name) => {
      const expected = await run(new Uint8Array(await readFile(join(models, name))));
      const document = await io.read(join(models, name));
      expect(await run(modelBytes(document)), 'rewritten').toEqual(expected);
      for (const tensor of document.tensors()) {
        if (tensor.dataType !== DataType.STRING) tensor.setSource(new MemorySource(tensor.bytes()));
      }
      expect(await run(modelBytes(document)), 'raw_data').toEqual(expected);
      const path = join(folder, name);
      await io.write(path, document, { external: { location: `${name}.bin` } });
      expect(await run(path), 'external data').toEqual(expected);
    },
  );
});

/** Outputs on one synthetic input, as bytes. */
async function run(model: Uint8Array | string): Promise<Record<string, string>> {
  const session = await runtime.load(model, { threads: 1 });
  try {
    const feeds = Object.fromEntries(session.inputs.map((input) => [input.name, synthetic(input)]));
    const outputs = Object.entries(await session.run(feeds));
    return Object.fromEntries(outputs.map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('base64')]));
  } finally {
    await session.release();
  }
}

function synthetic({ dataType, dims: given }: RuntimeValue): RuntimeTensor {
  const dims = given.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 1));
  const length = dims.reduce((product, dim) => product * dim, 1);
  const random = new Random(1);
  if (dataType === DataType.INT64)
    return { dataType, dims, data: BigInt64Array.from({ length }, () => BigInt(random.below(100))) };
  if (dataType === DataType.INT32)
    return { dataType, dims, data: Int32Array.from({ length }, () => random.below(100)) };
  return { dataType, dims, data: Float32Array.from({ length }, () => random.normal()) };
}
