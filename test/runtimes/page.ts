import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium, serve } from '../../scripts/browser.mjs';

/** null where there is none; tests in a page are skipped then. */
export const chromium = findChromium();

/** For the names of those tests. */
export const HINT = chromium ? '' : ' (no Chromium here: install it, or set CHROMIUM to its path)';

export interface OpenPage {
  readonly page: Page;
  close(): Promise<void>;
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<script type="module">
  import * as door from '/door.js';
  import * as ort from '/ort/ort.wasm.min.mjs';
  ort.env.wasm.wasmPaths = '/ort/';
  const fetchBytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
  const sha256 = async (bytes) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  Object.assign(window, { door, ort, fetchBytes, sha256 });
</script>`;

/**
 * A page with, as globals, the exports of a TypeScript file (`door`), onnxruntime-web (`ort`), `fetchBytes(url)` and
 * `sha256(bytes)`.
 *
 * @param workers further files that are bundled, by their paths on the server
 * @param files   what else the server has, by path
 */
export async function openPage(
  entry: string,
  workers: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<OpenPage> {
  const bundled: Record<string, Uint8Array> = {};
  for (const [path, source] of Object.entries({ '/door.js': entry, ...workers })) bundled[path] = await bundle(source);
  const server = await serve({
    ...bundled,
    ...files,
    '/page.html': Buffer.from(PAGE),
    '/ort/': 'node_modules/onnxruntime-web/dist',
  });
  const browser = await launchChromium(chromium);
  const page = await browser.newPage();
  await page.goto(`${server.url}/page.html`);
  await page.waitForFunction('window.door');
  return {
    page,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0].contents;
}
