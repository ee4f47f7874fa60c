import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import { isWringError, SILENT, VERSION } from '../core/index.js';
import { compressBytes, packBytes } from '../pipeline/compress-bytes.js';
import { ortNode } from '../runtime/ort-node.js';
import type { Runtime } from '../runtime/runtime.js';
import { type ImportOptions, parseImport } from './parse-import.js';

/** What {@link wring} does to imports that say nothing else. */
export type VitePluginOptions = ImportOptions;

/** The part of Vite's plugins that is needed here, so that its types need not be installed. */
export interface WringVitePlugin {
  name: string;
  enforce: 'pre';
  configResolved(config: ViteConfig): void;
  configureServer(server: { middlewares: { use(handler: Middleware): unknown } }): void;
  load(this: LoadContext, id: string): Promise<string | null>;
}

interface ViteConfig {
  readonly base: string;
  readonly cacheDir: string;
  readonly command: 'build' | 'serve';
}

interface LoadContext {
  addWatchFile(path: string): void;
  emitFile(file: { type: 'asset'; name: string; source: Uint8Array }): string;
  warn(message: string): void;
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Where the server of `vite dev` has packed models. */
const DEV_PATH = '@wring/';

/**
 * For vite.config.js: `import url from './model.onnx?wring'` gives the address of a packed .wrg asset, in the build and from the dev
 * server. Options stand in the query (`?wring&quality=80`, `?wring&lossless`), names and ranges those of `compress`.
 *
 * A model is compressed once: results are kept in Vite's cache folder by the content of the model, the options and the version of
 * wring. Where onnxruntime-node is not installed nothing can be measured, so models are packed without loss, and a warning says so.
 *
 * @example export default { plugins: [wring({ quality: 80 })] };
 */
export function wring(defaults: VitePluginOptions = {}): WringVitePlugin {
  let config: ViteConfig;
  /** What is being made, so that no model is made twice at a time. */
  const making = new Map<string, Promise<string>>();
  return {
    name: 'wring',
    enforce: 'pre',

    configResolved(resolved) {
      config = resolved;
    },

    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const match = /\/@wring\/([0-9a-f]{32})\/[^/]+\.wrg$/.exec(request.url ?? '');
        if (!match) return next();
        readFile(pathOf(match[1])).then(
          (bytes) => response.setHeader('content-type', 'application/octet-stream').end(bytes),
          () => next(),
        );
      });
    },

    async load(id) {
      const found = parseImport(id, defaults);
      if (!found) return null;
      const { path, options } = found;
      this.addWatchFile(path);
      const runtime = options.lossless ? null : await findRuntime();
      const lossless = options.lossless || !runtime;
      if (lossless && !options.lossless) {
        this.warn(
          `${basename(path)} is packed without loss: install onnxruntime-node to compress it, or ask for ?wring&lossless`,
        );
      }
      const model = await readFile(path);
      const key = keyOf(model, { name: basename(path), ...options, lossless, runtime: runtime?.version });
      const work = making.get(key) ?? make(key, path, model, { ...options, lossless }, runtime);
      making.set(key, work);
      const packed = await work.finally(() => making.delete(key));
      const name = basename(path).replace(/\.\w+$/, '.wrg');
      if (config.command === 'serve')
        return `export default ${JSON.stringify(`${config.base}${DEV_PATH}${key}/${name}`)}`;
      return `export default import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: 'asset', name, source: await readFile(packed) })}`;
    },
  };

  function pathOf(key: string): string {
    return join(config.cacheDir, 'wring', `${key}.wrg`);
  }

  /** @returns the path of the packed file, whole in every moment that it is there */
  async function make(
    key: string,
    path: string,
    model: Uint8Array,
    { lossless, ...options }: ImportOptions,
    runtime: Runtime | null,
  ): Promise<string> {
    const target = pathOf(key);
    if (existsSync(target)) return target;
    const named = { ...options, name: basename(path) };
    const ports = { runtime, logger: SILENT, onProgress() {} };
    const { bytes } = lossless ? await packBytes(model, named) : await compressBytes(model, named, ports);
    await mkdir(join(config.cacheDir, 'wring'), { recursive: true });
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    await writeFile(temporary, bytes);
    await rename(temporary, target);
    return target;
  }
}

/** On one thread, so that every machine makes the same bytes. */
async function findRuntime(): Promise<Runtime | null> {
  try {
    return await ortNode({ threads: 1 });
  } catch (error) {
    if (isWringError(error, 'E_RUNTIME')) return null;
    throw error;
  }
}

function keyOf(model: Uint8Array, options: object): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([VERSION, options]))
    .update(model);
  return hash.digest('hex').slice(0, 32);
}
