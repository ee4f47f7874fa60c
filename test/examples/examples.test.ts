import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/decode.js';
import type { LambdaEvent, LambdaResult } from '../../src/http/lambda.js';
import { modelBytes } from '../../src/onnx/index.js';
import { useFolder } from '../cli/wring.js';
import { buildMlp } from '../helpers/build.js';

const MODEL = modelBytes(buildMlp([200, 100, 10]));
const ROOT = resolve('.');
const at = useFolder();

/** A copy of an example where it is a project of its own, with wring and its packages installed. Runs what `npm run build` left. */
function install(name: string): string {
  const folder = at(name);
  cpSync(`examples/${name}`, folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/wring'));
  symlinkSync(join(ROOT, 'node_modules/vite'), join(folder, 'node_modules/vite'));
  symlinkSync(join(ROOT, 'dist/cli/main.js'), join(folder, 'node_modules/.bin/wring'));
  // As npm does.
  chmodSync(join(ROOT, 'dist/cli/main.js'), 0o755);
  return folder;
}

beforeAll(() => writeFileSync(at('model.onnx'), MODEL));

describe('examples/', () => {
  it('are all in the table of examples/README.md, and nothing else is', () => {
    const folders = readdirSync('examples').filter((name) => !name.includes('.'));
    const listed = [...readFileSync('examples/README.md', 'utf8').matchAll(/^\| \[([\w-]+)\]/gm)].map(
      ([, name]) => name,
    );
    expect(listed.sort()).toEqual(folders.sort());
  });

  it('node-library compresses', async () => {
    const out = at('library.wrg');
    execFileSync(process.execPath, ['examples/node-library/compress.mjs', at('model.onnx'), out], { stdio: 'pipe' });
    const packed = readFileSync(out);
    expect(packed.length).toBeLessThan(MODEL.length / 4);
    expect((await decode(packed)).length).toBeGreaterThan(MODEL.length / 2);
  });

  it('npm-scripts compresses while it builds', async () => {
    const folder = install('npm-scripts');
    for (const name of ['models', 'public']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'models/model.onnx'), MODEL);
    execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: 'pipe' });
    expect((await decode(readFileSync(join(folder, 'public/model.wrg')))).length).toBeGreaterThan(MODEL.length / 2);
  });

  it('vite builds a page with a packed model', () => {
    const folder = install('vite');
    writeFileSync(join(folder, 'model.onnx'), MODEL);
    execFileSync(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build'], {
      cwd: folder,
      stdio: 'pipe',
    });
    const assets = readdirSync(join(folder, 'dist/assets'));
    expect(assets.filter((name) => /^model-.*\.wrg$/.test(name))).toHaveLength(1);
    expect(assets.filter((name) => name.endsWith('.onnx'))).toEqual([]);
  });

  it('page finds its decoder and its model beside it', async () => {
    const html = readFileSync('examples/page/index.html', 'utf8');
    const { imports } = JSON.parse(/<script type="importmap">([^<]*)</.exec(html)![1]);
    expect(Object.entries(imports)).toEqual([['wring/decode', './decode.js']]);
    // A browser runs it in test/runtimes; here the module that it loads has no imports left, and works.
    const door = readFileSync('dist/decode.js', 'utf8');
    expect(door).not.toMatch(/\bfrom\s*["']|^import\s*["']/m);
    const module = await import(pathToFileURL(resolve('dist/decode.js')).href);
    const golden = readFileSync('test/golden/format-3.wrg');
    const server = createServer((_, response) => void response.end(golden)).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.wrg`);
    const decoded = await module.decode(new Uint8Array(await response.arrayBuffer()));
    expect(Buffer.compare(decoded, await decode(golden))).toBe(0);
    server.close();
  });

  it('lambda answers as one file, which reaches no onnxruntime', async () => {
    // Below the root, as build/ is: nothing may be left to be found in node_modules.
    const file = at('handler.mjs');
    const { buildLambda } = await import(pathToFileURL(resolve('scripts/build-lambda.mjs')).href);
    const { byteLength } = await buildLambda(file);
    expect(byteLength).toBeLessThan(600_000);
    expect(existsSync(file)).toBe(true);
    const { handler } = (await import(pathToFileURL(file).href)) as {
      handler(event: LambdaEvent): Promise<LambdaResult>;
    };
    const result = await handler({
      rawPath: '/v1/compress',
      rawQueryString: 'lossless=true',
      headers: {},
      requestContext: { http: { method: 'POST' } },
      body: Buffer.from(MODEL).toString('base64'),
      isBase64Encoded: true,
    });
    expect(result.statusCode).toBe(200);
    expect(Buffer.compare(await decode(Buffer.from(result.body, 'base64')), MODEL)).toBe(0);
  });
});
