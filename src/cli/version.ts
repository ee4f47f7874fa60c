import { readFileSync } from 'node:fs';

/** Of package.json, two folders up from here in the source and in the build alike. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
