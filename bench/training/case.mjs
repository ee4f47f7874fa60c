// node bench/training/case.mjs NAME BATCH WORKERS: one row of bench/training.mjs, as JSON on stdout.
import { pathToFileURL } from 'node:url';
import { MemorySource } from '../../dist/core/index.js';
import { createKernelMemory } from '../../dist/kernels/index.js';
import { NodeIO, openDataset, ortNode } from '../../dist/node.js';
import { modelBytes, readModel } from '../../dist/onnx/index.js';
import { openInWorkers } from '../../dist/runtime/ort-workers.js';
import { findConvBlock } from '../../dist/training/autodiff/blocked-conv.js';
import { differentiate } from '../../dist/training/autodiff/differentiate.js';
import { Batches } from '../../dist/training/batches.js';
import { initializeWeights } from '../../dist/training/initialize.js';
import { createOptimizer } from '../../dist/training/optimizers/optimizer.js';
import { TRAIN_DEFAULTS } from '../../dist/training/options.js';
import { SampleFeeds } from '../../dist/training/sample-feeds.js';
import { Stepper } from '../../dist/training/stepper.js';
import { plainWeights } from '../../dist/training/weight-parametrization.js';
import { WeightStore } from '../../dist/training/weight-store.js';
import { importTypeScript } from '../../scripts/import-typescript.mjs';

const DATA = new URL('../../../shared/data/', import.meta.url).pathname;
const ROUNDS = 4;
const ROUND_MS = 1500;

/** What both LeNets are fed and measured with; the model says how samples become inputs. */
const LENET = {
  file: 'lenet5-caffe-mnist',
  data: 'mnist',
  split: 'train',
  batches: [64, 128],
  shard: 32,
  batchNorm: /** @type {const} */ ('inference'),
};

/**
 * `batch` counts samples; of text, sequences of 128 tokens. `network`: built here, of models/paper-networks.ts, and fed as `file` is.
 *
 * @type {{ name: string, network?: string, file: string, data: string, split: string, batches: number[], shard: number, batchNorm: 'inference' | 'batch' }[]}
 */
export const MODELS = [
  { ...LENET, name: 'LeNet-5 (6-16-120-84)', network: 'lenet-5-6' },
  { ...LENET, name: 'LeNet-5' },
  {
    name: 'ResNet-20',
    file: 'resnet20-cifar10-folded',
    data: 'cifar10',
    split: 'test',
    batches: [64, 128],
    shard: 32,
    batchNorm: 'inference',
  },
  {
    name: 'ResNet-20, batch statistics',
    file: 'resnet20-cifar10-bn',
    data: 'cifar10',
    split: 'test',
    batches: [64, 128],
    shard: 32,
    batchNorm: 'batch',
  },
  {
    name: 'stories260k',
    file: 'stories260k',
    data: 'stories260k',
    split: 'test',
    batches: [8, 16],
    shard: 4,
    batchNorm: 'inference',
  },
];

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [name, batch, workers] = process.argv.slice(2);
  const row = await measure(
    MODELS.find((model) => model.name === name),
    Number(batch),
    Number(workers),
  );
  process.stdout.write(`${JSON.stringify(row)}\n`);
  process.exit(0);
}

/**
 * @param {typeof MODELS[number]} model
 * @param {number} batch
 * @param {number} workers
 */
async function measure({ name, network, file, data, split, shard, batchNorm }, batch, workers) {
  const path = `${DATA}models/${file}.onnx`;
  const document = network ? await built(network) : await new NodeIO().read(path);
  const dataset = await openDataset(`${DATA}datasets/${data}`, { model: path, split });
  const before = process.memoryUsage().rss;
  const options = { ...TRAIN_DEFAULTS, batch, shard, batchNorm, learningRate: 1e-6, clip: 1e9 };
  const runtime = await ortNode();
  const convBlock = await findConvBlock(runtime);
  const graph = await differentiate(document, { loss: options.loss, runtime, batchNorm, convBlock, batchSize: shard });
  if (network) initializeWeights(document, graph, 1);
  const store = new WeightStore(graph, await createKernelMemory());
  const weights = plainWeights(store);
  const optimizer = createOptimizer(options.optimizer, weights, store.memory);
  const samples = new SampleFeeds(dataset, document.graph, graph.targets);
  const all = Uint32Array.from({ length: dataset.length }, (_, i) => i);
  const batches = new Batches(all, batch, shard, 0);
  const session = await openInWorkers(workers)(modelBytes(graph.document), store.layout);
  const runs = { ms: 0 };
  const timed = { ...session, run: (shared, feeds) => timing(runs, () => session.run(shared, feeds)) };
  const total = Number.MAX_SAFE_INTEGER;
  const given = { noise: [], teacher: null, batches, shard, total };
  const parts = { options, store, weights, optimizer, session: timed, samples, ...given };
  const stepper = new Stepper(parts);
  let step = 0;
  await stepper.step(step++);
  let [stepMs, stepCpuMs, updateMs] = [Infinity, Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    runs.ms = 0;
    const { ms, cpuMs, count } = await repeat(() => stepper.step(step++));
    stepMs = Math.min(stepMs, ms / count);
    stepCpuMs = Math.min(stepCpuMs, cpuMs / count);
    updateMs = Math.min(updateMs, (ms - runs.ms) / count);
  }
  const rssBytes = process.memoryUsage().rss;
  await stepper.stop();
  await session.release();
  const forward = await measureForward({
    document,
    options,
    runtime,
    convBlock,
    samples,
    batches,
    store,
    workers,
    shard,
  });
  const parameters = store.parameters.reduce((sum, { length }) => sum + length, 0);
  const stepBytes = rssBytes - before;
  return { name, parameters, batch, workers, ...forward, stepMs, stepCpuMs, updateMs, stepBytes, rssBytes };
}

async function built(network) {
  const { PAPER_NETWORKS, networkBytes } = await importTypeScript('models/paper-networks.ts');
  // Written and read: that bundle has documents of its own.
  return readModel(new MemorySource(networkBytes(PAPER_NETWORKS[network]())));
}

/** The same graph without gradients; weights go in as they do in a step. */
async function measureForward({ document, options, runtime, convBlock, samples, batches, store, workers, shard }) {
  const { loss, batchNorm } = options;
  const graph = await differentiate(document, { loss, runtime, batchNorm, convBlock, batchSize: shard });
  keepOnly(graph.document.graph, graph.loss);
  const inputs = new Set(graph.document.graph.inputs.map(({ name }) => name));
  const shared = store.layout.shared.filter((field) => inputs.has(field.name));
  const open = openInWorkers(workers);
  const session = await open(modelBytes(graph.document), { ...store.layout, shared, gathered: [] });
  let step = 0;
  let [forwardMs, forwardCpuMs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    const { ms, cpuMs, count } = await repeat(() => {
      const indices = batches.at(step++);
      const feeds = [];
      for (let at = 0; at < indices.length; at += shard)
        feeds.push(samples.make(indices.subarray(at, at + shard), null));
      return session.run(() => store.inputs.view(), feeds);
    });
    forwardMs = Math.min(forwardMs, ms / count);
    forwardCpuMs = Math.min(forwardCpuMs, cpuMs / count);
  }
  await session.release();
  return { forwardMs, forwardCpuMs };
}

/** What a value is computed from. `prune` would keep convolutions in the runtime's own layout, which it does not know. */
function keepOnly(graph, output) {
  const needed = new Set([output]);
  graph.nodes = [...graph.nodes]
    .reverse()
    .filter((node) => {
      const used = node.outputs.some((name) => needed.has(name));
      if (used) for (const name of node.inputs) needed.add(name);
      return used;
    })
    .reverse();
  graph.outputs = graph.outputs.filter(({ name }) => name === output);
  graph.inputs = graph.inputs.filter(({ name }) => needed.has(name));
}

async function timing(sum, work) {
  const start = performance.now();
  const result = await work();
  sum.ms += performance.now() - start;
  return result;
}

/** Over and over for a while: wall time, and the CPU time of all threads. */
async function repeat(work) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  let count = 0;
  do {
    await work();
    count++;
  } while (performance.now() - start < ROUND_MS);
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000, count };
}
