import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Document } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { fuseBatchNorm, prune } from '../../src/transforms/index.js';
import { buildConvNet, buildMlp, buildRecurrent, buildValue } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const ROOT = join(import.meta.dirname, '../..');
const GLYPHS = join(ROOT, 'models/glyphs.onnx');
const DIALECTS = join(ROOT, 'models/dialects.onnx');
const DATA = join(ROOT, 'models/data/glyphs');

const at = useFolder();

async function write(name: string, document: Document): Promise<string> {
  await new NodeIO().write(at(name), document);
  return at(name);
}

async function diff(...argv: string[]) {
  const { code, stdout } = await wring('--json', '--quiet', 'diff', ...argv);
  expect(code).toBe(0);
  return JSON.parse(stdout) as {
    tensors: { name: string; sqnr: number | null }[];
    unmatched: string[];
    samples: number;
    outputs: { sqnr: number | null };
  };
}

describe('diff', () => {
  it('compares fused layers, too, whichever of the models comes first', async () => {
    await wring('compress', GLYPHS, '-o', at('fused.wrg'), '--method', 'uniform');
    await wring('compress', GLYPHS, '-o', at('apart.wrg'), '--method', 'uniform', '--no-fuse');
    const counts: number[] = [];
    for (const [a, b] of [
      [GLYPHS, at('fused.wrg')],
      [at('fused.wrg'), GLYPHS],
      [at('fused.wrg'), at('apart.wrg')],
      [at('apart.wrg'), at('fused.wrg')],
    ]) {
      const { tensors, unmatched, samples } = await diff(a, b, '--data', DATA);
      expect(unmatched).toEqual([]);
      expect(samples).toBe(64);
      counts.push(tensors.length);
    }
    expect(new Set(counts).size).toBe(1);
  });

  it.each([
    ['a network of images', async () => GLYPHS],
    // Its table of letters is looked up row by row.
    ['one of attention', async () => DIALECTS],
    ['a recurrent one', () => write('recurrent.onnx', buildRecurrent())],
  ])('finds the weights of %s behind the operators that spell them', async (_, make) => {
    const model = await make();
    await wring('compress', model, '-o', at('same.wrg'), '--method', 'uniform');
    await wring('compress', model, '-o', at('same.onnx'), '--method', 'uniform');
    const { tensors, unmatched, outputs } = await diff(at('same.wrg'), at('same.onnx'));
    expect(unmatched).toEqual([]);
    expect(tensors.length).toBeGreaterThan(4);
    expect(tensors.filter(({ sqnr }) => sqnr !== null)).toEqual([]);
    expect(outputs.sqnr).toBeNull();
  });

  it('fuses models of others with --fuse', async () => {
    const fused = buildConvNet();
    await fused.transform(fuseBatchNorm(), prune());
    const pair = [await write('apart.onnx', buildConvNet()), await write('together.onnx', fused)];
    expect((await diff(...pair)).unmatched).toContain('bn.scale');
    const { tensors, unmatched } = await diff(...pair, '--fuse');
    expect(unmatched).toEqual([]);
    expect(tensors.map(({ sqnr }) => sqnr)).toEqual([null, null, null, null]);
  });

  it('fills up the batches of a model that takes no others', async () => {
    const models = await Promise.all(
      [1, 2].map((seed) => {
        const document = buildMlp([4, 8, 3], seed);
        document.graph.inputs = [buildValue('x', [3, 4])];
        document.graph.outputs = [buildValue('y', [3, 3])];
        return write(`batch${seed}.onnx`, document);
      }),
    );
    mkdirSync(at('points'), { recursive: true });
    writeFileSync(
      at('points/x.f32'),
      Float32Array.from({ length: 20 }, (_, i) => i / 20),
    );
    writeFileSync(at('points/y.u8'), new Uint8Array(5));
    const splits = { test: { images: 'x.f32', labels: 'y.u8', dtype: 'f32', shape: [5, 4] } };
    writeFileSync(at('points/points.json'), JSON.stringify({ splits }));
    const { samples } = await diff(...models, '--data', at('points'));
    expect(samples).toBe(6);
  });
});
