import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readClaims } from '../../src/cli/claims.js';
import { createNode, type Document } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { buildDocument, buildValue, floatTensor, normalTensor } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const MODEL = join(import.meta.dirname, '../../models/glyphs.onnx');

const at = useFolder();

describe('verify', () => {
  it('passes what compress wrote, and fails when the original is another', async () => {
    await wring('compress', MODEL, '-o', at('proved.wrg'), '--method', 'uniform');
    expect((await wring('verify', at('proved.wrg'), '--original', MODEL)).code).toBe(0);
    await wring('unpack', at('proved.wrg'), '-o', at('other.onnx'));
    const wrong = await wring('verify', at('proved.wrg'), '--original', at('other.onnx'));
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/original/);
  });

  it('holds fused layers against what they were after fusing, and unfused ones against the original', async () => {
    for (const flags of [[], ['--no-fuse'], ['--ignore-type', 'Gemm']]) {
      const { code } = await wring('compress', MODEL, '-o', at('kept.wrg'), '--method', 'uniform', ...flags);
      expect(code).toBe(0);
      const { stdout, stderr } = await wring('--json', 'verify', at('kept.wrg'), '--original', MODEL);
      expect(stderr).not.toMatch(/FAILED/);
      const { checks } = JSON.parse(stdout);
      expect(checks.find((check: { what: string }) => check.what === 'tensors').detail).toMatch(/^\d+ as claimed/);
    }
  });

  it('names the tensor whose error is not the claimed one', async () => {
    await wring('compress', MODEL, '-o', at('honest.wrg'), '--method', 'uniform');
    const claims = await readClaims(at('honest.wrg'));
    const io = new NodeIO();
    const document = await io.read(at('honest.wrg'));
    const [weights] = [...document.graph.initializers.values()].filter(({ coding }) => coding);
    weights.setFloat32(weights.toFloat32().map((value) => value * 1.1));
    const { onnx: _, ...metadata } = claims;
    await io.write(at('liar.wrg'), document, { metadata });
    const { code, stderr } = await wring('verify', at('liar.wrg'), '--original', MODEL);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`"${weights.name}" claims [\\d.]+ dB, has [\\d.]+ dB`));
  });

  it('refuses a file with one byte changed', async () => {
    await wring('compress', MODEL, '-o', at('flip.wrg'), '--method', 'uniform');
    const bytes = readFileSync(at('flip.wrg'));
    bytes[bytes.length >> 1] ^= 16;
    writeFileSync(at('flip.wrg'), bytes);
    expect((await wring('verify', at('flip.wrg'))).code).toBe(1);
  });

  const lies: [string, (document: Document) => void, RegExp][] = [
    [
      'a number that compress leaves alone',
      ({ graph }) => graph.initializers.get('gain')?.setFloat32(Float32Array.of(2)),
      /"gain".* has changed/,
    ],
    ['an operator', ({ graph }) => (graph.nodes[1].opType = 'Div'), /the graph has changed/],
    ['a tensor too many', ({ graph }) => graph.initializers.set('new', floatTensor('new', [1], [1])), /"new".* is new/],
    ['a tensor too few', ({ graph }) => graph.initializers.delete('gain'), /"gain".* is missing/],
  ];

  it.each(lies)('finds %s changed, although the errors are as claimed', async (_, change, pattern) => {
    const io = new NodeIO();
    await io.write(at('scaled.onnx'), scaledModel());
    const { code } = await wring('compress', at('scaled.onnx'), '-o', at('scaled.wrg'), '--method', 'uniform');
    expect(code).toBe(0);
    const honest = await wring('verify', at('scaled.wrg'), '--original', at('scaled.onnx'));
    expect(honest.stderr).toMatch(/nothing else has changed/);
    const document = await io.read(at('scaled.wrg'));
    const { onnx: _hash, runtime: _runtime, ...metadata } = await readClaims(at('scaled.wrg'));
    change(document);
    await io.write(at('liar.wrg'), document, { metadata });
    const found = await wring('verify', at('liar.wrg'), '--original', at('scaled.onnx'));
    expect(found.code).toBe(1);
    expect(found.stderr).toMatch(pattern);
  });

  it('holds a packed file to every bit', async () => {
    const io = new NodeIO();
    await io.write(at('scaled.onnx'), scaledModel());
    await wring('pack', at('scaled.onnx'), '-o', at('lossless.wrg'));
    const original = ['--original', at('scaled.onnx')];
    expect((await wring('verify', at('lossless.wrg'), ...original)).stderr).toMatch(/lossless +nothing has changed/);
    const document = await io.read(at('lossless.wrg'));
    const { onnx: _hash, ...metadata } = await readClaims(at('lossless.wrg'));
    const weight = document.graph.initializers.get('w')!;
    weight.setFloat32(weight.toFloat32().map((value, i) => (i === 5 ? value * (1 + 2 ** -23) : value)));
    await io.write(at('liar.wrg'), document, { metadata });
    const found = await wring('verify', at('liar.wrg'), ...original);
    expect(found.code).toBe(1);
    expect(found.stderr).toMatch(/"w".* has changed/);
  });

  it('passes a model that onnxruntime could not run when it was compressed', async () => {
    const model = scaledModel();
    model.graph.nodes[1].opType = 'NoSuchOperator';
    await new NodeIO().write(at('strange.onnx'), model);
    expect((await wring('compress', at('strange.onnx'), '-o', at('strange.wrg'))).code).toBe(0);
    const { code, stderr } = await wring('verify', at('strange.wrg'), '--original', at('strange.onnx'));
    expect(stderr).toMatch(/nor was it run when the file was made/);
    expect(code).toBe(0);
  });
});

/** x [N, 64] → MatMul → Mul by one number → y [N, 48]. */
function scaledModel(): Document {
  return buildDocument({
    inputs: [buildValue('x', ['N', 64])],
    outputs: [buildValue('y', ['N', 48])],
    nodes: [createNode('MatMul', ['x', 'w'], ['h']), createNode('Mul', ['h', 'gain'], ['y'])],
    initializers: [normalTensor('w', [64, 48]), floatTensor('gain', [1], [0.5])],
  });
}
