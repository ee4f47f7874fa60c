import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { decode } from '../../src/decode.js';
import { modelBytes } from '../../src/onnx/index.js';
import { compressBytes } from '../../src/pipeline/compress-bytes.js';
import { WRING_WASM } from '../../src/wasm/generated/wring.js';
import { moduleBytes } from '../../src/wasm/module-bytes.js';
import { buildMlp } from '../helpers/build.js';

/** Only the DOM's types declare it. */
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } };
const PORTS = { runtime: null, logger: { debug() {}, info() {}, warn() {}, error() {} }, onProgress() {} };

/** What Workers have of the web, and nothing of Node; bytes are compiled neither to JavaScript nor to WebAssembly. */
async function createWorker(): Promise<(path: string, body: Uint8Array) => Promise<Response>> {
  const { outputFiles } = await build({
    stdin: { contents: "export { default } from './examples/workers/worker.mjs'", resolveDir: '.' },
    bundle: true,
    format: 'iife',
    globalName: 'worker',
    platform: 'neutral',
    // As wrangler does.
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    write: false,
    plugins: [
      {
        name: 'what an engine does that imports .wasm files',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, namespace: 'wasm' }));
          onLoad({ filter: /./, namespace: 'wasm' }, () => ({ contents: 'export default globalThis.compiled;' }));
        },
      },
    ],
  });
  const web = { AbortController, Blob, FormData, Headers, ReadableStream, Request, Response, TextDecoder, TextEncoder };
  const rest = {
    URL,
    URLSearchParams,
    setTimeout,
    clearTimeout,
    compiled: new WebAssembly.Module(moduleBytes(WRING_WASM)),
  };
  const context = createContext({ ...web, ...rest }, { codeGeneration: { strings: false, wasm: false } });
  runInContext(outputFiles[0].text, context);
  const { fetch } = context.worker.default;
  return (path, body) =>
    fetch(new Request(`https://worker${path}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> }));
}

it('the app runs in Workers, and makes the bytes that it makes elsewhere', async () => {
  const worker = await createWorker();
  const model = modelBytes(buildMlp([64, 100, 10]));
  const packed = new Uint8Array(await (await worker('/v1/compress?method=uniform&name=mlp.onnx', model)).arrayBuffer());
  const expected = await compressBytes(model, { method: 'uniform', name: 'mlp.onnx' }, PORTS);
  expect(Buffer.compare(packed, expected.bytes)).toBe(0);
  const decoded = new Uint8Array(await (await worker('/v1/decode', packed)).arrayBuffer());
  expect(Buffer.compare(decoded, await decode(packed))).toBe(0);
  expect(await (await worker('/v1/inspect', packed)).json()).toMatchObject({ format: 'wrg' });
});
