import { describe, expect, it } from 'vitest';
import { type AttributeValue, createNode, DataType, Random, type Tensor } from '../../src/core/index.js';
import { computeExactly } from '../../src/transforms/exact-operators.js';
import { foldConstants } from '../../src/transforms/index.js';
import { fromSmall, int64s, type SmallTensor, toSmall } from '../../src/transforms/small-tensor.js';
import { buildDocument, buildValue, floatTensor, int64Tensor } from '../helpers/build.js';
import { runBits, runModel } from '../helpers/runtime.js';

interface Case {
  readonly opType: string;
  readonly inputs: readonly SmallTensor[];
  readonly attributes: Record<string, AttributeValue>;
}

const TYPES = [DataType.INT64, DataType.INT32, DataType.FLOAT];
const ints = (values: readonly number[]): AttributeValue => ({ kind: 'ints', value: values.map(BigInt) });
const int = (value: number): AttributeValue => ({ kind: 'int', value: BigInt(value) });
const random = new Random(11);
const below = (bound: number) => random.below(bound);

function randomTensor(dims: readonly number[], dataType: number = TYPES[below(3)], nonZero = false): SmallTensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = Array.from({ length: count }, () => {
    const wide = below(4) === 0;
    if (dataType === DataType.FLOAT) return Math.fround(random.normal() * (wide ? 1e30 : 1));
    const size = wide ? 2 ** 31 : 8;
    const integer = below(size) - size / 2 || (nonZero ? 3 : 0);
    return dataType === DataType.INT64 ? BigInt(integer) : integer;
  });
  return { dataType, dims, values };
}

const randomDims = (rank: number) => Array.from({ length: rank }, () => 1 + below(4));
const scalarOr1D = () => (below(2) ? [] : [1 + below(3)]);

/** Random calls of every operator, `opset` deciding between attributes and inputs. */
function randomCase(opType: string, opset: number): Case {
  const dims = randomDims(1 + below(3));
  const axis = below(dims.length) - (below(2) ? dims.length : 0);
  const make = (inputs: SmallTensor[], attributes: Record<string, AttributeValue> = {}) => ({
    opType,
    inputs,
    attributes,
  });
  switch (opType) {
    case 'Cast': {
      const to = TYPES[below(3)];
      const x = randomTensor(dims);
      // A float beyond the integers becomes what the machine likes: not a case.
      const tame = { ...x, values: x.values.map((value) => (Math.abs(Number(value)) > 1e9 ? x.values[0] : value)) };
      return Math.abs(Number(x.values[0])) > 1e9 ? randomCase(opType, opset) : make([tame], { to: int(to) });
    }
    case 'ConstantOfShape':
      return make(
        [int64s(dims)],
        below(2) ? { value: { kind: 'tensor', value: fromSmall('', randomTensor([1])) } } : {},
      );
    case 'Gather': {
      const length = dims.at(axis)!;
      const indexDims = scalarOr1D();
      const picks = Array.from({ length: indexDims[0] ?? 1 }, () => BigInt(below(2 * length) - length));
      return make([randomTensor(dims), { dataType: DataType.INT64, dims: indexDims, values: picks }], {
        axis: int(axis),
      });
    }
    case 'Slice': {
      const [from, to, step] = [below(9) - 4, below(2) ? below(9) - 4 : 2 ** 40, 1 + below(2)];
      if (opset < 10)
        return make([randomTensor(dims)], { starts: ints([from]), ends: ints([to]), axes: ints([below(dims.length)]) });
      return make([randomTensor(dims), int64s([from]), int64s([to]), int64s([axis]), int64s([step])]);
    }
    case 'Concat': {
      const dataType = TYPES[below(3)];
      const parts = Array.from({ length: 1 + below(3) }, () => {
        const part = [...dims];
        part[axis < 0 ? axis + dims.length : axis] = 1 + below(3);
        return randomTensor(part, dataType);
      });
      return make(parts, { axis: int(axis) });
    }
    case 'Squeeze': {
      const x = randomTensor([1, ...dims, 1]);
      return opset < 13 ? make([x], { axes: ints([0, dims.length + 1]) }) : make([x, int64s([0, -1])]);
    }
    case 'Unsqueeze': {
      const x = randomTensor(dims);
      return opset < 13 ? make([x], { axes: ints([0, 2]) }) : make([x, int64s([-1, 0])]);
    }
    case 'Reshape':
      return make([randomTensor([2, 3, 4]), int64s([[-1], [0, 12], [4, -1, 2], [0, 0, 2, 2], [24, 1]][below(5)])]);
    case 'Transpose':
      return below(2)
        ? make([randomTensor(dims)])
        : make([randomTensor([2, 3, 4])], { perm: ints(random.shuffle([0, 1, 2])) });
    case 'Shape':
    case 'Identity':
      return make([randomTensor(dims)]);
    default: {
      const dataType = TYPES[below(3)];
      const other = dims.map((dim) => (below(2) ? dim : 1)).slice(below(dims.length + 1));
      return make([randomTensor(dims, dataType), randomTensor(other, dataType, opType === 'Div')]);
    }
  }
}

const OPERATORS =
  'Identity Shape Cast ConstantOfShape Gather Slice Concat Squeeze Unsqueeze Reshape Transpose Add Sub Mul Div'.split(
    ' ',
  );

describe('computeExactly', () => {
  it.for([9, 12, 17])('gives what onnxruntime gives, bit for bit, in opset %i', async (opset) => {
    const cases = OPERATORS.flatMap((opType) => Array.from({ length: 40 }, () => randomCase(opType, opset)));
    const initializers: Tensor[] = [];
    const nodes = cases.map(({ opType, inputs, attributes }, i) => {
      const names = inputs.map((_, j) => `c${i}.${j}`);
      initializers.push(...inputs.map((input, j) => fromSmall(names[j], input)));
      return createNode(opType, names, [`y${i}`], attributes);
    });
    const outputs = cases.map((_, i) => ({ name: `y${i}`, dataType: null, dims: null }));
    const document = buildDocument({ opset, nodes, initializers, outputs });
    const expected = await runModel(document, { optimization: 'disabled' });
    for (const [i, { inputs }] of cases.entries()) {
      const { dataType, dims, data } = expected[`y${i}`];
      const result = computeExactly(nodes[i], inputs);
      const label = `${nodes[i].opType} ${i}`;
      expect(result, label).not.toBeNull();
      expect([result?.dataType, result?.dims], label).toEqual([dataType, [...dims]]);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(Buffer.compare(fromSmall('', result!).bytes(), bytes), label).toBe(0);
    }
  });

  it('gives no answer that is not certain: another type, a float beyond the integers, a division by zero', () => {
    const infinite = { dataType: DataType.FLOAT, dims: [1], values: [Number.POSITIVE_INFINITY] };
    expect(computeExactly(createNode('Cast', ['x'], ['y'], { to: int(DataType.INT64) }), [infinite])).toBeNull();
    expect(computeExactly(createNode('Cast', ['x'], ['y'], { to: int(DataType.FLOAT16) }), [int64s([1])])).toBeNull();
    const large = { dataType: DataType.INT64, dims: [1], values: [2n ** 60n + 1n] };
    expect(computeExactly(createNode('Cast', ['x'], ['y'], { to: int(DataType.FLOAT) }), [large])).toBeNull();
    expect(computeExactly(createNode('Div', ['x', 'z'], ['y']), [int64s([1]), int64s([0])])).toBeNull();
    expect(computeExactly(createNode('Exp', ['x'], ['y']), [infinite])).toBeNull();
    expect(computeExactly(createNode('ConstantOfShape', ['x'], ['y']), [int64s([1000, 1000])])).toBeNull();
    expect(toSmall(floatTensor('x', [300], Array(300).fill(0)))).toBeNull();
  });
});

describe('foldConstants without a runtime', () => {
  it('folds the shape arithmetic of fixed inputs and of weights, and nothing that a caller may change', async () => {
    const document = buildDocument({
      inputs: [buildValue('x', [2, 6]), buildValue('free', ['N', 6]), buildValue('override', [1])],
      outputs: [buildValue('y', [null, null]), buildValue('z', [null], DataType.INT64), buildValue('o', [null])],
      nodes: [
        createNode('Shape', ['x'], ['shape']),
        createNode('Gather', ['shape', 'one'], ['six']),
        createNode('Unsqueeze', ['six', 'zero'], ['six1']),
        createNode('Concat', ['minus', 'six1'], ['target'], { axis: int(0) }),
        createNode('Reshape', ['free', 'target'], ['y']),
        createNode('Shape', ['free'], ['z']),
        createNode('Add', ['override', 'override'], ['o']),
      ],
      initializers: [
        int64Tensor('one', [], [1]),
        int64Tensor('zero', [1], [0]),
        int64Tensor('minus', [1], [-1]),
        floatTensor('override', [1], [3]),
      ],
    });
    const expected = await runBits(document);
    await document.transform(foldConstants());
    expect(document.graph.nodes.map((node) => node.opType)).toEqual(['Reshape', 'Shape', 'Add']);
    expect(document.graph.initializers.get('target')?.bytes()).toEqual(int64Tensor('', [2], [-1, 6]).bytes());
    expect(await runBits(document)).toEqual(expected);
  });
});
