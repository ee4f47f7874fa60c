import { describe, expect, it } from 'vitest';
import { createNode, DataType, Random, Tensor } from '../../src/core/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { differentiate, type GraphWriter, int } from '../../src/training/index.js';
import {
  buildConvNet,
  buildDocument,
  buildMlp,
  buildValue,
  floatTensor,
  int64Tensor,
  normalTensor,
} from '../helpers/build.js';
import { attributesOf } from './oracle/attributes.js';
import { centralDifferences, close, feedsOf } from './oracle/check.js';
import { doubleArray } from './oracle/double-array.js';
import { DoubleRunner } from './oracle/double-run.js';

const runtime = await ortNode({ threads: 1 });
const SQUARED = { kind: 'mean-squared-error' } as const;

describe('a step of training', () => {
  it('leaves the document as it was, to the byte', async () => {
    const document = buildConvNet();
    const before = modelBytes(document);
    await differentiate(document, { loss: SQUARED, runtime, batchNorm: 'batch' });
    expect(modelBytes(document)).toEqual(before);
  });

  it('is the same bytes whenever it is made', async () => {
    const make = async () => {
      const options = { loss: SQUARED, runtime, batchNorm: 'batch' } as const;
      return modelBytes((await differentiate(buildConvNet(), options)).document);
    };
    expect(await make()).toEqual(await make());
  });

  it('has the inputs and outputs that it says, in that order', async () => {
    const graph = await differentiate(buildConvNet(), { loss: SQUARED, runtime, batchNorm: 'batch' });
    const { inputs, outputs, initializers } = graph.document.graph;
    const parameters = ['conv.w', 'conv.b', 'bn.scale', 'bn.bias', 'fc.w', 'fc.b'];
    const statistics = ['bn.mean', 'bn.var'];
    expect(graph.parameters.map(({ name }) => name)).toEqual(parameters);
    expect(graph.runningStatistics.map(({ name }) => name)).toEqual(statistics);
    expect(inputs.map(({ name }) => name)).toEqual(['x', graph.targets[0].name, ...parameters, ...statistics]);
    expect(outputs.map(({ name }) => name)).toEqual([
      graph.loss,
      ...graph.parameters.map(({ gradient }) => gradient),
      ...graph.runningStatistics.map(({ updated }) => updated),
      'y',
    ]);
    expect(graph.outputs).toEqual(['y']);
    for (const name of [...parameters, ...statistics]) expect(initializers.has(name), name).toBe(false);
    for (const { tensor, name } of graph.parameters) expect(tensor.name).toBe(name);
  });

  it('takes a gradient that is given for the one of the nodes, and all that it moves with for what is behind', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [4])],
      outputs: [buildValue('y', [4])],
      nodes: [createNode('Mul', ['x', 'w'], ['v']), createNode('Floor', ['v'], ['r']), createNode('Neg', ['r'], ['y'])],
      initializers: [floatTensor('w', [4], [0.5, 1.5, -2.5, 3]), floatTensor('unread', [], [7])],
    });
    const x = Float32Array.of(1, 2, 3, -1);
    const given = new Map([
      [
        'y',
        {
          by: ['w', 'unread'],
          write: (dy: string, write: GraphWriter) => [
            write.times(dy, 3),
            write.emit('ReduceSum', [dy], { keepdims: int(0) }),
          ],
        },
      ],
    ]);
    const trainable = ['w', 'unread'];
    const graph = await differentiate(document, { loss: SQUARED, runtime, trainable, given });
    expect(graph.parameters.map(({ name }) => name)).toEqual(trainable);
    const session = await runtime.load(modelBytes(graph.document));
    const found = await session.run({
      x: { dataType: DataType.FLOAT, dims: [4], data: x },
      w: { dataType: DataType.FLOAT, dims: [4], data: Float32Array.of(0.5, 1.5, -2.5, 3) },
      unread: { dataType: DataType.FLOAT, dims: [], data: Float32Array.of(7) },
      [graph.targets[0].name]: { dataType: DataType.FLOAT, dims: [4], data: new Float32Array(4) },
    });
    await session.release();
    // y = −⌊x w⌋ = 0, −3, 8, 3; ∂loss/∂y = y / 2.
    const [w, unread] = graph.parameters.map(({ gradient }) => [...(found[gradient].data as Float32Array)]);
    expect(w.map((value) => value + 0)).toEqual([0, -4.5, 12, 4.5]);
    expect(unread).toEqual([4]);
    await expect(differentiate(document, { loss: SQUARED, runtime, trainable })).rejects.toThrow(/Nothing to train/);
  });

  it('trains by default what is a float initializer of several numbers, but for statistics', async () => {
    const graph = await differentiate(buildConvNet(), { loss: SQUARED, runtime });
    expect(graph.parameters.map(({ name }) => name)).not.toContain('bn.mean');
    expect(graph.runningStatistics).toEqual([]);
  });

  it('trains single numbers of layers, but no other ones', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3])],
      outputs: [buildValue('y', ['N', 1])],
      nodes: [
        createNode('Gemm', ['x', 'w', 'bias'], ['z']),
        createNode('PRelu', ['z', 'slope'], ['p']),
        createNode('Mul', ['p', 'half'], ['y']),
      ],
      initializers: [
        floatTensor('w', [3, 1], [1, 2, 3]),
        floatTensor('bias', [1], [0]),
        floatTensor('slope', [1], [0.25]),
        floatTensor('half', [1], [0.5]),
      ],
    });
    const graph = await differentiate(document, { loss: SQUARED, runtime });
    expect(graph.parameters.map(({ name }) => name)).toEqual(['w', 'bias', 'slope']);
  });

  it('trains what it is told, also a Constant and a single number', async () => {
    const scale = floatTensor('', [], [2]);
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3])],
      outputs: [buildValue('y', ['N', 3])],
      nodes: [
        createNode('Constant', [], ['scale'], { value: { kind: 'tensor', value: scale } }),
        createNode('Mul', ['x', 'scale'], ['y']),
      ],
    });
    const graph = await differentiate(document, { loss: SQUARED, runtime, trainable: ['scale'] });
    expect(graph.parameters).toEqual([{ tensor: scale, name: 'scale', dims: [], gradient: 'scale.gradient' }]);
    const session = await runtime.load(modelBytes(graph.document));
    const x = { dataType: DataType.FLOAT, dims: [1, 3], data: Float32Array.of(1, 2, 3) };
    const target = { ...x, data: Float32Array.of(0, 0, 0) };
    const found = await session.run({ ...feedsOf(graph), x, [graph.targets[0].name]: target });
    await session.release();
    // Mean of (2 x)²: its derivative by the 2 is mean of 2 · 2 x · x.
    expect((found['scale.gradient'].data as Float32Array)[0]).toBeCloseTo((4 * 14) / 3, 5);
    expect(found.y.data).toEqual(Float32Array.of(2, 4, 6));
  });

  it('adds the gradients of a tensor that is read in several places', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [3, 3])],
      outputs: [buildValue('y', [3, 3])],
      nodes: [
        createNode('MatMul', ['x', 'w'], ['a']),
        createNode('MatMul', ['a', 'w'], ['b']),
        createNode('Add', ['b', 'w'], ['y']),
      ],
      initializers: [normalTensor('w', [3, 3])],
    });
    const graph = await differentiate(document, { loss: SQUARED, runtime });
    const runner = new DoubleRunner(document);
    const x = doubleArray(
      [3, 3],
      Float32Array.from({ length: 9 }, (_, i) => Math.sin(i)),
    );
    const goal = doubleArray([3, 3], new Float64Array(9));
    const session = await runtime.load(modelBytes(graph.document));
    const found = await session.run(
      feedsOf(
        graph,
        new Map([
          ['x', x],
          [graph.targets[0].name, goal],
        ]),
      ),
    );
    const expected = await centralDifferences(runner, new Map([['x', x]]), 'w', async (values) => {
      const y = (await runner.run(values)).get('y')!.data as Float64Array;
      return y.reduce((sum, value) => sum + value * value, 0) / y.length;
    });
    close(found[graph.parameters[0].gradient], expected, 'w');
    await session.release();
    await runner.release();
  });

  it('goes straight through Round', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3])],
      outputs: [buildValue('y', ['N', 3])],
      nodes: [createNode('Round', ['w'], ['r']), createNode('Mul', ['x', 'r'], ['y'])],
      initializers: [floatTensor('w', [3], [0.4, 1.6, -2.2])],
    });
    const graph = await differentiate(document, { loss: SQUARED, runtime });
    const session = await runtime.load(modelBytes(graph.document));
    const x = { dataType: DataType.FLOAT, dims: [1, 3], data: Float32Array.of(1, 1, 3) };
    const found = await session.run({
      ...feedsOf(graph),
      x,
      [graph.targets[0].name]: { ...x, data: new Float32Array(3) },
    });
    await session.release();
    const gradient = Array.from(found['w.gradient'].data as Float32Array);
    // 2 / 3 · x · x · round(w)
    [0, 4 / 3, -12].forEach((value, i) => {
      expect(gradient[i]).toBeCloseTo(value, 5);
    });
  });
});

describe('batch normalization by the batch', () => {
  const dims = [4, 3, 2, 5];
  const document = buildDocument({
    inputs: [buildValue('x', ['N', 3, 2, 5])],
    outputs: [buildValue('y', ['N', 3, 2, 5])],
    nodes: [
      createNode('Mul', ['x', 'w'], ['a']),
      createNode(
        'BatchNormalization',
        ['a', 'g1', 'b1', 'm1', 'v1'],
        ['n'],
        attributesOf({ momentum: 0.8, epsilon: 0.01 }),
      ),
      createNode('Tanh', ['n'], ['t']),
      createNode('BatchNormalization', ['t', 'g2', 'b2', 'm2', 'v2'], ['y']),
    ],
    initializers: [
      normalTensor('w', [3, 2, 5], 1),
      ...['g1', 'b1', 'g2', 'b2'].map((name, i) => normalTensor(name, [3], i + 2)),
      ...['m1', 'v1', 'm2', 'v2'].map((name, i) => floatTensor(name, [3], [0.5 + i, 1, 2])),
    ],
  });
  const random = new Random(9);
  const x = doubleArray(
    dims,
    Float32Array.from({ length: 120 }, () => random.normal()),
  );
  const goal = doubleArray(
    dims,
    Float32Array.from({ length: 120 }, () => random.normal()),
  );

  /** By definition: mean and variance over all but channels, in double. */
  const statistics = (values: Float64Array, channel: number) => {
    const own = values.filter((_, i) => Math.floor(i / 10) % 3 === channel);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return [mean, own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length];
  };
  const normalize = (values: Float64Array, scale: Float64Array, bias: Float64Array, epsilon: number) => {
    const channels = [0, 1, 2].map((channel) => statistics(values, channel));
    return values.map((value, i) => {
      const channel = Math.floor(i / 10) % 3;
      const [mean, variance] = channels[channel];
      return ((value - mean) / Math.sqrt(variance + epsilon)) * scale[channel] + bias[channel];
    });
  };

  it('has the gradient of what it computes, and new running statistics', async () => {
    const graph = await differentiate(document, { loss: SQUARED, runtime, batchNorm: 'batch' });
    const session = await runtime.load(modelBytes(graph.document));
    const feeds = feedsOf(
      graph,
      new Map([
        ['x', x],
        [graph.targets[0].name, goal],
      ]),
    );
    const before = graph.runningStatistics.map(({ name }) => Float32Array.from(feeds[name].data as Float32Array));
    const found = await session.run(feeds);
    const again = await session.run(feeds);
    await session.release();

    const runner = new DoubleRunner(document);
    const constant = (name: string, values: Map<string, unknown>) =>
      ((values.get(name) ?? runner.constant(name)) as { data: Float64Array }).data;
    const forward = (values: Map<string, unknown>) => {
      const w = constant('w', values);
      const a = x.data.map((value, i) => value * w[i % 30]);
      const n = normalize(a, constant('g1', values), constant('b1', values), Math.fround(0.01));
      const t = n.map(Math.tanh);
      return { a, t, y: normalize(t, constant('g2', values), constant('b2', values), Math.fround(1e-5)) };
    };
    for (const { name, gradient } of graph.parameters) {
      const expected = await centralDifferences(runner, new Map(), name, async (values) => {
        const { y } = forward(values);
        return y.reduce((sum, value, i) => sum + (value - goal.data[i]) ** 2, 0) / y.length;
      });
      close(found[gradient], expected, name, 1e-4);
    }
    const { a, t, y } = forward(new Map());
    close(found.y, doubleArray(dims, y), 'y');
    const momenta = { m1: 0.8, v1: 0.8, m2: Math.fround(0.9), v2: Math.fround(0.9) };
    for (const [i, { name, updated, dims: own }] of graph.runningStatistics.entries()) {
      const momentum = momenta[name as keyof typeof momenta];
      const expected = [0, 1, 2].map((channel) => {
        const batch = statistics(name.endsWith('1') ? a : t, channel)[name.startsWith('m') ? 0 : 1];
        return momentum * before[i][channel] + (1 - momentum) * batch;
      });
      close(found[updated], doubleArray(own, expected), updated);
      // The operator writes its statistics over what it is given: neither feeds nor the next run may notice.
      expect(feeds[name].data, name).toEqual(before[i]);
      expect(again[updated].data, name).toEqual(found[updated].data);
    }
  });
});

describe('running statistics', () => {
  const dims = [4, 3, 2, 5];
  const random = new Random(11);
  const x = doubleArray(
    dims,
    Float32Array.from({ length: 120 }, () => 2 + random.normal()),
  );
  /** Of the channels of `values`: mean, or variance with denominator n. */
  const momentsOf = (values: Float64Array, which: 'mean' | 'variance') =>
    [0, 1, 2].map((channel) => {
      const own = values.filter((_, i) => Math.floor(i / 10) % 3 === channel);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      return which === 'mean' ? mean : own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length;
    });
  /** Two layers, one after the other, that read the statistics of these names. */
  const build = (momentum: number, trainingMode: number, [m1, v1, m2, v2]: readonly string[]) =>
    buildDocument({
      inputs: [buildValue('x', ['N', 3, 2, 5])],
      outputs: [buildValue('y', ['N', 3, 2, 5])],
      nodes: [
        createNode(
          'BatchNormalization',
          ['x', 'g', 'b', m1, v1],
          trainingMode ? ['n', 'kept.mean', 'kept.variance'] : ['n'],
          { momentum: { kind: 'float', value: momentum }, training_mode: { kind: 'int', value: BigInt(trainingMode) } },
        ),
        createNode('Mul', ['n', 'n'], ['square']),
        createNode('BatchNormalization', ['square', 'g', 'b', m2, v2], ['y'], {
          momentum: { kind: 'float', value: momentum },
        }),
      ],
      initializers: [
        normalTensor('g', [3], 2),
        normalTensor('b', [3], 3),
        ...[...new Set([m1, v1, m2, v2])].map((name, i) => floatTensor(name, [3], [0.5 + i, 1, 2])),
      ],
    });
  const updatedOf = async (document: ReturnType<typeof build>) => {
    const graph = await differentiate(document, { loss: SQUARED, runtime, batchNorm: 'batch' });
    const session = await runtime.load(modelBytes(graph.document));
    const given = [
      ['x', x],
      [graph.targets[0].name, x],
    ] as const;
    const feeds = feedsOf(graph, new Map(given));
    const found = await session.run(feeds);
    await session.release();
    const square = new Float64Array(120);
    const [g, b] = ['g', 'b'].map((name) => document.graph.initializers.get(name)!.toFloat32());
    const [mean, variance] = [momentsOf(x.data, 'mean'), momentsOf(x.data, 'variance')];
    x.data.forEach((value, i) => {
      const c = Math.floor(i / 10) % 3;
      square[i] = (((value - mean[c]) / Math.sqrt(variance[c] + Math.fround(1e-5))) * g[c] + b[c]) ** 2;
    });
    const updated = (name: string) => found[graph.runningStatistics.find((other) => other.name === name)!.updated];
    return { updated, moments: { x: x.data, square } };
  };

  it.each([
    ['as it is used', 0],
    ['in training form', 1],
  ])('of momentum 0 are those of the batch, no more (%s)', async (_, trainingMode) => {
    const { updated, moments } = await updatedOf(build(0, trainingMode, ['m1', 'v1', 'm2', 'v2']));
    close(updated('m1'), doubleArray([3], momentsOf(moments.x, 'mean')), 'm1');
    close(updated('v1'), doubleArray([3], momentsOf(moments.x, 'variance')), 'v1');
    close(updated('m2'), doubleArray([3], momentsOf(moments.square, 'mean')), 'm2', 1e-4);
    close(updated('v2'), doubleArray([3], momentsOf(moments.square, 'variance')), 'v2', 1e-4);
  });

  it.each([0, 0.9])(
    'that two layers share take the batch of one after that of the other (momentum %d)',
    async (given) => {
      const momentum = Math.fround(given);
      const { updated, moments } = await updatedOf(build(given, 0, ['m', 'v', 'm', 'v']));
      for (const [name, which, start] of [
        ['m', 'mean', 0],
        ['v', 'variance', 1],
      ] as const) {
        const [first, second] = [momentsOf(moments.x, which), momentsOf(moments.square, which)];
        const expected = [0.5 + start, 1, 2].map((before, c) => {
          const between = momentum * before + (1 - momentum) * first[c];
          return momentum * between + (1 - momentum) * second[c];
        });
        close(updated(name), doubleArray([3], expected), name, 1e-4);
      }
    },
  );
});

describe('batch normalization by stored statistics', () => {
  it('also where the model was exported in training mode', async () => {
    const exported = buildConvNet();
    const norm = exported.graph.nodes[1];
    norm.attributes.set('training_mode', { kind: 'int', value: 1n });
    norm.outputs.push('running.mean', 'running.var');
    const x = {
      dataType: DataType.FLOAT,
      dims: [2, 3, 8, 8],
      data: Float32Array.from({ length: 384 }, (_, i) => Math.sin(i)),
    };
    const goal = { dataType: DataType.FLOAT, dims: [2, 5], data: new Float32Array(10) };
    const run = async (document: ReturnType<typeof buildConvNet>) => {
      const graph = await differentiate(document, { loss: SQUARED, runtime });
      const session = await runtime.load(modelBytes(graph.document));
      const found = await session.run({ ...feedsOf(graph), x, [graph.targets[0].name]: goal });
      await session.release();
      return found;
    };
    expect(await run(exported)).toEqual(await run(buildConvNet()));
  });
});

describe('what has no gradient', () => {
  const withLstm = () =>
    buildDocument({
      inputs: [buildValue('x', ['N', 4])],
      outputs: [buildValue('y', ['N', 2])],
      nodes: [
        createNode('MatMul', ['x', 'first'], ['a']),
        createNode('CumSum', ['a', 'axis'], ['b'], {}, 'running sum'),
        createNode('MatMul', ['b', 'second'], ['y']),
      ],
      initializers: [normalTensor('first', [4, 3]), normalTensor('second', [3, 2]), int64Tensor('axis', [], [1])],
    });

  it('is an error that names node and operator', async () => {
    await expect(differentiate(withLstm(), { loss: SQUARED, runtime })).rejects.toMatchObject({
      code: 'E_UNSUPPORTED',
      message: expect.stringMatching(/"running sum" \(CumSum\)/),
    });
  });

  it('is none where no trainable weight lies behind it', async () => {
    const graph = await differentiate(withLstm(), { loss: SQUARED, runtime, trainable: ['second'] });
    expect(graph.parameters.map(({ name }) => name)).toEqual(['second']);
  });

  it('refuses names that are no float32 constants, and a loss that nothing moves', async () => {
    const document = withLstm();
    const refuse = (trainable: string[]) => differentiate(document, { loss: SQUARED, runtime, trainable });
    await expect(refuse(['a'])).rejects.toThrow(/"a": the main graph has no constant/);
    await expect(refuse(['axis'])).rejects.toMatchObject({ code: 'E_DATA_TYPE' });
    await expect(refuse([])).rejects.toThrow(/Nothing to train/);
  });

  it('refuses a model of an opset before 7', async () => {
    const document = buildMlp([3, 2]);
    document.opsets.set('', 6);
    document.graph.nodes = [createNode('MatMul', ['x', 'w0'], ['y'])];
    document.graph.initializers.set('w0', normalTensor('w0', [3, 2]));
    await expect(differentiate(document, { loss: SQUARED, runtime })).rejects.toThrow(
      /opset 7 or later but the model has 6/,
    );
  });

  it('refuses operators that opset 18 does not have', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 1, 2, 2])],
      outputs: [buildValue('y', ['N', 1, 4, 4])],
      nodes: [createNode('Mul', ['x', 'w'], ['a']), createNode('Upsample', ['a', 's'], ['y'], {}, 'larger')],
      initializers: [normalTensor('w', [2, 2]), floatTensor('s', [4], [1, 1, 2, 2])],
      opset: 9,
    });
    await expect(differentiate(document, { loss: SQUARED, runtime })).rejects.toThrow(/"larger" \(Upsample\)/);
  });
});

describe('models of older opsets', () => {
  it('before IR 4, where every weight is an input', async () => {
    const document = buildMlp([4, 3, 2]);
    document.irVersion = 3;
    document.opsets.set('', 7);
    for (const tensor of document.graph.initializers.values()) {
      document.graph.inputs.push({ name: tensor.name, dataType: tensor.dataType, dims: tensor.dims });
    }
    const graph = await differentiate(document, { loss: SQUARED, runtime });
    expect(graph.document.graph.inputs.map(({ name }) => name)).toEqual([
      'x',
      graph.targets[0].name,
      'w0',
      'b0',
      'w1',
      'b1',
    ]);
    await (await runtime.load(modelBytes(graph.document))).release();
  });

  it('with numbers in any attribute of a Constant', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3])],
      outputs: [buildValue('y', ['N'])],
      nodes: [
        createNode('Constant', [], ['axes'], attributesOf({ value_ints: [1] })),
        createNode('Constant', [], ['scale'], { value_float: { kind: 'float', value: 2 } }),
        createNode('Mul', ['w', 'scale'], ['v']),
        createNode('Mul', ['x', 'v'], ['a']),
        createNode('ReduceMax', ['a', 'axes'], ['y'], attributesOf({ keepdims: 0 })),
      ],
      initializers: [floatTensor('w', [3], [1, 2, 3])],
      opset: 18,
    });
    const graph = await differentiate(document, { loss: SQUARED, runtime });
    expect(graph.parameters.map(({ name }) => name)).toEqual(['w']);
  });

  it('with Dropout, which is nothing here', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', ['N', 3])],
      outputs: [buildValue('y', ['N', 3])],
      nodes: [createNode('Mul', ['x', 'w'], ['a']), createNode('Dropout', ['a'], ['y'], attributesOf({ ratio: 0.5 }))],
      initializers: [new Tensor('w', DataType.FLOAT, [3], new Uint8Array(Float32Array.of(1, 2, 3).buffer))],
      opset: 10,
    });
    const graph = await differentiate(document, { loss: SQUARED, runtime });
    expect(graph.document.graph.nodes.map(({ opType }) => opType)).not.toContain('Dropout');
  });

  it.each([10, 13])('with Dropout of opset %s whose mask is an output, or is read by nobody', async (opset) => {
    const x = { dataType: DataType.FLOAT, dims: [2, 3], data: Float32Array.of(1, -2, 3, 4, -5, 6) };
    const goal = { ...x, data: new Float32Array(6) };
    for (const masks of [[buildValue('mask', ['N', 3], DataType.BOOL)], []]) {
      const document = buildDocument({
        inputs: [buildValue('x', ['N', 3])],
        outputs: [buildValue('y', ['N', 3]), ...masks],
        nodes: [
          createNode('Mul', ['x', 'w'], ['a']),
          createNode('Dropout', ['a'], ['d', 'mask']),
          createNode('Neg', ['d'], ['y']),
        ],
        initializers: [floatTensor('w', [3], [1, 2, 3])],
        opset,
      });
      const graph = await differentiate(document, { loss: SQUARED, runtime });
      const session = await runtime.load(modelBytes(graph.document));
      const found = await session.run({ ...feedsOf(graph), x, [graph.targets[0].name]: goal });
      await session.release();
      // The mean of (x w)² over 6 numbers: 2 w Σ x² / 6.
      expect([...(found[graph.parameters[0].gradient].data as Float32Array)]).toEqual(
        [17, 29 * 2, 45 * 3].map((sum) => expect.closeTo(sum / 3, 4)),
      );
      expect(Object.keys(found).includes('mask')).toBe(masks.length > 0);
    }
  });
});
