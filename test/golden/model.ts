import { createNode, DataType, type Document, Random, Tensor } from '../../src/core/index.js';
import { levelOf, nextState } from '../../src/kernels/trellis.js';
import { buildDocument, buildValue, floatTensor, int64Tensor, normalTensor } from '../helpers/build.js';

/** Every way in which version 3 stores a tensor, in one small model: the one in format-3.wrg. */
export function goldenModel(): Document {
  const random = new Random(2026);
  const level = (spread: number) => Math.trunc(random.normal() * spread);
  const grid = normalTensor('grid', [12, 6, 3, 3]);
  grid.setCoding({
    kind: 'grid',
    scales: Float32Array.from({ length: 12 }, (_, i) => (i + 1) / 256),
    axis: 0,
    codes: new Int16Array(grid.elementCount).map((_, i) => level(1 + (Math.floor(i / 54) % 3) * 3)),
  });
  const half = new Tensor('half', DataType.FLOAT16, [40, 30], new Uint8Array(2400));
  half.setCoding({
    kind: 'grid',
    scales: Float32Array.of(0.0625),
    axis: 0,
    codes: new Int16Array(1200).map(() => level(2)),
  });
  const codebook = { values: Float32Array.from({ length: 300 }, (_, i) => (i - 150) / 64) };
  const shared = ['shared0', 'shared1'].map((name) => {
    const tensor = normalTensor(name, [10, 50]);
    tensor.setCoding({
      kind: 'codebook',
      codebook,
      codes: new Uint16Array(500).map(() => random.below(300)),
    });
    return tensor;
  });
  const trellis = normalTensor('trellis', [24, 20]);
  const states = new Uint8Array(480 + 20);
  trellis.setCoding({
    kind: 'grid',
    scales: Float32Array.of(0.125),
    axis: 0,
    codes: new Int16Array(480).map((_, i) => {
      const k = level(2);
      states[i + 20] = nextState(states[i], k);
      return levelOf(k, states[i] & 1);
    }),
  });
  // So many rows, each with a scale of its own, that classes stand behind the head.
  const many = normalTensor('many', [1100, 24]);
  const spreads = Array.from({ length: 1100 }, () => 0.4 * 2 ** random.below(4));
  many.setCoding({
    kind: 'grid',
    scales: Float32Array.of(0.25),
    axis: 0,
    codes: new Int16Array(many.elementCount).map((_, i) => level(spreads[Math.floor(i / 24)])),
  });
  // Above 64 KiB: in chunks of planes. Few distinct values, so that the file stays small.
  const planes = floatTensor('planes', [130, 130], Array.from({ length: 16900 }, (_, i) => (i % 60 ? 1 : -3)));
  return buildDocument({
    inputs: [buildValue('x', ['N', 6, 8, 8])],
    outputs: [buildValue('y', ['N', 12, 8, 8])],
    nodes: [createNode('Conv', ['x', 'grid', 'bias'], ['y'], { pads: { kind: 'ints', value: [1n, 1n, 1n, 1n] } })],
    initializers: [
      grid,
      normalTensor('bias', [12], 7, 0.1),
      half,
      ...shared,
      trellis,
      normalTensor('inline', [50], 8, 0.1),
      int64Tensor('shape', [2], [-1, 12]),
      planes,
      many,
    ],
  });
}
