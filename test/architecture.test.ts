import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom, by room. Imports of types alone count too: a type is a promise as well. `src/*.ts`, the doors, may
 * import every room that their own rule below allows.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernels: ['core', 'wasm'],
  wasm: ['core'],
  onnx: ['core'],
  codec: ['core', 'kernels'],
  io: ['core', 'onnx', 'codec', 'kernels'],
  runtime: ['core'],
  data: ['core', 'io', 'runtime'],
  transforms: ['core', 'onnx', 'runtime'],
  posterior: ['core', 'kernels', 'onnx', 'runtime', 'codebook'],
  codebook: ['core', 'kernels'],
  methods: ['core', 'kernels', 'codec', 'transforms', 'posterior', 'codebook'],
  evaluation: ['core', 'onnx', 'runtime', 'data'],
  pipeline: [
    'core',
    'kernels',
    'codec',
    'onnx',
    'transforms',
    'posterior',
    'codebook',
    'methods',
    'runtime',
    'evaluation',
  ],
  report: ['core', 'methods', 'pipeline', 'evaluation'],
  cli: ['core', 'onnx', 'io', 'codec', 'runtime', 'data', 'transforms', 'methods', 'evaluation', 'pipeline', 'report'],
};

/** Only these may import Node built-ins. */
const NODE_FILES = [
  /^src\/node\.ts$/,
  /^src\/io\/node-/,
  /^src\/data\/node\//,
  /^src\/runtime\/ort-node\.ts$/,
  /^src\/cli\//,
];

/** Packages, and the only places that may import them. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  'onnxruntime-node': /^src\/runtime\//,
  '@assemblyscript/loader': /^src\/wasm\//,
  protobufjs: /^src\/onnx\//,
  fflate: /^src\/data\//,
  'jpeg-js': /^src\/data\/node\//,
  commander: /^src\/cli\//,
  'cli-progress': /^src\/cli\//,
  'cli-table3': /^src\/cli\//,
};

const root = join(import.meta.dirname, '..');
const files = listFiles(join(root, 'src')).map((path) => relative(root, path).replaceAll('\\', '/'));

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : listFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
}

function importsOf(file: string): { specifier: string; lazy: boolean; typeOnly: boolean }[] {
  const text = codeOf(file);
  const found = [...text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+'([^']+)'/gm)].map((match) => ({
    specifier: match[2],
    lazy: false,
    typeOnly: match[1] !== undefined,
  }));
  const bare = [...text.matchAll(/^import\s+'([^']+)'/gm)].map((m) => ({
    specifier: m[1],
    lazy: false,
    typeOnly: false,
  }));
  const lazy = [...text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map((m) => ({
    specifier: m[1],
    lazy: true,
    typeOnly: false,
  }));
  return [...found, ...bare, ...lazy];
}

function resolve(file: string, specifier: string): string {
  return posix.join(dirname(file), specifier).replace(/\.js$/, '.ts');
}

const roomOf = (file: string) => file.split('/')[1];

describe('who may import whom', () => {
  it('reads a source tree worth checking', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length);
  });

  it('every room is in the table', () => {
    const rooms = new Set(files.filter((file) => file.split('/').length > 2).map(roomOf));
    expect([...rooms].filter((room) => !(room in ROOMS))).toEqual([]);
  });

  it('rooms import only the rooms below them', () => {
    const wrong: string[] = [];
    for (const file of files) {
      if (file.split('/').length === 2) continue;
      for (const { specifier } of importsOf(file)) {
        if (!specifier.startsWith('.')) continue;
        const target = roomOf(resolve(file, specifier));
        if (target !== roomOf(file) && !ROOMS[roomOf(file)].includes(target))
          wrong.push(`${file} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('Node built-ins stay in the Node files', () => {
    const wrong = files.filter(
      (file) =>
        importsOf(file).some(({ specifier }) => specifier.startsWith('node:')) &&
        !NODE_FILES.some((pattern) => pattern.test(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('packages stay in their rooms, and no other package is imported', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const { specifier } of importsOf(file)) {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
        const name = Object.keys(PACKAGES).find((known) => specifier === known || specifier.startsWith(`${known}/`));
        if (!name || !PACKAGES[name].test(file)) wrong.push(`${file} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('onnxruntime is imported lazily', () => {
    const eager = files.filter((file) =>
      importsOf(file).some((found) => found.specifier === 'onnxruntime-node' && !found.lazy && !found.typeOnly),
    );
    expect(eager).toEqual([]);
  });

  it('only src/wasm touches WebAssembly', () => {
    const wrong = files.filter((file) => !file.startsWith('src/wasm/') && /\bWebAssembly\./.test(codeOf(file)));
    expect(wrong).toEqual([]);
  });

  it('the decode door reaches neither protobufjs nor onnxruntime nor Node', () => {
    const seen = new Set<string>();
    const outside: string[] = [];
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { specifier, typeOnly } of importsOf(file)) {
        if (typeOnly) continue;
        if (!specifier.startsWith('.')) {
          if (specifier !== '@assemblyscript/loader') outside.push(`${file} imports ${specifier}`);
        } else if (!specifier.includes('/generated/')) visit(resolve(file, specifier));
      }
    };
    visit('src/decode.ts');
    expect(outside).toEqual([]);
    expect([...seen].filter((file) => /^src\/(onnx|methods|runtime|cli|io)\//.test(file))).toEqual([]);
  });
});
