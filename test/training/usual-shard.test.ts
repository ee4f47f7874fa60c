import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/index.js';
import { usualShard } from '../../src/training/usual-shard.js';
import { buildConvNet } from '../helpers/build.js';

function samplesOf(...dims: number[]): Dataset {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const batch = (_: number, count: number) => ({
    dataType: 1,
    dims: [count, ...dims],
    data: new Float32Array(count * size),
  });
  return { name: 'samples', length: 100, labels: null, batch };
}

describe('usualShard', () => {
  const { graph } = buildConvNet();
  const plain = { ...graph, nodes: graph.nodes.filter(({ opType }) => opType !== 'BatchNormalization') };

  it('is 32 where samples are small', () => {
    expect(usualShard(graph, samplesOf(3, 32, 32), { batchNorm: 'inference' })).toBe(32);
  });

  it('is less where they are large, one at least', () => {
    expect(usualShard(plain, samplesOf(3, 224, 224), { batchNorm: 'batch' })).toBe(2);
    expect(usualShard(graph, samplesOf(3, 224, 224), { batchNorm: 'inference' })).toBe(2);
    expect(usualShard(plain, samplesOf(3, 1024, 1024), { batchNorm: 'batch' })).toBe(1);
  });

  it('is 32 where the statistics of a run normalize', () => {
    expect(usualShard(graph, samplesOf(3, 224, 224), { batchNorm: 'batch' })).toBe(32);
  });
});
