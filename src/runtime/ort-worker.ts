import { parentPort, workerData } from 'node:worker_threads';
import { isWringError, type WringErrorCode } from '../core/index.js';
import { ortNode } from './ort-node.js';
import { type Feeds, type FloatLayout, runOnce } from './parallel.js';
import type { RuntimeSession, RuntimeTensor } from './runtime.js';

/** What a thread begins with. */
export interface WorkerStart {
  readonly model: Uint8Array;
  readonly layout: FloatLayout;
  /** Memory of all threads; holds the shared inputs. */
  readonly shared: Float32Array;
}

/** What it is asked for; null ends it. */
export interface WorkerRequest {
  readonly feed: Feeds;
  /** Memory of all threads, for the outputs of this run. */
  readonly gathered: Float32Array;
  /** In another round the shared inputs have changed. */
  readonly round: number;
}

export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly others: Readonly<Record<string, RuntimeTensor>> }
  | { readonly kind: 'refused' | 'failed'; readonly code: WringErrorCode; readonly message: string };

const { model, layout, shared } = workerData as WorkerStart;
const port = parentPort!;
/** What onnxruntime reads and writes; it takes no memory of several threads. */
const inputs = new Float32Array(layout.length);
const outputs = new Float32Array(layout.length);
let round = 0;

try {
  const runtime = await ortNode();
  const session = await runtime.load(model, { threads: 1 });
  port.on('message', (request: WorkerRequest | null) => void (request ? answer(session, request) : end(session)));
  reply({ kind: 'ready' });
} catch (error) {
  reply(refusal('refused', error));
}

async function answer(session: RuntimeSession, request: WorkerRequest): Promise<void> {
  try {
    if (request.round !== round) inputs.set(shared);
    round = request.round;
    const { others } = await runOnce(session, layout, inputs, outputs, request.feed);
    request.gathered.set(outputs);
    reply({ kind: 'done', others });
  } catch (error) {
    reply(refusal('failed', error));
  }
}

/** Nothing keeps the thread alive after that. */
async function end(session: RuntimeSession): Promise<void> {
  await session.release();
  port.close();
}

function reply(message: WorkerReply): void {
  port.postMessage(message);
}

function refusal(kind: 'refused' | 'failed', error: unknown): WorkerReply {
  const code = isWringError(error) ? (error as { code: WringErrorCode }).code : 'E_RUNTIME';
  return { kind, code, message: error instanceof Error ? error.message : String(error) };
}
