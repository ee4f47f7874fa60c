// A model of ten megabytes, made by script: six dense layers of numbers with a spread of their own for each row.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compressBytes, createGraph, createNode, Document, modelBytes, Random, Tensor } from '../../dist/index.js';

const SIZES = [512, 1024, 1024, 512, 512, 256, 10];
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Writes model.onnx, model.wrg, and a small.wrg for cold starts. @returns {Promise<{ onnx: string, wrg: string, small: string, bytes: Uint8Array }>} */
export async function makeModels(folder) {
  const paths = ['model.onnx', 'model.wrg', 'small.wrg'].map((name) => join(folder, name));
  const bytes = modelBytes(dense(SIZES));
  const ports = { runtime: null, logger: SILENT, onProgress() {} };
  const [packed, small] = [bytes, modelBytes(dense([64, 64]))].map((model) =>
    compressBytes(model, { method: 'uniform' }, ports),
  );
  writeFileSync(paths[0], bytes);
  writeFileSync(paths[1], (await packed).bytes);
  writeFileSync(paths[2], (await small).bytes);
  return { onnx: paths[0], wrg: paths[1], small: paths[2], bytes };
}

function dense(sizes) {
  const random = new Random(7);
  const document = new Document();
  document.irVersion = 8;
  document.opsets.set('', 17);
  document.graph = createGraph('dense');
  const last = sizes.length - 2;
  document.graph.inputs.push({ name: 'h0', dataType: 1, dims: ['N', sizes[0]] });
  document.graph.outputs.push({ name: 'y', dataType: 1, dims: ['N', sizes.at(-1)] });
  for (let i = 0; i <= last; i++) {
    const [rows, columns] = [sizes[i + 1], sizes[i]];
    const spreads = Float32Array.from({ length: rows }, () => (0.5 + random.uniform()) / Math.sqrt(columns));
    const values = Float32Array.from(
      { length: rows * columns },
      (_, k) => spreads[Math.floor(k / columns)] * random.normal(),
    );
    document.graph.initializers.set(`w${i}`, Tensor.fromFloat32(`w${i}`, [rows, columns], values));
    const out = i === last ? 'y' : `h${i + 1}`;
    document.graph.nodes.push(createNode('Gemm', [`h${i}`, `w${i}`], [out], { transB: { kind: 'int', value: 1n } }));
  }
  return document;
}
