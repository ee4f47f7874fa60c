import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNode, DataType } from '../../src/core/index.js';
import { createKernelMemory } from '../../src/kernels/index.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { openInWorkers } from '../../src/runtime/ort-workers.js';
import { type FloatLayout, type OpenParallel, openInProcess } from '../../src/runtime/parallel.js';
import { buildDocument, buildValue } from '../helpers/build.js';
import { expectSameBits, normals } from '../kernels/support.js';

/** Threads begin with JavaScript, so with the build: `npm run build`. */
const ENTRY = new URL('../../dist/runtime/ort-worker.js', import.meta.url);

/** a [2, 3] and b [3] are shared; p = x · a (2 × 3), q = b + Σ x are gathered, s = Σ x comes as it is. */
const MODEL = modelBytes(
  buildDocument({
    inputs: [buildValue('x', ['n', 2]), buildValue('a', [2, 3]), buildValue('b', [3])],
    outputs: [buildValue('p', ['n', 3]), buildValue('q', [3]), buildValue('s', []), buildValue('unused', ['n', 3])],
    nodes: [
      createNode('MatMul', ['x', 'a'], ['p']),
      createNode('ReduceSum', ['x'], ['s'], { keepdims: { kind: 'int', value: 0n } }),
      createNode('Add', ['b', 's'], ['q']),
      createNode('Neg', ['p'], ['unused']),
    ],
  }),
);
const LAYOUT: FloatLayout = {
  length: 40,
  shared: [
    { name: 'a', dims: [2, 3], offset: 16 },
    { name: 'b', dims: [3], offset: 0 },
  ],
  gathered: [
    { name: 'p', dims: [2, 3], offset: 3 },
    { name: 'q', dims: [3], offset: 32 },
  ],
  others: ['s'],
};

const feed = (seed: number) => ({ x: { dataType: DataType.FLOAT, dims: [2, 2], data: normals(seed, 4) } });

const inProcess: OpenParallel = async (...args) => {
  const memory = await createKernelMemory();
  return openInProcess(await ortNode(), (length) => memory.floats(length).view)(...args);
};

const ways: readonly (readonly [string, OpenParallel])[] = [
  ['on this thread', inProcess],
  ...[1, 2, 3].map((width) => [`in ${width} worker threads`, openInWorkers(width, ENTRY)] as const),
];

describe.each(ways)('a parallel session %s', (name, open) => {
  const skipped = name !== 'on this thread' && !existsSync(ENTRY) ? 'needs npm run build' : '';

  it.skipIf(skipped)('reads what is shared and gathers what is asked for, run by run', async () => {
    const session = await open(MODEL, LAYOUT);
    try {
      for (const round of [1, 2]) {
        const shared = normals(round, 40);
        const results = await session.run(
          () => shared,
          [1, 2, 3, 4, 5].map((i) => feed(10 * round + i)),
        );
        for (const [i, { gathered, others }] of results.entries()) {
          const x = normals(10 * round + i + 1, 4);
          const sum = Math.fround(Math.fround(Math.fround(x[0] + x[1]) + x[2]) + x[3]);
          expect(others.s.data[0]).toBeCloseTo(sum, 5);
          for (let j = 0; j < 3; j++) expect(gathered[32 + j]).toBeCloseTo(shared[j] + sum, 5);
          for (let k = 0; k < 6; k++) {
            const [row, column] = [Math.floor(k / 3), k % 3];
            const product = x[2 * row] * shared[16 + column] + x[2 * row + 1] * shared[19 + column];
            expect(gathered[3 + k]).toBeCloseTo(product, 5);
          }
          expect(Object.keys(others)).toEqual(['s']);
        }
      }
    } finally {
      await session.release();
    }
  });

  it.skipIf(skipped)('gives the bits that one thread gives', async () => {
    const [one, session] = [await inProcess(MODEL, LAYOUT), await open(MODEL, LAYOUT)];
    const shared = normals(7, 40);
    const feeds = () => [1, 2, 3].map(feed);
    const expected = await one.run(() => shared, feeds());
    const actual = await session.run(() => shared, feeds());
    for (const i of [0, 1, 2]) {
      expectSameBits(actual[i].gathered.slice(3, 9), expected[i].gathered.slice(3, 9));
      expectSameBits(actual[i].gathered.slice(32, 35), expected[i].gathered.slice(32, 35));
    }
    await Promise.all([one.release(), session.release()]);
  });

  it.skipIf(skipped)('refuses what onnxruntime refuses, and goes on', async () => {
    await expect(open(MODEL.subarray(0, 20), LAYOUT)).rejects.toMatchObject({ code: 'E_RUNTIME' });
    const session = await open(MODEL, LAYOUT);
    const wrong = { x: { dataType: DataType.FLOAT, dims: [2, 5], data: normals(1, 10) } };
    const shared = normals(7, 40);
    await expect(session.run(() => shared, [feed(1), wrong])).rejects.toMatchObject({ code: 'E_RUNTIME' });
    expect(await session.run(() => shared, [feed(1)])).toHaveLength(1);
    await session.release();
  });
});
