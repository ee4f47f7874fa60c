/** What runs in the workers of `wring/decode-workers`: takes a head, then chunks, and gives the parts of each. */
import type { PartDecoder } from './codec/part-decoder.js';
import type { WorkerReply, WorkerRequest } from './codec/worker-pool.js';
import { openParts, type WringError } from './decode-stream.js';

/** The global scope of a web worker, which only the DOM's types declare. */
declare const self: {
  onmessage: ((event: { readonly data: WorkerRequest }) => void) | null;
  postMessage(reply: WorkerReply, transfer?: readonly ArrayBuffer[]): void;
};

let opening: Promise<PartDecoder> | undefined;

self.onmessage = async ({ data }) => {
  try {
    if (data.kind === 'open') {
      opening = openParts(data.head, data.byteLength);
      await opening;
      return;
    }
    const parts = (await opening!).decodeChunk(data.index, data.bytes);
    self.postMessage(
      { kind: 'done', parts },
      parts.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    );
  } catch (error) {
    const { code = 'E_CORRUPT', message } = error as WringError;
    self.postMessage({ kind: 'failed', code, message });
  }
};
