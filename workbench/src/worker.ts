import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { type Progress, WringError } from '../../src/core/index.js';
import { ortWeb } from '../../src/web.js';
import { Bench } from './bench.js';
import type { Answer, Letter, Reply, Request } from './messages.js';

/** The global scope of a worker; the page's types are loaded. */
declare const self: {
  onmessage: ((event: { readonly data: Letter }) => void) | null;
  postMessage(answer: Answer): void;
};

ort.env.wasm.wasmPaths = { wasm };
const runtime = ortWeb(ort);

let bench: Bench | null = null;
let working = new AbortController();
/** Settles when all that was asked for is done. */
let queue: Promise<void> = Promise.resolve();

self.onmessage = ({ data: { id, request } }) => {
  if (request.kind === 'cancel') {
    working.abort();
    return;
  }
  queue = queue.then(() => answer(request, (reply) => self.postMessage({ id, reply })));
};

type Job = Exclude<Request, { kind: 'cancel' }>;

async function answer(job: Job, send: (reply: Reply) => void): Promise<void> {
  working = new AbortController();
  try {
    send({ kind: 'done', value: await perform(job, send) });
  } catch (error) {
    const { code = 'E_INTERNAL', message } = error as WringError;
    send({ kind: 'failed', code, message });
  }
}

async function perform(job: Job, send: (reply: Reply) => void): Promise<unknown> {
  if (job.kind === 'open') {
    bench = await Bench.open(job.name, job.bytes);
    return bench.describe();
  }
  if (!bench) throw new WringError('E_OPTION', 'No model is open');
  const ports = {
    runtime,
    signal: working.signal,
    onProgress: ({ step, done, total }: Progress) => send({ kind: 'progress', step, done, total }),
  };
  if (job.kind === 'compress') return bench.compress(job.options, ports);
  if (job.kind === 'onnx') return bench.writeOnnx(ports);
  return bench.histogram(job.name);
}
