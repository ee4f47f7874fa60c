import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ByteSource, Tensor } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { WebIO } from '../../src/io/web-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { buildConvNet, buildMlp } from '../helpers/build.js';

const io = new NodeIO();
let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wring-io-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('NodeIO', () => {
  it('reads what it wrote', async () => {
    await io.write(at('m.onnx'), buildConvNet());
    const document = await io.read(at('m.onnx'));
    expect(modelBytes(document)).toEqual(modelBytes(buildConvNet()));
    expect(await readdir(folder)).toEqual(['m.onnx']);
  });

  it('writes over the file that it reads from', async () => {
    await io.write(at('m.onnx'), buildMlp([30, 20, 10]));
    const document = await io.read(at('m.onnx'));
    document.graph.initializers.get('b0')!.setFloat32(new Float32Array(20));
    const expected = modelBytes(document);
    await io.write(at('m.onnx'), document);
    expect(new Uint8Array(await readFile(at('m.onnx')))).toEqual(expected);
    expect(modelBytes(document), 'the document still reads the old file').toEqual(expected);
  });

  it('writes over a model and the external data that it reads from', async () => {
    await io.write(at('m.onnx'), buildMlp([30, 20, 10]), { external: { location: 'deep/m.bin', threshold: 1 } });
    const document = await io.read(at('m.onnx'));
    document.graph.initializers.get('b0')!.setFloat32(new Float32Array(20));
    const expected = modelBytes(document);
    await io.write(at('m.onnx'), document);
    expect(modelBytes(await io.read(at('m.onnx')))).toEqual(expected);
    expect([...(await readdir(folder)), ...(await readdir(at('deep')))].sort()).toEqual(['deep', 'm.bin', 'm.onnx']);
  });

  it('never writes over the external data of another model', async () => {
    await io.write(at('a.onnx'), buildMlp([30, 20, 10]), { external: { location: 'weights.bin', threshold: 1 } });
    const before = await readFile(at('weights.bin'));
    const document = await io.read(at('a.onnx'));
    for (const tensor of document.tensors()) tensor.setFloat32(new Float32Array(tensor.elementCount));
    await io.write(at('b.onnx'), document);
    expect(await readFile(at('weights.bin'))).toEqual(before);
    expect((await readdir(folder)).sort()).toEqual(['a.onnx', 'b.onnx', 'b.onnx.data', 'weights.bin']);
    expect(modelBytes(await io.read(at('b.onnx')))).toEqual(modelBytes(document));
  });

  it('keeps the names of external data in another folder, and puts them inside on request', async () => {
    await io.write(at('a.onnx'), buildMlp([30, 20, 10]), { external: { location: 'weights.bin', threshold: 1 } });
    await mkdir(at('other'));
    await io.write(at('other', 'a.onnx'), await io.read(at('a.onnx')));
    for (const name of ['a.onnx', 'weights.bin']) {
      expect(await readFile(at('other', name)), name).toEqual(await readFile(at(name)));
    }
    await io.write(at('one.onnx'), await io.read(at('a.onnx')), { external: 'inline' });
    await rm(at('weights.bin'));
    expect((await io.read(at('one.onnx'))).graph.initializers.size).toBe(4);
  });

  it.for([
    ['a missing file', 'missing.onnx', /no such file.*path/],
    ['a folder', '.', /it is a folder/],
    ['a file taken for a folder', 'text/m.onnx', /no folder/],
  ] as const)('refuses to read %s', async ([, name, message]) => {
    await writeFile(at('text'), 'text');
    await expect(io.read(at(name))).rejects.toThrow(refusal('E_IO', message));
  });

  it('refuses a model whose external data is missing, and names tensor and file', async () => {
    await io.write(at('m.onnx'), buildMlp([3, 2]), { external: { location: 'm.bin', threshold: 1 } });
    await rm(at('m.bin'));
    await expect(io.read(at('m.onnx'))).rejects.toThrow(refusal('E_EXTERNAL_DATA', /"w0".*"m\.bin".*no such file/));
  });

  it.for([
    ['into a missing folder', 'missing/m.onnx', /no such file or folder/],
    ['over a folder', 'folder', /it is a folder/],
    ['over a device', '/dev/null', /no regular file/],
  ] as const)('refuses to write %s', async ([, name, message]) => {
    await mkdir(at('folder'));
    const path = name.startsWith('/') ? name : at(name);
    await expect(io.write(path, buildConvNet())).rejects.toThrow(refusal('E_IO', message));
    expect(await readdir(folder)).toEqual(['folder']);
  });

  it.skipIf(process.getuid?.() === 0)('refuses to write without permission (skipped for root)', async () => {
    await chmod(folder, 0o500);
    await expect(io.write(at('m.onnx'), buildConvNet())).rejects.toThrow(refusal('E_IO', /permission denied/));
  });

  it('leaves everything as it was when a tensor cannot be read to the end', async () => {
    await io.write(at('m.onnx'), buildConvNet());
    const before = await readFile(at('m.onnx'));
    const document = buildMlp([3, 2]);
    document.graph.initializers.set('bad', new Tensor('bad', 1, [1 << 21], failing(8 << 20)));
    await expect(io.write(at('m.onnx'), document)).rejects.toThrow(refusal('E_IO', /disk is full/));
    await expect(io.write(at('m.onnx'), document, { external: { location: 'd/m.bin' } })).rejects.toThrow(
      refusal('E_IO', /m\.bin.*disk is full; free some space/),
    );
    expect(await readFile(at('m.onnx'))).toEqual(before);
    expect([...(await readdir(folder)), ...(await readdir(at('d')))].sort()).toEqual(['d', 'm.onnx']);
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const signal = AbortSignal.abort();
    await expect(io.write(at('m.onnx'), buildConvNet(), { signal })).rejects.toThrow(
      refusal('E_INTERRUPTED', /m\.onnx/),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('says when a file has shrunk while in use', async () => {
    await io.write(at('m.onnx'), buildMlp([300, 200]));
    const document = await io.read(at('m.onnx'));
    await writeFile(at('m.onnx'), 'short');
    expect(() => document.graph.initializers.get('w0')!.bytes()).toThrow(refusal('E_TRUNCATED', /m\.onnx.*shrunk/));
  });
});

describe('WebIO', () => {
  it('reads and writes the same bytes as NodeIO', async () => {
    await io.write(at('m.onnx'), buildMlp([30, 20]), { external: { location: 'm.bin', threshold: 1 } });
    const external = new Map([['m.bin', new Uint8Array(await readFile(at('m.bin')))]]);
    const bytes = new Uint8Array(await readFile(at('m.onnx')));
    const web = new WebIO();
    expect(await web.write(await web.read(bytes, external), 'm.onnx')).toEqual({ bytes, external });
    await expect(web.read(bytes)).rejects.toThrow(refusal('E_EXTERNAL_DATA', /m\.bin.*not handed in/));
  });
});

/** A source whose second half cannot be had, for the reason that a full disk gives. */
function failing(byteLength: number): ByteSource {
  return {
    byteLength,
    readInto(_, byteOffset) {
      if (byteOffset >= byteLength / 2) throw Object.assign(new Error('No space left'), { code: 'ENOSPC' });
    },
  };
}
