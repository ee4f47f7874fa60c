import type { Browser } from 'playwright-core';

/** See browser.mjs. */
export function findChromium(): string | null;
export function launchChromium(executablePath?: string | null): Promise<Browser>;
export function serve(
  routes: Readonly<Record<string, string | Uint8Array>>,
  headersOf?: (path: string) => Record<string, string>,
): Promise<{ readonly url: string; close(): Promise<void> }>;
