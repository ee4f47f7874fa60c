// node models/make.mjs: draws the data, trains the models and measures them, all from fixed seeds. Writes models/*.onnx,
// models/data/ and models/manifest.json; takes about ten minutes on one core and gives the same bytes every time.
import { mkdirSync } from 'node:fs';
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
const { makeGlyphNet } = await import(outfile);
await makeGlyphNet(fileURLToPath(new URL('models/', root)));
