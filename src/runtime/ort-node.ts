import type { InferenceSession } from 'onnxruntime-node';
import { WringError } from '../core/index.js';
import { refused, wrapSession } from './ort-session.js';
import type { Runtime, RuntimeOptions, RuntimeSession } from './runtime.js';

type Ort = typeof import('onnxruntime-node');

/**
 * onnxruntime-node, imported when a model is first loaded.
 *
 * @param defaults of every `load` that says nothing else
 * @throws {WringError} E_RUNTIME when it is not installed, or refuses a model or its inputs
 */
export async function ortNode(defaults: RuntimeOptions = {}): Promise<Runtime> {
  const ort = await importOrt();
  return {
    name: 'onnxruntime-node',
    version: ort.env.versions.node ?? 'unknown',
    load: (model, options = {}) => load(ort, model, { ...defaults, ...options }),
  };
}

async function importOrt(): Promise<Ort> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new WringError('E_RUNTIME', 'onnxruntime is needed here: install it with "npm install onnxruntime-node"', {
      cause,
    });
  }
}

async function load(ort: Ort, model: Uint8Array | string, options: RuntimeOptions): Promise<RuntimeSession> {
  const sessionOptions: InferenceSession.SessionOptions = {
    logSeverityLevel: 3,
    graphOptimizationLevel: options.optimization ?? 'all',
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
  };
  try {
    const session =
      typeof model === 'string'
        ? await ort.InferenceSession.create(model, sessionOptions)
        : await ort.InferenceSession.create(model, sessionOptions);
    return wrapSession(ort, session);
  } catch (cause) {
    throw refused('onnxruntime does not load the model', cause);
  }
}
