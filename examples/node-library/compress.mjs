// wring as a library: node compress.mjs model.onnx model.wrg
import { compress } from 'wring';
import { NodeIO, ortNode } from 'wring/node';

const [source, target] = process.argv.slice(2);
const io = new NodeIO();
const document = await io.read(source);
const report = await compress(
  document,
  { method: 'uniform', quality: 80, samples: 16 },
  { runtime: await ortNode({ threads: 1 }), logger: console, onProgress() {} },
);
await io.write(target, document, { metadata: { recipe: report.recipe } });
console.log(`${report.tensors.length} tensors, output error ${report.outputError.toPrecision(2)}`);
