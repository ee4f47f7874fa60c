import { int, text } from '../autodiff/graph-writer.js';
import { reshape, reshapeLike, shapeOf } from './arrange.js';
import type { Call } from './rule.js';

/** Adds dY at the positions in input 0 that its numbers were read from, as `read` tells from an array of all positions. */
export function scatterRead(call: Call, read: (positions: string) => string): string {
  const { write, shapes, dy } = call;
  const [x] = call.inputs;
  const count = write.emit('Size', [x]);
  const line = write.emit('Range', [write.int(0), count, write.int(1)]);
  const positions = read(write.emit('Reshape', [line, shapeOf(write, shapes, x)]));
  const zeros = write.emit('Expand', [write.scalar(0), reshape(write, count, [1])]);
  const sum = write.emit('ScatterElements', [zeros, reshape(write, positions, [-1]), reshape(write, dy, [-1])], {
    axis: int(0),
    reduction: text('add'),
  });
  return reshapeLike(write, shapes, sum, x);
}
