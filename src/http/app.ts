import { type Context, Hono } from 'hono';
import { decodePieces } from '../codec/decode-pieces.js';
import { MemorySource, SILENT, VERSION, WringError } from '../core/index.js';
import { WebIO } from '../io/web-io.js';
import { readWrgMetadata, readWrgShares, WRG_FORMAT } from '../io/wrg-format.js';
import { loadRansCoder } from '../kernels/rans-coder.js';
import { compressBytes, packBytes } from '../pipeline/compress-bytes.js';
import { describeModel } from '../pipeline/describe-tensors.js';
import { readBody, readPieces } from './body.js';
import { readCompressRequest } from './compress-request.js';
import { Gate, type Job } from './job.js';
import { HTTP_DEFAULTS, type HttpLimits, type HttpPorts } from './options.js';
import { problem, problemOf } from './problem.js';

/** Methods that run the model, and cannot do without. */
const RUNNING_METHODS: ReadonlySet<string> = new Set(['gpfq', 'multipoint', 'path']);
const BINARY = 'application/octet-stream';

/**
 * Compression, decoding and inspection as one function from a `Request` to a `Response`; docs/http.md is its text. Errors are
 * `application/problem+json` with the `code` of a {@link WringError}.
 *
 * Without a runtime, `compress` chooses values by the spread of the weights alone (at a quarter of the noise, since nothing can
 * be measured), and what has to run the model is refused with 501; `decode`, `inspect` and lossless packing need none.
 *
 * @example export default createHttpApp({ maxBodyBytes: 1e7 });
 */
export function createHttpApp(limits: HttpLimits = {}, ports: Partial<HttpPorts> = {}): Hono {
  const { runtime = null, logger = SILENT } = ports;
  const gate = new Gate({ ...HTTP_DEFAULTS, ...limits });
  const { maxBodyBytes, maxHeldBytes, maxConcurrent } = gate.limits;
  const app = new Hono();
  app.onError((error) => problemOf(error, logger));
  app.notFound((context) => problem(404, `There is no ${context.req.method} ${context.req.path}; see docs/http.md`));

  app.get('/health', (context) =>
    context.json({
      status: 'ok',
      version: VERSION,
      runtime: runtime && `${runtime.name} ${runtime.version}`,
      active: gate.active,
      maxConcurrent,
    }),
  );

  app.post('/v1/compress', (context) =>
    work(gate, context, async ({ signal }) => {
      const { model, options, lossless } = await readCompressRequest(context.req.raw, maxBodyBytes, signal);
      if (lossless) return answer(await packBytes(model, options, { signal }), null);
      if (!runtime && RUNNING_METHODS.has(options.method ?? '')) {
        const error = new WringError(
          'E_RUNTIME',
          `Method ${options.method} runs the model, and this host has no onnxruntime`,
        );
        return problemOf(error, logger, 501);
      }
      const result = await compressBytes(model, options, { runtime, logger, signal, onProgress() {} });
      return answer(result, result.report, options.format);
    }),
  );

  app.post('/v1/decode', async ({ req: { raw } }) => {
    const job = gate.enter(raw.signal);
    const file = readPieces(raw, maxBodyBytes, job.signal);
    try {
      const { byteLength, pieces } = await decodePieces(file, await loadRansCoder(), { limit: maxHeldBytes });
      const headers = { 'content-type': BINARY, 'content-length': String(byteLength) };
      return new Response(streamOf(pieces, file, job), { headers });
    } catch (error) {
      job.end();
      await file.return(undefined);
      throw error;
    }
  });

  app.post('/v1/inspect', (context) =>
    work(gate, context, async ({ signal }) => {
      const bytes = await readBody(context.req.raw, maxBodyBytes, signal);
      const source = new MemorySource(bytes);
      const packed = WRG_FORMAT.recognizes(bytes.subarray(0, 16));
      const document = await new WebIO().read(bytes);
      const facts = describeModel(document, bytes.length, packed ? await readWrgShares(source) : null);
      const metadata = packed ? await readWrgMetadata(source) : undefined;
      return Response.json({ format: packed ? 'wrg' : 'onnx', byteLength: bytes.length, metadata, ...facts });
    }),
  );

  for (const path of ['/v1/compress', '/v1/decode', '/v1/inspect']) {
    app.all(path, () => {
      const response = problem(405, `Expected POST ${path}`);
      response.headers.set('allow', 'POST');
      return response;
    });
  }
  return app;
}

async function work(gate: Gate, { req }: Context, run: (job: Job) => Promise<Response>): Promise<Response> {
  const job = gate.enter(req.raw.signal);
  try {
    return await run(job);
  } finally {
    job.end();
  }
}

type Result = Awaited<ReturnType<typeof packBytes>>;

/** What was made, and in a header what is to be known of it at once; the rest is in the file itself. */
function answer(
  { bytes, input, onnxSha256 }: Result,
  report: Awaited<ReturnType<typeof compressBytes>>['report'] | null,
  format: 'wrg' | 'onnx' = 'wrg',
): Response {
  const { method, quality, outputError, runtime } = report ?? { method: 'lossless' };
  const summary = {
    method,
    quality,
    outputError,
    runtime,
    inputBytes: input.byteLength,
    outputBytes: bytes.length,
    onnxSha256,
  };
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': BINARY,
      'content-length': String(bytes.length),
      'content-disposition': `attachment; filename="model.${format}"`,
      'wring-result': JSON.stringify(summary),
    },
  });
}

/** Pulls pieces as the client takes them. An error ends the connection before `content-length` bytes are out. */
function streamOf(
  pieces: AsyncGenerator<Uint8Array, void>,
  file: AsyncGenerator<Uint8Array>,
  { signal, end }: Job,
): ReadableStream<Uint8Array> {
  const close = async () => {
    signal.removeEventListener('abort', close);
    end();
    await file.return(undefined);
  };
  // A client that takes nothing more must not keep its place for ever.
  signal.addEventListener('abort', close);
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          if (signal.aborted) throw new WringError('E_INTERRUPTED', 'Interrupted while decoding');
          const { done, value } = await pieces.next();
          if (!done) return controller.enqueue(value);
          controller.close();
          await close();
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
