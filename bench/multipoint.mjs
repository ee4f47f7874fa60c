// npm run bench:multipoint: run time of points in onnxruntime, by spelling: CPU time of one thread for 32 samples, least of several
// runs, beside fp32 and one point a channel. Into bench/results/multipoint.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { SILENT } from '../dist/core/index.js';
import { partOf } from '../dist/data/part-of.js';
import { datasetInputs } from '../dist/evaluation/index.js';
import { multipoint, quantizeActivations, spellProducts } from '../dist/methods/multipoint/index.js';
import { NodeIO, openDataset, ortNode } from '../dist/node.js';
import { modelBytes } from '../dist/onnx/index.js';
import { cleanUp, listCompressible } from '../dist/pipeline/clean-up.js';
import { layerOperations, measurePosterior } from '../dist/posterior/index.js';
import { machine } from './machine.mjs';

const DATA = new URL('../../shared/data/', import.meta.url).pathname;
const RESULTS = new URL('results/multipoint.md', import.meta.url).pathname;
const CONTEXT = { logger: SILENT, onProgress: () => {} };
const MODELS = ['resnet20-cifar10-bn', 'kws-dscnn-bn'];
const BITS = 4;
const SHARES = [0, 0.1, 0.25];
const ROUNDS = 30;

if (!existsSync(join(DATA, 'manifest.json'))) {
  console.log('bench:multipoint needs ../shared/data beside the project; it is not here, nothing was measured');
  process.exit(0);
}
const { models } = JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8'));
const [io, runtime] = [new NodeIO(), await ortNode({ threads: 1 })];
const sections = [];
for (const name of MODELS) sections.push(await measureModel(models.find((model) => model.name === name)));
const { cpu, cores, node, commit, date } = machine();
writeFileSync(
  RESULTS,
  `# Run time of points, by spelling

${date}, commit ${commit}, Node ${node}, ${cpu}, ${cores} cores, onnxruntime-node ${runtime.version}: \`npm run bench:multipoint\`. Points of ${BITS} bits, a
scale a channel; further ones where they gain most by an operation. Milliseconds of CPU time for 32 samples on one thread, least of ${ROUNDS} runs;
the machine was shared. Weight space: points are added up once, at load. Products: as in the paper, in every run.

${sections.join('\n\n')}
`,
);

async function measureModel(model) {
  const read = async () => {
    const document = await io.read(join(DATA, model.file));
    await cleanUp(document, { fuseBatchNorm: true, freeze: false }, runtime, CONTEXT);
    return document;
  };
  const dataset = partOf(
    await openDataset(join(DATA, 'datasets', model.dataset), { split: 'test', preprocess: model.preprocess }),
    0,
    32,
  );
  const original = await read();
  const feeds = await datasetInputs(original, runtime, dataset, { count: 32 });
  const lines = [`| fp32 | | ${await milliseconds(original, feeds[0])} | | |`];
  for (const value of SHARES) {
    const times = [];
    let report = '';
    for (const spelling of ['weights', 'products', 'int8']) {
      const document = await read();
      const refs = listCompressible(document, { ignoredScope: {}, shareNorms: false });
      const weights = refs.filter(({ role }) => role !== 'bias');
      const biases = refs.filter(({ role }) => role === 'bias').map(({ tensor }) => tensor);
      const tensors = weights.map(({ tensor }) => tensor);
      const posterior = await measurePosterior(document, tensors, feeds, runtime, 1, CONTEXT);
      const operations = await layerOperations(document, new Set(tensors), feeds[0], runtime);
      const layers = [];
      const targets = { weights, biases, posterior, operations, onLayer: (layer) => layers.push(layer) };
      await document.transformWith(CONTEXT, multipoint(targets, { bits: BITS, points: { by: 'operations', value } }));
      if (spelling !== 'weights') await document.transformWith(CONTEXT, spellProducts());
      if (spelling === 'int8') await document.transformWith(CONTEXT, quantizeActivations({ feeds, runtime }));
      times.push(await milliseconds(document, feeds[0]));
      const sum = (key) => layers.reduce((total, layer) => total + layer[key], 0);
      const several = layers.filter(({ points }) => points.length > 1).length;
      report =
        value === 0 ? '' : `${(sum('extraBytes') / 1000).toFixed(1)} kB in ${several} of ${layers.length} tensors`;
    }
    const points = value === 0 ? 'one a channel' : `${100 * value} % more multiplications`;
    lines.push(`| ${points} | ${report} | ${times.join(' | ')} |`);
  }
  return `## ${model.name}

| points | further ones take | weight space | products | products, 8-bit values |
|---|---|--:|--:|--:|
${lines.join('\n')}`;
}

async function milliseconds(document, feed) {
  const session = await runtime.load(modelBytes(document), { threads: 1 });
  try {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const start = process.cpuUsage();
      await session.run(feed);
      const { user, system } = process.cpuUsage(start);
      least = Math.min(least, (user + system) / 1000);
    }
    return least.toFixed(1);
  } finally {
    await session.release();
  }
}
