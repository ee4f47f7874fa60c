import { readFileSync } from 'node:fs';
import { type Context, createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/decode.js';
import { DECODE_WASM } from '../../src/wasm/generated/decode.js';
import { moduleBytes } from '../../src/wasm/module-bytes.js';

const golden = new Uint8Array(readFileSync(new URL('../golden/format-3.wrg', import.meta.url)));
const expected = await decode(golden);

/** Only the DOM's types declare it. */
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } };

interface Engine {
  /** Whether bytes may be compiled to WebAssembly. */
  readonly compiles: boolean;
  /** Run before anything else. */
  readonly setup?: string;
}

/** What Workers, Deno and browsers share, and nothing of Node: no process, no Buffer, no require. */
function createEngine({ compiles, setup = '' }: Engine): Context {
  const context = createContext(
    { TextDecoder, TextEncoder, file: Array.from(golden), compiled: new WebAssembly.Module(moduleBytes(DECODE_WASM)) },
    { codeGeneration: { strings: false, wasm: compiles } },
  );
  runInContext(`${setup}; globalThis.bytes = Uint8Array.from(file);`, context);
  return context;
}

/** Runs `expression` with the exports of a door as `door`. */
async function runDoor(source: string, engine: Engine, expression: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    format: 'iife',
    globalName: 'door',
    platform: 'neutral',
    write: false,
    plugins: [
      {
        name: 'what an engine does that imports .wasm files',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, namespace: 'wasm' }));
          onLoad({ filter: /./, namespace: 'wasm' }, () => ({ contents: 'export default globalThis.compiled;' }));
        },
      },
    ],
  });
  const context = createEngine(engine);
  runInContext(outputFiles[0].text, context);
  const result = await runInContext(expression, context);
  return Uint8Array.from(result as Uint8Array);
}

const PIECES = '[bytes.slice(0, 300), bytes.slice(300)]';
const GATHER = `(async () => {
  const all = [];
  for await (const piece of door.decodeStream(${PIECES})) all.push(...piece);
  return all;
})()`;

const PLAIN: Engine = { compiles: true };
const WORKERS: Engine = { compiles: false };
const NO_SIMD: Engine = { compiles: true, setup: 'WebAssembly.validate = () => false' };
const NO_WASM: Engine = { compiles: false, setup: 'delete globalThis.WebAssembly' };

describe('the decode doors', () => {
  it.each<[string, string, Engine, string]>([
    ['wring/decode needs nothing of Node', 'src/decode.ts', PLAIN, 'door.decode(bytes)'],
    ['wring/decode-stream needs nothing of Node', 'src/decode-stream.ts', PLAIN, GATHER],
    ['wring/decode in Workers compiles nothing', 'src/decode-workerd.ts', WORKERS, 'door.decode(bytes)'],
    ['wring/decode-stream in Workers compiles nothing', 'src/decode-stream-workerd.ts', WORKERS, GATHER],
    ['wring/decode-stream does without SIMD', 'src/decode-stream.ts', NO_SIMD, GATHER],
    ['wring/decode-stream does where compiling is forbidden', 'src/decode-stream.ts', WORKERS, GATHER],
    ['wring/decode-scalar does without SIMD', 'src/decode-scalar.ts', NO_SIMD, 'door.decode(bytes)'],
    ['wring/decode-scalar does without WebAssembly', 'src/decode-scalar.ts', NO_WASM, 'door.decode(bytes)'],
  ])('%s', async (_, source, engine, expression) => {
    expect(Buffer.compare(await runDoor(source, engine, expression), expected)).toBe(0);
  });

  it('wring/decode says what is missing where it cannot run', async () => {
    const codeOf = 'door.decode(bytes).then(() => [], (error) => error.code.split("").map((c) => c.charCodeAt(0)))';
    const code = await runDoor('src/decode.ts', NO_SIMD, codeOf);
    expect(String.fromCharCode(...code)).toBe('E_UNSUPPORTED');
    await expect(runDoor('src/decode.ts', WORKERS, 'door.decode(bytes)')).rejects.toThrow(/disallowed|embedder/);
  });

  it('package.json gives Workers those that compile nothing', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const door of ['decode', 'decode-stream']) {
      const conditions = exports[`./${door}`];
      expect(conditions.workerd).toBe(`./dist/${door}-workerd.js`);
      expect(Object.keys(conditions).indexOf('workerd')).toBeLessThan(Object.keys(conditions).indexOf('default'));
    }
  });
});
