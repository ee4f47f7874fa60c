import { unzipSync } from 'fflate';
import { WringError } from '../core/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import { readNpy } from './npy.js';

/**
 * Reads the arrays of a `numpy.savez` or `savez_compressed` file by name, in the order of the file.
 *
 * @param name for messages
 * @throws {WringError} E_CORRUPT when it is no ZIP archive of arrays, and what {@link readNpy} throws
 */
export function readNpz(bytes: Uint8Array, name: string): Map<string, RuntimeTensor> {
  const files = unzip(bytes, name);
  const arrays = new Map<string, RuntimeTensor>();
  for (const [file, content] of Object.entries(files)) {
    if (file.endsWith('.npy')) arrays.set(file.slice(0, -4), readNpy(content, `${name}/${file}`));
  }
  if (arrays.size === 0) {
    throw new WringError('E_CORRUPT', `"${name}" holds no .npy array; write it with numpy.savez`);
  }
  return arrays;
}

function unzip(bytes: Uint8Array, name: string): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes);
  } catch (cause) {
    throw new WringError('E_CORRUPT', `"${name}" is no sound ZIP archive: ${(cause as Error).message}`, { cause });
  }
}
