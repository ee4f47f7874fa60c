import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { makeFiles } from './same-bytes.js';

/** null where there is none; then the test is skipped. */
function findChromium(): string | null {
  for (const name of [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome']) {
    if (!name) continue;
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return name;
    } catch {}
  }
  return null;
}

const chromium = findChromium();

/** The page's files, in base64. */
async function filesOfBrowser(browser: string): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { makeFiles } from './test/runtimes/same-bytes.ts';
        const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
        makeFiles().then(
          (files) => JSON.stringify(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, base64(bytes)]))),
          (error) => JSON.stringify({ error: String(error && error.stack) }),
        ).then((text) => { document.body.textContent = 'BEGIN' + text + 'END'; });`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const folder = mkdtempSync(join(tmpdir(), 'wring-chromium-'));
  try {
    const page = join(folder, 'page.html');
    const script = outputFiles[0].text.replaceAll('</script', '<\\/script');
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><body></body><script type="module">${script}</script>`);
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${folder}`,
      '--virtual-time-budget=60000',
    ];
    const dom = execFileSync(browser, [...flags, '--dump-dom', `file://${page}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(/BEGIN(.*)END/s.exec(dom.toString())?.[1] ?? '{"error":"the page said nothing"}');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('in Chromium', () => {
  it.skipIf(!chromium)(
    'files have the bytes that they have in Node; set CHROMIUM to its path where it is not found',
    async () => {
      const expected = await makeFiles();
      const found = await filesOfBrowser(chromium!);
      expect(found.error).toBeUndefined();
      for (const [name, bytes] of Object.entries(expected)) {
        expect(Buffer.compare(Buffer.from(found[name], 'base64'), bytes), name).toBe(0);
      }
      expect(Buffer.compare(readFileSync(new URL('../golden/format-3.wrg', import.meta.url)), expected.golden)).toBe(0);
    },
    60_000,
  );
});
