import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wring } from './wring.js';

const MODELS = join(import.meta.dirname, '../../models');
const GLYPHS = join(MODELS, 'glyphs.onnx');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wring-options-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

describe('--threads', () => {
  it.each(['glyphs.onnx', 'dialects.onnx'])('changes no byte of %s compressed', async (name) => {
    for (const threads of ['1', '2']) {
      const { code } = await wring('--threads', threads, 'compress', join(MODELS, name), '-o', at(`${threads}.wrg`));
      expect(code).toBe(0);
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
    expect(readdirSync(folder).filter((name) => name.includes('dry'))).toEqual([]);
    const { stdout } = await wring('pack', GLYPHS, '-o', at('dry.wrg'));
    expect(dry.stdout).toBe(`${stdout.trimEnd()}   dry run, nothing written\n`);
  });

  it('of compress tells the bytes that the file would have, and leaves no report either', async () => {
    const argv = ['--json', 'compress', GLYPHS, '-o', at('same.wrg'), '--method', 'uniform'];
    const dry = await wring(...argv, '--dry-run', '--report', at('same.json'));
    expect(readdirSync(folder).filter((name) => name.includes('same'))).toEqual([]);
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
