// Run as a process of its own by memory.test.ts, because peak memory is counted per process.
import { join } from 'node:path';
import { type ByteSource, DataType, readBytes, Tensor } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { buildDocument } from '../helpers/build.js';

const TENSOR_COUNT = 12;
const LARGEST_TENSOR = 256 * 2 ** 20;

/** Byte i of tensor t, never zero, without memory of its own. */
function pattern(t: number): ByteSource {
  return { byteLength: LARGEST_TENSOR, readInto: (target) => target.fill(t + 1) };
}

async function main(folder: string): Promise<void> {
  const initializers = Array.from(
    { length: TENSOR_COUNT },
    (_, t) => new Tensor(`w${t}`, DataType.FLOAT, [LARGEST_TENSOR / 4], pattern(t)),
  );
  const io = new NodeIO();
  await io.write(join(folder, 'a.onnx'), buildDocument({ initializers }));
  await io.write(join(folder, 'b.onnx'), await io.read(join(folder, 'a.onnx')));
  const document = await io.read(join(folder, 'b.onnx'));
  const ends = [...document.tensors()].map(({ source }) => [
    readBytes(source, 0, 1)[0],
    readBytes(source, source.byteLength - 1, 1)[0],
  ]);
  process.stdout.write(JSON.stringify({ ends, maxRss: process.resourceUsage().maxRSS * 1024 }));
}

main(process.argv[2]);
