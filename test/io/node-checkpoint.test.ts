import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointFile } from '../../src/io/node-checkpoint.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wring-checkpoint-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a checkpoint file', () => {
  it('holds what was saved last, and nothing else is left in the folder', async () => {
    const file = new CheckpointFile(join(folder, 'state'));
    expect(await file.load()).toBeNull();
    for (const bytes of [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]) {
      await file.save(bytes);
      expect(await file.load()).toEqual(bytes);
    }
    expect(readdirSync(folder)).toEqual(['state']);
    await file.remove();
    await file.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says in one line what cannot be written', async () => {
    const file = new CheckpointFile(join(folder, 'missing', 'state'));
    await expect(file.save(Uint8Array.of(1))).rejects.toMatchObject({ code: 'E_IO' });
    await expect(file.save(Uint8Array.of(1))).rejects.toThrow(/^Cannot write ".*state": no such file or folder; check/);
  });
});
