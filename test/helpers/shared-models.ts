import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = '../shared/data/models';

/** Models that are not part of the project, by name; none where they are missing, and then tests of them are skipped. */
export const sharedModels: readonly string[] = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.onnx'))
      .sort()
  : [];

export function sharedModel(name: string): string {
  return join(folder, name);
}
