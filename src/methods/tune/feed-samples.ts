import { WringError } from '../../core/index.js';
import type { Dataset } from '../../data/dataset.js';
import type { Feed } from '../../posterior/index.js';

/**
 * The rows of feeds as samples without labels.
 *
 * @throws {WringError} E_UNSUPPORTED when feeds have several inputs
 */
export function samplesOf(feeds: readonly Feed[]): Dataset {
  const tensors = feeds.map((feed) => {
    const [[name, tensor] = [], ...others] = Object.entries(feed);
    if (!tensor || others.length > 0) {
      throw new WringError('E_UNSUPPORTED', `Expected one input to learn from, but there are ${others.length + 1}`);
    }
    return { name, tensor, rows: tensor.dims[0] };
  });
  const places = tensors.flatMap(({ tensor, rows }) => Array.from({ length: rows }, (_, row) => ({ tensor, row })));
  return {
    name: 'samples',
    length: places.length,
    labels: null,
    batch: (start, count) => {
      const { dataType, dims, data } = tensors[0].tensor;
      const size = data.length / dims[0];
      const Class = data.constructor as new (length: number) => typeof data;
      const rows = new Class(count * size);
      for (let i = 0; i < count; i++) {
        const { tensor, row } = places[start + i];
        rows.set(tensor.data.subarray(row * size, (row + 1) * size) as never, i * size);
      }
      return { dataType, dims: [count, ...dims.slice(1)], data: rows };
    },
  };
}
