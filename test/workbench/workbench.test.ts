import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser.mjs';
import { SILENT } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { compressBytes } from '../../src/pipeline/compress-bytes.js';
import { ortWeb } from '../../src/web.js';
import { distance, runModel } from '../helpers/runtime.js';
import { chromium, HINT } from '../runtimes/page.js';

const glyphs = new Uint8Array(readFileSync('models/glyphs.onnx'));
/** What a phone shows across. */
const PHONE = { width: 390, height: 844 };
const PATIENCE = 180_000;

/** What the focus is on, and how its place is shown; a radio button's text shows it. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  const shown = at.matches('input[type=radio]') ? at.nextElementSibling : at;
  const text = (at.labels?.[0] ?? at).textContent.trim();
  return { text, outline: Number.parseFloat(getComputedStyle(shown).outlineWidth) };
})()`;

describe.skipIf(!chromium)(`the workbench${HINT}`, { timeout: 2 * PATIENCE }, () => {
  let folder: string;
  let server: Awaited<ReturnType<typeof serve>>;
  let browser: Browser;
  const requests: string[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wring-workbench-'));
    await build({ configFile: 'workbench/vite.config.mjs', logLevel: 'error', build: { outDir: folder } });
    server = await serve({ '/': folder });
    browser = await launchChromium(chromium);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(viewport = { width: 1200, height: 900 }): Promise<Page> {
    const page = await browser.newPage({ viewport });
    page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
    await page.goto(server.url);
    return page;
  }

  async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
    const data = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob('${Buffer.from(bytes).toString('base64')}'), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], '${name}'));
      return transfer;
    })()`);
    await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  }

  async function download(page: Page, act: () => Promise<void>): Promise<[name: string, bytes: Uint8Array]> {
    const [file] = await Promise.all([page.waitForEvent('download', { timeout: PATIENCE }), act()]);
    return [file.suggestedFilename(), new Uint8Array(readFileSync(await file.path()))];
  }

  const click = (page: Page, button: string) => page.getByRole('button', { name: button, exact: true }).click();
  const finished = (page: Page) =>
    page.getByRole('button', { name: 'Download .wrg' }).and(page.locator(':enabled')).waitFor({ timeout: PATIENCE });

  it('shows a model that is dropped, and makes the file that Node makes', async () => {
    const page = await open();
    await drop(page, 'notes.onnx', Buffer.from('no model at all'));
    await page.getByRole('alert').filter({ hasText: /ONNX/ }).waitFor();

    await drop(page, 'glyphs.onnx', glyphs);
    await page.getByRole('heading', { name: 'glyphs.onnx' }).waitFor();
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    await page.locator('#map svg text', { hasText: 'hidden.weight' }).waitFor();
    expect(await page.locator('#histogram svg path').count()).toBeGreaterThan(0);

    await click(page, 'Compress');
    await click(page, 'Cancel');
    await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor();
    expect(await page.locator('#figures').isVisible()).toBe(false);

    await click(page, 'Compress');
    await finished(page);
    const size = await page.locator('#size').textContent();
    await page.getByLabel('Quality').fill('40');
    await expect.poll(() => page.locator('#size').textContent(), { timeout: PATIENCE }).not.toBe(size);
    const [name, packed] = await download(page, () => click(page, 'Download .wrg'));
    expect(name).toBe('glyphs.wrg');
    const ports = { runtime: ortWeb(ort), logger: SILENT, onProgress() {} };
    const expected = await compressBytes(glyphs, { name: 'glyphs.onnx', method: 'uniform', quality: 40 }, ports);
    expect(Buffer.compare(packed, expected.bytes)).toBe(0);

    const [onnxName, onnx] = await download(page, () => click(page, 'Download .onnx'));
    expect(onnxName).toBe('glyphs.small.onnx');
    expect(onnx.length).toBeLessThan(glyphs.length / 4);
    expect(distance(await runModel(onnx), await runModel(await decode(packed)))).toBeLessThan(1e-4);

    // Wide fonts leave a tile no room for the whole name.
    await page.locator('#map svg text', { hasText: /^conv3/ }).click();
    await page.getByRole('heading', { name: 'conv3.weight' }).waitFor();
    await page.getByLabel('Error', { exact: true }).check();
    await page.locator('#legend-low', { hasText: 'dB' }).waitFor();
    await page.close();
  });

  it('can be used with the keyboard alone, and shows where it is', async () => {
    const page = await open();
    /** Tabs on until a control with that name has the focus. */
    async function tabTo(name: string): Promise<void> {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        const { text, outline } = await page.evaluate<{ text: string; outline: number }>(FOCUSED);
        expect(outline, text).toBeGreaterThanOrEqual(2);
        if (text.startsWith(name)) return;
      }
      expect.fail(`no tab leads to ${name}`);
    }
    await tabTo('Open the example');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'glyphs.onnx' }).waitFor();
    await tabTo('Quality');
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#quality-value').textContent()).toBe('70');
    await tabTo('Compress');
    await page.keyboard.press('Enter');
    await finished(page);
    await tabTo('Download .wrg');
    const [, packed] = await download(page, () => page.keyboard.press('Enter'));
    expect((await decode(packed)).length).toBeGreaterThan(packed.length);
    await tabTo('Bits a weight');
    await page.keyboard.press('ArrowRight');
    await page.locator('#legend-low', { hasText: 'dB' }).waitFor();
    await tabTo('conv3.weight');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'conv3.weight' }).waitFor();
    await page.close();
  });

  it('fits a phone: nothing to scroll sideways, every control large enough for a thumb', async () => {
    const page = await open(PHONE);
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
    expect(await width()).toBe(PHONE.width);
    await click(page, 'Open the example');
    await page.getByRole('heading', { name: 'glyphs.onnx' }).waitFor();
    await page.locator('#map svg text').first().waitFor();
    expect(await width()).toBe(PHONE.width);
    for (const control of ['#compress', '#method', '#save-wrg', '#quality']) {
      const box = await page.locator(control).boundingBox();
      if (box) expect(box.height, control).toBeGreaterThanOrEqual(28);
    }
    await page.close();
  });

  it('sends nothing anywhere', () => {
    expect(requests.length).toBeGreaterThan(3);
    const strange = requests.filter(
      (request) => !request.startsWith(`GET ${server.url}/`) && !request.startsWith('GET blob:'),
    );
    expect(strange.filter((request) => !request.startsWith('GET data:'))).toEqual([]);
  });
});
