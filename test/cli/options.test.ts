import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { buildDocument, buildValue, normalTensor } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const MODELS = join(import.meta.dirname, '../../models');
const GLYPHS = join(MODELS, 'glyphs.onnx');

const at = useFolder();

describe('--threads', () => {
  it.each(['glyphs.onnx', 'dialects.onnx'])('changes no byte of %s compressed', async (name) => {
    for (const threads of ['1', '2']) {
      const { code } = await wring('--threads', threads, 'compress', join(MODELS, name), '-o', at(`${threads}.wrg`));
      expect(code).toBe(0);
    }
    expect(readFileSync(at('2.wrg')).equals(readFileSync(at('1.wrg')))).toBe(true);
  });

  it('changes no byte where it changes the last bits of what onnxruntime computes', async () => {
    // Weights that a caller may override are not packed ahead: onnxruntime then cuts long sums by the number of threads.
    const model = buildDocument({
      inputs: [buildValue('x', [1, 256, 8, 10]), buildValue('w', [64, 256, 1, 1])],
      outputs: [buildValue('y', [1, 64, 8, 10])],
      nodes: [createNode('Conv', ['x', 'w'], ['y'])],
      initializers: [normalTensor('w', [64, 256, 1, 1])],
    });
    await new NodeIO().write(at('point.onnx'), model);
    for (const threads of ['1', '2']) {
      await wring('--threads', threads, 'compress', at('point.onnx'), '-o', at(`${threads}.wrg`));
    }
    expect(readFileSync(at('2.wrg')).equals(readFileSync(at('1.wrg')))).toBe(true);
  });

  it.each(['0', '1.5', '257', 'many'])('refuses %s', async (threads) => {
    const { code, stderr } = await wring('--threads', threads, 'inspect', GLYPHS);
    expect(code).toBe(2);
    expect(stderr).toMatch(/integer between 1 and 256/);
  });
});

describe('--dry-run', () => {
  it('of pack says what would be written, and leaves nothing', async () => {
    const dry = await wring('pack', GLYPHS, '-o', at('dry.wrg'), '--dry-run');
    expect(dry.code).toBe(0);
    expect(readdirSync(at('')).filter((name) => name.includes('dry'))).toEqual([]);
    const { stdout } = await wring('pack', GLYPHS, '-o', at('dry.wrg'));
    expect(dry.stdout).toBe(`${stdout.trimEnd()}   dry run, nothing written\n`);
  });

  it('of compress tells the bytes that the file would have, and leaves no report either', async () => {
    const argv = ['--json', 'compress', GLYPHS, '-o', at('same.wrg'), '--method', 'uniform'];
    const dry = await wring(...argv, '--dry-run', '--report', at('same.json'));
    expect(readdirSync(at('')).filter((name) => name.includes('same'))).toEqual([]);
    await wring(...argv);
    expect(JSON.parse(dry.stdout).output.byteLength).toBe(statSync(at('same.wrg')).size);
  });
});

describe('compress --report file.json', () => {
  const argv = (report: string) => ['--json', 'compress', GLYPHS, '-o', at('told.wrg'), '--report', at(report)];

  it('holds what --json prints', async () => {
    const { code, stdout } = await wring(...argv('told.json'), '--method', 'uniform');
    expect(code).toBe(0);
    expect(readFileSync(at('told.json'), 'utf8')).toBe(stdout);
    expect(JSON.parse(stdout).schema).toBe(1);
  });

  it.each([
    ['told.txt', 2, /--report to end in \.html or \.json/],
    ['no/told.json', 1, /there is no folder/],
  ])('refuses %s before any work is done', async (report, exit, pattern) => {
    rmSync(at('told.wrg'), { force: true });
    const { code, stderr } = await wring(...argv(report));
    expect(code).toBe(exit);
    expect(stderr).toMatch(pattern);
    expect(existsSync(at('told.wrg'))).toBe(false);
  });
});
