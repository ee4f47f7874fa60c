import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useFolder } from '../cli/wring.js';

interface Conditions {
  readonly types?: string;
  readonly workerd?: string;
  readonly default?: string;
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | Conditions>;
};
const at = useFolder();

/** Somebody's program that uses every door. */
const CONSUMER = `
import { type CompressReport, compress, compressBytes, type Document, WebIO, type Transform } from 'wring';
import { decode, isWringError } from 'wring/decode';
import { decodeStream } from 'wring/decode-stream';
import { createHttpApp, type HttpLimits } from 'wring/http';
import { type LambdaResult, lambdaHandler } from 'wring/http/lambda';
import { listen } from 'wring/http/node';
import { NodeIO, ortNode } from 'wring/node';
import { uniform } from 'wring/methods/uniform';
import { type VitePluginOptions, wring } from 'wring/vite';
import url from './model.onnx?wring';
import other from './model.onnx?quality=80&wring';

const limits: HttpLimits = { maxBodyBytes: 1e6 };
const options: VitePluginOptions = { quality: 80, lossless: false };
export const names: string[] = [url, other, wring(options).name];
export const app: Promise<{ url: string }> = listen(createHttpApp(limits));
export const handler: (event: never) => Promise<LambdaResult> = lambdaHandler(createHttpApp().fetch);
export const transform: Transform = uniform({ weights: [], biases: [], posterior: null as never });

export async function work(bytes: Uint8Array): Promise<CompressReport> {
  const document: Document = await new WebIO().read(await decode(bytes));
  for await (const piece of decodeStream([bytes])) console.log(piece.length);
  await new NodeIO().write('model.wrg', document);
  const ports = { runtime: await ortNode(), logger: console, onProgress() {} };
  const { bytes: packed } = await compressBytes(bytes, { quality: 80 }, ports);
  console.log(packed.length, isWringError(null, 'E_CORRUPT'));
  // @ts-expect-error: there is no such option
  await compress(document, { colour: 'red' }, ports);
  // @ts-expect-error: nor such a code
  isWringError(null, 'E_MAGIC');
  return compress(document, {}, ports);
}
`;

beforeAll(() => {
  mkdirSync(at('node_modules'));
  symlinkSync(resolve('.'), at('node_modules/wring'));
  symlinkSync(resolve('node_modules/@types'), at('node_modules/@types'));
  writeFileSync(at('package.json'), '{"type":"module"}');
  writeFileSync(at('consumer.ts'), CONSUMER);
});

describe('the doors of package.json', () => {
  it('are there, each with its declarations', () => {
    for (const [door, conditions] of Object.entries(exports)) {
      const paths = typeof conditions === 'string' ? [conditions] : Object.values(conditions);
      for (const path of paths as string[])
        expect(existsSync(path.replace('*', 'uniform')), `${door}: ${path}`).toBe(true);
      if (typeof conditions === 'string') continue;
      expect(Object.keys(conditions)[0], `${door}: types come first`).toBe('types');
    }
  });

  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('have types for programs that resolve as %s', (moduleResolution, module) => {
    const config = {
      compilerOptions: {
        ...{
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: moduleResolution === 'bundler',
        },
        ...{ target: 'es2022', lib: ['es2022'], types: ['node', 'wring/vite/client'], module, moduleResolution },
      },
      files: ['consumer.ts'],
    };
    writeFileSync(at(`tsconfig.${moduleResolution}.json`), JSON.stringify(config));
    const tsc = resolve('node_modules/typescript/bin/tsc');
    let errors = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', at(`tsconfig.${moduleResolution}.json`)], {
        cwd: at(''),
        stdio: 'pipe',
      });
    } catch (error) {
      errors = String((error as { stdout?: unknown }).stdout ?? error);
    }
    expect(errors).toBe('');
  });
});
