import type { ByteSource, Tensor } from '../core/index.js';

/** A range of a written file: literal bytes (`tensor` is null), or the payload of one tensor in `raw_data` layout. */
export interface Segment {
  readonly source: ByteSource;
  readonly tensor: Tensor | null;
}
