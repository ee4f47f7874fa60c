// For scripts that share code with src/ or models/: bundles a TypeScript file of the project and imports it.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);

/** @param path from the root of the project; its exports are returned */
export async function importTypeScript(path) {
  const outfile = fileURLToPath(new URL(`build/${path.replace(/\W+/g, '-').replace(/-ts$/, '')}.mjs`, root));
  mkdirSync(new URL('build/', root), { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL(path, root))],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
  });
  return import(outfile);
}
