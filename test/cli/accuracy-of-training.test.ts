import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { bytesOf, writeNpy } from '../data/npy-writer.js';
import { writePng } from '../data/png-writer.js';
import { buildConvNet } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const COUNT = 12;
const at = useFolder();

beforeAll(async () => {
  await new NodeIO().write(at('model.onnx'), buildConvNet());
  const random = new Random(1);
  const x = writeNpy(
    "'<f4'",
    [COUNT, 3, 8, 8],
    bytesOf(Float32Array.from({ length: COUNT * 192 }, () => random.normal())),
  );
  const y = writeNpy("'<i8'", [COUNT], bytesOf(BigInt64Array.from({ length: COUNT }, (_, i) => BigInt(i % 3))));
  writeFileSync(at('unlabelled.npy'), x);
  writeFileSync(at('x.npy'), x);
  writeFileSync(at('x.labels.npy'), y);
  // The model tells 5 classes apart.
  writeFileSync(at('many.npy'), x);
  const labels = BigInt64Array.from({ length: COUNT }, (_, i) => (i === COUNT - 2 ? 7n : 0n));
  writeFileSync(at('many.labels.npy'), writeNpy("'<i8'", [COUNT], bytesOf(labels)));
  writeFileSync(at('narrow.npy'), writeNpy("'<f4'", [1, 3, 4, 8], new Uint8Array(384)));
  writeFileSync(at('narrow.labels.npy'), writeNpy("'<i8'", [1], new Uint8Array(8)));
  writeFileSync(at('whole.npz'), zipSync({ 'x.npy': x, 'y.npy': y }));
  writeFileSync(at('train.npz'), zipSync({ 'x_train.npy': x, 'y_train.npy': y }));
  writeFileSync(at('both.npz'), zipSync({ 'x_train.npy': x, 'y_train.npy': y, 'x_test.npy': x, 'y_test.npy': y }));
  for (const folder of ['photos', 'split/train', 'broken']) {
    for (const name of ['a', 'b', 'c']) {
      mkdirSync(at(`${folder}/${name}`), { recursive: true });
      const pixels = Uint8Array.from({ length: 192 }, () => random.below(256));
      writeFileSync(at(`${folder}/${name}/0.png`), writePng({ width: 8, height: 8, kind: 2, pixels }));
    }
  }
  mkdirSync(at('flat/train'), { recursive: true });
  writeFileSync(at('flat/train/0.png'), writePng({ width: 8, height: 8, kind: 2, pixels: new Uint8Array(192) }));
  writeFileSync(at('broken/a/1.png'), 'no PNG');
  for (const folder of ['photos', 'split', 'flat', 'broken'])
    writeFileSync(at(`${folder}/preprocess.json`), '{"divide": 255}');
});

const compress = (data: string, ...more: string[]) =>
  wring('compress', at('model.onnx'), '-o', at('out.wrg'), '--data', at(data), ...more);
/** Files in the folder of this test. */
const named = (argv: readonly string[]) => argv.map((word) => (/\.np[yz]$/.test(word) ? at(word) : word));
const PWFN = ['--method', 'pwfn', '--epochs', '1', '--samples', '4'] as const;

describe('compress with training', () => {
  it.each([
    ['x.npy'],
    ['whole.npz'],
    ['train.npz'],
    ['both.npz#test'],
    ['photos'],
    ['split'],
    ['flat', '--loss', 'distillation'],
    ['unlabelled.npy', '--loss', 'distillation'],
  ])('measures no accuracy of %s on what it is trained on, and says so', async (data, ...more) => {
    const { code, stdout, stderr } = await compress(data, ...PWFN, '--json', '--dry-run', ...more);
    expect(stderr).toMatch(/accuracy is not measured: .* no labelled split "test".*--test/);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ before: null, after: null });
  });

  it.each([
    ['both.npz', []],
    ['both.npz#train', []],
    ['x.npy', ['--test', 'both.npz']],
  ])('measures on the split test of %s, or on what is named (%j)', async (data, more) => {
    const { code, stdout } = await compress(data, ...PWFN, '--json', '--dry-run', ...named(more));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ before: { count: COUNT }, after: { count: COUNT } });
  });

  it.each([
    ['train.npz', [], /--test/],
    ['x.npy', [], /--test/],
    ['photos', [], /--test/],
    ['unlabelled.npy', ['--loss', 'distillation'], /--test/],
    ['x.npy', ['--test', 'unlabelled.npy'], /no labels/],
  ])('refuses --max-drop with %s %j before it begins', async (data, more, message) => {
    const before = readdirSync(at(''));
    const argv = [...PWFN, '--max-drop', '0', '--save-every', '1', ...named(more)];
    const { code, stdout, stderr } = await compress(data, ...argv);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(readdirSync(at(''))).toEqual(before);
  });
});

describe('compress without training', () => {
  it('measures on all of data without splits', async () => {
    const { stdout } = await compress('x.npy', '--method', 'uniform', '--json', '--dry-run');
    expect(JSON.parse(stdout).after.count).toBe(COUNT);
  });

  it('refuses --max-drop where samples without labels are only chosen by', async () => {
    const argv = ['--method', 'path', '--samples', '4', '--max-drop', '0'];
    const { code, stderr } = await compress('unlabelled.npy', ...argv);
    expect(stderr).toMatch(/--max-drop .*no labels.*--calibrate/);
    expect(code).toBe(2);
  });
});

describe('train', () => {
  const train = (test: string) =>
    wring('train', at('model.onnx'), '-o', at('out.onnx'), '--data', at('x.npy'), '--test', at(test), ...SHORT);
  const SHORT = ['--epochs', '1', '--batch', '2', '--save-every', '1'];

  it.each([
    ['unlabelled.npy', 2, /unlabelled\.npy.* no labels/],
    ['many.npy', 1, /many\.npy.* label 7/],
    ['narrow.npy', 1, /narrow\.npy.*\[3, 4, 8\]/],
  ])('refuses to be tested on %s before it begins', async (test, exit, message) => {
    const before = readdirSync(at(''));
    const { code, stderr } = await train(test);
    expect(stderr).toMatch(message);
    expect(code).toBe(exit);
    expect(readdirSync(at(''))).toEqual(before);
  });

  it('has written the model when a test image turns out to be broken', async () => {
    const { code, stderr } = await train('broken');
    expect(stderr).toMatch(/out\.onnx is written, but not tested: .*1\.png/);
    expect(code).toBe(1);
    expect((await new NodeIO().read(at('out.onnx'))).metadata.has('wring')).toBe(true);
  });
});
