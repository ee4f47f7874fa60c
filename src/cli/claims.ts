import { type Document, isWringError } from '../core/index.js';
import { FileSource } from '../io/node-file.js';
import { readWrgMetadata } from '../io/wrg-format.js';
import { naming } from './input-file.js';

/** What wring writes about a file into it; every field may be missing in a file of somebody else's. */
export interface Claims {
  readonly version?: string;
  readonly input?: { readonly sha256?: string };
  readonly onnx?: { readonly sha256?: string };
  /** What the model was run in when the file was made; null: it could not be run. */
  readonly runtime?: string | null;
  readonly sqnr?: readonly (number | null)[];
  readonly recipe?: unknown;
}

/** What a .wrg says about itself. @throws {WringError} E_NOT_WRG, and what else opening one throws */
export async function readClaims(path: string): Promise<Claims> {
  const metadata = await naming(path, () => readWrgMetadata(new FileSource(path)));
  return (metadata ?? {}) as Claims;
}

/** What a model says about itself, in a .wrg or in standard ONNX of wring's; nothing in others. */
export async function findClaims(path: string, document: Document): Promise<Claims> {
  try {
    return await readClaims(path);
  } catch (error) {
    if (!isWringError(error, 'E_NOT_WRG')) throw error;
  }
  try {
    return (JSON.parse(document.metadata.get('wring') ?? '{}') ?? {}) as Claims;
  } catch {
    return {};
  }
}
