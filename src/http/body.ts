import { WringError } from '../core/index.js';

/**
 * The pieces of a request's body as they arrive.
 *
 * @param signal ends the reading
 * @throws {WringError} E_LIMIT as soon as there are more bytes than `limit`, E_INTERRUPTED, E_OPTION without a body
 */
export async function* readPieces(request: Request, limit: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new WringError('E_OPTION', `Expected a body as it is but received content-encoding "${encoding}"`);
  }
  if (!request.body) throw new WringError('E_OPTION', 'Expected a model as the body of the request, but it has none');
  if (Number(request.headers.get('content-length')) > limit) throw tooLarge(limit);
  const reader = request.body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    let byteLength = 0;
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new WringError('E_INTERRUPTED', 'The request ended before its body', { cause });
      });
      if (signal.aborted) throw new WringError('E_INTERRUPTED', 'Interrupted while reading the body');
      if (done) return;
      byteLength += value.length;
      if (byteLength > limit) throw tooLarge(limit);
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** A whole body: in memory once if the client says its length, else twice for a moment. @throws as {@link readPieces} */
export async function readBody(request: Request, limit: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const told = Number(request.headers.get('content-length'));
  let bytes = new Uint8Array(told > 0 && told <= limit ? told : 65536);
  let byteLength = 0;
  for await (const piece of readPieces(request, limit, signal)) {
    if (byteLength + piece.length > bytes.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * (byteLength + piece.length)));
      larger.set(bytes.subarray(0, byteLength));
      bytes = larger;
    }
    bytes.set(piece, byteLength);
    byteLength += piece.length;
  }
  return bytes.subarray(0, byteLength);
}

function tooLarge(limit: number): WringError {
  return new WringError(
    'E_LIMIT',
    `Expected a body of at most ${limit} bytes; compress larger models on the command line`,
  );
}
