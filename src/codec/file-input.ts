import { WringError } from '../core/index.js';

/** A web stream of bytes, as browsers, Node, Deno and Workers have it. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
}

/** What `fetch` gives. */
export interface FileResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly body: ByteStream | null;
}

/** A file that arrives: a response, its body, pieces of any length, or all of it. */
export type FileInput = FileResponse | ByteStream | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array;

/** @throws {WringError} E_IO for a response that says that there is no file */
export function piecesOf(input: FileInput): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (input instanceof Uint8Array) return [input];
  if ('getReader' in input) return readPieces(input);
  if (!('body' in input)) return input;
  if (!input.ok) throw new WringError('E_IO', `${input.url}: expected a .wrg file but the answer was ${input.status}`);
  return input.body ? readPieces(input.body) : [];
}

/** Safari's streams are no async iterables. */
async function* readPieces(stream: ByteStream): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !value) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
