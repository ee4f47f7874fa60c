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

/** A whole body. @throws {WringError} as {@link readPieces} */
export async function readBody(request: Request, limit: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let byteLength = 0;
  for await (const piece of readPieces(request, limit, signal)) {
    pieces.push(piece);
    byteLength += piece.length;
  }
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const piece of pieces.splice(0)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function tooLarge(limit: number): WringError {
  return new WringError(
    'E_LIMIT',
    `Expected a body of at most ${limit} bytes; compress larger models on the command line`,
  );
}
