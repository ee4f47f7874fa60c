import type { Command } from 'commander';
import { isWringError } from '../../core/index.js';
import { HTTP_DEFAULTS } from '../../http/options.js';
import { ortNode } from '../../runtime/ort-node.js';
import type { Runtime } from '../../runtime/runtime.js';
import { examples } from '../examples.js';
import { numberBetween } from '../parse.js';
import type { Session } from '../session.js';

const MEGABYTE = 1e6;

interface Flags {
  host: string;
  port: number;
  maxBody: number;
  maxConcurrent: number;
  maxSeconds: number;
}

export function serveCommand(program: Command, session: Session): void {
  const d = HTTP_DEFAULTS;
  program
    .command('serve')
    .summary('compress, decode and inspect over HTTP')
    .description(
      'Listens until it is interrupted; then it answers what it has begun. POST a model to /v1/compress (options in the ' +
        'query), /v1/decode or /v1/inspect; GET /health. docs/http.md has the details. There is no password: put it behind ' +
        'something that asks for one.',
    )
    .option('--host <name>', 'to listen on; 0.0.0.0 for every network', '127.0.0.1')
    .option('--port <n>', '0–65535; 0 takes one that is free', numberBetween(0, 65535, true), 8080)
    .option('--max-body <MB>', 'largest request, 0.001–1900', numberBetween(0.001, 1900), d.maxBodyBytes / MEGABYTE)
    .option(
      '--max-concurrent <n>',
      'requests at a time, 1–256; others get 503',
      numberBetween(1, 256, true),
      d.maxConcurrent,
    )
    .option('--max-seconds <n>', 'time that a request may take, 1–86400', numberBetween(1, 86400), d.maxSeconds)
    .addHelpText(
      'after',
      examples(
        ['wring serve', 'on http://127.0.0.1:8080'],
        ['curl --data-binary @model.onnx "localhost:8080/v1/compress?quality=80" -o model.wrg', 'in another window'],
      ),
    )
    .action((flags: Flags) => run(flags, session));
}

async function run({ host, port, maxBody, maxConcurrent, maxSeconds }: Flags, session: Session): Promise<void> {
  // Only here, so that no other command waits for them.
  const { createHttpApp } = await import('../../http/index.js');
  const { listen } = await import('../../http/node.js');
  const runtime = await findRuntime(session);
  const limits = { maxBodyBytes: Math.floor(maxBody * MEGABYTE), maxConcurrent, maxSeconds };
  const server = await listen(createHttpApp(limits, { runtime, logger: session.logger }), { host, port });
  session.result(`listening on ${server.url}`, { url: server.url, ...limits });
  await new Promise<void>((resolve) => {
    if (session.signal?.aborted) resolve();
    else session.signal?.addEventListener('abort', () => resolve());
  });
  session.note('closing');
  await server.close();
}

/** On one thread, as `compress` measures; see there. null where it is not installed. */
async function findRuntime(session: Session): Promise<Runtime | null> {
  try {
    return await ortNode({ threads: 1 });
  } catch (error) {
    if (!isWringError(error, 'E_RUNTIME')) throw error;
    session.logger.warn(`${error.message}; until then, values are chosen by the spread of the weights alone`);
    return null;
  }
}
