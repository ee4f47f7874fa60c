import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NodeIO } from '../../src/io/node-io.js';
import { useFolder, wring } from './wring.js';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = join(ROOT, 'models/glyphs.onnx');
/** The training data is not in the project, so the test samples have to do. */
const DATA = `${join(ROOT, 'models/data/glyphs')}#test`;
/** The built command, for processes of its own: `npm run build`. */
const MAIN = join(ROOT, 'dist/cli/main.js');

const at = useFolder();
const argvOf = (output: string, ...more: string[]) => [
  ...['--json', 'compress', MODEL, '-o', output, '--data', DATA, '--test', DATA, '--samples', '8', ...more],
];

describe('compress with training', () => {
  it.each([
    ['pwfn', ['--delta', '4'], 200],
    ['wfn', ['--delta', '0.03', '--regularizer', '0.2'], 200],
    ['pwfn', ['--delta', '1', '--sigma-scale', '4', '--sigma-join', 'retrain', '--regularizer', '0.001'], 200],
    ['pwfn', ['--entropy', '3'], 1000],
    ['pwfn', ['--entropy', '2.9', '--loss', 'blocks', '--mix', '0.5'], 1000],
  ] as const)(
    'by %s %j ends with shared values, says how each round went, and can be verified',
    async (method, more, most) => {
      const name = `${method}${more.join('')}.wrg`;
      const argv = argvOf(at(name), '--method', method, '--epochs', '2', ...more, '--report', at('report.html'));
      const { code, stdout, stderr } = await wring(...argv);
      expect(stderr).not.toMatch(/warning/);
      expect(code).toBe(0);
      const { training, tensors, before, after, coverage } = JSON.parse(stdout);
      expect(training.epochs).toHaveLength(2);
      expect(training.epochs[1].figures.values).toBeLessThan(most);
      expect(tensors.every(({ values }: { values: number }) => values < 300)).toBe(true);
      expect(coverage.share).toBeGreaterThan(0.98);
      expect(before.top1 - after.top1).toBeLessThan(6);
      expect((await wring('verify', at(name), '--original', MODEL)).code).toBe(0);
      expect(readdirSync(at('')).filter((file) => file.endsWith('.training'))).toEqual([]);
      const page = readFileSync(at('report.html'), 'utf8');
      expect(page).toContain('<h2>Training</h2>');
      expect(page.match(/<polyline/g)?.length).toBeGreaterThan(2);
    },
  );

  it.each([
    [[], false],
    [['--share-norms'], false],
    [['--fuse'], true],
    [['--entropy', '3'], true],
  ] as const)('by pwfn %j trains batch normalization apart, or has it folded in: %s', async (more, folded) => {
    const argv = argvOf(at('norms.wrg'), '--method', 'pwfn', '--epochs', '1', ...more);
    const { code, stdout } = await wring(...argv);
    expect(code).toBe(0);
    const { before, after, recipe } = JSON.parse(stdout);
    expect(before.top1 - after.top1).toBeLessThan(4);
    // A recipe says what is not as it would be anyway; without a training that is folded.
    expect(recipe.fuseBatchNorm).toBe(more.includes('--entropy' as never) ? undefined : folded);
    const { graph } = await new NodeIO().read(at('norms.wrg'));
    const norms = graph.nodes.filter(({ opType }) => opType === 'BatchNormalization');
    expect(norms.length > 0).toBe(!folded);
    const { graph: original } = await new NodeIO().read(MODEL);
    const scales = norms.map(({ inputs }) => inputs[1]);
    for (const name of scales) {
      const [now, then] = [graph, original].map(({ initializers }) => initializers.get(name)!.toFloat32());
      expect(now).not.toEqual(then);
    }
    expect((await wring('verify', at('norms.wrg'), '--original', MODEL)).code).toBe(0);
    if (folded) return;
    // Statistics are as they were, and verify holds them to it.
    const changed = await new NodeIO().read(at('norms.wrg'));
    const mean = changed.graph.initializers.get(norms[0].inputs[3])!;
    expect(mean.toFloat32()).toEqual(original.initializers.get(norms[0].inputs[3])!.toFloat32());
    mean.setFloat32(mean.toFloat32().map((value) => value + 0.5));
    await new NodeIO().write(at('norms.wrg'), changed);
    expect((await wring('verify', at('norms.wrg'), '--original', MODEL)).code).not.toBe(0);
  });

  it.each([
    ['srq', ['--bits', '3', '--activation-bits', '4', '--drop-bits', '--loss', 'blocks'], 'm.wrg'],
    ['srq', ['--bits', '5', '--widths', 'tensor', '--width-price', '0.05', '--price-of', 'coder'], 'm.wrg'],
    ['rq', ['--bits', '4', '--activation-bits', '8', '--soft'], 'm.onnx'],
    ['srq', ['--bits', '3', '--activation-bits', '8', '--backward', 'all', '--through', '0.2'], 'm.onnx'],
  ] as const)('by %s %j ends with a grid for each tensor', async (method, more, name) => {
    const argv = argvOf(at(name), '--method', method, '--epochs', '1', ...more);
    const { code, stdout, stderr } = await wring(...argv);
    expect(stderr).not.toMatch(/warning/);
    expect(code).toBe(0);
    const { training, tensors, before, after, recipe, input, output } = JSON.parse(stdout);
    const bits = Number(more[1]);
    expect(training.epochs[0].figures.width).toBeLessThanOrEqual(bits);
    for (const { role, values } of tensors) if (role === 'weight') expect(values).toBeLessThanOrEqual(2 ** bits);
    expect(recipe).toMatchObject({ method, bits });
    expect(before.top1 - after.top1).toBeLessThan(8);
    expect(output.byteLength).toBeLessThan(input.byteLength / 5);
    if (name.endsWith('.wrg')) expect((await wring('verify', at(name), '--original', MODEL)).code).toBe(0);
  });

  it('writes standard ONNX, too, without labels', async () => {
    const argv = argvOf(
      at('small.onnx'),
      '--method',
      'pwfn',
      '--epochs',
      '1',
      '--entropy',
      '3',
      '--loss',
      'distillation',
    );
    const { code, stdout } = await wring(...argv);
    expect(code).toBe(0);
    expect(statSync(at('small.onnx')).size).toBeLessThan(statSync(MODEL).size / 5);
    expect(JSON.parse(stdout).before.top1 - JSON.parse(stdout).after.top1).toBeLessThan(6);
  });

  it('by vnq ends with three values a layer, from trained weights and from none, and can be verified', async () => {
    for (const [name, more] of [
      ['trained', []],
      [
        'drawn',
        ['--from-scratch', '--regularizer', '0.5', '--threshold', '3', '--warmup', '1', '--start-scale', '0.1'],
      ],
    ] as const) {
      const output = at(`${name}.wrg`);
      const argv = argvOf(output, '--method', 'vnq', '--epochs', '2', '--batch', '32', '--rate', '0.003', ...more);
      const { code, stdout, stderr } = await wring(...argv, '--ignore', 'output.weight');
      expect(stderr).not.toMatch(/warning/);
      expect(code).toBe(0);
      const { training, tensors, after, recipe } = JSON.parse(stdout);
      expect(recipe).toMatchObject({ method: 'vnq', epochs: 2, batch: 32, fuseBatchNorm: false });
      expect(training.epochs[1].figures).toMatchObject({ zeros: expect.any(Number), divergence: expect.any(Number) });
      expect(training.epochs[1].histograms['hidden.weight']).toHaveLength(64);
      const weights = tensors.filter(({ role }: { role: string }) => role === 'weight');
      expect(weights.map(({ name, values }: { name: string; values: number }) => [name, values])).toEqual(
        ['conv1', 'conv2', 'conv3', 'hidden'].map((layer) => [`${layer}.weight`, 3]),
      );
      expect(after.top1).toBeGreaterThan(name === 'trained' ? 90 : 30);
      expect(statSync(output).size).toBeLessThan(statSync(MODEL).size / 15);
      expect((await wring('verify', output, '--original', MODEL)).code).toBe(0);
    }
  });

  it('refuses what it cannot do, before it begins', async () => {
    for (const [more, message] of [
      [['--method', 'uniform', '--epochs', '1'], /--epochs needs --method wfn, pwfn, vnq, rq or srq/],
      [['--method', 'vnq', '--epochs', '0'], /epochs of training with method vnq/],
      [['--method', 'vnq', '--epochs', '1', '--fuse'], /fuseBatchNorm to be false with method vnq/],
      [['--method', 'vnq', '--epochs', '1', '--bits', '5'], /bits to be an integer between 2 and 3/],
      [['--method', 'pwfn', '--epochs', '1', '--from-scratch'], /fromScratch with method vnq/],
      [['--method', 'wfn', '--epochs', '1', '--entropy', '2'], /entropy with method pwfn/],
      [['--method', 'pwfn', '--epochs', '0', '--entropy', '2'], /entropy with method pwfn and epochs/],
      [['--method', 'pwfn', '--epochs', '-1'], /integer between 0/],
      [['--method', 'srq', '--epochs', '0'], /epochs of training with method srq/],
      [['--method', 'rq', '--epochs', '1', '--drop-bits'], /with method srq/],
      [['--method', 'srq', '--epochs', '1', '--activation-bits', '9'], /activationBits/],
      [['--method', 'srq', '--epochs', '1', '--tensor-bits', 'nothing=3'], /"nothing"/],
      [['--method', 'rq', '--epochs', '1', '--through', '0'], /through with method srq/],
      [['--method', 'srq', '--epochs', '1', '--soft'], /hard with method rq/],
      [['--method', 'srq', '--epochs', '1', '--price-of', 'coder'], /priceOf with learned widths/],
      [['--method', 'srq', '--epochs', '1', '--widths', 'tensor', '--drop-bits'], /dropBits with fixed widths/],
      [['--method', 'srq', '--epochs', '1', '--threshold', '3'], /vnq with method vnq/],
      [['--method', 'vnq', '--epochs', '1', '--activation-bits', '4'], /relaxed with method rq or srq/],
      [['--method', 'uniform', '--as-released'], /asReleased with training by wfn or pwfn/],
      [['--method', 'pwfn', '--epochs', '1', '--entropy', '2', '--delta', '3'], /delta with method wfn or pwfn/],
      [['--method', 'wfn', '--epochs', '1', '--sigma-scale', '2'], /pwfn with training by pwfn/],
      [['--method', 'pwfn', '--epochs', '0', '--regularizer', '2'], /pwfn with training by pwfn/],
      [['--method', 'srq', '--epochs', '1', '--regularizer', '2'], /vnq with method vnq/],
      [
        ['--method', 'pwfn', '--epochs', '1', '--fuse', '--share-norms'],
        /shareNorms with wfn or pwfn, and fuseBatchNorm false/,
      ],
      [['--method', 'uniform', '--pad', '3'], /augmentation with a training/],
    ] as const) {
      const { code, stderr } = await wring(...argvOf(at('no.wrg'), ...more));
      expect(code, more.join(' ')).toBe(2);
      expect(stderr).toMatch(message);
    }
    expect(existsSync(at('no.wrg'))).toBe(false);
  });
});

describe.skipIf(!existsSync(MAIN))('in a process of its own (skipped without npm run build)', () => {
  it.each([
    ['pwfn', ['--entropy', '3']],
    ['vnq', ['--from-scratch']],
    ['srq', ['--activation-bits', '4', '--drop-bits', '--no-fuse']],
    ['rq', ['--activation-bits', '4']],
  ])('by %s %j ends, after kill -9 and Ctrl-C, with the bytes of one that was left alone', async (method, more) => {
    const argv = (output: string) => [
      ...argvOf(output, '--method', method, '--epochs', '1', ...more),
      ...['--threads', '1', '--save-every', '4'],
    ];
    const start = (output: string) =>
      spawn(process.execPath, [MAIN, ...argv(output)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [alone, cut] = [at(`${method}.alone.wrg`), at(`${method}.cut.wrg`)];
    const whole = await ended(start(alone));
    expect(whole.code).toBe(0);
    const state = `${cut}.training`;
    for (const [signal, code] of [
      ['SIGKILL', null],
      ['SIGINT', 130],
    ] as const) {
      const before = existsSync(state) ? readFileSync(state) : null;
      const child = start(cut);
      const end = ended(child);
      while (child.exitCode === null && !(existsSync(state) && !before?.equals(readFileSync(state))))
        await setTimeout(2);
      child.kill(signal);
      expect((await end).code).toBe(code);
      expect(existsSync(cut)).toBe(code === 130);
    }
    const last = await ended(start(cut));
    expect(last.code).toBe(0);
    expect(JSON.parse(last.stdout).training.continuedAt).toBeGreaterThan(0);
    expect(JSON.parse(last.stdout).training.epochs).toEqual(JSON.parse(whole.stdout).training.epochs);
    expect(Buffer.compare(readFileSync(cut), readFileSync(alone))).toBe(0);
  });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  child.stdout!.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout })));
}
