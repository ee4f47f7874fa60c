import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** A request as a Lambda function gets it from a function URL or an HTTP API: payload format 2.0. */
export interface LambdaEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly http: { readonly method: string } };
  /** Taken out of the event, to save memory. */
  body?: string | undefined;
  readonly isBase64Encoded: boolean;
}

export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

type Fetch = (request: Request) => Response | Promise<Response>;

/** What the runtime of AWS Lambda has as a global. */
declare const awslambda: {
  streamifyResponse(handler: (event: LambdaEvent, stream: Writable) => Promise<void>): unknown;
  readonly HttpResponseStream: { from(stream: Writable, head: Pick<LambdaResult, 'statusCode' | 'headers'>): Writable };
};

/** A handler whose answers are whole: up to 6 MB, a third of it lost to base64. */
export function lambdaHandler(fetch: Fetch): (event: LambdaEvent) => Promise<LambdaResult> {
  return async (event) => {
    const response = await fetch(requestOf(event, new AbortController().signal));
    const isBase64Encoded = !/json/.test(response.headers.get('content-type') ?? '');
    const bytes = Buffer.from(await response.arrayBuffer());
    const body = bytes.toString(isBase64Encoded ? 'base64' : 'utf8');
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body, isBase64Encoded };
  };
}

/** A handler for `InvokeMode: RESPONSE_STREAM`: answers leave as they are made, and are not encoded. */
export function lambdaStreamHandler(fetch: Fetch): unknown {
  return awslambda.streamifyResponse(async (event, stream) => {
    const client = new AbortController();
    stream.once('close', () => client.abort());
    const response = await fetch(requestOf(event, client.signal));
    const head = { statusCode: response.status, headers: Object.fromEntries(response.headers) };
    const out = awslambda.HttpResponseStream.from(stream, head);
    try {
      for await (const piece of response.body ?? []) {
        if (!out.write(piece)) await once(out, 'drain', { signal: client.signal });
      }
      out.end();
    } catch (error) {
      out.destroy(error as Error);
    }
  });
}

function requestOf(event: LambdaEvent, signal: AbortSignal): Request {
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers.set(name, value);
  const { method } = event.requestContext.http;
  const { body, isBase64Encoded } = event;
  const url = `https://lambda${event.rawPath}${query}`;
  if (body === undefined || method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal });
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  headers.set('content-length', String(Buffer.byteLength(body, encoding)));
  // A third more than the bytes that it stands for, and nobody reads it again.
  event.body = undefined;
  return new Request(url, { method, headers, body: streamOf(body, encoding), duplex: 'half', signal });
}

/** Characters of base64 that are decoded at a time, so that a body is never in memory as text and as bytes. */
const BLOCK = 1 << 18;

function streamOf(body: string, encoding: 'base64' | 'utf8'): ReadableStream<Uint8Array> {
  let rest = body;
  return new ReadableStream(
    {
      pull(controller) {
        if (rest === '') return controller.close();
        const end = encoding === 'base64' ? BLOCK : rest.length;
        controller.enqueue(Buffer.from(rest.slice(0, end), encoding));
        rest = rest.slice(end);
      },
    },
    { highWaterMark: 0 },
  );
}
