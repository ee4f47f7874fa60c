import { describe, expect, it } from 'vitest';
import { ConcatSource, MemorySource, readBytes } from '../../src/core/index.js';
import { type ModelFiles, modelBytes, readModel, type Segment, writeModelFiles } from '../../src/onnx/index.js';
import { encodeModel, type Plain, parseModel } from './schema.js';

const external = (name: string, dims: number[], entries: Record<string, string | number>): Plain => ({
  name,
  dataType: 1,
  dims,
  dataLocation: 1,
  externalData: Object.entries(entries).map(([key, value]) => ({ key, value: `${value}` })),
});

const model = (...initializer: Plain[]): Plain => ({
  irVersion: '8',
  opsetImport: [{ version: '17' }],
  graph: { initializer },
});
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const FILES = new Map([
  ['a.bin', Buffer.concat([Buffer.alloc(64), floats(1, 2), Buffer.alloc(56), floats(3, 4, 5)])],
  ['sub/b.bin', floats(6)],
]);

const read = (message: Plain, files: ReadonlyMap<string, Uint8Array> = FILES) =>
  readModel(new MemorySource(encodeModel(message)), (location) => {
    const bytes = files.get(location);
    if (!bytes) throw new Error('no such file');
    return new MemorySource(bytes);
  });

const joined = (segments: readonly Segment[]) => readBytes(new ConcatSource(segments.map((segment) => segment.source)));
const inMemory = ({ model, external }: ModelFiles) => ({
  model: joined(model),
  files: new Map([...external].map(([location, segments]) => [location, joined(segments)])),
});

const TWO_FILES = model(
  external('w', [2], { location: 'a.bin', offset: 64, length: 8, checksum: 'abc' }),
  external('v', [3], { offset: 128, location: 'a.bin' }),
  external('tied', [3], { location: 'a.bin', offset: 128 }),
  external('u', [1], { location: 'sub/b.bin', other: 'kept' }),
  external('none', [0], { location: 'sub/b.bin', offset: 4, length: 0 }),
  { name: 'inside', dataType: 1, dims: [1], floatData: [7] },
);

describe('external data', () => {
  it('is read from several files', () => {
    const { initializers } = read(TWO_FILES).graph;
    const values = [...initializers.values()].map((tensor) => [...tensor.toFloat32()]);
    expect(values).toEqual([[1, 2], [3, 4, 5], [3, 4, 5], [6], [], [7]]);
  });

  it.for([
    '/etc/passwd',
    '../a.bin',
    'sub/../../a.bin',
    'sub/..',
    'C:/a.bin',
    'c:a.bin',
    '\\\\host\\share',
    'sub\\a.bin',
    '..\\a.bin',
    '',
    'a\0b',
  ])('is refused at %j before anything is opened', (location) => {
    const message = encodeModel(model(external('w', [2], { location })));
    const open = () => readModel(new MemorySource(message), () => expect.fail('opened'));
    expect(open).toThrow(expect.objectContaining({ code: 'E_EXTERNAL_DATA', message: expect.stringContaining('"w"') }));
    expect(open).toThrow(expect.objectContaining({ message: expect.stringContaining(`"${location}"`) }));
  });

  it.for([
    { offset: 132 },
    { offset: 64, length: 4 },
    { offset: -1 },
    { offset: '0x10' },
    { offset: '99999999999999999999' },
    { length: '1e9' },
    { location: 'missing.bin' },
  ])('is refused when the place is wrong: %o', (place) => {
    const open = () => read(model(external('w', [3], { location: 'a.bin', ...place })));
    expect(open).toThrow(expect.objectContaining({ code: 'E_EXTERNAL_DATA', message: expect.stringContaining('"w"') }));
  });

  it('is asked for when a model is read alone', () => {
    const open = () => readModel(new MemorySource(encodeModel(TWO_FILES)));
    expect(open).toThrow(
      expect.objectContaining({ code: 'E_EXTERNAL_DATA', message: expect.stringContaining('a.bin') }),
    );
  });

  it('stays where it was: a read and a write change nothing', () => {
    const written = inMemory(writeModelFiles(read(TWO_FILES)));
    expect(parseModel(written.model)).toEqual(parseModel(encodeModel(TWO_FILES)));
    expect(written.files).toEqual(new Map([...FILES].map(([location, bytes]) => [location, new Uint8Array(bytes)])));
  });

  it('takes changed numbers in place, and unties what is no longer equal', () => {
    const document = read(TWO_FILES);
    document.graph.initializers.get('w')!.setFloat32(Float32Array.of(-1, -2));
    document.graph.initializers.get('tied')!.setFloat32(Float32Array.of(8, 9, 10));
    const written = inMemory(writeModelFiles(document));
    const again = readModel(
      new MemorySource(written.model),
      (location) => new MemorySource(written.files.get(location)!),
    );
    const values = [...again.graph.initializers.values()].map((tensor) => [...tensor.toFloat32()]);
    expect(values).toEqual([[-1, -2], [3, 4, 5], [8, 9, 10], [6], [], [7]]);
    const keys = JSON.stringify(parseModel(written.model));
    expect(keys, 'a checksum of the old file is no longer there').not.toContain('checksum');
  });

  it('leaves no hole where a large tensor was removed', () => {
    const files = new Map([['a.bin', Buffer.alloc(2 << 20, 1)]]);
    const document = read(
      model(
        external('large', [1 << 18], { location: 'a.bin', offset: 0 }),
        external('last', [1 << 18], { location: 'a.bin', offset: 1 << 20 }),
      ),
      files,
    );
    document.graph.initializers.delete('large');
    expect(inMemory(writeModelFiles(document)).files.get('a.bin')).toHaveLength(1 << 20);
  });

  it('moves into the file by writeModel', () => {
    const expected = model(
      { name: 'w', dataType: 1, dims: [2], rawData: floats(1, 2) },
      { name: 'v', dataType: 1, dims: [3], rawData: floats(3, 4, 5) },
      { name: 'tied', dataType: 1, dims: [3], rawData: floats(3, 4, 5) },
      { name: 'u', dataType: 1, dims: [1], rawData: floats(6) },
      { name: 'none', dataType: 1, dims: [0], rawData: floats() },
      { name: 'inside', dataType: 1, dims: [1], floatData: [7] },
    );
    expect(parseModel(modelBytes(read(TWO_FILES)))).toEqual(parseModel(encodeModel(expected)));
  });

  it('gathers in one file from a size on, aligned, what is tied once', () => {
    const document = read(TWO_FILES);
    document.graph.initializers.get('tied')!.setSource(document.graph.initializers.get('v')!.source);
    const written = inMemory(writeModelFiles(document, { location: 'all.bin', threshold: 8, alignment: 4096 }));
    expect([...written.files.keys()]).toEqual(['all.bin']);
    expect([...written.files.get('all.bin')!]).toEqual([...floats(1, 2), ...Buffer.alloc(4088), ...floats(3, 4, 5)]);
    const again = readModel(
      new MemorySource(written.model),
      (location) => new MemorySource(written.files.get(location)!),
    );
    const values = [...again.graph.initializers.values()].map((tensor) => [...tensor.toFloat32()]);
    expect(values).toEqual([[1, 2], [3, 4, 5], [3, 4, 5], [6], [], [7]]);
  });

  it('is not written outside of the folder', () => {
    expect(() => writeModelFiles(read(TWO_FILES), { location: '../x' })).toThrow(
      expect.objectContaining({ code: 'E_EXTERNAL_DATA' }),
    );
  });

  it.for([0, -1, 1.5, 65537, Number.NaN])('refuses an alignment of %s', (alignment) => {
    expect(() => writeModelFiles(read(TWO_FILES), { location: 'x', alignment })).toThrow(
      expect.objectContaining({ code: 'E_OPTION', message: expect.stringContaining(`${alignment}`) }),
    );
  });
});
