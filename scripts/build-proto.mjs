// Generates src/onnx/generated/ from src/onnx/onnx.proto with pbjs. Both files are committed; a test checks for drift.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pbjs from 'protobufjs-cli/pbjs.js';

const schema = fileURLToPath(new URL('../src/onnx/onnx.proto', import.meta.url));
const target = fileURLToPath(new URL('../src/onnx/generated/', import.meta.url));

const HEADER = '// Made from src/onnx/onnx.proto by scripts/build-proto.mjs (npm run build:proto). Do not edit.\n';
const OPTIONS = [
  '--target',
  'static-module',
  '--wrap',
  'esm',
  '--dependency',
  'protobufjs/minimal.js',
  '--root',
  'wring-onnx',
].concat([
  '--force-long',
  '--no-create',
  '--no-verify',
  '--no-convert',
  '--no-delimited',
  '--no-typeurl',
  '--no-service',
]);

/** @returns {Promise<{ 'onnx.js': string, 'onnx.d.ts': string }>} the text of both generated files */
export async function generateProto() {
  const folder = await mkdtemp(join(tmpdir(), 'wring-proto-'));
  try {
    // Comments cost 100 kB in the code, but without them pbjs cannot make the types.
    await run([...OPTIONS, '--dts', '--out', join(folder, 'typed.js'), schema]);
    await run([...OPTIONS, '--no-comments', '--out', join(folder, 'onnx.js'), schema]);
    return {
      'onnx.js': HEADER + (await readFile(join(folder, 'onnx.js'), 'utf8')),
      'onnx.d.ts': HEADER + (await readFile(join(folder, 'typed.d.ts'), 'utf8')),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(args) {
  return new Promise((resolve, reject) => pbjs.main(args, (error) => (error ? reject(error) : resolve())));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(target, { recursive: true });
  for (const [name, text] of Object.entries(await generateProto())) await writeFile(join(target, name), text);
}
