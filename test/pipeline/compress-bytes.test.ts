import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { modelBytes } from '../../src/onnx/index.js';
import { compressBytes, packBytes } from '../../src/pipeline/compress-bytes.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { useFolder, wring } from '../cli/wring.js';
import { buildMlp } from '../helpers/build.js';

const PORTS = { runtime: null, logger: { debug() {}, info() {}, warn() {}, error() {} }, onProgress() {} };
const MODEL = 'models/dialects.onnx';

const at = useFolder();

describe('compressBytes', () => {
  it.each(['wrg', 'onnx'] as const)('makes the .%s file that the command line makes, byte for byte', async (format) => {
    const path = at(`dialects.${format}`);
    const options = ['--method', 'uniform', '--quality', '60', '--samples', '8'];
    expect(await wring('compress', MODEL, '-o', path, ...options)).toMatchObject({ code: 0 });
    const { bytes } = await compressBytes(
      readFileSync(MODEL),
      { name: 'dialects.onnx', format, method: 'uniform', quality: 60, samples: 8 },
      { ...PORTS, runtime: await ortNode({ threads: 1 }) },
    );
    expect(Buffer.compare(bytes, readFileSync(path))).toBe(0);
  });

  it('lets the signal come in while it computes', async () => {
    const controller = new AbortController();
    let last = 0;
    const onProgress = ({ done }: { done: number }) => {
      if (last === 0) setTimeout(() => controller.abort(), 0);
      last = done;
    };
    const model = modelBytes(buildMlp(Array.from({ length: 41 }, () => 128)));
    const work = compressBytes(model, { method: 'uniform' }, { ...PORTS, onProgress, signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(last).toBeLessThan(40);
  });

  it('refuses a result that is not smaller', async () => {
    const { bytes } = await compressBytes(modelBytes(buildMlp([64, 32])), {}, PORTS);
    await expect(compressBytes(bytes, { quality: 100 }, PORTS)).rejects.toMatchObject({ code: 'E_NOT_SMALLER' });
  });
});

describe('packBytes', () => {
  it('makes the file that the command line makes, and changes no number', async () => {
    expect(await wring('pack', MODEL, '-o', at('packed.wrg'))).toMatchObject({ code: 0 });
    const { bytes } = await packBytes(readFileSync(MODEL), { name: 'dialects.onnx' });
    expect(Buffer.compare(bytes, readFileSync(at('packed.wrg')))).toBe(0);
    expect(Buffer.compare(await decode(bytes), readFileSync(MODEL))).toBe(0);
  });
});

describe('VERSION', () => {
  it('is that of package.json', () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8')).version).toBe(VERSION);
  });
});
