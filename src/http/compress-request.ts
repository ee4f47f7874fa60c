import * as v from 'valibot';
import { WringError } from '../core/index.js';
import type { BytesOptions } from '../pipeline/compress-bytes.js';
import {
  BIAS_CORRECTIONS,
  type CompressOptions,
  INPUTS,
  LEARNED_METHODS,
  METHODS,
  POSTERIORS,
} from '../pipeline/options.js';
import { readBody } from './body.js';

/** What `POST /v1/compress` is asked for. */
export interface CompressRequest {
  readonly model: Uint8Array;
  readonly options: CompressOptions & BytesOptions;
  /** Pack only: no number changes. */
  readonly lossless: boolean;
}

const GRANULARITIES = ['tensor', 'channel'] as const;
const FORMATS = ['wrg', 'onnx'] as const;

/** Ranges are checked where the options are used. */
const JSON_OPTIONS = v.strictObject({
  name: v.exactOptional(v.string()),
  format: v.exactOptional(v.picklist(FORMATS)),
  lossless: v.exactOptional(v.boolean()),
  method: v.exactOptional(v.picklist(METHODS.filter((method) => !LEARNED_METHODS.has(method)))),
  quality: v.exactOptional(v.nullable(v.number())),
  seed: v.exactOptional(v.number()),
  samples: v.exactOptional(v.number()),
  bits: v.exactOptional(v.nullable(v.number())),
  inputs: v.exactOptional(v.picklist(INPUTS)),
  lambda: v.exactOptional(v.nullable(v.number())),
  sharedValues: v.exactOptional(v.boolean()),
  posterior: v.exactOptional(v.picklist(POSTERIORS)),
  biasCorrection: v.exactOptional(v.picklist(BIAS_CORRECTIONS)),
  spelling: v.exactOptional(v.picklist(['weights', 'products'])),
  activations: v.exactOptional(v.picklist(['float', 'int8'])),
  tune: v.exactOptional(v.number()),
  delta: v.exactOptional(v.nullable(v.number())),
  granularity: v.exactOptional(v.picklist(GRANULARITIES)),
  fuseBatchNorm: v.exactOptional(v.boolean()),
  freeze: v.exactOptional(v.boolean()),
  ignoredScope: v.exactOptional(
    v.strictObject({ names: v.exactOptional(v.array(v.string())), types: v.exactOptional(v.array(v.string())) }),
  ),
});

const NUMBERS: ReadonlySet<string> = new Set(['quality', 'seed', 'samples', 'bits', 'lambda', 'tune', 'delta']);
const BOOLEANS: ReadonlySet<string> = new Set(['lossless', 'sharedValues', 'fuseBatchNorm', 'freeze']);
/** A model says nothing of how many bytes stand around it in a form. */
const FORM_OVERHEAD = 65536;

/**
 * The model is the body and the options are in the query (`?quality=80&ignore=head&ignore=/^tail/`), or the body is a form of the
 * parts `model` (a file) and `options` (JSON, as CompressOptions).
 *
 * @throws {WringError} E_OPTION, E_LIMIT, E_INTERRUPTED
 */
export async function readCompressRequest(
  request: Request,
  limit: number,
  signal: AbortSignal,
): Promise<CompressRequest> {
  const query = new URL(request.url).searchParams;
  const type = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) {
    const { lossless = false, ...options } = parse(optionsOfQuery(query));
    return { model: await readBody(request, limit, signal), options, lossless };
  }
  if (query.size > 0)
    throw new WringError('E_OPTION', 'Expected the options in the form, but there are some in the query');
  const body = await readBody(request, limit + FORM_OVERHEAD, signal);
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch((cause: unknown) => {
    throw new WringError('E_OPTION', 'The body is no form as its content-type says', { cause });
  });
  const model = form.get('model');
  if (!(model instanceof Blob)) throw new WringError('E_OPTION', 'Expected a file "model" in the form');
  const { lossless = false, ...options } = parse({ name: model.name, ...(await optionsOfForm(form)) });
  return { model: new Uint8Array(await model.arrayBuffer()), options, lossless };
}

async function optionsOfForm(form: FormData): Promise<object> {
  const part = form.get('options') ?? '{}';
  const text = typeof part === 'string' ? part : await part.text();
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw new WringError('E_OPTION', 'Expected "options" in the form to be JSON', { cause });
  }
}

function optionsOfQuery(query: URLSearchParams): object {
  const options: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const texts = query.getAll(name);
    if (name === 'ignore' || name === 'ignoreType') continue;
    if (texts.length > 1)
      throw new WringError('E_OPTION', `Expected ${name} once but received it ${texts.length} times`);
    options[name] = typed(name, texts[0]);
  }
  const [names, types] = [query.getAll('ignore'), query.getAll('ignoreType')];
  if (names.length + types.length > 0) {
    options.ignoredScope = { ...(names.length > 0 ? { names } : {}), ...(types.length > 0 ? { types } : {}) };
  }
  return options;
}

/** Text that is no number or truth value stays text, and is refused as such. */
function typed(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (BOOLEANS.has(name) && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function parse(options: unknown): v.InferOutput<typeof JSON_OPTIONS> {
  const result = v.safeParse(JSON_OPTIONS, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'options';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = Object.keys(JSON_OPTIONS.entries).join(', ');
    throw new WringError('E_OPTION', `There is no option ${path}; expected ${known}`);
  }
  throw new WringError('E_OPTION', `Expected ${path} to be ${issue.expected} but received ${issue.received}`);
}
