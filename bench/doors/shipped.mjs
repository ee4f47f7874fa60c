// What a door is when it is sent: bundled, minified, after gzip.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function bundledBytes(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external: ['onnxruntime-*'],
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
