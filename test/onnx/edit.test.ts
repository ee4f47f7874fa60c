import { describe, expect, it } from 'vitest';
import { createNode, MemorySource, Tensor } from '../../src/core/index.js';
import { modelBytes, readModel } from '../../src/onnx/index.js';
import { buildConvNet, floatTensor } from '../helpers/build.js';
import { EVERYTHING } from './everything.js';
import { encodeModel, type Plain, parseModel } from './schema.js';

const read = (bytes: Uint8Array) => readModel(new MemorySource(bytes));
const base: Plain = {
  irVersion: '8',
  opsetImport: [{ version: '13' }, { domain: 'x', version: '2' }],
  metadataProps: [{ key: 'a', value: '1' }],
  graph: {
    name: 'g',
    node: [{ opType: 'Add', name: 'n', docString: Uint8Array.of(1), input: ['x', 'w'], output: ['y'] }],
    initializer: [{ name: 'w', dataType: 1, dims: [2], floatData: [1, 2], docString: Uint8Array.of(2) }],
    input: [
      { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'N' }, { dimValue: '2' }] } } } },
    ],
    output: [{ name: 'y', docString: Uint8Array.of(3), type: { tensorType: { elemType: 1 } } }],
  },
};

// biome-ignore lint/suspicious/noExplicitAny: messages are written as literals, with whatever fields they need
type Loose = any;

/** What comes out of a model after an edit, and what ought to. */
function edited(
  edit: (document: ReturnType<typeof read>) => void,
  expected: (graph: Loose, model: Loose) => void,
): void {
  const document = read(encodeModel(base));
  edit(document);
  const model = structuredClone(base);
  expected(model.graph, model);
  expect(parseModel(modelBytes(document))).toEqual(parseModel(encodeModel(model)));
}

describe('an edit of a document comes out in the file, and nothing else', () => {
  it('nodes', () => {
    const node = createNode('Relu', ['y'], ['z'], {
      alpha: { kind: 'int', value: -3n },
      beta: { kind: 'floats', value: [] },
    });
    edited(
      ({ graph }) => {
        graph.nodes.push(node);
        graph.nodes[0].inputs[0] = 'q';
        graph.nodes[0].name = '';
        graph.nodes[0].domain = 'x';
      },
      (graph) => {
        Object.assign(graph.node[0], { input: ['q', 'w'], name: '', domain: 'x' });
        const attribute = [
          { name: 'alpha', type: 2, i: '-3' },
          { name: 'beta', type: 6 },
        ];
        graph.node.push({ opType: 'Relu', input: ['y'], output: ['z'], attribute });
      },
    );
  });

  it('initializers', () => {
    edited(
      ({ graph }) => {
        graph.initializers.get('w')!.name = 'renamed';
        graph.initializers.set('new', floatTensor('new', [1], [5]));
        graph.initializers.set('empty', new Tensor('empty', 7, [0], new Uint8Array(0)));
      },
      (graph) => {
        graph.initializer[0].name = 'renamed';
        graph.initializer.push({
          name: 'new',
          dataType: 1,
          dims: ['1'],
          rawData: new Uint8Array(Float32Array.of(5).buffer),
        });
        graph.initializer.push({ name: 'empty', dataType: 7, dims: ['0'], rawData: new Uint8Array(0) });
      },
    );
    edited(
      ({ graph }) => graph.initializers.delete('w'),
      (graph) => delete graph.initializer,
    );
  });

  it('opsets, IR version and metadata', () => {
    edited(
      (document) => {
        document.irVersion = 10;
        document.opsets.set('', 21).set('new', 1).delete('x');
        document.metadata.set('b', '2').set('a', '3');
      },
      (_, model) => {
        model.irVersion = '10';
        model.opsetImport = [{ version: '21' }, { domain: 'new', version: '1' }];
        model.metadataProps = [
          { key: 'a', value: '3' },
          { key: 'b', value: '2' },
        ];
      },
    );
  });

  it('inputs and outputs', () => {
    edited(
      ({ graph }) => {
        graph.inputs[0].dims = [4, 'C', null];
        graph.outputs[0].dataType = 10;
        graph.values.push({ name: 'v', dataType: 7, dims: [] });
      },
      (graph) => {
        graph.input[0].type.tensorType.shape.dim = [{ dimValue: '4' }, { dimParam: 'C' }, {}];
        graph.output[0].type.tensorType.elemType = 10;
        graph.valueInfo = [{ name: 'v', type: { tensorType: { elemType: 7, shape: {} } } }];
      },
    );
  });

  it('tensors within subgraphs', () => {
    const document = read(encodeModel(EVERYTHING));
    for (const tensor of document.tensors()) {
      if (tensor.name === 'body.w') tensor.setFloat32(Float32Array.of(7, 8, 9));
    }
    const again = [...read(modelBytes(document)).tensors()].filter((tensor) => tensor.name === 'body.w');
    expect(again.length).toBeGreaterThan(1);
    for (const tensor of again) expect([...tensor.toFloat32()]).toEqual([7, 8, 9]);
  });

  it('all of a document that was never a file', () => {
    const document = buildConvNet();
    const again = read(modelBytes(document));
    expect(again.graph.nodes.map((node) => node.opType)).toEqual(document.graph.nodes.map((node) => node.opType));
    expect(again.graph.inputs[0]).toMatchObject({ name: 'x', dataType: 1, dims: ['N', 3, 8, 8] });
    for (const [name, tensor] of document.graph.initializers) {
      expect(again.graph.initializers.get(name)!.bytes(), name).toEqual(tensor.bytes());
    }
  });
});
