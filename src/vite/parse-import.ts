import { WringError } from '../core/index.js';
import { type CompressOptions, resolveCompressOptions } from '../pipeline/options.js';

/** What may be asked of an import: options of `compress`, or that no number changes. */
export interface ImportOptions extends CompressOptions {
  lossless?: boolean;
}

const NUMBERS: ReadonlySet<string> = new Set(['quality', 'seed', 'samples', 'bits', 'lambda']);
const WORDS: ReadonlySet<string> = new Set(['method', 'granularity', 'inputs']);
const FLAGS: ReadonlySet<string> = new Set(['lossless', 'fuseBatchNorm', 'freeze']);

/**
 * `/src/model.onnx?wring&quality=80` → the path, and the options with the defaults behind them; null for imports of others.
 *
 * @throws {WringError} E_OPTION for options that there are not
 */
export function parseImport(
  id: string,
  defaults: ImportOptions,
): { readonly path: string; readonly options: ImportOptions } | null {
  const cut = id.indexOf('?');
  const query = new URLSearchParams(cut < 0 ? '' : id.slice(cut));
  if (!query.has('wring')) return null;
  query.delete('wring');
  // Vite's own: marks a module that has changed.
  query.delete('t');
  const given = Array.from(query, ([name, text]) => [name, typed(name, text, id)]);
  const options: ImportOptions = { ...defaults, ...Object.fromEntries(given) };
  resolveCompressOptions(options);
  return { path: id.slice(0, cut), options };
}

function typed(name: string, text: string, id: string): unknown {
  if (NUMBERS.has(name)) return text === '' ? Number.NaN : Number(text);
  if (WORDS.has(name)) return text;
  if (FLAGS.has(name) && /^(true|false|)$/.test(text)) return text !== 'false';
  throw new WringError('E_OPTION', `${id}: there is no option "${name}${text && `=${text}`}"; the README has all`);
}
