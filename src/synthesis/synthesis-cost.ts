import { constantsOf, type Document } from '../core/index.js';
import { type Feed, layerOperations } from '../posterior/index.js';
import type { Runtime } from '../runtime/runtime.js';

/**
 * Multiplications of one pass over `feeds`, forward; the way back takes about twice as many.
 *
 * @throws {WringError} E_RUNTIME
 */
export async function passOperations(document: Document, feeds: readonly Feed[], runtime: Runtime): Promise<number> {
  const weights = new Set(constantsOf(document.graph).values());
  const byTensor = await layerOperations(document, weights, feeds[0], runtime);
  const samplesOf = (feed: Feed) => Object.values(feed)[0].dims[0];
  const total = feeds.reduce((sum, feed) => sum + samplesOf(feed), 0);
  const first = [...byTensor.values()].reduce((sum, operations) => sum + operations, 0);
  return (first * total) / samplesOf(feeds[0]);
}
