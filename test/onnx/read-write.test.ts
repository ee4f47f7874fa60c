import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/core/index.js';
import { modelBytes, readModel, totalByteLength, writeModel } from '../../src/onnx/index.js';
import { EVERYTHING, TYPED_BYTES } from './everything.js';
import { encodeModel, parseModel } from './schema.js';
import { withUnknownFields } from './unknown-fields.js';

const rewrite = (bytes: Uint8Array) => modelBytes(readModel(new MemorySource(bytes)));

describe('a read followed by a write changes nothing that a parser can see', () => {
  const models = '../shared/data/models';
  const names = existsSync(models) ? readdirSync(models).filter((name) => name.endsWith('.onnx')) : [];
  it.skipIf(names.length === 0).for(names)('%s', (name) => {
    const bytes = readFileSync(`${models}/${name}`);
    expect(parseModel(rewrite(bytes))).toEqual(parseModel(bytes));
  });

  it.for([true, false])('with everything the format has, typed fields packed: %s', (packed) => {
    const bytes = encodeModel(EVERYTHING, { packed });
    const written = rewrite(bytes);
    expect(parseModel(written)).toEqual(parseModel(bytes));
    expect(written.length, 'typed fields stay packed, or not').toBe(bytes.length);
  });

  it('with unknown fields in every message', () => {
    const { bytes, messageCount } = withUnknownFields(encodeModel(EVERYTHING));
    expect(messageCount).toBeGreaterThan(200);
    expect(parseModel(bytes)).not.toEqual(parseModel(encodeModel(EVERYTHING)));
    expect(parseModel(rewrite(bytes))).toEqual(parseModel(bytes));
  });

  it('with fields of a message in any order, and its numbers in several pieces', () => {
    // TensorProto: raw_data before name; packed float_data in two records with one unpacked value between.
    const tensor = [0x22, 4, 0, 0, 128, 63, 0x42, 1, 0x77, 0x25, 0, 0, 0, 64, 0x22, 4, 0, 0, 64, 64, 0x10, 1, 0x08, 3];
    const graph = [0x12, 1, 0x67, 0x2a, tensor.length, ...tensor];
    const bytes = Uint8Array.of(0x42, 2, 0x10, 17, 0x3a, graph.length, ...graph, 0x08, 8);
    const document = readModel(new MemorySource(bytes));
    expect([...document.graph.initializers.get('w')!.toFloat32()]).toEqual([1, 2, 3]);
    expect(parseModel(modelBytes(document))).toEqual(parseModel(bytes));
  });
});

describe('readModel', () => {
  it.for([true, false])('decodes every typed field to the layout of raw_data, packed: %s', (packed) => {
    const document = readModel(new MemorySource(encodeModel(EVERYTHING, { packed })));
    for (const [name, { buffer }] of Object.entries(TYPED_BYTES)) {
      expect([...document.graph.initializers.get(name)!.bytes()], name).toEqual([...new Uint8Array(buffer)]);
    }
  });

  it('finds tensors in subgraphs, functions and attributes', () => {
    const document = readModel(new MemorySource(encodeModel(EVERYTHING)));
    const names = [...document.tensors()].map((tensor) => tensor.name);
    expect(names).toEqual(expect.arrayContaining(['body.w', 'scan.w', 'inner', 'a', 'raw']));
  });

  it('says ai.onnx as the empty domain, and keeps the spelling in the file', () => {
    const document = readModel(new MemorySource(encodeModel(EVERYTHING)));
    expect(document.graph.nodes[1].domain).toBe('');
  });

  it('reads no tensor', () => {
    const bytes = encodeModel({ opsetImport: [{ version: 17 }], graph: { initializer: [big] } });
    const source = new MemorySource(bytes);
    let read = 0;
    const counting = {
      byteLength: bytes.length,
      readInto(target: Uint8Array, byteOffset: number) {
        read += target.length;
        source.readInto(target, byteOffset);
      },
    };
    const segments = writeModel(readModel(counting));
    expect(totalByteLength(segments)).toBe(bytes.length);
    expect(read).toBeLessThan(bytes.length / 4);
  });
});

describe('writeModel', () => {
  it('names the segment of a tensor, and gives it the bytes of the tensor', () => {
    const document = readModel(new MemorySource(encodeModel(EVERYTHING)));
    for (const { source, tensor } of writeModel(document)) if (tensor) expect(source).toBe(tensor.source);
    const named = new Set(writeModel(document).map((segment) => segment.tensor?.name));
    for (const name of ['raw', 'float', 'double', 'body.w', 'init.w', 'default', 'hidden'])
      expect(named).toContain(name);
  });

  it('writes changed numbers as raw_data, and leaves the rest as it was', () => {
    const bytes = encodeModel(EVERYTHING);
    const document = readModel(new MemorySource(bytes));
    document.graph.initializers.get('float')!.setFloat32(Float32Array.of(1, 2, 3, 4));
    const expected = structuredClone(EVERYTHING) as typeof EVERYTHING & { graph: { initializer: object[] } };
    const rawData = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    expected.graph.initializer[0] = { name: 'float', dataType: 1, dims: [2, 2], rawData };
    expect(parseModel(modelBytes(document))).toEqual(parseModel(encodeModel(expected)));
  });
});

const big = { name: 'big', dataType: 1, dims: [1 << 20], rawData: new Uint8Array(4 << 20) };
