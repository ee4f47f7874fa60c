import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** The built command: a disk of our own can be had only in a process of its own. */
const MAIN = join(ROOT, 'dist/cli/main.js');
const MODEL = join(ROOT, 'models/glyphs.onnx');

let disk: string;
let elsewhere: string;
beforeAll(() => {
  disk = mkdtempSync(join(tmpdir(), 'wring-disk-'));
  elsewhere = mkdtempSync(join(tmpdir(), 'wring-elsewhere-'));
  spawnSync(process.execPath, [MAIN, 'pack', MODEL, '-o', join(elsewhere, 'packed.wrg')]);
});
afterAll(() => {
  for (const folder of [disk, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

/** Runs a command where `disk` is a file system of `size`; at the end, stdout lists what it holds. */
function onDisk(size: string, argv: readonly string[]) {
  const script = `mount -t tmpfs -o size=${size} tmpfs "$0" && { "$@"; code=$?; ls -Am "$0"; exit $code; }`;
  const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, disk, ...argv], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const canMount = () =>
  process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

describe.skipIf(!canMount())('a disk that is full (skipped where none can be mounted)', () => {
  const cases: [string, string, (file: (name: string) => string) => string[]][] = [
    ['pack', 'x.wrg', (at) => ['pack', MODEL, '-o', at('x.wrg')]],
    ['compress', 'x.wrg', (at) => ['compress', MODEL, '-o', at('x.wrg'), '--method', 'uniform']],
    ['compress to ONNX', 'x.onnx', (at) => ['compress', MODEL, '-o', at('x.onnx'), '--method', 'uniform']],
    ['unpack', 'x.onnx', (at) => ['unpack', join(elsewhere, 'packed.wrg'), '-o', at('x.onnx')]],
  ];

  it.each(cases)('gets one clear line of %s, exit code 1, and no half-written file', (_, name, argv) => {
    const at = (file: string) => join(disk, file);
    const { status, stdout, stderr } = onDisk('20k', [process.execPath, MAIN, '--quiet', ...argv(at)]);
    expect(stderr).toBe(
      `wring: Cannot write "${at(name)}": the disk is full; free some space or choose another folder\n`,
    );
    expect(status).toBe(1);
    expect(stdout.trim()).toBe('');
  });
});
