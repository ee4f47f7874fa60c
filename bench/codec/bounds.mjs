// What the levels themselves say about their size, and what a file's head takes.
import { fillClasses, shapeOf } from '../../dist/codec/class-map.js';
import { readHead } from '../../dist/codec/head.js';
import { MemorySource } from '../../dist/core/index.js';

/** Order-0 entropy of the numbers of all arrays together, in bits each. */
export function entropy(arrays) {
  const counts = new Map();
  for (const array of arrays) count(counts, array);
  return costs(counts) / arrays.reduce((sum, { length }) => sum + length, 0);
}

/** The same when each class of the file is counted apart, in bits a weight. */
export function classEntropy(layers, wrg, kernels) {
  const { directory, sets, details } = readHead(new MemorySource(wrg), kernels);
  const counts = new Map();
  let weights = 0;
  directory.holes.forEach((hole, index) => {
    const { dims, codes } = layers[index];
    weights += codes.length;
    // A hole that is not coded has its bytes in the file as they are.
    const classes = new Uint8Array(codes.length);
    const detail = details[index];
    if (detail && 'scales' in detail && 'set' in hole)
      fillClasses(detail.map, shapeOf(dims), sets[hole.set].set.classes, 0, classes);
    codes.forEach((code, i) => {
      const own = counts.get(classes[i]) ?? new Map();
      counts.set(classes[i], own.set(code, (own.get(code) ?? 0) + 1));
    });
  });
  return [...counts.values()].reduce((sum, own) => sum + costs(own), 0) / weights;
}

function count(counts, array) {
  for (const value of array) counts.set(value, (counts.get(value) ?? 0) + 1);
}

/** Bits of all that was counted, at ideal lengths. */
function costs(counts) {
  let total = 0;
  for (const n of counts.values()) total += n;
  let bits = 0;
  for (const n of counts.values()) bits -= n * Math.log2(n / total);
  return bits;
}
