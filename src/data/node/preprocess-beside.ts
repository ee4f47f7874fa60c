import { existsSync } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';
import { WringError } from '../../core/index.js';
import { type Preprocess, parsePreprocess } from '../preprocess.js';
import { readText } from './read-file.js';

/**
 * What is written beside a model about its inputs: `MODEL.preprocess.json` for MODEL.onnx, or the entry for it (by `file`,
 * a path from the manifest's folder) in the `models` of a `manifest.json` in its folder or the one above.
 *
 * @returns null when nothing is
 * @throws {WringError} E_OPTION, E_CORRUPT naming file and field
 */
export function preprocessBeside(modelPath: string): Preprocess | null {
  const { dir, name } = parse(resolve(modelPath));
  const own = preprocessFile(join(dir, `${name}.preprocess.json`));
  if (own) return own;
  for (const folder of [dir, dirname(dir)]) {
    const manifest = join(folder, 'manifest.json');
    if (!existsSync(manifest)) continue;
    const { models } = readJson(manifest) as { models?: unknown };
    if (!Array.isArray(models)) continue;
    const entry = models.find(({ file }) => typeof file === 'string' && resolve(folder, file) === resolve(modelPath));
    if (entry?.preprocess) return parsePreprocess(entry.preprocess, `"${manifest}", "${entry.file}"`);
  }
  return null;
}

/** What a JSON file says; null when there is none. @throws {WringError} E_OPTION, E_CORRUPT naming file and field */
export function preprocessFile(path: string): Preprocess | null {
  return existsSync(path) ? parsePreprocess(readJson(path), `"${path}"`) : null;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path)) ?? {};
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new WringError('E_CORRUPT', `"${path}" is no JSON: ${cause.message}`, { cause });
  }
}
