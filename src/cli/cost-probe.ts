import { syntheticInputs } from '../evaluation/index.js';
import { NodeIO } from '../io/node-io.js';
import { ortNode } from '../runtime/ort-node.js';

// Run in a process of its own by measure-cost.ts, so that its peak memory is that of one model: loads an ONNX file by
// path, runs it on one synthetic sample, prints what that took.

const RUNS = 5;

const [path, threads] = process.argv.slice(2);
const runtime = await ortNode({ threads: Number(threads) });
const started = performance.now();
const session = await runtime.load(path);
const loadMs = performance.now() - started;
const [feed] = await syntheticInputs(await new NodeIO().read(path), runtime, { count: 1, seed: 1 });
let runMs = Number.POSITIVE_INFINITY;
for (let run = 0; run < RUNS; run++) {
  const before = performance.now();
  await session.run(feed);
  runMs = Math.min(runMs, performance.now() - before);
}
process.stdout.write(JSON.stringify({ loadMs, runMs, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
