// Writes dist/decode.js, the decode door: one file without imports, so that its size is what a page loads. Names of properties
// are shortened, which a bundler does not dare to do; those that the language, the platform or the caller knows keep theirs.

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Whose properties the door uses. */
const PLATFORM = [
  ...[Object, Function, Array, String, Number, Math, Symbol, Promise, Error, JSON, Map, Set, RegExp],
  ...[ArrayBuffer, DataView, Object.getPrototypeOf(Uint8Array), Uint8Array, Response, ReadableStream],
  ...[WebAssembly, WebAssembly.Memory, WebAssembly.Module, WebAssembly.Instance],
];
/** Keys of options and results of the platform; what callers read; the exports of assembly/decode.ts. */
const KEYS = [
  ...['initial', 'maximum', 'env', 'memory', 'module', 'instance', 'cause', 'done', 'value', 'code'],
  ...['heapBase', 'crc32', 'openBytes', 'decodeBytes', 'fillClasses', 'lookUpFloats', 'decodeRans'],
];

/** The bytes of the file. */
export async function bundleDoor() {
  const names = PLATFORM.flatMap((object) =>
    [object, object.prototype ?? {}].flatMap(Object.getOwnPropertyNames),
  ).filter((name) => /^\w+$/.test(name));
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'src/decode.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mangleProps: /./,
    reserveProps: new RegExp(`^(${[...names, ...KEYS].join('|')})$`),
    write: false,
  });
  return outputFiles[0].contents;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = await bundleDoor();
  writeFileSync(join(ROOT, 'dist/decode.js'), bytes);
}
