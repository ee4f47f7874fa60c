import { describe, expect, it } from 'vitest';
import { DataType, type Document, Random, SILENT } from '../../../src/core/index.js';
import { tune } from '../../../src/methods/tune/index.js';
import { listWeights } from '../../../src/methods/weights.js';
import { modelBytes } from '../../../src/onnx/index.js';
import { OutputError } from '../../../src/posterior/index.js';
import { ortNode } from '../../../src/runtime/ort-node.js';
import { buildMlp } from '../../helpers/build.js';

const runtime = await ortNode({ threads: 1 });
const ports = { runtime, logger: SILENT, onProgress: () => {} };
const build = () => buildMlp([12, 16, 16, 5], 3);

function feedsOf(count: number, seed: number) {
  const random = new Random(seed);
  const data = Float32Array.from({ length: count * 12 }, () => 1 + random.normal());
  return [{ x: { dataType: DataType.FLOAT, dims: [count, 12], data } }];
}

/** Rounds all weights to multiples of a step that is too long by a tenth: so do codes meet scales that can be mended. */
function coarsen(document: Document) {
  const refs = listWeights(document);
  const weights = refs.filter(({ role }) => role === 'weight');
  const biases = refs.filter(({ role }) => role === 'bias').map(({ tensor }) => tensor);
  for (const { tensor } of weights) {
    const codes = Int16Array.from(tensor.toFloat32(), (weight) => Math.round(weight / 0.2));
    tensor.setCoding({ kind: 'grid', scales: Float32Array.of(0.22), axis: 0, codes });
  }
  return { weights, biases };
}

const codesOf = ({ graph }: Document) =>
  [...graph.initializers.values()].flatMap(({ coding, dims }) =>
    coding && dims.length > 1 ? [[...coding.codes]] : [],
  );

/** Where a tuning keeps its state, and how often it did. */
function memoryStore() {
  let kept: Uint8Array | null = null;
  const store = {
    name: 'memory',
    saves: 0,
    load: async () => kept,
    save: async (bytes: Uint8Array) => {
      kept = bytes.slice();
      store.saves++;
    },
    remove: async () => {
      kept = null;
    },
  };
  return store;
}

describe('tune', () => {
  it('brings outputs nearer to the original on inputs that it has not seen, and leaves all codes', async () => {
    const [document, fresh] = [build(), feedsOf(64, 8)];
    const outputs = await OutputError.of(document, fresh, runtime);
    const targets = coarsen(document);
    const [codes, before] = [codesOf(document), await outputs.measure(document)];
    await tune(document, { ...targets, original: build(), feeds: feedsOf(256, 7) }, { epochs: 20 }, ports);
    expect(await outputs.measure(document)).toBeLessThan(0.7 * before);
    expect(codesOf(document).slice(0, codes.length)).toEqual(codes);
    for (const bias of targets.biases) expect(bias.coding?.kind).toBe('grid');
  });

  it('goes on after an interrupt to the bytes of a run that was not', async () => {
    const options = { epochs: 6, seed: 5 };
    const begin = () => {
      const document = build();
      return { document, targets: { ...coarsen(document), original: build(), feeds: feedsOf(128, 7) } };
    };
    const whole = begin();
    await tune(whole.document, whole.targets, options, ports);
    const store = memoryStore();
    const controller = new AbortController();
    const stopAt = ({ done }: { done: number }) => done === 5 && controller.abort();
    const cut = begin();
    const report = await tune(cut.document, cut.targets, options, {
      ...ports,
      checkpoint: store,
      signal: controller.signal,
      onProgress: stopAt,
    });
    expect(report.interrupted).toBe(true);
    const rest = begin();
    const resumed = await tune(rest.document, rest.targets, options, { ...ports, checkpoint: store });
    expect(resumed.continuedAt).toBe(5);
    expect(Buffer.from(modelBytes(rest.document)).equals(Buffer.from(modelBytes(whole.document)))).toBe(true);
  });

  it('refuses options outside their range, and samples of several inputs', async () => {
    const document = build();
    const targets = { ...coarsen(document), original: build(), feeds: feedsOf(8, 1) };
    await expect(tune(document, targets, { epochs: 0 }, ports)).rejects.toThrow(/epochs/);
    const [{ x }] = targets.feeds;
    await expect(tune(document, { ...targets, feeds: [{ x, z: x }] }, {}, ports)).rejects.toMatchObject({
      code: 'E_UNSUPPORTED',
    });
  });
});
