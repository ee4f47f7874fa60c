import { refused, wrapSession } from './ort-session.js';
import type { Runtime, RuntimeOptions, RuntimeSession, RuntimeTensor } from './runtime.js';

/** What is used of onnxruntime-web; `onnxruntime-web/wasm`, its smallest part, will do. */
export type OrtWeb = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor' | 'env'>;

type Feeds = Readonly<Record<string, RuntimeTensor>>;

/**
 * onnxruntime-web on its WebAssembly backend, in a page, a worker or Node. It is handed in, so that the caller says where
 * its .wasm file is (`ort.env.wasm.wasmPaths`). One thread unless `threads` says otherwise: then the same model gives the
 * same bits in every engine.
 *
 * @param defaults of every `load` that says nothing else; `threads` counts until onnxruntime first loads a model
 * @example
 * import * as ort from 'onnxruntime-web/wasm';
 * const report = await compress(document, {}, { runtime: ortWeb(ort), … });
 * @throws {WringError} `load`: E_RUNTIME when it refuses the model
 */
export function ortWeb(ort: OrtWeb, defaults: Omit<RuntimeOptions, 'optimization'> = {}): Runtime {
  ort.env.wasm.numThreads = defaults.threads ?? 1;
  return {
    name: 'onnxruntime-web',
    version: ort.env.versions.web ?? 'unknown',
    load: async (model, { optimization = 'all' } = {}) => {
      const options = {
        executionProviders: ['wasm'],
        graphOptimizationLevel: optimization,
        logSeverityLevel: 3 as const,
      };
      try {
        const { InferenceSession } = ort;
        const session =
          typeof model === 'string'
            ? await InferenceSession.create(model, options)
            : await InferenceSession.create(model, options);
        return copyingSession(wrapSession(ort, session));
      } catch (cause) {
        throw refused('onnxruntime does not load the model', cause);
      }
    },
  };
}

/** onnxruntime-web (1.30) takes the tensors that outputs are to be written into, and leaves them as they were. */
function copyingSession(session: RuntimeSession): RuntimeSession {
  return {
    ...session,
    async run(feeds: Feeds, fetch) {
      if (!fetch) return session.run(feeds);
      const results = await session.run(feeds, Object.fromEntries(Object.keys(fetch).map((name) => [name, null])));
      for (const [name, target] of Object.entries(fetch)) {
        if (target) bytesOf(target).set(bytesOf(results[name]));
      }
      return results;
    },
  };
}

function bytesOf({ data }: RuntimeTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
