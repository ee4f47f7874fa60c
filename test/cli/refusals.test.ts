import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, Document, Random, Tensor } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { run, useFolder, wring } from './wring.js';

const at = useFolder();

beforeAll(async () => {
  const io = new NodeIO();
  await io.write(at('small.onnx'), smallModel());
  await io.write(at('outside.onnx'), smallModel(), { external: { location: 'outside.data', threshold: 0 } });
  rmSync(at('outside.data'));
  await wring('pack', at('small.onnx'), '-o', at('small.wrg'));
  writeFileSync(at('cut.wrg'), readFileSync(at('small.wrg')));
  truncateSync(at('cut.wrg'), 500);
  mkdirSync(at('folder.wrg'));
});

/** x [n, 64] → MatMul → y [n, 32]. */
function smallModel(): Document {
  const document = new Document();
  document.opsets.set('', 13);
  const random = new Random(5);
  const weights = Float32Array.from({ length: 64 * 32 }, () => random.normal());
  document.graph.name = 'small';
  document.graph.initializers.set('w', Tensor.fromFloat32('w', [64, 32], weights));
  document.graph.nodes.push(createNode('MatMul', ['x', 'w'], ['y']));
  document.graph.inputs.push({ name: 'x', dataType: DataType.FLOAT, dims: ['n', 64] });
  document.graph.outputs.push({ name: 'y', dataType: DataType.FLOAT, dims: ['n', 32] });
  return document;
}

describe('a command refuses, in one line that names the file', () => {
  const cases: [string, () => string[], number, RegExp][] = [
    ['external data that is missing', () => ['compress', at('outside.onnx'), '-o', at('x.wrg')], 1, /outside\.data/],
    ['a .wrg cut short', () => ['unpack', at('cut.wrg'), '-o', at('x.onnx')], 1, /cut\.wrg/],
    ['an ONNX file where a .wrg is meant', () => ['verify', at('small.onnx')], 1, /small\.onnx/],
    ['the second of two files', () => ['diff', at('small.onnx'), at('cut.wrg')], 1, /cut\.wrg/],
    ['an output that is a folder', () => ['pack', at('small.onnx'), '-o', at('folder.wrg')], 1, /folder\.wrg/],
    ['an output in no folder', () => ['unpack', at('small.wrg'), '-o', at('no/x.onnx')], 1, /there is no folder/],
    ['packing to .onnx', () => ['pack', at('small.onnx'), '-o', at('x.onnx')], 2, /\.wrg/],
    ['unpacking to .wrg', () => ['unpack', at('small.wrg'), '-o', at('x.wrg')], 2, /\.onnx/],
    ['an output of no known format', () => ['compress', at('small.onnx'), '-o', at('x.bin')], 2, /\.wrg or \.onnx/],
    [
      '--max-drop without --data',
      () => ['compress', at('small.onnx'), '-o', at('x.wrg'), '--max-drop', '1'],
      2,
      /--data/,
    ],
    [
      '--shared-values with another method',
      () => ['compress', at('small.onnx'), '-o', at('x.wrg'), '--shared-values'],
      2,
      /method path/,
    ],
    ['a missing argument', () => ['inspect'], 2, /model/],
    ['one argument too many', () => ['inspect', at('small.onnx'), 'more'], 2, /too many/],
    [
      'a seed that is no integer',
      () => ['compress', at('small.onnx'), '-o', at('x.wrg'), '--seed', '1.5'],
      2,
      /integer/,
    ],
    ['an unknown global option', () => ['--colour', 'inspect', at('small.onnx')], 2, /--colour/],
  ];

  it.each(cases)('%s', async (_, argv, exit, pattern) => {
    const before = readdirSync(at(''));
    const { code, stdout, stderr } = await wring(...argv());
    expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(exit);
    expect(stdout).toBe('');
    expect(readdirSync(at(''))).toEqual(before);
  });
});

describe('output', () => {
  it('is one JSON document on stdout with --json, wherever the option stands', async () => {
    for (const argv of [
      ['--json', 'inspect', at('small.wrg')],
      ['inspect', at('small.wrg'), '--json'],
    ]) {
      const { code, stdout, stderr } = await run(argv, true);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).tensors).toHaveLength(1);
      expect(stderr).toMatch(/64×32/);
    }
  });

  it('is the result line alone with --quiet', async () => {
    const { stdout, stderr } = await run(['--quiet', 'inspect', at('small.onnx')], true);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toBe('');
  });

  it('is coloured on a terminal, and not where NO_COLOR is set', async () => {
    const colour = '\u001b[';
    expect((await run(['inspect', at('absent.onnx')], false)).stderr).not.toContain(colour);
    const noColor = process.env.NO_COLOR;
    process.env.NO_COLOR = '1';
    try {
      expect((await run(['inspect', at('absent.onnx')], true)).stderr).not.toContain(colour);
    } finally {
      if (noColor === undefined) delete process.env.NO_COLOR;
      else process.env.NO_COLOR = noColor;
    }
  });
});

describe('help', () => {
  it.each(['inspect', 'diff', 'evaluate', 'compress', 'pack', 'unpack', 'verify'])(
    'of %s ends with examples',
    async (name) => {
      const { code, stdout, stderr } = await wring(name, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples:\\n  wring ${name} `));
      expect(stderr).toBe('');
    },
  );
});

describe('Ctrl-C', () => {
  it('ends with 130 and leaves nothing', async () => {
    const { code, stdout, stderr } = await run(
      ['compress', at('small.onnx'), '-o', at('x.wrg'), '--method', 'uniform'],
      false,
      AbortSignal.abort(),
    );
    expect(code).toBe(130);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(at('x.wrg'))).toBe(false);
    expect(readdirSync(at('')).filter((name) => name.includes('.tmp') || name.startsWith('.'))).toEqual([]);
  });
});
