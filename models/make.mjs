// node models/make.mjs [name …]: draws the data, trains the models (all, or those named) and measures them, from fixed
// seeds. Writes models/*.onnx, models/data/ and models/manifest.json; takes minutes a model on one core and gives the same
// bytes every time.
import { mkdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const outfile = fileURLToPath(new URL('build/make-models.mjs', root));
mkdirSync(new URL('build/', root), { recursive: true });
await build({
  entryPoints: [fileURLToPath(new URL('models/make.ts', root))],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
});
const { makeModels } = await import(outfile);
await makeModels(fileURLToPath(new URL('models/', root)), process.argv.slice(2));
