import { text } from './attributes.js';
import { type DoubleArray, doubleArray } from './double-array.js';
import type { Reference } from './reference.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** i, o, f = σ(x W + h R + b), g = tanh(…); c = f c + i g; h = o tanh c: number by number. X is [T, N, I]. */
export const lstm: Reference = (node, [x, w, r, b, , initialH, initialC]) => {
  const [length, batch, inputs] = x.dims;
  const [directions, , width] = r.dims;
  const way = text(node, 'direction', 'forward');
  const y = doubleArray([length, directions, batch, width], new Float64Array(length * directions * batch * width));
  const [lastH, lastC] = [0, 1].map(() =>
    doubleArray([directions, batch, width], new Float64Array(directions * batch * width)),
  );
  for (let d = 0; d < directions; d++) {
    const reverse = way === 'reverse' || d === 1;
    for (let n = 0; n < batch; n++) {
      let [h, c] = [initialH, initialC].map((state) => stateOf(state, d * batch + n, width));
      for (let step = 0; step < length; step++) {
        const t = reverse ? length - 1 - step : step;
        const gate = (row: number) => {
          let sum = b ? b.data[d * 8 * width + row] + b.data[d * 8 * width + 4 * width + row] : 0;
          for (let k = 0; k < inputs; k++) {
            sum += w.data[(d * 4 * width + row) * inputs + k] * x.data[(t * batch + n) * inputs + k];
          }
          for (let k = 0; k < width; k++) sum += r.data[(d * 4 * width + row) * width + k] * h[k];
          return sum;
        };
        const cells = h.map((_, j) => {
          const [i, o, f] = [0, 1, 2].map((block) => sigmoid(gate(block * width + j)));
          const next = f * c[j] + i * Math.tanh(gate(3 * width + j));
          return [next, o * Math.tanh(next)];
        });
        [c, h] = [0, 1].map((part) => cells.map((cell) => cell[part]));
        y.data.set(h, ((t * directions + d) * batch + n) * width);
      }
      lastH.data.set(h, (d * batch + n) * width);
      lastC.data.set(c, (d * batch + n) * width);
    }
  }
  const values = [y, lastH, lastC];
  return node.outputs.flatMap((name, i) => (name ? [values[i]] : []));
};

function stateOf(state: DoubleArray | undefined, row: number, width: number): number[] {
  return Array.from({ length: width }, (_, j) => state?.data[row * width + j] ?? 0);
}
