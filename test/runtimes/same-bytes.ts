// Runs in Node and in a browser: what comes out has to be the same.

import { createNode } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { WebIO } from '../../src/io/web-io.js';
import { compress } from '../../src/pipeline/compress.js';
import { goldenModel } from '../golden/model.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';

/** Files that Node and browsers make alike, by name: a compressed model, the golden one, and what that is decoded to. */
export async function makeFiles(): Promise<Record<string, Uint8Array>> {
  const io = new WebIO();
  const document = buildDocument({
    inputs: [buildValue('x', ['N', 64])],
    outputs: [buildValue('y', ['N', 100])],
    nodes: [createNode('Gemm', ['x', 'w', 'b'], ['y'], { transB: { kind: 'int', value: 1n } })],
    initializers: [normalTensor('w', [100, 64], 1, 0.2), normalTensor('b', [100], 2, 0.1)],
  });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  await compress(document, {}, { runtime: null, logger, onProgress() {} });
  const { bytes: compressed } = await io.write(document, 'small.wrg', {});
  const { bytes: golden } = await io.write(goldenModel(), 'golden.wrg', { metadata: { model: 'golden', seed: 2026 } });
  return { compressed, golden, decoded: await decode(golden) };
}
