import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWringError, MemorySource, type WringError } from '../../src/core/index.js';
import { modelBytes, readModel } from '../../src/onnx/index.js';
import { EVERYTHING } from './everything.js';
import { encodeModel, type Plain } from './schema.js';

const read = (bytes: Uint8Array) => readModel(new MemorySource(bytes));
const readTensor = (tensor: Plain) =>
  read(encodeModel({ opsetImport: [{ version: 17 }], graph: { initializer: [tensor] } }));

function refusal(work: () => unknown): WringError {
  try {
    work();
  } catch (error) {
    if (isWringError(error)) return error;
    throw error;
  }
  throw new Error('Expected a refusal');
}

describe('readModel refuses', () => {
  it('an empty file', () => {
    expect(refusal(() => read(new Uint8Array(0)))).toMatchObject({
      code: 'E_NOT_ONNX',
      message: expect.stringMatching(/0 bytes/),
    });
  });

  it.for([
    ['text', Buffer.from('once upon a time\n')],
    ['PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['zeros', Buffer.alloc(100)],
    ['ones', Buffer.alloc(100, 0xff)],
    ['JSON', Buffer.from('{"a": 1}')],
    ['.wrg', Buffer.from('895752470d0a1a0a01', 'hex')],
  ] as const)('%s', ([, bytes]) => {
    expect(refusal(() => read(bytes))).toMatchObject({ code: 'E_NOT_ONNX', message: expect.stringMatching(/byte/) });
  });

  it('a model cut at any byte before its opset', () => {
    const model = { irVersion: 8, graph: { name: 'g', initializer: [{ dataType: 1, dims: [2], floatData: [1, 2] }] } };
    const bytes = encodeModel({ ...model, opsetImport: [{ version: 17 }] });
    for (let length = 0; length < bytes.length; length++) {
      const error = refusal(() => read(bytes.subarray(0, length)));
      expect(['E_NOT_ONNX', 'E_TRUNCATED'], `at byte ${length}`).toContain(error.code);
      expect(error.message).toMatch(/byte \d|bytes|cut off/);
    }
  });

  it('a large model cut in two, with the byte where it should have ended', () => {
    const bytes = encodeModel(EVERYTHING);
    const error = refusal(() => read(bytes.subarray(0, bytes.length / 2)));
    expect(error).toMatchObject({
      code: 'E_TRUNCATED',
      message: expect.stringMatching(new RegExp(`only ${bytes.length >> 1} bytes`)),
    });
  });

  it('negative dims', () => {
    const error = refusal(() => readTensor({ name: 'w', dataType: 1, dims: [2, -1], floatData: [1, 2] }));
    expect(error).toMatchObject({ code: 'E_SHAPE', message: expect.stringMatching(/"w".*-1 in \[2, -1\]/) });
  });

  it('dims beyond all memory, without asking for any', () => {
    for (const dims of [['9223372036854775807'], [1 << 30, 1 << 30, 1 << 30], [2 ** 40]]) {
      const error = refusal(() => readTensor({ name: 'w', dataType: 1, dims, floatData: [1, 2] }));
      expect(error).toMatchObject({ code: 'E_SHAPE', message: expect.stringMatching(/"w"/) });
    }
  });

  it.for([
    { dataType: 1, floatData: [1, 2] },
    { dataType: 1, rawData: new Uint8Array(8) },
    { dataType: 1, rawData: new Uint8Array(16) },
    { dataType: 1, int32Data: [1, 2, 3] },
    { dataType: 7, int64Data: [1, 2] },
    { dataType: 3, int32Data: [1, 2, 3, 4] },
    { dataType: 13, uint64Data: [] },
    { dataType: 21, int32Data: [1, 2, 3] },
  ] as Plain[])('data that does not fit the shape: %o', (data) => {
    const error = refusal(() => readTensor({ name: 'w', dims: [3], ...data }));
    expect(error).toMatchObject({
      code: 'E_SHAPE',
      message: expect.stringMatching(/"w": 3 elements .* need \d+ bytes but .* has \d+/),
    });
  });

  it('subgraphs nested beyond what protobuf allows', () => {
    const nest = (depth: number): Uint8Array => {
      let bytes: Uint8Array = new Uint8Array(0);
      for (let i = 0; i < depth; i++) bytes = field(1, field(5, field(6, bytes)));
      return Uint8Array.of(0x42, 2, 0x10, 17, ...field(7, bytes));
    };
    expect(read(nest(30)).graph.nodes).toHaveLength(1);
    expect(refusal(() => read(nest(40)))).toMatchObject({
      code: 'E_NOT_ONNX',
      message: expect.stringMatching(/nested more than 100 deep.*byte/),
    });
    expect(refusal(() => read(nest(400)))).toMatchObject({ code: 'E_NOT_ONNX' });
  });

  it('unknown groups nested without end', () => {
    const bytes = new Uint8Array(100000).fill(0xa3);
    expect(refusal(() => read(bytes)).code).toBe('E_NOT_ONNX');
  });

  it('an inner message that claims to be longer than the outer one', () => {
    const bytes = encodeModel({
      graph: { name: 'g', initializer: [{ name: 'w', dims: [1], dataType: 1, floatData: [1] }] },
    });
    const at = bytes.indexOf(0x2a) + 1;
    bytes[at] += 40;
    expect(refusal(() => read(Uint8Array.of(...bytes, 0x42, 60, ...new Uint8Array(60))))).toMatchObject({
      code: 'E_NOT_ONNX',
      message: expect.stringMatching(`byte ${at - 1}`),
    });
  });
});

describe('damaged bytes', () => {
  const bytes = encodeModel(EVERYTHING);

  it('give a model or a WringError, whatever byte is changed', () => {
    const damage = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (changes) => {
        const copy = bytes.slice();
        for (const [at, value] of changes) copy[at] = value;
        survives(copy);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('give a model or a WringError when cut out of place', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(200), (at, length) => {
        survives(Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + length)));
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  function survives(damaged: Uint8Array): void {
    try {
      const document = read(damaged);
      for (const tensor of document.tensors()) tensor.bytes();
      modelBytes(document);
    } catch (error) {
      if (!isWringError(error)) throw error;
    }
  }
});

function field(number: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>>= 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) break;
  }
  return Uint8Array.of(number * 8 + 2, ...length, ...content);
}
