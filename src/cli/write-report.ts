import { writeText } from '../io/node-write.js';
import type { CompressReport } from '../pipeline/compress.js';
import { type Fact, renderHtml } from '../report/html.js';
import { json } from './format.js';

/** What `--report` may end in. */
export const REPORT_EXTENSIONS = ['.html', '.json'] as const;

/**
 * Writes what compress did, in place only when all of it is on disk: a page with pictures (.html), or the very document
 * that `--json` prints (.json).
 *
 * @param facts for the head of the page
 * @throws {WringError} E_IO
 */
export function writeReport(path: string, title: string, facts: readonly Fact[], data: CompressReport): Promise<void> {
  return writeText(path, path.toLowerCase().endsWith('.json') ? json(data) : renderHtml(title, facts, data));
}
