import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { WringError } from '../core/index.js';

/** A server that runs. */
export interface Listening {
  /** Such as http://127.0.0.1:8080 */
  readonly url: string;
  /** Takes no new requests, and resolves when those that it has are answered. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Default: 127.0.0.1, this machine only. */
  host?: string;
  /** 0: any that is free. */
  port?: number;
}

/** What `createHttpApp` gives, as a server of Node's. @throws {WringError} E_IO when the port is taken */
export async function listen(app: Hono, { host = '127.0.0.1', port = 8080 }: ListenOptions = {}): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new WringError('E_IO', `Cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const { port: found } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${found}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
