import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { writeNpy } from '../data/npy-writer.js';
import { buildMlp } from '../helpers/build.js';
import { useFolder, wring } from './wring.js';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = join(ROOT, 'models/glyphs.onnx');
/** A thousand drawn digits; the training data is not in the project, so the test samples have to do. */
const DATA = `${join(ROOT, 'models/data/glyphs')}#test`;
/** The built command, for processes of its own: `npm run build`. */
const MAIN = join(ROOT, 'dist/cli/main.js');

const at = useFolder();

describe('train', () => {
  it('learns from scratch, and says how well it does on what was kept back', async () => {
    const argv = ['train', MODEL, '-o', at('new.onnx'), '--data', DATA, '--epochs', '2', '--batch', '32'];
    const { code, stdout, stderr } = await wring('--json', ...argv, '--rate', '0.05', '--from-scratch', '--test', DATA);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.epochs).toHaveLength(2);
    expect(report.epochs[0].score).toMatchObject({ metric: 'top-1 (%)', count: 100 });
    expect(report.test.value).toBeGreaterThan(60);
    expect(report).toMatchObject({ schema: 1, stepsPerEpoch: 28, steps: 56, interrupted: false, continuedAt: null });
    const written = await new NodeIO().read(at('new.onnx'));
    expect(JSON.parse(written.metadata.get('wring')!)).toMatchObject({
      training: { steps: 56, recipe: report.recipe },
    });
    expect(readdirSync(at('')).filter((name) => /training|tmp/.test(name))).toEqual([]);
  });

  it('fits numbers that come with samples, and evaluate tells how well', async () => {
    const model = at('line.model.onnx');
    const data = at('line.npz');
    writeFileSync(model, modelBytes(buildMlp([2, 1])));
    const x = Float32Array.from({ length: 400 }, (_, i) => ((i * 37) % 101) / 50 - 1);
    const y = Float32Array.from({ length: 200 }, (_, i) => 3 * x[2 * i] - x[2 * i + 1] + 0.5);
    const bytesOf = ({ buffer }: Float32Array) => new Uint8Array(buffer);
    const arrays = { 'x.npy': writeNpy("'<f4'", [200, 2], bytesOf(x)), 'y.npy': writeNpy("'<f4'", [200], bytesOf(y)) };
    writeFileSync(data, zipSync(arrays));
    const argv = [
      'train',
      model,
      '-o',
      at('line.onnx'),
      '--data',
      data,
      '--test',
      data,
      '--epochs',
      '30',
      '--decay',
      '0',
    ];
    const { code, stdout } = await wring(...argv, '--rate', '0.05', '--batch', '10');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /squared error \S+ \(validation, epoch \d+ of 30, n=20\), squared error \S+ \(test, n=200\)/,
    );
    const before = JSON.parse((await wring('--json', 'evaluate', model, '--data', data)).stdout);
    const after = JSON.parse((await wring('--json', 'evaluate', at('line.onnx'), '--data', data)).stdout);
    expect(before.squaredError).toBeGreaterThan(1);
    expect(after).toMatchObject({ count: 200 });
    expect(after.squaredError).toBeLessThan(1e-4);
    expect((await wring('evaluate', at('line.onnx'), '--data', data)).stdout).toMatch(
      /: squared error \S+ \(root \S+\), n=200/,
    );
  });

  it('prints one line', async () => {
    const argv = [MODEL, '-o', at('line.onnx'), '--data', DATA, '--epochs', '1', '--rate', '0.001'];
    const { stdout } = await wring('train', ...argv);
    expect(stdout).toMatch(
      /^\S+glyphs\.onnx → \S+line\.onnx: loss 0\.\d+, top-1 \d+\.\d\d % \(validation, epoch 1 of 1, n=100\) +[\d.]+ s\n$/,
    );
  });

  it('says so when a fine-tuning does nothing good, and leaves the weights as they were', async () => {
    const argv = [MODEL, '-o', at('kept.onnx'), '--data', DATA, '--epochs', '1', '--rate', '1e-9'];
    const { stdout } = await wring('finetune', ...argv);
    expect(stdout).toMatch(/: as it was: no epoch does better, top-1 \d+\.\d\d % \(validation, n=100\) +[\d.]+ s\n$/);
    const [before, after] = [await new NodeIO().read(MODEL), await new NodeIO().read(at('kept.onnx'))];
    for (const [name, tensor] of before.graph.initializers) {
      expect(after.graph.initializers.get(name)!.bytes(), name).toEqual(tensor.bytes());
    }
  });

  it('fine-tunes a packed model on samples without labels, by what it says itself', async () => {
    await wring('pack', MODEL, '-o', at('glyphs.wrg'));
    const argv = ['--json', 'finetune', at('glyphs.wrg'), '-o', at('same.wrg'), '--data', DATA, '--epochs', '1'];
    const { code, stdout } = await wring(...argv, '--loss', 'distillation', '--validation', '0');
    expect(code).toBe(0);
    // Its own teacher agrees with it: there is nothing to learn.
    expect(JSON.parse(stdout).epochs[0].loss).toBeLessThan(1e-3);
    expect(statSync(at('same.wrg')).size).toBeGreaterThan(100_000);
  });

  it('refuses what it cannot do, before it begins', async () => {
    const train = (...argv: string[]) => wring('train', MODEL, '-o', at('no.onnx'), '--data', DATA, ...argv);
    for (const [argv, message] of [
      [['--epochs', '0'], /integer between 1 and/],
      [['--rate', '-1'], /number between 1e-9 and 100/],
      [['--optimizer', 'newton'], /one of sgd, adam/],
      [['--validation', '0.95'], /between 0 and 0.9/],
      [['--keep', 'nothing.weight'], /Cannot freeze "nothing.weight"/],
    ] as const) {
      const { code, stderr } = await train(...argv);
      expect(code, argv.join(' ')).toBe(2);
      expect(stderr).toMatch(message);
    }
    const { stderr } = await wring('train', MODEL, '-o', at('no.onnx'), '--data', DATA.replace('#test', ''));
    expect(stderr).toMatch(/no split "train", only test/);
    expect(existsSync(at('no.onnx'))).toBe(false);
  });
});

describe.skipIf(!existsSync(MAIN))('a training in a process of its own (skipped without npm run build)', () => {
  const argv = (output: string) => [
    ...['--json', 'train', MODEL, '-o', output, '--data', DATA, '--epochs', '2', '--batch', '64', '--rate', '0.05'],
    ...['--pad', '2', '--save-every', '3'],
  ];
  const start = (...args: string[]) => spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

  it('ends, after kill -9 and after Ctrl-C, with the bytes of one that was left alone', async () => {
    const whole = await ended(start(...argv(at('whole.onnx'))));
    expect(whole.code).toBe(0);
    const report = JSON.parse(whole.stdout);
    expect(report.steps).toBe(28);

    const state = `${at('cut.onnx')}.training`;
    for (const [signal, code] of [
      ['SIGKILL', null],
      ['SIGINT', 130],
      ['SIGKILL', null],
    ] as const) {
      const before = existsSync(state) ? readFileSync(state) : null;
      const child = start(...argv(at('cut.onnx')));
      const end = ended(child);
      // As soon as it has gone on and saved.
      while (child.exitCode === null && !(existsSync(state) && !before?.equals(readFileSync(state))))
        await setTimeout(2);
      child.kill(signal);
      expect((await end).code).toBe(code);
      expect(existsSync(at('cut.onnx'))).toBe(code === 130 || before !== null);
    }
    const last = await ended(start(...argv(at('cut.onnx'))));
    const { continuedAt, ...rest } = JSON.parse(last.stdout);
    expect(last.code).toBe(0);
    expect(continuedAt).toBeGreaterThan(0);
    expect(rest.epochs).toEqual(report.epochs);
    expect(Buffer.compare(readFileSync(at('cut.onnx')), readFileSync(at('whole.onnx')))).toBe(0);
    expect(existsSync(state)).toBe(false);
    for (const name of readdirSync(at('')).filter((file) => file.endsWith('.tmp'))) rmSync(at(name));
  });

  it('gives the same bytes on one worker as on two', async () => {
    const [one, two] = await Promise.all(
      ['1', '2'].map((threads) => ended(start('--threads', threads, ...argv(at(`${threads}.onnx`))))),
    );
    expect([one.code, two.code]).toEqual([0, 0]);
    expect(Buffer.compare(readFileSync(at('1.onnx')), readFileSync(at('2.onnx')))).toBe(0);
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
