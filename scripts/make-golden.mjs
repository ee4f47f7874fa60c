// Writes test/golden/format-<version>.wrg from test/golden/model.ts, once for each version of the format: a golden file
// that exists is never written again, because it has to decode for ever.
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const target = new URL('../test/golden/format-3.wrg', import.meta.url);
if (existsSync(target)) throw new Error(`${fileURLToPath(target)} exists and must not change`);

const source = `
  export { goldenModel } from './test/golden/model.ts';
  export { WebIO } from './src/io/web-io.ts';`;
const { outputFiles } = await build({
  stdin: { contents: source, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const { goldenModel, WebIO } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
const { bytes } = await new WebIO().write(goldenModel(), 'golden.wrg', { metadata: { model: 'golden', seed: 2026 } });
writeFileSync(target, bytes);
console.error(`${fileURLToPath(target)}: ${bytes.length} bytes`);
