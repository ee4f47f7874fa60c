import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, createServer, type Plugin } from 'vite';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WringError } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { modelBytes } from '../../src/onnx/index.js';
import { compressBytes, packBytes } from '../../src/pipeline/compress-bytes.js';
import type * as OrtNode from '../../src/runtime/ort-node.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { type VitePluginOptions, wring } from '../../src/vite/index.js';
import { useFolder } from '../cli/wring.js';
import { buildMlp } from '../helpers/build.js';

const installed = vi.hoisted(() => ({ runtime: true }));
vi.mock('../../src/runtime/ort-node.js', async (original) => {
  const module = await original<typeof OrtNode>();
  const absent = () => Promise.reject(new WringError('E_RUNTIME', 'not installed'));
  return {
    ...module,
    ortNode: (...args: Parameters<typeof OrtNode.ortNode>) => (installed.runtime ? module.ortNode(...args) : absent()),
  };
});

const MODEL = modelBytes(buildMlp([200, 100, 10]));
const QUICK = { method: 'uniform', samples: 4 } as const;
const PORTS = { logger: { debug() {}, info() {}, warn() {}, error() {} }, onProgress() {} };

const at = useFolder();
let number = 0;
let root = '';
const warnings: string[] = [];

beforeEach(() => {
  root = at(`app${number++}`);
  mkdirSync(root);
  writeFileSync(join(root, 'model.onnx'), MODEL);
  installed.runtime = true;
  warnings.length = 0;
});

/** An application of one page that imports the model. */
function app(query: string, options: VitePluginOptions = QUICK) {
  writeFileSync(join(root, 'index.html'), '<script type="module" src="/main.js"></script>');
  writeFileSync(join(root, 'main.js'), `import url from './model.onnx?${query}';\nfetch(url);\n`);
  const plugin: Plugin = wring(options);
  return {
    root,
    configFile: false as const,
    logLevel: 'warn' as const,
    cacheDir: join(root, '.cache'),
    plugins: [plugin],
    customLogger: {
      info() {},
      warn: (message: string) => warnings.push(message),
      warnOnce: (message: string) => warnings.push(message),
      error: (message: string) => warnings.push(message),
      clearScreen() {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
  };
}

/** The packed asset of a build, and the code that names it. */
function builtAsset(): Uint8Array {
  const assets = readdirSync(join(root, 'dist/assets'));
  const packed = assets.filter((name) => name.endsWith('.wrg'));
  expect(packed).toEqual([expect.stringMatching(/^model-[\w-]{8}\.wrg$/)]);
  const code = assets
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(root, 'dist/assets', name), 'utf8'));
  expect(code.join()).toContain(packed[0]);
  expect(assets.filter((name) => name.endsWith('.onnx'))).toEqual([]);
  return readFileSync(join(root, 'dist/assets', packed[0]));
}

describe('vite build', () => {
  it('turns the import of a model into a packed asset, as compress would', async () => {
    await build(app('wring&quality=60'));
    const ports = { ...PORTS, runtime: await ortNode({ threads: 1 }) };
    const { bytes } = await compressBytes(MODEL, { ...QUICK, quality: 60, name: 'model.onnx' }, ports);
    expect(Buffer.compare(builtAsset(), bytes)).toBe(0);
    expect(warnings.join()).not.toMatch(/without loss/);
  });

  it('packs without loss when asked', async () => {
    await build(app('wring&lossless'));
    expect(Buffer.compare(await decode(builtAsset()), MODEL)).toBe(0);
    expect(warnings.join()).not.toMatch(/without loss/);
  });

  it('packs without loss where onnxruntime is not installed, and says so', async () => {
    installed.runtime = false;
    await build(app('wring'));
    expect(Buffer.compare(builtAsset(), (await packBytes(MODEL, { name: 'model.onnx' })).bytes)).toBe(0);
    expect(warnings.join()).toMatch(/model\.onnx is packed without loss: install onnxruntime-node/);
  });

  it('takes from the cache what it has made before, and nothing else', async () => {
    await build(app('wring'));
    const folder = join(root, '.cache/wring');
    const [first] = readdirSync(folder);
    writeFileSync(join(folder, first), 'from the cache');
    await build(app('wring'));
    expect(Buffer.from(builtAsset()).toString()).toBe('from the cache');
    await build(app('wring&quality=61'));
    expect(readdirSync(folder)).toHaveLength(2);
    writeFileSync(join(root, 'model.onnx'), modelBytes(buildMlp([200, 100, 11])));
    await build(app('wring&quality=61'));
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it.each([
    ['wring&colour=red', /no option "colour=red"/],
    ['wring&quality=high', /quality/],
    ['wring&method=magic', /magic/],
  ])('refuses ?%s and says why', async (query, reason) => {
    await expect(build(app(query))).rejects.toThrow(reason);
  });

  it('leaves other imports alone', async () => {
    await build(app('url'));
    expect(existsSync(join(root, '.cache/wring'))).toBe(false);
  });
});

describe('the dev server', () => {
  it('serves the packed model, and packs anew when the model changes', async () => {
    const server = await createServer({ ...app('wring&lossless'), server: { port: 0, host: '127.0.0.1' } });
    try {
      await server.listen();
      const origin = server.resolvedUrls!.local[0];
      const packed = async () => {
        const code = await (await fetch(new URL('model.onnx?wring&lossless&import', origin))).text();
        const path = /export default "([^"]+)"/.exec(code)![1];
        const response = await fetch(new URL(path, origin));
        expect(response.headers.get('content-type')).toBe('application/octet-stream');
        return decode(new Uint8Array(await response.arrayBuffer()));
      };
      expect(Buffer.compare(await packed(), MODEL)).toBe(0);
      const other = modelBytes(buildMlp([200, 100, 12]));
      writeFileSync(join(root, 'model.onnx'), other);
      const deadline = Date.now() + 20_000;
      while (Buffer.compare(await packed(), other) !== 0) {
        expect(Date.now()).toBeLessThan(deadline);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect((await fetch(new URL(`@wring/${'0'.repeat(32)}/model.wrg`, origin))).headers.get('content-type')).not.toBe(
        'application/octet-stream',
      );
    } finally {
      await server.close();
    }
  });
});
