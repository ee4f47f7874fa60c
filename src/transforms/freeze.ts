import type { Transform } from '../core/index.js';

/**
 * Makes constants of initializers that a caller might override (graph inputs with a default, IR 4 and later): old exporters
 * wrote every weight so, and nobody means it. Exact for callers that give none of them. Before IR 4 every initializer has
 * to be an input, so nothing changes.
 */
export function freeze(): Transform {
  return (document) => {
    const { graph } = document;
    if (document.irVersion < 4) return;
    graph.inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  };
}
