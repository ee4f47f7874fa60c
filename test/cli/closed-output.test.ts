import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useFolder } from './wring.js';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = join(ROOT, 'models/glyphs.onnx');
/** The built command: `npm run build`. */
const MAIN = join(ROOT, 'dist/cli/main.js');

const at = useFolder();

describe.skipIf(!existsSync(MAIN))('a pipe that nobody reads any more (skipped without npm run build)', () => {
  it.each(['stdout', 'stderr'] as const)('as %s does not end what was begun', async (closed) => {
    const output = at(`${closed}.wrg`);
    const argv = [MAIN, '--verbose', 'compress', MODEL, '-o', output, '--method', 'uniform', '--samples', '8'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    child[closed].destroy();
    let told = '';
    child[closed === 'stdout' ? 'stderr' : 'stdout'].on('data', (text) => {
      told += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(told).not.toMatch(/EPIPE/);
    expect(statSync(output).size).toBeGreaterThan(1000);
  });
});
