// Takes the pictures of the workbench that the README shows, from build/workbench (npm run workbench:build).
import { mkdirSync } from 'node:fs';
import { launchChromium, serve } from './browser.mjs';

const FOLDER = process.argv[2] ?? 'docs/images';
const SHOTS = /** @type {const} */ ([
  { name: 'workbench-light', colorScheme: 'light', width: 1200, height: 1180 },
  { name: 'workbench-dark', colorScheme: 'dark', width: 1200, height: 1180 },
  { name: 'workbench-phone', colorScheme: 'light', width: 390, height: 1480 },
]);

mkdirSync(FOLDER, { recursive: true });
const server = await serve({ '/': 'build/workbench' });
const browser = await launchChromium();
for (const { name, colorScheme, width, height } of SHOTS) {
  const page = await browser.newPage({ colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(server.url);
  if (process.argv.includes('--welcome')) await page.screenshot({ path: `${FOLDER}/${name}-welcome.png` });
  await page.getByRole('button', { name: 'Open the example' }).click();
  await page.getByRole('heading', { name: 'glyphs.onnx' }).waitFor();
  if (process.argv.includes('--welcome')) {
    await page.waitForTimeout(600);
    await page.screenshot({ path: `${FOLDER}/${name}-open.png` });
  }
  await page.getByRole('button', { name: 'Compress' }).click();
  await page.getByRole('button', { name: 'Download .wrg' }).waitFor({ timeout: 120_000 });
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
  await page.close();
}
await browser.close();
await server.close();
