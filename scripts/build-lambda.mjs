// npm run build:lambda: examples/lambda/handler.mjs and all that it needs as one file, build/lambda/handler.mjs, to be zipped and
// uploaded. onnxruntime is not in it: models are decoded, inspected, packed, and compressed by the spread of their weights.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {Promise<{ path: string, byteLength: number, gzipped: number }>} */
export async function buildLambda(outfile = `${root}build/lambda/handler.mjs`) {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${root}examples/lambda/handler.mjs`],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Loaded when they are asked for, which nobody can who has no runtime.
    external: ['./train-values.js', '../methods/tune/index.js', '../synthesis/index.js', '../posterior/fisher.js'],
    metafile: true,
    write: false,
  });
  const heavy = Object.keys(metafile.inputs).filter((path) => path.includes('onnxruntime'));
  if (heavy.length > 0) throw new Error(`The bundle reaches ${heavy[0]}`);
  mkdirSync(dirname(outfile), { recursive: true });
  const [{ contents }] = outputFiles;
  writeFileSync(outfile, contents);
  return { path: outfile, byteLength: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { path, byteLength, gzipped } = await buildLambda();
  console.error(`${path}: ${byteLength} bytes, ${gzipped} after gzip`);
}
