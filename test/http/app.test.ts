import { beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/core/index.js';
import { decode } from '../../src/decode.js';
import { createHttpApp, type HttpLimits } from '../../src/http/index.js';
import { WebIO } from '../../src/io/web-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { compressBytes, packBytes } from '../../src/pipeline/compress-bytes.js';
import { COMPRESS_DEFAULTS, LEARNED_METHODS, METHODS } from '../../src/pipeline/options.js';
import { goldenModel } from '../golden/model.js';
import { buildMlp } from '../helpers/build.js';

const { bytes: GOLDEN } = await new WebIO().write(goldenModel(), 'golden.wrg', {
  metadata: { model: 'golden', seed: 2026 },
});
const MLP = modelBytes(buildMlp([64, 100, 10]));
const SILENT_PORTS = { runtime: null, logger: { debug() {}, info() {}, warn() {}, error() {} }, onProgress() {} };

function post(
  path: string,
  body: NonNullable<RequestInit['body']> | null,
  limits?: HttpLimits,
  init: RequestInit = {},
): Promise<Response> {
  return Promise.resolve(createHttpApp(limits).request(path, { method: 'POST', body, ...init }));
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  expect(response.status, response.status === 200 ? '' : await response.clone().text()).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

async function problemOf(response: Response): Promise<{ status: number; code?: string; detail: string }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as { status: number; code?: string; detail: string };
  expect(problem.status).toBe(response.status);
  expect(Object.keys(problem)).toEqual(expect.arrayContaining(['type', 'title', 'status', 'detail']));
  return problem;
}

/** A body that comes in pieces, and says how many were taken. */
function pieces(count: number, piece: Uint8Array): { body: ReadableStream<Uint8Array>; taken: () => number } {
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === count) return controller.close();
        taken++;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => taken };
}

describe('GET /health', () => {
  it('says what this host is', async () => {
    const response = await createHttpApp({ maxConcurrent: 3 }).request('/health');
    expect(await response.json()).toEqual({
      status: 'ok',
      version: VERSION,
      runtime: null,
      active: 0,
      maxConcurrent: 3,
    });
  });
});

describe('POST /v1/decode', () => {
  it('gives the very bytes that the decode door gives, and says their number before', async () => {
    const response = await post('/v1/decode', GOLDEN);
    const expected = await decode(GOLDEN);
    expect(response.headers.get('content-length')).toBe(String(expected.length));
    expect(Buffer.compare(await bytesOf(response), expected)).toBe(0);
  });

  it('takes a body in pieces of any length', async () => {
    const single = pieces(GOLDEN.length, GOLDEN);
    let at = 0;
    const body = single.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (_, controller) => controller.enqueue(GOLDEN.subarray(at, ++at)),
      }),
    );
    const response = await post('/v1/decode', body, {}, { duplex: 'half' });
    expect(Buffer.compare(await bytesOf(response), await decode(GOLDEN))).toBe(0);
  });

  it('refuses what is no .wrg file with the code of the command line', async () => {
    expect(await problemOf(await post('/v1/decode', MLP))).toMatchObject({ status: 415, code: 'E_NOT_WRG' });
    const version = GOLDEN.slice();
    version[8] = 9;
    expect(await problemOf(await post('/v1/decode', version))).toMatchObject({ status: 422, code: 'E_VERSION' });
    const corrupt = GOLDEN.slice();
    corrupt[30] ^= 1;
    expect(await problemOf(await post('/v1/decode', corrupt))).toMatchObject({ status: 400, code: 'E_CORRUPT' });
    const short = GOLDEN.subarray(0, 100);
    expect(await problemOf(await post('/v1/decode', short))).toMatchObject({ status: 400, code: 'E_TRUNCATED' });
  });

  it('breaks the answer off when the body of the file is corrupt', async () => {
    const corrupt = GOLDEN.slice();
    corrupt[corrupt.length - 1] ^= 1;
    const response = await post('/v1/decode', corrupt);
    await expect(response.arrayBuffer()).rejects.toThrow(/checksum/);
  });

  it('makes room again however a request ends', async () => {
    const app = createHttpApp({ maxConcurrent: 1 });
    const request = (body: Uint8Array) => app.request('/v1/decode', { method: 'POST', body: body });
    const held = await request(GOLDEN);
    const busy = await request(GOLDEN);
    expect(busy.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await problemOf(busy)).toMatchObject({ status: 503, code: 'E_BUSY' });
    await held.body!.cancel();
    await bytesOf(await request(GOLDEN));
    await problemOf(await request(MLP));
    const corrupt = GOLDEN.slice();
    corrupt[corrupt.length - 1] ^= 1;
    await expect((await request(corrupt)).arrayBuffer()).rejects.toThrow();
    await bytesOf(await request(GOLDEN));
  });

  it('takes no more of a body than it may', async () => {
    const wrg = pieces(1000, GOLDEN);
    const response = await post('/v1/decode', wrg.body, { maxBodyBytes: 5 * GOLDEN.length }, { duplex: 'half' });
    await expect(response.arrayBuffer()).rejects.toThrow(/receiv|at most/);
    expect(wrg.taken()).toBeLessThan(10);
  });

  it('refuses a file whose head would take more memory than it may', async () => {
    const problem = await problemOf(await post('/v1/decode', GOLDEN, { maxHeldBytes: 1000 }));
    expect(problem).toMatchObject({ status: 413, code: 'E_LIMIT' });
  });
});

describe('POST /v1/compress', () => {
  it('makes the file that compressBytes makes, and says in a header what it did', async () => {
    const response = await post('/v1/compress?quality=60&method=uniform&name=mlp.onnx', MLP);
    const expected = await compressBytes(MLP, { quality: 60, method: 'uniform', name: 'mlp.onnx' }, SILENT_PORTS);
    const bytes = await bytesOf(response);
    expect(Buffer.compare(bytes, expected.bytes)).toBe(0);
    expect(JSON.parse(response.headers.get('wring-result')!)).toMatchObject({
      method: 'uniform',
      quality: 60,
      runtime: null,
      outputError: null,
      inputBytes: MLP.length,
      outputBytes: bytes.length,
      onnxSha256: expected.onnxSha256,
    });
  });

  it('takes a form with a file and options as JSON', async () => {
    const form = new FormData();
    form.set('model', new Blob([MLP]), 'mlp.onnx');
    form.set('options', JSON.stringify({ quality: 60, method: 'uniform', ignoredScope: { names: ['w1'] } }));
    const bytes = await bytesOf(await post('/v1/compress', form));
    const query = await post('/v1/compress?quality=60&method=uniform&name=mlp.onnx&ignore=w1', MLP);
    expect(Buffer.compare(bytes, await bytesOf(query))).toBe(0);
  });

  it('writes standard ONNX when asked', async () => {
    const response = await post('/v1/compress?format=onnx', MLP);
    const bytes = await bytesOf(response);
    expect(bytes.length).toBeLessThan(MLP.length / 2);
    const document = await new WebIO().read(bytes);
    expect(JSON.parse(document.metadata.get('wring')!)).toMatchObject({
      version: VERSION,
      recipe: { method: 'uniform' },
    });
  });

  it('packs without loss', async () => {
    const golden = modelBytes(goldenModel());
    const bytes = await bytesOf(await post('/v1/compress?lossless=true', golden));
    expect(Buffer.compare(bytes, (await packBytes(golden)).bytes)).toBe(0);
    expect(Buffer.compare(await decode(bytes), golden)).toBe(0);
  });

  it.each([
    ['colour=red', /no option colour/],
    ['quality=high', /quality/],
    ['quality=', /quality/],
    ['quality=101', /between 0 and 100/],
    ['method=magic', /method/],
    ['freeze=yes', /freeze/],
    ['seed=1&seed=2', /once/],
    ['ignore=nothing', /"nothing"/],
  ])('refuses ?%s and says why', async (query, reason) => {
    const problem = await problemOf(await post(`/v1/compress?${query}`, MLP));
    expect(problem).toMatchObject({ status: 400, code: 'E_OPTION', detail: expect.stringMatching(reason) });
  });

  it('knows every option of compress but those of training, for which there is no data', async () => {
    const {
      epochs,
      learningRate,
      batch,
      loss,
      augmentation,
      checkpointEvery,
      entropy,
      shareNorms,
      asReleased,
      wfn,
      pwfn,
      vnq,
      fromScratch,
      relaxed,
      ...known
    } = COMPRESS_DEFAULTS;
    const form = new FormData();
    form.set('model', new Blob([MLP]), 'mlp.onnx');
    form.set('options', JSON.stringify({ ...known, method: 'uniform' }));
    await bytesOf(await post('/v1/compress', form));
  });

  it('says what needs onnxruntime where there is none', async () => {
    const answers = await Promise.all(
      METHODS.map(async (method) => [
        method,
        (await post(`/v1/compress?method=${method}&quality=50`, MLP, { maxConcurrent: 12 })).status,
      ]),
    );
    const needy = { path: 501, gpfq: 501, multipoint: 501 };
    const learned = Object.fromEntries([...LEARNED_METHODS].map((method) => [method, 400]));
    expect(Object.fromEntries(answers)).toEqual({ auto: 200, uniform: 200, wfn: 200, pwfn: 200, ...needy, ...learned });
    const problem = await problemOf(await post('/v1/compress?method=gpfq', MLP));
    expect(problem).toMatchObject({ code: 'E_RUNTIME', detail: expect.stringMatching(/onnxruntime/) });
  });

  it('refuses bodies that are too large, by their header or as they come, and takes no more of them', async () => {
    const limits = { maxBodyBytes: MLP.length - 1 };
    const told = await problemOf(
      await post('/v1/compress', MLP, limits, { headers: { 'content-length': String(MLP.length) } }),
    );
    expect(told).toMatchObject({ status: 413, code: 'E_LIMIT' });
    const untold = pieces(1000, MLP.subarray(0, 10_000));
    const response = await post('/v1/compress', untold.body, limits, { duplex: 'half' });
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'E_LIMIT' });
    expect(untold.taken()).toBeLessThan(6);
  });

  it.each([
    ['nothing', null, 400, 'E_OPTION'],
    ['what is no model', Uint8Array.from({ length: 100 }, (_, i) => 255 - i), 415, 'E_NOT_ONNX'],
    ['half a model', MLP.subarray(0, 1000), 400, 'E_TRUNCATED'],
  ])('refuses %s', async (_, body, status, code) => {
    expect(await problemOf(await post('/v1/compress', body))).toMatchObject({ status, code });
  });

  it('refuses a form that is none, or has no model', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const broken = await post('/v1/compress', 'nothing of the kind', {}, { headers });
    expect(await problemOf(broken)).toMatchObject({ status: 400, code: 'E_OPTION' });
    const form = new FormData();
    form.set('options', '{}');
    expect(await problemOf(await post('/v1/compress', form))).toMatchObject({ code: 'E_OPTION' });
    form.set('model', new Blob(['x']));
    form.set('options', '{');
    expect(await problemOf(await post('/v1/compress', form))).toMatchObject({ detail: expect.stringMatching(/JSON/) });
  });

  it('stops when the client goes away, and makes room', async () => {
    const app = createHttpApp({ maxConcurrent: 1 });
    const client = new AbortController();
    const request = new Request('http://localhost/v1/compress?method=uniform', {
      method: 'POST',
      body: modelBytes(buildMlp(Array.from({ length: 21 }, () => 128))),
      signal: client.signal,
    });
    const response = app.request(request);
    setTimeout(() => client.abort(), 20);
    expect(await problemOf(await response)).toMatchObject({ code: 'E_INTERRUPTED' });
    expect(await (await app.request('/health')).json()).toMatchObject({ active: 0 });
  });

  it('stops when its time is over', async () => {
    const never = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    const response = await post('/v1/compress', never, { maxSeconds: 0.05 }, { duplex: 'half' });
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'E_INTERRUPTED' });
  });
});

describe('POST /v1/inspect', () => {
  interface Facts {
    readonly tensors: readonly { readonly name: string }[];
  }
  let facts: Facts;
  beforeAll(async () => {
    facts = (await (await post('/v1/inspect', GOLDEN)).json()) as Facts;
  });

  it('shows a .wrg file: its tensors, what they take, what it says of itself', () => {
    expect(facts).toMatchObject({
      format: 'wrg',
      byteLength: GOLDEN.length,
      metadata: { model: 'golden', seed: 2026 },
    });
    expect(facts.tensors.map(({ name }) => name)).toEqual([...goldenModel().graph.initializers.keys()]);
    expect(facts.tensors.find(({ name }) => name === 'planes')).toMatchObject({ unique: 2 });
  });

  it('shows an ONNX file', async () => {
    const shown = (await (await post('/v1/inspect', MLP)).json()) as Facts;
    expect(shown).toMatchObject({ format: 'onnx', headBytes: null, opsets: { '': 17 } });
    expect(shown.tensors[0]).toMatchObject({ name: 'w0', role: 'weight', dims: [100, 64], packedBytes: null });
  });
});

describe('other requests', () => {
  it('are told what there is', async () => {
    expect(await problemOf(await post('/v1/magic', MLP))).toMatchObject({ status: 404 });
    const response = await createHttpApp().request('/v1/decode');
    expect(response.headers.get('allow')).toBe('POST');
    expect(await problemOf(response)).toMatchObject({ status: 405 });
  });

  it('learn nothing of our own mistakes, which go to the log', async () => {
    const errors: string[] = [];
    const logger = { ...SILENT_PORTS.logger, error: (message: string) => errors.push(message) };
    const runtime = { name: 'broken', version: '1', load: () => Promise.reject(new Error('secret')) };
    const app = createHttpApp({}, { runtime, logger });
    const problem = await problemOf(await app.request('/v1/compress', { method: 'POST', body: MLP }));
    expect(problem).toMatchObject({ status: 500 });
    expect(JSON.stringify(problem)).not.toMatch(/secret/);
    expect(errors.join()).toMatch(/secret/);
  });
});
