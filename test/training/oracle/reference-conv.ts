import type { Node } from '../../../src/core/index.js';
import { numbers, text } from './attributes.js';
import { type DoubleArray, indexAt, positionsOf, sizeOf, zeros } from './double-array.js';
import type { Reference } from './reference.js';

/** Where a window of a Conv, a ConvTranspose or a pool begins and how it steps, by the ONNX specification. */
export function geometry(node: Node, kernel: readonly number[], input: readonly number[]) {
  const ones = kernel.map(() => 1);
  const strides = numbers(node, 'strides', ones);
  const dilations = numbers(node, 'dilations', ones);
  const span = kernel.map((size, axis) => (size - 1) * dilations[axis] + 1);
  let pads = numbers(node, 'pads', [...ones, ...ones].fill(0));
  const auto = text(node, 'auto_pad', 'NOTSET');
  if (auto.startsWith('SAME')) {
    const total = kernel.map((_, axis) =>
      Math.max(0, (Math.ceil(input[axis] / strides[axis]) - 1) * strides[axis] + span[axis] - input[axis]),
    );
    const small = total.map((pad) => Math.floor(pad / 2));
    const rest = total.map((pad, axis) => pad - small[axis]);
    pads = auto === 'SAME_UPPER' ? [...small, ...rest] : [...rest, ...small];
  }
  const begin = pads.slice(0, kernel.length);
  const end = pads.slice(kernel.length);
  return { strides, dilations, span, begin, end };
}

/** y[n, m, o] = b[m] + Σ_c Σ_t x[n, c, o · stride + t · dilation − pad] w[m, c, t]: the definition, loop by loop. */
export const conv: Reference = (node, [x, w, b]) => {
  const [kernel, large] = [w.dims.slice(2), x.dims.slice(2)];
  const { strides, dilations, span, begin, end } = geometry(node, kernel, large);
  const groups = numbers(node, 'group', [1])[0];
  const space = kernel.map((_, a) => Math.floor((large[a] + begin[a] + end[a] - span[a]) / strides[a]) + 1);
  const y = zeros([x.dims[0], w.dims[0], ...space]);
  const [places, taps, columns] = [sizeOf(large), sizeOf(kernel), w.dims[1]];
  // Where each place sees each tap; −1 in the padding.
  const seen = Int32Array.from(
    Array.from(positionsOf([...space, ...kernel]), (position) => {
      const [out, tap] = [position.slice(0, space.length), position.slice(space.length)];
      return indexAt(
        large,
        out.map((o, a) => o * strides[a] + tap[a] * dilations[a] - begin[a]),
      );
    }),
  );
  let i = 0;
  for (let n = 0; n < x.dims[0]; n++) {
    for (let m = 0; m < w.dims[0]; m++) {
      const first = n * x.dims[1] + Math.floor(m / (w.dims[0] / groups)) * columns;
      for (let place = 0; place < sizeOf(space); place++) {
        let sum = b ? b.data[m] : 0;
        for (let t = 0; t < taps; t++) {
          const at = seen[place * taps + t];
          if (at < 0) continue;
          for (let c = 0; c < columns; c++)
            sum += x.data[(first + c) * places + at] * w.data[(m * columns + c) * taps + t];
        }
        y.data[i++] = sum;
      }
    }
  }
  return [y];
};

/** Every input number adds its multiple of the kernel to the output, some of which is then cut off. */
export const convTranspose: Reference = (node, [x, w, b]) => {
  const kernel = w.dims.slice(2);
  const { strides, dilations, span, begin, end } = geometry(node, kernel, x.dims.slice(2));
  const extra = numbers(
    node,
    'output_padding',
    kernel.map(() => 0),
  );
  const groups = numbers(node, 'group', [1])[0];
  const full = kernel.map((_, a) => (x.dims[a + 2] - 1) * strides[a] + extra[a] + span[a]);
  const same = text(node, 'auto_pad', 'NOTSET').startsWith('SAME');
  const wanted = same ? kernel.map((_, a) => x.dims[a + 2] * strides[a]) : numbers(node, 'output_shape', []);
  const space = wanted.length > 0 ? wanted.slice(-kernel.length) : full.map((size, a) => size - begin[a] - end[a]);
  if (wanted.length > 0) {
    const upper = text(node, 'auto_pad', 'NOTSET') === 'SAME_UPPER';
    space.forEach((size, a) => {
      const total = Math.max(0, full[a] - size);
      begin[a] = upper ? Math.floor(total / 2) : Math.ceil(total / 2);
    });
  }
  const y = zeros([x.dims[0], w.dims[1] * groups, ...space]);
  const perGroup = w.dims[0] / groups;
  let i = 0;
  for (const [n, c, ...at] of positionsOf(x.dims)) {
    const value = x.data[i++];
    for (const [m, ...tap] of positionsOf(w.dims.slice(1))) {
      const channel = Math.floor(c / perGroup) * w.dims[1] + m;
      const out = at.map((place, a) => place * strides[a] + tap[a] * dilations[a] - begin[a]);
      const index = indexAt(y.dims, [n, channel, ...out]);
      if (index >= 0) y.data[index] += value * w.data[indexAt(w.dims, [c, m, ...tap])];
    }
  }
  if (b) addChannels(y, b);
  return [y];
};

function addChannels(y: DoubleArray, b: DoubleArray): void {
  const places = sizeOf(y.dims.slice(2));
  for (let i = 0; i < y.data.length; i++) y.data[i] += b.data[Math.floor(i / places) % y.dims[1]];
}

/** The mean of what a window sees; padding counts as zeros with count_include_pad, else not at all. */
export const averagePool: Reference = (node, [x]) => {
  const kernel = numbers(node, 'kernel_shape', []);
  const { strides, dilations, span, begin, end } = geometry(node, kernel, x.dims.slice(2));
  const withPads = numbers(node, 'count_include_pad', [0])[0] === 1;
  const ceil = numbers(node, 'ceil_mode', [0])[0] === 1;
  const space = kernel.map((_, a) => {
    const steps = (x.dims[a + 2] + begin[a] + end[a] - span[a]) / strides[a];
    const size = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window may not begin beyond the input and its padding before.
    return ceil && (size - 1) * strides[a] >= x.dims[a + 2] + begin[a] ? size - 1 : size;
  });
  const y = zeros([x.dims[0], x.dims[1], ...space]);
  let i = 0;
  for (const [n, c, ...out] of positionsOf(y.dims)) {
    let sum = 0;
    let count = 0;
    for (const tap of positionsOf(kernel)) {
      const at = out.map((o, a) => o * strides[a] + tap[a] * dilations[a] - begin[a]);
      const index = indexAt(x.dims, [n, c, ...at]);
      if (index >= 0) sum += x.data[index];
      const padded = at.every((place, a) => place < x.dims[a + 2] + end[a]);
      if (index >= 0 || (withPads && padded)) count++;
    }
    y.data[i++] = sum / count;
  }
  return [y];
};

export const globalAveragePool: Reference = (_, [x]) => {
  const places = sizeOf(x.dims.slice(2));
  const y = zeros([x.dims[0], x.dims[1], ...x.dims.slice(2).map(() => 1)]);
  for (let i = 0; i < x.data.length; i++) y.data[Math.floor(i / places)] += x.data[i] / places;
  return [y];
};

export const globalMaxPool: Reference = (_, [x]) => {
  const places = sizeOf(x.dims.slice(2));
  const y = zeros([x.dims[0], x.dims[1], ...x.dims.slice(2).map(() => 1)]);
  y.data.fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < x.data.length; i++) {
    const at = Math.floor(i / places);
    y.data[at] = Math.max(y.data[at], x.data[i]);
  }
  return [y];
};
