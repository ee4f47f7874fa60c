// Runs in Node and in a browser: what comes out has to be the same.

import { createNode, type Document, Random, SILENT } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { decodeExternal, decodeStream, decodeWhole, type ExternalFile } from '../../src/decode-stream.js';
import { decodeInWorkers } from '../../src/decode-workers.js';
import { WebIO } from '../../src/io/web-io.js';
import { type CompressOptions, compress } from '../../src/pipeline/compress.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { type OrtWeb, ortWeb } from '../../src/web.js';
import { goldenModel } from '../golden/model.js';
import { buildConvNet, buildDocument, buildValue, normalTensor } from '../helpers/build.js';

export { decodeInWorkers, decodeWhole };

type Files = Record<string, Uint8Array>;

/** Files that Node and browsers make alike, by name: a compressed model, the golden one, and what that is decoded to. */
export async function makeFiles(): Promise<Files> {
  const document = buildDocument({
    inputs: [buildValue('x', ['N', 64])],
    outputs: [buildValue('y', ['N', 100])],
    nodes: [createNode('Gemm', ['x', 'w', 'b'], ['y'], { transB: { kind: 'int', value: 1n } })],
    initializers: [normalTensor('w', [100, 64], 1, 0.2), normalTensor('b', [100], 2, 0.1)],
  });
  const compressed = await compressTo(document, {}, null);
  const { bytes: golden } = await new WebIO().write(goldenModel(), 'golden.wrg', {
    metadata: { model: 'golden', seed: 2026 },
  });
  return { compressed, golden, decoded: await decode(golden) };
}

/** Models that are compressed by what onnxruntime-web says of them, one by each way of choosing values. */
export async function measuredFiles(ort: OrtWeb): Promise<Files> {
  const runtime = ortWeb(ort);
  const files: Files = {};
  for (const method of ['auto', 'gpfq', 'multipoint'] as const) {
    files[method] = await compressTo(buildConvNet(), { method, samples: 16 }, runtime);
  }
  return files;
}

/** A model file, by all defaults but the samples. */
export async function compressModel(ort: OrtWeb, model: Uint8Array): Promise<Uint8Array> {
  return compressTo(await new WebIO().read(model), { samples: 16 }, ortWeb(ort));
}

async function compressTo(document: Document, options: CompressOptions, runtime: Runtime | null): Promise<Uint8Array> {
  await compress(document, options, { runtime, logger: SILENT, onProgress() {} });
  return (await new WebIO().write(document, 'small.wrg')).bytes;
}

/** How much of a file had arrived when the first 100 kB of its model came out, and when all had. */
export async function decodeArriving(url: string): Promise<{ early: number; byteLength: number; decoded: number }> {
  let arrived = 0;
  let early = 0;
  let decoded = 0;
  const onProgress = ({ received }: { received: number }) => {
    arrived = received;
  };
  for await (const piece of decodeStream(fetch(url), { onProgress })) {
    decoded += piece.length;
    if (early === 0 && decoded > 100_000) early = arrived;
  }
  return { early, byteLength: arrived, decoded };
}

/** {@link infer} of a .wrg file whose large tensors are kept outside of the model. */
export async function inferExternal(ort: OrtWeb, url: string): Promise<number[]> {
  const { model, externalData } = await decodeExternal(fetch(url));
  return infer(ort, model, externalData);
}

/** What a model of [N, 1, 24, 24] → [N, 10] says to four noisy images. */
export async function infer(
  ort: OrtWeb,
  model: Uint8Array,
  externalData: readonly ExternalFile[] = [],
): Promise<number[]> {
  ort.env.wasm.numThreads = 1;
  const random = new Random(5);
  const images = Float32Array.from({ length: 4 * 24 * 24 }, () => random.normal());
  const session = await ort.InferenceSession.create(model, { externalData: [...externalData] });
  const results = await session.run({
    [session.inputNames[0]]: new ort.Tensor('float32', images, [4, 1, 24, 24]),
  });
  await session.release();
  return Array.from(results[session.outputNames[0]].data as Float32Array);
}
