import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same result is wanted, so no fused multiply-add. */
const FLAGS = ['-O3', '-march=native', '-ffp-contract=off'];

/** Plain C programs beside the kernels; null where there is no gcc. */
export function openNative() {
  if (spawnSync('gcc', ['--version']).status !== 0) return null;
  const version = execFileSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).trim();
  const folder = mkdtempSync(join(tmpdir(), 'wring-bench-'));
  return {
    description: `gcc ${version} ${FLAGS.join(' ')}`,
    /** Compiles a program and writes its inputs; the function it gives runs it once more. */
    prepare({ source, args }, data) {
      const program = join(folder, source.replace('.c', ''));
      const path = fileURLToPath(new URL(`native/${source}`, import.meta.url));
      execFileSync('gcc', [...FLAGS, '-o', program, path, '-lm'], { stdio: 'inherit' });
      const words = args(data).map((value, i) => {
        if (typeof value === 'number') return String(value);
        const file = `${program}.${i}`;
        writeFileSync(file, value);
        return file;
      });
      return () => {
        const [ns, hash] = execFileSync(program, words, { encoding: 'utf8' }).split(' ').map(Number);
        return { ns, hash };
      };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
