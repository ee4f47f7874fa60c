// Chromium for tests, benches and screenshots: where it is, how it is started, and a server on localhost for its pages.
import { execFileSync } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Nothing that a fresh profile would look up or send. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** @returns {string | null} the program, CHROMIUM in the environment first; null where there is none */
export function findChromium() {
  for (const name of [process.env.CHROMIUM, ...NAMES]) {
    if (!name) continue;
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return name.includes('/') ? name : execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {}
  }
  return null;
}

/** A headless browser with a profile of its own, gone when it is closed. */
export function launchChromium(executablePath = findChromium()) {
  if (!executablePath) throw new Error('No Chromium: install one, or set CHROMIUM to its path');
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}

/**
 * Serves on localhost, on a port that is free.
 *
 * @param routes what is where: a path that ends in a slash is a folder's, given by its name; any other a file's, given by
 *   its bytes
 * @param {(path: string) => Record<string, string>} headersOf further headers by path
 */
export async function serve(routes, headersOf = () => ({})) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const send = (name, byteLength) => {
      const type = TYPES[extname(name)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-length': byteLength, ...headersOf(path) });
      return response;
    };
    const bytes = routes[path];
    if (bytes instanceof Uint8Array) {
      send(path, bytes.length).end(bytes);
      return;
    }
    const prefix = Object.keys(routes).find((start) => start.endsWith('/') && path.startsWith(start));
    const file = prefix && join(routes[prefix], normalize(`/${path.slice(prefix.length) || 'index.html'}`));
    const size = file ? statSync(file, { throwIfNoEntry: false })?.size : undefined;
    if (size === undefined) response.writeHead(404).end();
    else createReadStream(file).pipe(send(file, size));
  });
  await new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
