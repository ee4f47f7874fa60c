import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/index.js';
import { NodeIO } from '../../src/io/node-io.js';
import { writePng } from '../data/png-writer.js';
import { buildConvNet } from '../helpers/build.js';
import { wring } from './wring.js';

const folder = mkdtempSync(join(tmpdir(), 'wring-cli-images-'));
const model = join(folder, 'model.onnx');
const photos = join(folder, 'photos');

beforeAll(async () => {
  await new NodeIO().write(model, buildConvNet());
  const random = new Random(1);
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let i = 0; i < 3; i++) {
      const [width, height] = [8 + i, 9];
      const pixels = Uint8Array.from({ length: 3 * width * height }, () => random.below(256));
      writeFileSync(join(photos, name, `${i}.png`), writePng({ width, height, kind: 2, pixels }));
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder of images', () => {
  it('is what compress calibrates on and measures with, as --preprocess says', async () => {
    const preprocess = '{"divide": 255, "mean": [0.5, 0.5, 0.5], "size": [8, 8]}';
    const out = join(folder, 'out.wrg');
    const flags = ['--method', 'uniform', '--preprocess', preprocess];
    const { code, stdout } = await wring(
      '--json',
      'compress',
      model,
      '-o',
      out,
      '--calibrate',
      photos,
      '--data',
      photos,
      ...flags,
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ calibration: 'photos', inputs: 'calibration', before: { count: 9 } });
  });

  it('takes --preprocess from a file, too', async () => {
    const file = join(folder, 'how.json');
    writeFileSync(file, '{"divide": 255, "size": [8, 8]}');
    const { code, stdout } = await wring('--json', 'evaluate', model, '--data', photos, '--preprocess', file);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).count).toBe(9);
  });

  it('says what is wrong with preprocessing in one line', async () => {
    const fails = async (...flags: string[]) => {
      const { code, stderr } = await wring('evaluate', model, '--data', photos, ...flags);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await fails()).toContain('--preprocess');
    expect(await fails('--preprocess', '{"divide": 0}')).toContain('preprocess.divide');
    expect(await fails('--preprocess', '{"divide"')).toContain('JSON');
    expect(await fails('--preprocess', '{"size": [8]}')).toContain('preprocess.size');
  });
});
