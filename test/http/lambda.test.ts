import { Writable } from 'node:stream';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decode } from '../../src/decode.js';
import { createHttpApp } from '../../src/http/index.js';
import { type LambdaEvent, lambdaHandler, lambdaStreamHandler } from '../../src/http/lambda.js';
import { WebIO } from '../../src/io/web-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { packBytes } from '../../src/pipeline/compress-bytes.js';
import { goldenModel } from '../golden/model.js';
import { buildMlp } from '../helpers/build.js';

const { bytes: GOLDEN } = await new WebIO().write(goldenModel(), 'golden.wrg');
const { fetch } = createHttpApp({ maxBodyBytes: 8e6 });

/** As a function URL gives it; the fields that nobody reads are those of AWS's own example. */
function event(method: string, path: string, body?: Uint8Array, query = ''): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { 'content-type': 'application/octet-stream', host: '<url-id>.lambda-url.us-west-2.on.aws' },
    requestContext: {
      accountId: '123456789012',
      apiId: '<urlid>',
      domainName: '<url-id>.lambda-url.us-west-2.on.aws',
      domainPrefix: '<url-id>',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '123.123.123.123', userAgent: 'agent' },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1583348638390,
    },
    isBase64Encoded: body !== undefined,
    ...(body ? { body: Buffer.from(body).toString('base64') } : {}),
  };
}

describe('a Lambda handler', () => {
  const handler = lambdaHandler(fetch);

  it('answers in base64 what is binary', async () => {
    const result = await handler(event('POST', '/v1/decode', GOLDEN));
    expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: true });
    expect(Buffer.compare(Buffer.from(result.body, 'base64'), await decode(GOLDEN))).toBe(0);
  });

  it('answers as text what is JSON, problems too', async () => {
    const health = await handler(event('GET', '/health'));
    expect(health).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(JSON.parse(health.body)).toMatchObject({ status: 'ok' });
    const problem = await handler(event('POST', '/v1/compress', GOLDEN, 'colour=red'));
    expect(problem).toMatchObject({ statusCode: 400, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(problem.body)).toMatchObject({ code: 'E_OPTION' });
  });

  it('takes bodies longer than a block of base64', async () => {
    const model = modelBytes(buildMlp([700, 800]));
    const result = await handler(event('POST', '/v1/compress', model, 'lossless=true&name=mlp.onnx'));
    const { bytes } = await packBytes(model, { name: 'mlp.onnx' });
    expect(Buffer.compare(Buffer.from(result.body, 'base64'), bytes)).toBe(0);
  });

  it('takes bodies that are text', async () => {
    const text: LambdaEvent = { ...event('POST', '/v1/inspect'), isBase64Encoded: false, body: 'no model' };
    expect(await handler(text)).toMatchObject({ statusCode: 415 });
  });
});

describe('a streaming Lambda handler', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** The runtime's part, as far as a handler sees it: heads, pieces, and how it ended. */
  function invoke(request: LambdaEvent, highWaterMark = 16384) {
    const pieces: Buffer[] = [];
    let head: unknown;
    const stream = new Writable({
      highWaterMark,
      write(piece, _, done) {
        pieces.push(piece);
        setImmediate(done);
      },
    });
    const ended = new Promise<Error | null>((resolve) => {
      stream.once('finish', () => resolve(null));
      stream.once('error', resolve);
    });
    vi.stubGlobal('awslambda', {
      streamifyResponse: (handle: (event: LambdaEvent, stream: Writable) => Promise<void>) => handle,
      HttpResponseStream: {
        from(out: Writable, given: unknown) {
          head = given;
          return out;
        },
      },
    });
    const handle = lambdaStreamHandler(fetch) as (event: LambdaEvent, stream: Writable) => Promise<void>;
    return { stream, pieces, done: handle(request, stream).then(async () => ({ head, error: await ended })) };
  }

  it('sends what it decodes piece by piece, no faster than it is taken', async () => {
    const model = modelBytes(buildMlp([512, 1024, 512]));
    const { bytes } = await packBytes(model);
    const { pieces, done } = invoke(event('POST', '/v1/decode', bytes));
    const { head, error } = await done;
    expect(error).toBeNull();
    expect(head).toMatchObject({ statusCode: 200, headers: { 'content-length': String(model.length) } });
    expect(pieces.length).toBeGreaterThan(2);
    expect(Buffer.compare(Buffer.concat(pieces), model)).toBe(0);
  });

  it('breaks off when the file is corrupt, or nobody listens any more', async () => {
    const { bytes } = await packBytes(modelBytes(buildMlp([512, 1024, 512])));
    const corrupt = bytes.slice();
    corrupt[corrupt.length - 1] ^= 1;
    expect((await invoke(event('POST', '/v1/decode', corrupt)).done).error).toMatchObject({ code: 'E_CORRUPT' });
    const gone = invoke(event('POST', '/v1/decode', bytes), 1);
    gone.stream.destroy(new Error('gone'));
    expect((await gone.done).error).toMatchObject({ message: 'gone' });
    expect(gone.pieces.length).toBeLessThan(2);
  });
});
