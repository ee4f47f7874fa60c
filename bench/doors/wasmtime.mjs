// The standalone decoder in Python; no row where there is no Python with wasmtime (WRING_PYTHON names it).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { best, start } from './process.mjs';

const HOST = fileURLToPath(new URL('../../examples/wasmtime/decode.py', import.meta.url));
const WASM = fileURLToPath(new URL('../../dist/standalone.wasm', import.meta.url));

export async function wasmtime({ small, wrg, bytes, folder }) {
  const python = process.env.WRING_PYTHON ?? 'python3';
  if (spawnSync(python, ['-c', 'import wasmtime']).status !== 0) {
    console.error('wasmtime: no python with wasmtime here (WRING_PYTHON); its row is left out');
    return [];
  }
  const decode = (path) => start(python, [HOST, WASM, path, `${folder}/out.onnx`]);
  const cold = await best(3, () => decode(small));
  const { ms, peakBytes } = await best(2, () => decode(wrg));
  const shipped = gzipSync(Buffer.concat([readFileSync(WASM), readFileSync(HOST)]), { level: 9 }).length;
  const bytesPerSecond = bytes.length / ((ms - cold.ms) / 1000);
  return [{ door: 'wasmtime (Python)', operation: 'decode', shipped, coldMs: cold.ms, bytesPerSecond, peakBytes }];
}
