import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { PRIMER } from '../../src/kernels/primer.js';

const LIMIT = 10 * 1024;

describe('the decode door', () => {
  it(`is at most ${LIMIT} bytes after gzip, WebAssembly and all, and reaches nothing heavy`, async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ['src/decode.ts'],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      metafile: true,
      write: false,
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => /node_modules|src\/(onnx|io|runtime)\/|generated\/wring/.test(path))).toEqual([]);
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
    expect(imports.filter((path) => /^node:|protobuf|onnxruntime/.test(path))).toEqual([]);
    expect(gzipSync(outputFiles[0].contents, { level: 9 }).length).toBeLessThanOrEqual(LIMIT);
  });
});

describe('docs/format.md', () => {
  it('has the primer as it is in the code', () => {
    const text = readFileSync('docs/format.md', 'utf8');
    const appendix = text.slice(text.indexOf('## Appendix'));
    expect(appendix.match(/```([^`]*)```/)?.[1].replace(/\s/g, '')).toBe(Buffer.from(PRIMER, 'latin1').toString('hex'));
  });
});
