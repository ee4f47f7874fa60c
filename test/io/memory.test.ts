import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const { bavail, bsize } = await statfs(tmpdir());
const roomy = bavail * bsize > 8 * 2 ** 30;

it.skipIf(!roomy)(
  'a model of 3 GiB is written, read and written again in 3x its largest tensor + 150 MB (skipped below 8 GiB of free disk)',
  { timeout: 300_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wring-memory-'));
    try {
      const script = join(folder, 'large-model.cjs');
      const entry = fileURLToPath(new URL('./large-model.ts', import.meta.url));
      await build({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', format: 'cjs' });
      const { stdout } = await promisify(execFile)(process.execPath, [script, folder]);
      const { ends, maxRss } = JSON.parse(stdout);
      expect(ends).toEqual(Array.from({ length: 12 }, (_, t) => [t + 1, t + 1]));
      expect(maxRss).toBeLessThan(3 * 256 * 2 ** 20 + 150e6);
      expect((await readdir(folder)).sort()).toEqual([
        'a.onnx',
        'a.onnx.data',
        'b.onnx',
        'b.onnx.data',
        'large-model.cjs',
      ]);
      expect((await stat(join(folder, 'b.onnx.data'))).size).toBe(3 * 2 ** 30);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
