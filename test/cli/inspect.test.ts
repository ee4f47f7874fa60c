import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NodeIO } from '../../src/io/node-io.js';
import { buildMlp, int64Tensor, normalTensor } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const GLYPHS = join(import.meta.dirname, '../../models/glyphs.onnx');
const at = useFolder();

/** What `inspect` says that a .wrg is made of. */
async function sharesOf(path: string) {
  const { code, stdout, stderr } = await wring('--json', 'inspect', path);
  expect(code).toBe(0);
  const { headBytes, otherBytes, tensors } = JSON.parse(stdout) as {
    headBytes: number;
    otherBytes: number;
    tensors: { name: string; packedBytes: number; shared: boolean }[];
  };
  const sum = tensors.reduce((total, { packedBytes }) => total + packedBytes, headBytes + otherBytes);
  return { headBytes, otherBytes, tensors, stderr, sum };
}

describe('inspect of a .wrg', () => {
  it('accounts for every byte', async () => {
    await wring('compress', GLYPHS, '-o', at('glyphs.wrg'), '--method', 'uniform');
    const { headBytes, otherBytes, tensors, stderr, sum } = await sharesOf(at('glyphs.wrg'));
    expect(sum).toBeCloseTo(statSync(at('glyphs.wrg')).size, 6);
    expect(headBytes).toBeGreaterThan(0);
    expect(otherBytes).toBe(0);
    expect(tensors.some(({ packedBytes, shared }) => packedBytes > 0 && shared)).toBe(true);
    expect(stderr).toMatch(/packed/);
  });

  it('marks what is an estimate, says what is in the head, and counts sparse tensors apart', async () => {
    const document = buildMlp([160, 128, 8, 2]);
    document.graph.sparseInitializers.push({
      values: normalTensor('sparse', [20_000], 7),
      indices: int64Tensor(
        '',
        [20_000],
        Array.from({ length: 20_000 }, (_, i) => 3 * i),
      ),
      dims: [60_000],
    });
    await new NodeIO().write(at('sparse.onnx'), document);
    expect((await wring('pack', at('sparse.onnx'), '-o', at('sparse.wrg'))).code).toBe(0);
    const { otherBytes, tensors, stderr, sum } = await sharesOf(at('sparse.wrg'));
    expect(Math.abs(sum - statSync(at('sparse.wrg')).size)).toBeLessThan(0.5);
    expect(otherBytes).toBeGreaterThan(60_000);
    expect(stderr).toMatch(/sparse tensors and others without a row: \d/);
    for (const { name, packedBytes, shared } of tensors) {
      const row = stderr.split('\n').find((line) => line.trim().startsWith(`${name} `));
      expect(row).toMatch(packedBytes === 0 ? /in head\s*$/ : shared ? /~[\d.]+ k?B\s*$/ : / [\d.]+ k?B\s*$/);
    }
  });

  it('says nothing of the kind about an ONNX file', async () => {
    const { stdout, stderr } = await wring('--json', 'inspect', GLYPHS);
    const { headBytes, otherBytes, tensors } = JSON.parse(stdout);
    expect([headBytes, otherBytes, tensors[0].packedBytes]).toEqual([null, null, null]);
    expect(stderr).not.toMatch(/packed|head/);
  });
});
