import { Long, type Plain } from './schema.js';

// A model with every feature of the format that could get lost on the way.

const INT64_MAX = Long.MAX_VALUE.toString();
const INT64_MIN = Long.MIN_VALUE.toString();

/** Field 4242 as a varint, 4243 as bytes and 4244 as a group: what a later ONNX might bring. */
export const UNKNOWN = Uint8Array.of(
  0x90,
  0x89,
  0x02,
  0x2a,
  0x9a,
  0x89,
  0x02,
  0x03,
  1,
  2,
  3,
  0xa3,
  0x89,
  0x02,
  0x08,
  0x01,
  0xa4,
  0x89,
  0x02,
);

const entries = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
const docString = Uint8Array.of(0x68, 0x69, 0xff, 0xfe);

const typed: Plain[] = [
  { name: 'float', dataType: 1, dims: [2, 2], floatData: [1.5, -0, Number.POSITIVE_INFINITY, 1e-45] },
  { name: 'double', dataType: 11, dims: [3], doubleData: [1 / 3, -1e300, 5e-324] },
  { name: 'complex64', dataType: 14, dims: [2], floatData: [1, 2, 3, 4] },
  { name: 'complex128', dataType: 15, dims: [1], doubleData: [0.1, 0.2] },
  { name: 'int8', dataType: 3, dims: [4], int32Data: [-128, -1, 0, 127] },
  { name: 'uint8', dataType: 2, dims: [3], int32Data: [0, 128, 255] },
  { name: 'int16', dataType: 5, dims: [2], int32Data: [-32768, 32767] },
  { name: 'uint16', dataType: 4, dims: [2], int32Data: [0, 65535] },
  { name: 'int32', dataType: 6, dims: [2], int32Data: [-2147483648, 2147483647] },
  { name: 'bool', dataType: 9, dims: [3], int32Data: [1, 0, 1] },
  { name: 'float16', dataType: 10, dims: [2], int32Data: [0x3c00, 0xfc00] },
  { name: 'bfloat16', dataType: 16, dims: [2], int32Data: [0x3f80, 0xff80] },
  { name: 'float8', dataType: 17, dims: [2], int32Data: [0x7e, 0xfe] },
  { name: 'uint4', dataType: 21, dims: [3], int32Data: [0x21, 0x03] },
  { name: 'int2', dataType: 26, dims: [5], int32Data: [0xe4, 0x01] },
  { name: 'int64', dataType: 7, dims: [3], int64Data: [INT64_MIN, '-1', INT64_MAX] },
  { name: 'uint32', dataType: 12, dims: [2], uint64Data: ['0', '4294967295'] },
  { name: 'uint64', dataType: 13, dims: [2], uint64Data: ['0', Long.MAX_UNSIGNED_VALUE.toString()] },
];

/** What `Tensor.bytes()` must give for each of them, from the definition of `raw_data`. */
export const TYPED_BYTES: Record<string, ArrayBufferView> = {
  float: Float32Array.of(1.5, -0, Number.POSITIVE_INFINITY, 1e-45),
  double: Float64Array.of(1 / 3, -1e300, 5e-324),
  complex64: Float32Array.of(1, 2, 3, 4),
  complex128: Float64Array.of(0.1, 0.2),
  int8: Int8Array.of(-128, -1, 0, 127),
  uint8: Uint8Array.of(0, 128, 255),
  int16: Int16Array.of(-32768, 32767),
  uint16: Uint16Array.of(0, 65535),
  int32: Int32Array.of(-2147483648, 2147483647),
  bool: Uint8Array.of(1, 0, 1),
  float16: Uint16Array.of(0x3c00, 0xfc00),
  bfloat16: Uint16Array.of(0x3f80, 0xff80),
  float8: Uint8Array.of(0x7e, 0xfe),
  uint4: Uint8Array.of(0x21, 0x03),
  int2: Uint8Array.of(0xe4, 0x01),
  int64: BigInt64Array.of(-(2n ** 63n), -1n, 2n ** 63n - 1n),
  uint32: Uint32Array.of(0, 4294967295),
  uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
};

const sparse = (name: string): Plain => ({
  values: { name, dataType: 1, dims: [2], floatData: [0.5, 0.25] },
  indices: { dataType: 7, dims: [2], int64Data: ['1', '4'] },
  dims: [2, 3],
});

const raw = (name: string, length: number): Plain => ({
  name,
  dataType: 1,
  dims: [length],
  rawData: new Uint8Array(4 * length).fill(name.length),
});

const graph = (name: string, nodes: Plain[]): Plain => ({ name, node: nodes, initializer: [raw(`${name}.w`, 3)] });

const nested: Plain[] = [
  {
    opType: 'If',
    input: ['condition'],
    output: ['z', ''],
    attribute: [
      {
        name: 'then_branch',
        type: 5,
        g: graph('then', [
          {
            opType: 'Loop',
            input: ['', '', 'z'],
            output: ['q'],
            attribute: [
              {
                name: 'body',
                type: 5,
                g: graph('body', [
                  { opType: 'Constant', output: ['k'], attribute: [{ name: 'value', type: 4, t: raw('', 200) }] },
                ]),
              },
            ],
          },
        ]),
      },
      {
        name: 'else_branch',
        type: 5,
        g: graph('else', [{ opType: 'Scan', attribute: [{ name: 'body', type: 5, g: graph('scan', []) }] }]),
      },
    ],
  },
];

const attributes: Plain[] = [
  { name: 'ends', type: 7, ints: [INT64_MAX, INT64_MIN, '0'] },
  { name: 'max', type: 2, i: INT64_MAX },
  { name: 'zero', type: 2, i: '0' },
  { name: 'f', type: 1, f: -0 },
  { name: 'floats', type: 6, floats: [0.1, 1e-40] },
  { name: 's', type: 3, s: Uint8Array.of(0xff, 0), docString },
  { name: 'strings', type: 8, strings: [Uint8Array.of(), Uint8Array.of(7)] },
  { name: 'no_ints', type: 7 },
  { name: 'no_tensors', type: 9 },
  { name: 'tensors', type: 9, tensors: [raw('a', 2), raw('bb', 0), typed[5]] },
  { name: 'graphs', type: 10, graphs: [graph('one', []), graph('two', [])] },
  { name: 'sparse', type: 11, sparseTensor: sparse('') },
  { name: 'sparses', type: 12, sparseTensors: [sparse('p'), sparse('q')] },
  { name: 'tp', type: 13, tp: { mapType: { keyType: 7, valueType: { sequenceType: { elemType: {} } } } } },
  {
    name: 'tps',
    type: 14,
    typeProtos: [{ optionalType: { elemType: { tensorType: { elemType: 1 } } } }, { opaqueType: { domain: 'd' } }],
  },
  { name: 'later', type: 99 },
  { name: 'untyped', i: '7' },
  { name: 'contradiction', type: 1, f: 2, t: raw('hidden', 5), g: graph('hidden', []) },
  { name: 'max', type: 2, i: '3' },
];

export const EVERYTHING: Plain = {
  irVersion: '13',
  producerName: 'producer',
  producerVersion: '',
  domain: 'example',
  modelVersion: INT64_MAX,
  docString,
  opsetImport: [{ version: '17' }, { domain: 'ai.onnx.ml', version: '3' }, { domain: 'local', version: '1' }],
  metadataProps: entries({ b: '2', a: '1', '': '' }),
  graph: {
    name: 'main',
    docString,
    node: [
      {
        opType: 'Anything',
        domain: 'local',
        overload: 'o',
        name: 'n',
        docString,
        input: ['x', '', 'w'],
        attribute: attributes,
        metadataProps: entries({ k: 'v' }),
      },
      { opType: 'Relu', domain: 'ai.onnx', input: ['x'], output: ['y'] },
      {
        opType: 'Sharded',
        deviceConfigurations: [
          {
            configurationId: 'c',
            pipelineStage: 2,
            shardingSpec: [
              {
                tensorName: 'w',
                device: ['0', '-1'],
                indexToDeviceGroupMap: [{ key: '-1', value: ['0', '1'] }],
                shardedDim: [{ axis: '0', simpleSharding: [{ dimParam: 'N', numShards: '2' }] }],
              },
            ],
          },
        ],
      },
      ...nested,
    ],
    initializer: [
      ...typed,
      raw('raw', 100),
      raw('empty', 0),
      { name: 'scalar', dataType: 1, rawData: Uint8Array.of(0, 0, 128, 63) },
      { name: 'strings', dataType: 8, dims: [2], stringData: [Uint8Array.of(0xff), Uint8Array.of()] },
      { name: 'later', dataType: 99, dims: [7], rawData: Uint8Array.of(1, 2, 3) },
      { name: 'later typed', dataType: 98, dims: [3], int32Data: [1, 2, 3] },
      { name: 'undefined' },
      {
        name: 'both',
        dataType: 1,
        dims: [1],
        rawData: Uint8Array.of(1, 2, 3, 4),
        int32Data: [5],
        segment: { begin: '0', end: INT64_MAX },
        docString,
        metadataProps: entries({ m: '1' }),
      },
      raw('twice', 2),
      { ...raw('twice', 3), dims: [3, 1] },
    ],
    sparseInitializer: [
      sparse('sparse'),
      { ...sparse('indexed'), indices: { dataType: 7, dims: [2, 2], rawData: new Uint8Array(32) } },
    ],
    input: [
      {
        name: 'x',
        type: {
          tensorType: {
            elemType: 1,
            shape: {
              dim: [{ dimParam: 'N' }, { dimValue: '3' }, {}, { dimValue: '-1', denotation: 'D' }, { dimValue: '0' }],
            },
          },
          denotation: 'IMAGE',
        },
      },
      { name: 'sequence', type: { sequenceType: { elemType: { tensorType: { elemType: 8 } } } } },
      { name: 'sparse', type: { sparseTensorType: { elemType: 1, shape: {} } } },
      { name: 'untyped', docString, metadataProps: entries({ v: '' }) },
    ],
    output: [
      { name: 'y', type: { tensorType: { elemType: 1 } } },
      { name: 'rank0', type: { tensorType: { elemType: 1, shape: {} } } },
    ],
    valueInfo: [{ name: 'z', type: {} }],
    quantizationAnnotation: [{ tensorName: 'w', quantParameterTensorNames: entries({ SCALE_TENSOR: 's' }) }],
    metadataProps: entries({ g: '1' }),
  },
  functions: [
    {
      name: 'Anything',
      domain: 'local',
      overload: 'o',
      sinceVersion: '4',
      status: 1,
      input: ['x'],
      output: ['y'],
      attribute: ['alpha'],
      attributeProto: [{ name: 'beta', type: 4, t: raw('default', 6) }],
      node: [
        {
          opType: 'Elu',
          input: ['x'],
          output: ['y'],
          attribute: [
            { name: 'alpha', refAttrName: 'alpha', type: 1 },
            { name: 'c', type: 4, t: raw('inner', 9) },
          ],
        },
        ...nested,
      ],
      opsetImport: [{ domain: '', version: '17' }],
      valueInfo: [{ name: 'y' }],
      metadataProps: entries({ f: '1' }),
      docString,
    },
  ],
  trainingInfo: [
    {
      initialization: graph('init', nested),
      algorithm: graph('algorithm', []),
      initializationBinding: entries({ a: 'b' }),
      updateBinding: entries({ c: 'd' }),
    },
    {},
  ],
  configuration: [{ name: 'c', numDevices: 2, device: ['cpu:0', 'cpu:1'] }],
};
