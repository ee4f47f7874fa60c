import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, Tensor } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { NodeIO } from '../../src/io/node-io.js';
import { listWeights } from '../../src/methods/weights.js';
import { modelBytes } from '../../src/onnx/index.js';
import { buildDocument, buildValue } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = join(ROOT, 'models/glyphs.onnx');
const DATA = join(ROOT, 'models/data/glyphs');

const at = useFolder();

describe('compress', () => {
  it('makes the shipped model twelve times smaller and loses at most half a point', async () => {
    const { code, stdout } = await wring(
      '--json',
      'compress',
      MODEL,
      '-o',
      at('glyphs.wrg'),
      '--quality',
      '85',
      '--data',
      DATA,
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.output.byteLength).toBe(statSync(at('glyphs.wrg')).size);
    expect(report.input.byteLength).toBe(statSync(MODEL).size);
    expect(report.input.byteLength / report.output.byteLength).toBeGreaterThan(12);
    expect(report.before.top1 - report.after.top1).toBeLessThanOrEqual(0.5);
    expect(report.coverage.share).toBeGreaterThan(0.99);
  });

  it('gives the same bytes twice', async () => {
    await wring('compress', MODEL, '-o', at('once.wrg'), '--method', 'uniform');
    await wring('compress', MODEL, '-o', at('again.wrg'), '--method', 'uniform');
    expect(readFileSync(at('again.wrg')).equals(readFileSync(at('once.wrg')))).toBe(true);
  });

  it('prints one line that says what has become of the file', async () => {
    const { stdout } = await wring('compress', MODEL, '-o', at('line.wrg'), '--method', 'uniform');
    expect(stdout).toMatch(/^\S+glyphs\.onnx \d+ kB → \S+line\.wrg [\d.]+ kB \([\d.]+x\).*\n$/);
  });

  it('writes standard ONNX that holds the very numbers of the packed file', async () => {
    await wring('compress', MODEL, '-o', at('same.wrg'), '--method', 'uniform');
    const { code } = await wring('compress', MODEL, '-o', at('same.onnx'), '--method', 'uniform');
    expect(code).toBe(0);
    expect(statSync(at('same.onnx')).size).toBeLessThan(statSync(MODEL).size / 2);
    const { stdout } = await wring('--json', '--quiet', 'diff', at('same.wrg'), at('same.onnx'), '--data', DATA);
    expect(JSON.parse(stdout).outputs.sqnr).toBeNull();
  });

  it.each(['path', 'gpfq', 'multipoint'])(
    'chooses by %s on the first samples of the data, and measures on the rest',
    async (method) => {
      const path = at(`${method}.wrg`);
      const argv = ['compress', MODEL, '-o', path, '--method', method, '--data', DATA, '--quality', '85'];
      const { code, stdout } = await wring('--json', ...argv);
      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ method, calibration: 'glyphs' });
      expect(report.input.byteLength / report.output.byteLength).toBeGreaterThan(8);
      expect(report.before.top1 - report.after.top1).toBeLessThanOrEqual(1.5);
      const whole = JSON.parse((await wring('--json', 'evaluate', MODEL, '--data', DATA)).stdout).count;
      expect(report.before.count).toBe(whole - 64);
      expect(report.coverage.share).toBeGreaterThan(0.99);
      const verified = await wring('verify', path, '--original', MODEL);
      expect(verified.stderr).not.toContain('FAILED');
      expect(verified.code).toBe(0);
      const again = await wring(...argv.map((word) => (word === path ? at('again.wrg') : word)));
      expect(again.code).toBe(0);
      expect(readFileSync(at('again.wrg')).equals(readFileSync(path))).toBe(true);
    },
  );

  it('spells points as products of eight-bit values, and says where there are several', async () => {
    const argv = [
      'compress',
      MODEL,
      '-o',
      at('products.onnx'),
      '--method',
      'multipoint',
      '--bits',
      '3',
      '--data',
      DATA,
    ];
    const { code, stdout } = await wring('--json', ...argv, '--spelling', 'products', '--activations', 'int8');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.before.top1 - report.after.top1).toBeLessThanOrEqual(1.5);
    const split = report.points.find(({ points }: { points: number[] }) => points.length > 1);
    expect(split.extraBytes).toBeGreaterThan(0);
    expect(split.extraOperations).toBeGreaterThan(0);
    const { graph } = await new NodeIO().read(at('products.onnx'));
    expect(graph.nodes.map(({ opType }) => opType)).toContain('QuantizeLinear');
    const refused = await wring('compress', MODEL, '-o', at('products.onnx'), '--spelling', 'products');
    expect(refused.stderr).toContain('multipoint');
  });

  it('lets layers share their values, if it is asked to', async () => {
    const argv = ['compress', MODEL, '-o', at('shared.wrg'), '--method', 'path', '--data', DATA, '--quality', '70'];
    const report = JSON.parse((await wring('--json', ...argv, '--shared-values')).stdout);
    expect(report.recipe.sharedValues).toBe(true);
    expect(report.before.top1 - report.after.top1).toBeLessThanOrEqual(1.5);
    const refs = listWeights(await new NodeIO().read(at('shared.wrg')), { roles: ['weight'] });
    const steps = refs.flatMap(({ tensor: { coding } }) => (coding?.kind === 'grid' ? [...coding.scales] : []));
    expect(steps.length).toBeGreaterThan(3);
    for (const step of steps) expect([1, 1.5]).toContain(step / 2 ** Math.floor(Math.log2(step)));
  });

  it('tunes steps and biases after the choice, and cleans up behind it', async () => {
    const argv = ['compress', MODEL, '-o', at('tuned.wrg'), '--method', 'path', '--data', DATA, '--quality', '55'];
    const plain = JSON.parse((await wring('--json', ...argv)).stdout);
    const tuned = JSON.parse((await wring('--json', ...argv, '--tune', '4')).stdout);
    expect(tuned.outputError).toBeLessThan(plain.outputError);
    expect(tuned.output.byteLength / plain.output.byteLength).toBeCloseTo(1, 1);
    expect(existsSync(at('tuned.wrg.tuning'))).toBe(false);
  });

  it('takes the bits of gpfq and of multipoint, and of no other method', async () => {
    for (const [method, low, high] of [
      ['gpfq', 2, 4],
      ['multipoint', 3, 8],
    ] as const) {
      const sizes: number[] = [];
      for (const bits of [low, high]) {
        const argv = ['compress', MODEL, '-o', at('bits.wrg'), '--method', method, '--bits', String(bits)];
        expect((await wring(...argv, '--samples', '8')).code).toBe(0);
        sizes.push(statSync(at('bits.wrg')).size);
      }
      expect(sizes[0]).toBeLessThan(sizes[1]);
    }
    const refused = await wring('compress', MODEL, '-o', at('bits.wrg'), '--bits', '4');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('gpfq or multipoint');
    const none = await wring(
      'compress',
      MODEL,
      '-o',
      at('no.wrg'),
      '--method',
      'gpfq',
      '--data',
      DATA,
      '--samples',
      '4096',
    );
    expect(none.stderr).toContain('--calibrate');
  });

  it('takes wfn and pwfn too', async () => {
    for (const method of ['wfn', 'pwfn']) {
      const { code, stdout } = await wring('--json', 'compress', MODEL, '-o', at(`${method}.wrg`), '--method', method);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).method).toBe(method);
    }
  });

  it('leaves nothing with --dry-run, and nothing with a result that would be larger', async () => {
    expect((await wring('compress', MODEL, '-o', at('dry.wrg'), '--method', 'uniform', '--dry-run')).code).toBe(0);
    await wring('compress', MODEL, '-o', at('first.wrg'), '--method', 'uniform');
    const finer = ['compress', at('first.wrg'), '-o', at('second.wrg'), '--method', 'uniform', '--quality', '100'];
    const again = await wring(...finer);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/nothing was written/);
    expect(readdirSync(at('')).filter((name) => /dry|second|tmp/.test(name))).toEqual([]);
  });

  it('exits 3 when more accuracy is lost than --max-drop allows', async () => {
    const argv = ['compress', MODEL, '-o', at('rough.wrg'), '--method', 'uniform', '--quality', '5', '--data', DATA];
    expect((await wring(...argv, '--max-drop', '0.5')).code).toBe(3);
  });
});

describe('pack and unpack', () => {
  it('give back every byte, through the file and through the decode door', async () => {
    expect((await wring('pack', MODEL, '-o', at('packed.wrg'))).code).toBe(0);
    expect((await wring('unpack', at('packed.wrg'), '-o', at('back.onnx'))).code).toBe(0);
    const standard = Buffer.from(modelBytes(await new NodeIO().read(MODEL)));
    expect(readFileSync(at('back.onnx')).equals(standard)).toBe(true);
    expect(Buffer.from(await decode(readFileSync(at('packed.wrg')))).equals(standard)).toBe(true);
  });
});

describe('compress --report', () => {
  it('writes a page that shows every tensor and loads nothing', async () => {
    const argv = ['compress', MODEL, '-o', at('page.wrg'), '--report', at('page.html'), '--method', 'uniform'];
    const { stdout } = await wring('--json', ...argv);
    const page = readFileSync(at('page.html'), 'utf8');
    const { tensors } = JSON.parse(stdout);
    for (const { name } of tensors) expect(page).toContain(name);
    expect(page.match(/<rect/g)?.length).toBeGreaterThanOrEqual(3 * tensors.length - 3);
    expect(page).not.toMatch(/<script|src=|href=|url\(/);
    expect((await wring('compress', MODEL, '-o', at('page.wrg'), '--report', at('page.txt'))).code).toBe(2);
  });
});

describe('inspect and evaluate', () => {
  it('tell the loss of a language model on sequences of tokens', async () => {
    // Scores of 0 whatever came before: every one of four tokens is as likely, and the first counts as the likeliest.
    const model = buildDocument({
      inputs: [buildValue('tokens', ['N', 'T'], DataType.INT64)],
      outputs: [buildValue('logits', ['N', 'T', 4])],
      nodes: [createNode('Gather', ['table', 'tokens'], ['logits'])],
      initializers: [Tensor.fromFloat32('table', [4, 4], new Float32Array(16))],
    });
    writeFileSync(at('bigram.onnx'), modelBytes(model));
    mkdirSync(at('text'), { recursive: true });
    writeFileSync(at('text/tokens.u16'), Uint16Array.of(1, 0, 3, 2, 0, 0));
    const splits = { test: { tokens: 'tokens.u16', dtype: 'u16', shape: [2, 3] } };
    writeFileSync(at('text/text.json'), JSON.stringify({ splits }));
    const { stdout, stderr } = await wring('--json', 'evaluate', at('bigram.onnx'), '--data', at('text'));
    expect(stderr).toBe('');
    const { nll, agreement, count } = JSON.parse(stdout);
    expect(nll).toBeCloseTo(Math.log(4), 6);
    expect(agreement).toBeCloseTo(75, 6);
    expect(count).toBe(4);
  });

  it('shows every tensor with its unique values and entropy', async () => {
    await wring('compress', MODEL, '-o', at('seen.wrg'), '--method', 'uniform');
    const { stdout } = await wring('--json', '--quiet', 'inspect', at('seen.wrg'));
    const { tensors } = JSON.parse(stdout);
    const hidden = tensors.find((tensor: { name: string }) => tensor.name === 'hidden.weight');
    expect(hidden).toMatchObject({ dataType: 'float', dims: [72, 1728], coding: 'grid', role: 'weight' });
    expect(hidden.entropy).toBeLessThanOrEqual(Math.log2(hidden.unique));
    expect(hidden.entropy).toBeGreaterThan(0);
  });

  it('measures the accuracy that the manifest states', async () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'models/manifest.json'), 'utf8'));
    const { stdout } = await wring('--json', 'evaluate', MODEL, '--data', DATA);
    const result = JSON.parse(stdout);
    expect(result.top1).toBeCloseTo(manifest.models[0].accuracy.top1, 5);
    expect(result.count).toBe(manifest.models[0].accuracy.count);
    expect(result.interval[0]).toBeLessThan(result.top1);
    expect(result.interval[1]).toBeGreaterThan(result.top1);
  });
});

describe('bad input gets one clear line, the right exit code, and leaves nothing behind', () => {
  const cases: [string, () => string[], number, RegExp][] = [
    ['no such file', () => ['inspect', at('absent.onnx')], 1, /absent\.onnx/],
    ['not ONNX', () => ['compress', at('text.onnx'), '-o', at('x.wrg')], 1, /ONNX/],
    ['truncated', () => ['compress', at('cut.onnx'), '-o', at('x.wrg')], 1, /offset|byte|end/],
    ['an empty file', () => ['compress', at('empty.onnx'), '-o', at('x.wrg')], 1, /empty\.onnx|0 bytes|byte/],
    ['NaN weights', () => ['compress', at('nan.onnx'), '-o', at('x.wrg')], 1, /hidden\.weight.*/],
    ['no folder to write to', () => ['pack', MODEL, '-o', at('no/such/x.wrg')], 1, /x\.wrg/],
    ['an unknown option', () => ['compress', MODEL, '-o', at('x.wrg'), '--qualty', '3'], 2, /--quality/],
    [
      'an unknown method',
      () => ['compress', MODEL, '-o', at('x.wrg'), '--method', 'magic'],
      2,
      /auto, uniform, wfn, pwfn/,
    ],
    ['a quality out of range', () => ['compress', MODEL, '-o', at('x.wrg'), '--quality', '101'], 2, /0 and 100/],
    ['no output', () => ['compress', MODEL], 2, /--output/],
    [
      'an ignored name that does not exist',
      () => ['compress', MODEL, '-o', at('x.wrg'), '--ignore', 'nope'],
      2,
      /nope/,
    ],
    ['an unknown command', () => ['squeeze', MODEL], 2, /squeeze/],
  ];

  beforeAll(async () => {
    const bytes = readFileSync(MODEL);
    writeFileSync(at('text.onnx'), 'this is no model, but a sentence of some length');
    writeFileSync(at('cut.onnx'), bytes.subarray(0, 100_000));
    writeFileSync(at('empty.onnx'), '');
    const io = new NodeIO();
    const document = await io.read(MODEL);
    const weight = document.graph.initializers.get('hidden.weight')!;
    const values = weight.toFloat32();
    values[77] = Number.NaN;
    weight.setFloat32(values);
    await io.write(at('nan.onnx'), document);
  });

  it.each(cases)('%s', async (_, argv, exit, pattern) => {
    const { code, stdout, stderr } = await wring(...argv());
    expect(code).toBe(exit);
    expect(stdout).toBe('');
    expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(at('x.wrg'))).toBe(false);
    expect(readdirSync(at('')).filter((name) => name.startsWith('.') || name.endsWith('.tmp'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('no permission to write (skipped for root, who may)', async () => {
    chmodSync(at(''), 0o500);
    try {
      const { code, stderr } = await wring('pack', MODEL, '-o', at('x.wrg'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/permission/i);
    } finally {
      chmodSync(at(''), 0o700);
    }
  });
});

describe('help', () => {
  it('states the default of every option that has one', async () => {
    const { code, stdout } = await wring('compress', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/--quality <n>.*\(default:\s+75;\s+67\s+where\s+inputs\s+are\s+synthesised\)/s);
    expect(stdout).toMatch(/--method <name>.*\(default:\s+"auto"\)/s);
  });
});
