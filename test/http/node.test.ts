import { once } from 'node:events';
import { request as openRequest } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decode } from '../../src/decode.js';
import { createHttpApp, type HttpLimits } from '../../src/http/index.js';
import { type Listening, listen } from '../../src/http/node.js';
import { modelBytes } from '../../src/onnx/index.js';
import { packBytes } from '../../src/pipeline/compress-bytes.js';
import { run } from '../cli/wring.js';
import { buildMlp } from '../helpers/build.js';

const servers: Listening[] = [];

async function serve(limits: HttpLimits = {}): Promise<string> {
  const server = await listen(createHttpApp(limits), { port: 0 });
  servers.push(server);
  return server.url;
}

async function activeOf(url: string): Promise<number> {
  return ((await (await fetch(`${url}/health`)).json()) as { active: number }).active;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('a server in Node', () => {
  it('decodes what it packed', async () => {
    const url = await serve();
    const model = modelBytes(buildMlp([64, 100, 10]));
    const packed = await fetch(`${url}/v1/compress?lossless=true`, { method: 'POST', body: model });
    expect(packed.status).toBe(200);
    const decoded = await fetch(`${url}/v1/decode`, { method: 'POST', body: await packed.arrayBuffer() });
    expect(Buffer.compare(new Uint8Array(await decoded.arrayBuffer()), model)).toBe(0);
  });

  it('drops the work of a client that goes away', async () => {
    const url = await serve({ maxConcurrent: 1 });
    const client = new AbortController();
    const model = modelBytes(buildMlp(Array.from({ length: 101 }, () => 128)));
    const answer = fetch(`${url}/v1/compress?method=uniform`, { method: 'POST', body: model, signal: client.signal });
    answer.catch(() => {});
    await until(async () => (await activeOf(url)) === 1);
    client.abort();
    await expect(answer).rejects.toThrow(/abort/);
    await until(async () => (await activeOf(url)) === 0);
  });

  it('drops a decoding whose client stops to listen', async () => {
    const url = await serve({ maxConcurrent: 1 });
    const { bytes } = await packBytes(modelBytes(buildMlp(Array.from({ length: 21 }, () => 512))));
    const client = openRequest(`${url}/v1/decode`, { method: 'POST' });
    client.on('error', () => {});
    client.end(bytes);
    const [response] = await once(client, 'response');
    response.on('error', () => {});
    expect(await activeOf(url)).toBe(1);
    client.destroy();
    await until(async () => (await activeOf(url)) === 0);
  });

  it('never lets a broken answer look whole', async () => {
    const url = await serve();
    const { bytes } = await packBytes(modelBytes(buildMlp([512, 1024])));
    await decode(bytes);
    bytes[bytes.length - 1] ^= 1;
    const response = await fetch(`${url}/v1/decode`, { method: 'POST', body: bytes as Uint8Array<ArrayBuffer> });
    // The adapter says what went wrong.
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await expect(response.arrayBuffer()).rejects.toThrow();
    log.mockRestore();
  });

  it('says which port is taken', async () => {
    const url = await serve();
    const port = Number(new URL(url).port);
    await expect(listen(createHttpApp(), { port })).rejects.toMatchObject({
      code: 'E_IO',
      message: expect.stringContaining(`:${port}`),
    });
  });
});

describe('wring serve', () => {
  it('says where it listens, answers by the limits that it was given, and ends when it is told to', async () => {
    const controller = new AbortController();
    let url = '';
    const signal = controller.signal;
    const argv = ['--json', 'serve', '--port', '0', '--max-body', '0.001', '--max-concurrent', '3'];
    const done = run(argv, false, signal, (text) => {
      url = JSON.parse(text).url;
    });
    await until(async () => url !== '');
    const health = await (await fetch(`${url}/health`)).json();
    expect(health).toMatchObject({ maxConcurrent: 3, runtime: expect.stringMatching(/^onnxruntime-node /) });
    const response = await fetch(`${url}/v1/inspect`, { method: 'POST', body: new Uint8Array(1001) });
    expect(response.status).toBe(413);
    await response.text();
    controller.abort();
    expect(await done).toMatchObject({ code: 0 });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
