import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Document, Tensor } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { WebIO } from '../../src/io/web-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { buildMlp } from '../helpers/build.js';

const io = new NodeIO();
let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wring-wrg-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tensorOf = (document: Document, name: string): Tensor => document.graph.initializers.get(name)!;

function codedMlp(): Document {
  const document = buildMlp([30, 20, 10]);
  const codebook = { values: Float32Array.of(-0.5, -0.125, 0, 0.125, 0.5) };
  for (const name of ['w0', 'w1']) {
    const tensor = tensorOf(document, name);
    tensor.setCoding({ kind: 'codebook', codebook, codes: new Uint16Array(tensor.elementCount).map((_, i) => i % 5) });
  }
  const bias = tensorOf(document, 'b0');
  bias.setCoding({
    kind: 'grid',
    scales: Float32Array.of(0.01),
    axis: 0,
    codes: new Int16Array(bias.elementCount).map((_, i) => i - 9),
  });
  return document;
}

describe('.wrg files', () => {
  it('give back the ONNX file that the document stands for, and leave nothing else behind', async () => {
    const document = codedMlp();
    await io.write(at('m.wrg'), document);
    expect(modelBytes(await io.read(at('m.wrg')))).toEqual(modelBytes(document));
    expect(await readdir(folder)).toEqual(['m.wrg']);
  });

  it('give back codings, tensors of one codebook sharing the object', async () => {
    const document = codedMlp();
    await io.write(at('m.wrg'), document);
    const read = await io.read(at('m.wrg'));
    for (const name of ['w0', 'w1', 'b0']) {
      const [expected, actual] = [tensorOf(document, name).coding!, tensorOf(read, name).coding!];
      expect(actual.kind).toBe(expected.kind);
      expect(actual.codes, name).toEqual(expected.codes);
    }
    const [a, b] = ['w0', 'w1'].map((name) => tensorOf(read, name).coding!);
    expect(a.kind === 'codebook' && b.kind === 'codebook' && a.codebook === b.codebook).toBe(true);
    expect(tensorOf(read, 'b1').coding).toBeNull();
  });

  it('are written again to the same bytes, over themselves too', async () => {
    await io.write(at('a.wrg'), codedMlp());
    await io.write(at('b.wrg'), await io.read(at('a.wrg')));
    await io.write(at('b.wrg'), await io.read(at('b.wrg')));
    const web = new WebIO();
    const { bytes } = await web.write(codedMlp(), 'c.wrg');
    expect(modelBytes(await web.read(bytes))).toEqual(modelBytes(await io.read(at('b.wrg'))));
    const again = await web.write(await io.read(at('b.wrg')), 'c.wrg');
    expect(again.bytes).toEqual(bytes);
  });
});
