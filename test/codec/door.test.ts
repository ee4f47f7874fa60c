import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as source from '../../src/decode.js';
import { PRIMER } from '../../src/kernels/primer.js';

const golden = new Uint8Array(readFileSync(new URL('../golden/format-3.wrg', import.meta.url)));
const LIMIT = 10 * 1024;
const { bundleDoor } = await import(String(new URL('../../scripts/bundle-door.mjs', import.meta.url)));
const door: Uint8Array = await bundleDoor();

describe('the decode door', () => {
  it(`is one file of at most ${LIMIT} bytes after gzip, WebAssembly and all`, () => {
    expect(gzipSync(door, { level: 9 }).length).toBeLessThanOrEqual(LIMIT);
    expect(Buffer.from(door).toString()).not.toMatch(/\bimport\b|\brequire\b|\bprocess\b|\bBuffer\b/);
  });

  it('does what its source does, with short names', async () => {
    const { decode, isWringError, WringError } = await import(
      `data:text/javascript;base64,${Buffer.from(door).toString('base64')}`
    );
    expect(Buffer.compare(await decode(golden), await source.decode(golden))).toBe(0);
    for (const file of [new Response(golden), new Response(golden).body]) {
      expect(Buffer.compare(await decode(file), await source.decode(golden))).toBe(0);
    }
    const error = await decode(golden.subarray(0, 900)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WringError);
    expect(isWringError(error) && source.isWringError(error)).toBe(true);
    expect(error).toMatchObject({ name: 'WringError', code: 'E_TRUNCATED' });
  });
});

describe('docs/format.md', () => {
  it('has the primer as it is in the code', () => {
    const text = readFileSync('docs/format.md', 'utf8');
    const appendix = text.slice(text.indexOf('## Appendix'));
    expect(appendix.match(/```([^`]*)```/)?.[1].replace(/\s/g, '')).toBe(Buffer.from(PRIMER, 'latin1').toString('hex'));
  });
});
