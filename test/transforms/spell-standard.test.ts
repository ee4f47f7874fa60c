import { describe, expect, it } from 'vitest';
import {
  createGraph,
  createNode,
  DataType,
  type Document,
  Random,
  type Tensor,
  type WeightCoding,
} from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { listWeights } from '../../src/methods/weights.js';
import { modelBytes } from '../../src/onnx/index.js';
import { prune, SPELLINGS, type Spelling, type SpellingReport, spellStandard } from '../../src/transforms/index.js';
import { buildDocument, buildValue, int64Tensor } from '../helpers/build.js';
import { codebookOf, codedTensor, gridOf, randomCodes } from '../helpers/coded.js';
import { runBits } from '../helpers/runtime.js';
import { sharedModel, sharedModels } from '../helpers/shared-models.js';

/** w → y; or y = w with its rows looked up, where `rows` says which. */
function outputsOf(tensors: readonly Tensor[], opset = 17, irVersion = 8): Document {
  const edges = tensors.map((tensor) => tensor.name);
  return buildDocument({
    opset,
    irVersion,
    // Before IR 4 initializers are inputs too.
    inputs: irVersion < 4 ? tensors.map(({ name, dims, dataType }) => buildValue(name, dims, dataType)) : [],
    outputs: tensors.map(({ name, dims, dataType }) => buildValue(`${name}.out`, dims, dataType)),
    nodes: edges.map((name) => createNode('Identity', [name], [`${name}.out`])),
    initializers: [...tensors],
  });
}

/** The plain numbers come out of onnxruntime, optimized and not; returns what was chosen. */
async function expectExact(document: Document, spellings?: readonly Spelling[]): Promise<SpellingReport[]> {
  const levels = ['all', 'disabled'] as const;
  const expected = await Promise.all(levels.map((optimization) => runBits(document, { optimization })));
  const reports: SpellingReport[] = [];
  await document.transform(
    spellStandard({ ...(spellings ? { spellings } : {}), onTensor: (report) => reports.push(report) }),
  );
  for (const [i, optimization] of levels.entries()) {
    expect(await runBits(document, { optimization }), `optimization: ${optimization}`).toEqual(expected[i]);
  }
  return reports;
}

const TAILS = [1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031];

describe('every spelling gives back the very numbers', () => {
  it.for([1, 2, 3, 4, 5, 6, 7])('packed: codes of %i bits, whatever is left over', async (bits) => {
    const high = 2 ** bits - 1;
    const tensors = TAILS.map((count, i) =>
      codedTensor(`a${i}`, [count], codebookOf(randomCodes(count, 0, high, i), high + 1)),
    );
    tensors.push(codedTensor('b', [4, 31, 3, 3], codebookOf(randomCodes(1116, 0, high), high + 1)));
    const reports = await expectExact(outputsOf(tensors), ['packed']);
    expect(reports.map((report) => report.spelling)).toEqual(tensors.map(() => 'packed'));
  });

  it.for([2, 3, 4, 5, 6, 7, 11, 16])('table: %i levels, whatever is left over', async (levels) => {
    const tensors = TAILS.map((count, i) =>
      codedTensor(`a${i}`, [count], codebookOf(randomCodes(count, 0, levels - 1, i), levels)),
    );
    tensors.push(
      codedTensor('b', [1116, 3], gridOf(randomCodes(3348, -Math.floor(levels / 2), Math.ceil(levels / 2) - 1))),
    );
    tensors.push(codedTensor('c', [4096], codebookOf(randomCodes(4096, 0, levels - 1), levels)));
    const reports = await expectExact(outputsOf(tensors), ['table']);
    expect(reports.at(-1)?.spelling).toBe('table');
  });

  it.for([
    ['integer', 'int8', -128, 127],
    ['integer', 'int16', -32768, 32767],
    ['integer', 'int8, all positive', 30, 127],
    ['palette', 'uint8', -128, 127],
    ['palette', 'uint16', -2000, 2095],
  ] as const)('%s of %s', async ([spelling, , low, high]) => {
    const reports = await expectExact(
      outputsOf([codedTensor('a', [100, 400], gridOf(randomCodes(40000, low, high), [0.0123]))]),
      [spelling],
    );
    expect(reports[0].spelling).toBe(spelling);
  });

  it.for([
    [21, 10, 4],
    [25, 13, 2],
  ] as const)('subByte in opset %i, %i, %i bits, odd counts', async ([opset, irVersion, bits]) => {
    const [low, high] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
    const tensors = [1024, 1025, 1026, 1027].flatMap((count, i) => [
      codedTensor(`g${i}`, [count], gridOf(randomCodes(count, low, high, i))),
      codedTensor(`c${i}`, [count], codebookOf(randomCodes(count, 0, high - low, i), 1 + high - low)),
    ]);
    const reports = await expectExact(outputsOf(tensors, opset, irVersion), ['subByte']);
    expect(new Set(reports.map((report) => report.spelling))).toEqual(new Set(['subByte']));
  });

  it('scales along any axis', async () => {
    const random = new Random(3);
    const dims = [6, 5, 8, 7];
    for (const spelling of ['integer', 'table', 'packed', 'palette'] as const) {
      const tensors = dims.map((length, axis) => {
        const scales = Array.from({ length }, () => Math.fround(0.01 + random.uniform()));
        return codedTensor(`a${axis}`, dims, gridOf(randomCodes(1680, -3, 2), scales, axis));
      });
      const reports = await expectExact(outputsOf(tensors), [spelling]);
      expect(reports.map((report) => report.spelling)).toEqual(dims.map(() => spelling));
    }
  });

  it('values that only just exist: denormal, huge, zero and its neighbours', async () => {
    const values = Float32Array.from([-3e38, -1, -(2 ** -149), 0, 2 ** -149, 2 ** -126, 1, 3e38]);
    const codes = Uint16Array.from(randomCodes(4096, 0, 7));
    const tiny = gridOf(randomCodes(4096, -8, 7), [2 ** -149]);
    for (const spelling of ['packed', 'palette', 'integer', 'table'] as const) {
      const tensors = [
        codedTensor('a', [4096], { kind: 'codebook', codebook: { values }, codes }),
        codedTensor('b', [4096], tiny),
      ];
      await expectExact(outputsOf(tensors), [spelling]);
    }
  });

  it.for([
    ['float16', DataType.FLOAT16],
    ['double', DataType.DOUBLE],
  ] as const)('in tensors of %s', async ([, dataType]) => {
    for (const spelling of ['packed', 'palette', 'integer', 'table'] as const) {
      const tensors = [
        codedTensor('a', [64, 64], gridOf(randomCodes(4096, -3, 2), [2 ** -26]), dataType),
        codedTensor('b', [64, 64], gridOf(randomCodes(4096, -3, 2), Array(64).fill(0.3), 1), dataType),
        codedTensor('c', [64, 64], codebookOf(randomCodes(4096, 0, 5), 6), dataType),
      ];
      await expectExact(outputsOf(tensors), [spelling]);
    }
  });
});

describe('what is chosen', () => {
  it('is never larger than plain, and counts to the byte what the file loses', async () => {
    const tensors = [3, 16, 64, 300, 2000].flatMap((count, i) => [
      codedTensor(`g${i}`, [count], gridOf(randomCodes(count, -7, 7, i), [0.1 + i])),
      codedTensor(`h${i}`, [count], gridOf(randomCodes(count, -31, 31, i))),
      codedTensor(`c${i}`, [count], codebookOf(randomCodes(count, 0, 4, i), 5)),
    ]);
    const document = outputsOf(tensors);
    const before = modelBytes(document).length;
    const reports = await expectExact(document);
    const saved = reports.reduce((sum, report) => sum + report.plainByteLength - report.byteLength, 0);
    // A share of what tensors have in common is rounded, and the length of the graph takes fewer bytes itself.
    expect(Math.abs(before - modelBytes(document).length - saved)).toBeLessThan(tensors.length);
    expect(reports.every((report) => report.byteLength <= report.plainByteLength)).toBe(true);
    expect(reports.slice(0, 3).map((report) => report.spelling)).toEqual(['plain', 'plain', 'plain']);
  });

  it('takes 1.6 bits for a ternary weight, and 3 for eight values', async () => {
    const reports = await expectExact(
      outputsOf([
        codedTensor('ternary', [100, 1000], gridOf(randomCodes(100000, -1, 1))),
        codedTensor('eight', [100, 1000], codebookOf(randomCodes(100000, 0, 7), 8)),
      ]),
    );
    expect(reports.map((report) => report.spelling)).toEqual(['table', 'packed']);
    // 5 ternary weights a byte and their table [243, 5]; 8 weights in 3 bytes and 8 values; and some nodes.
    const nodes = 600;
    expect(reports[0].byteLength).toBeLessThan(100000 / 5 + 243 * 5 + nodes);
    expect(reports[1].byteLength).toBeLessThan((100000 * 3) / 8 + 32 + nodes);
  });

  it('sees the grid behind sums of powers of two, and one scale for all of it', async () => {
    const sums = [-1, -0.75, -0.5, -0.125, -0.0078125, 0, 0.0078125, 0.0234375, 0.25, 0.5, 0.9921875];
    const codebook = { values: Float32Array.from(sums) };
    const tensors = ['a', 'b'].map((name, i) =>
      codedTensor(name, [5000], { kind: 'codebook', codebook, codes: Uint16Array.from(randomCodes(5000, 0, 10, i)) }),
    );
    const document = outputsOf(tensors);
    const reports = await expectExact(document, ['integer']);
    expect(reports.map((report) => report.spelling)).toEqual(['integer', 'integer']);
    const scales = [...document.graph.initializers.values()].filter((tensor) => tensor.dims.length === 0);
    expect(scales.map((tensor) => tensor.toFloat32()[0])).toEqual([0.0078125]);
  });

  it.for([7, 8, 9, 10])('opset %i and IR 3 stay, and there are spellings enough', async (opset) => {
    const tensors = [
      codedTensor('a', [5001], gridOf(randomCodes(5001, -7, 7))),
      codedTensor('b', [5001], gridOf(randomCodes(5001, -100, 100))),
      codedTensor('c', [5001], codebookOf(randomCodes(5001, 0, 30), 31)),
    ];
    const document = outputsOf(tensors, opset, 3);
    const reports = await expectExact(document);
    expect(reports.map((report) => report.spelling)).toEqual(['table', 'integer', 'palette']);
    expect([document.opsets.get(''), document.irVersion]).toEqual([opset, 3]);
  });

  it('says that nothing can be done below opset 7', async () => {
    const document = outputsOf([codedTensor('a', [5001], gridOf(randomCodes(5001, -7, 7)))], 6);
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) };
    await document.transformWith({ logger, onProgress() {} }, spellStandard());
    expect(warnings).toEqual([
      'The opset is too old for shared values (7 is needed, 10 in functions): 1 tensors stay plain',
    ]);
    expect(document.graph.nodes).toHaveLength(1);
  });

  it('does what is forced, and leaves plain what that cannot say', async () => {
    for (const spelling of SPELLINGS) {
      const document = outputsOf([codedTensor('a', [5001], codebookOf(randomCodes(5001, 0, 299), 300))]);
      const reports = await expectExact(document, [spelling]);
      expect(reports[0].spelling).toBe(spelling === 'palette' ? 'palette' : 'plain');
    }
  });

  it('is the same twice', async () => {
    const make = async () => {
      const document = outputsOf(TAILS.map((n, i) => codedTensor(`a${i}`, [n], gridOf(randomCodes(n, -i, 3 * i)))));
      await document.transform(spellStandard());
      return Buffer.from(modelBytes(document)).toString('base64');
    };
    expect(await make()).toBe(await make());
  });
});

describe('rows that are looked up', () => {
  const indices = [3, 0, 39, -1, 17, 17];

  function embedding(coding: WeightCoding, width: number, opset = 17, indexDims: number[] = [2, 3]): Document {
    const table = codedTensor('table', [40, width], coding);
    const count = indexDims.reduce((product, dim) => product * dim, 1);
    return buildDocument({
      opset,
      outputs: [buildValue('y', [...indexDims, width]), buildValue('z', [6, width])],
      nodes: [
        createNode('Gather', ['table', 'i'], ['y']),
        createNode('Gather', ['table', 'j'], ['z'], { axis: { kind: 'int', value: 0n } }),
      ],
      initializers: [table, int64Tensor('i', indexDims, indices.slice(0, count)), int64Tensor('j', [6], indices)],
    });
  }

  it.for([
    [1, 48],
    [2, 48],
    [3, 48],
    [4, 48],
    [4, 47],
    [6, 48],
    [8, 48],
    [9, 48],
  ])('are decoded after they are looked up: %i bits, %i wide', async ([bits, width]) => {
    const size = Math.min(2 ** bits, 40 * width);
    for (const [opset, dims] of [
      [17, [2, 3]],
      [17, []],
      [10, [6]],
    ] as [number, number[]][]) {
      const document = embedding(codebookOf(randomCodes(40 * width, 0, size - 1), size), width, opset, dims);
      const reports = await expectExact(document, ['rows']);
      expect(reports[0].spelling).toBe('rows');
      expect(document.graph.nodes.some((node) => node.inputs.includes('table'))).toBe(false);
    }
  });

  it('are scaled as rows or as columns', async () => {
    for (const [axis, length] of [
      [0, 40],
      [1, 48],
    ]) {
      const scales = Array.from({ length }, (_, i) => Math.fround(0.1 + 0.01 * i));
      const document = embedding(gridOf(randomCodes(1920, -8, 7), scales, axis), 48);
      expect((await expectExact(document))[0].spelling).toBe('rows');
    }
  });

  it('are not, when anything else reads the table', async () => {
    const document = embedding(gridOf(randomCodes(1920, -8, 7)), 48);
    document.graph.nodes.push(createNode('Transpose', ['table'], ['t']));
    document.graph.outputs.push(buildValue('t', [48, 40]));
    expect((await expectExact(document))[0].spelling).not.toBe('rows');
  });
});

describe('wherever a tensor is', () => {
  const coding = () => gridOf(randomCodes(3000, -3, 4));

  it('an input with a default is an input no more', async () => {
    const document = outputsOf([codedTensor('w', [3000], coding())]);
    document.graph.inputs.push(buildValue('w', [3000]), buildValue('x', [1]));
    document.graph.nodes.push(createNode('Identity', ['x'], ['x.out']));
    document.graph.outputs.push(buildValue('x.out', [1]));
    await document.transform(spellStandard());
    expect(document.graph.inputs.map((input) => input.name)).toEqual(['x']);
  });

  it('a Constant gives way to its nodes, in its place; a graph output keeps its name', async () => {
    const document = outputsOf([]);
    const tensor = codedTensor('', [3000], coding());
    document.graph.nodes.push(createNode('Constant', [], ['k'], { value: { kind: 'tensor', value: tensor } }));
    document.graph.initializers.set('v', codedTensor('v', [3000], coding()));
    document.graph.outputs.push(buildValue('k', [3000]), buildValue('v', [3000]));
    const reports = await expectExact(document);
    expect(reports.map((report) => report.spelling === 'plain')).toEqual([false, false]);
    expect(document.graph.nodes.some((node) => node.opType === 'Constant')).toBe(false);
  });

  it('names in the way are not taken', async () => {
    const tensors = ['w0.0', 'w.0', 'w', 'w0', 'w1.3'].map((name) => codedTensor(name, [3000], coding()));
    const reports = await expectExact(outputsOf(tensors));
    expect(reports.every((report) => report.spelling !== 'plain')).toBe(true);
  });

  it('the branches of an If, tensors of their own and from outside', async () => {
    const branch = (name: string, seed: number) => {
      const graph = createGraph(name);
      graph.initializers.set('own', codedTensor('own', [3000], gridOf(randomCodes(3000, -3, 4, seed))));
      graph.nodes.push(createNode('Add', ['own', 'outer'], [`${name}.sum`]));
      graph.outputs.push(buildValue(`${name}.sum`, [3000]));
      return graph;
    };
    const document = buildDocument({
      inputs: [buildValue('c', [1], DataType.BOOL)],
      outputs: [buildValue('y', [3000])],
      nodes: [
        createNode('If', ['c'], ['y'], {
          then_branch: { kind: 'graph', value: branch('t', 1) },
          else_branch: { kind: 'graph', value: branch('e', 2) },
        }),
      ],
      initializers: [codedTensor('outer', [3000], coding())],
    });
    const reports = await expectExact(document);
    expect(reports.map(({ name, spelling }) => [name, spelling !== 'plain'])).toEqual([
      ['outer', true],
      ['own', true],
      ['own', true],
    ]);
  });

  it.for([
    [9, 'plain'],
    [10, 'table'],
    [17, 'packed'],
  ] as const)('the body of a function that imports opset %i', async ([opset, spelling]) => {
    const document = buildDocument({
      inputs: [buildValue('x', [3001])],
      outputs: [buildValue('y', [3001])],
      nodes: [{ ...createNode('Shift', ['x'], ['y']), domain: 'test' }],
    });
    document.opsets.set('test', 1);
    document.functions.push({
      name: 'Shift',
      domain: 'test',
      inputs: ['a'],
      outputs: ['b'],
      opsets: new Map([['', opset]]),
      nodes: [
        createNode('Constant', [], ['k'], {
          value: { kind: 'tensor', value: codedTensor('', [3001], gridOf(randomCodes(3001, -3, 4))) },
        }),
        createNode('Add', ['a', 'k'], ['b']),
      ],
    });
    const reports = await expectExact(document);
    expect(reports[0].spelling).toBe(spelling);
  });
});

describe('real models', () => {
  const names = ['resnet20-cifar10-folded.onnx', 'mnist-cntk.onnx', 'stories260k.onnx', 'ultraface-slim-320.onnx'];

  it.skipIf(sharedModels.length === 0).for(names)('%s, rounded to 15 levels a tensor', async (name) => {
    const document = await new NodeIO().read(sharedModel(name));
    const original = modelBytes(document).length;
    // What a caller may override is no constant to onnxruntime, and runs through other kernels.
    document.graph.inputs = document.graph.inputs.filter(
      (input) => document.irVersion < 4 || !document.graph.initializers.has(input.name),
    );
    let weights = 0;
    for (const { tensor, role } of listWeights(document)) {
      if (role !== 'weight' && role !== 'embedding') continue;
      const values = tensor.toFloat32();
      const scale = Math.fround(values.reduce((most, value) => Math.max(most, Math.abs(value)), 2 ** -20) / 7);
      tensor.setCoding(
        gridOf(
          Array.from(values, (value) => Math.round(value / scale)),
          [scale],
        ),
      );
      weights += values.length;
    }
    await expectExact(document);
    await document.transform(prune());
    // Half a byte a weight instead of four; 0.8 leaves room for what is not a weight.
    expect(modelBytes(document).length).toBeLessThan(original - 0.8 * 3.5 * weights);
  });
});
