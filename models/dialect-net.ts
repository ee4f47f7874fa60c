import { DataType, type Document, Tensor } from '../src/core/index.js';
import { DIALECTS, LENGTH, LETTERS, writeText } from './dialects.js';
import { type Edge, int, ints, Network } from './network.js';
import type { Recipe } from './recipe.js';

const SEED = 20261221;
const WIDTH = 48;
const HEADS = 4;
const BLOCKS = 2;

/**
 * Which invented dialect is a smudged text in? Letters and places are embedded, then two blocks of attention and a layer
 * for every letter (Vaswani et al. 2017, arXiv 1706.03762, with normalization before each part), the mean, a dense layer.
 */
export const DIALECT_NET: Recipe = {
  name: 'dialects',
  seeds: { training: SEED, test: SEED + 1 },
  classes: DIALECTS,
  sampleShape: [1, 1, LENGTH],
  trainingCount: 100_000,
  testCount: 2000,
  training: {
    epochs: 5,
    batch: 64,
    learningRate: 0.004,
    optimizer: { kind: 'adam', weightDecay: 0.01 },
    schedule: { kind: 'cosine', warmup: 200 },
    clip: 1,
    validation: 0.02,
    seed: SEED,
  },
  preprocess: { kind: 'tokens' },
  draw: writeText,
  build,
};

function build(): Document {
  const net = new Network('dialects');
  const tokens = net.input('tokens', [LENGTH], DataType.INT32);
  const places = net.integers('place.numbers', [...Array(LENGTH).keys()]);
  const letter = net.embedding('letter', tokens, LETTERS, WIDTH, LENGTH);
  let x = net.add('embedding', letter, net.embedding('place', places, LENGTH, WIDTH, LENGTH));
  for (let i = 1; i <= BLOCKS; i++) x = feedForward(net, `block${i}.mlp`, attend(net, `block${i}.attention`, x));
  x = net.layerNorm('normal', x);
  x = net.call('mean', 'ReduceMean', [x.name], [WIDTH], { axes: ints(1), keepdims: int(0) });
  return net.output(net.dense('output', x, DIALECTS));
}

/** x + attention among all places: softmax(q kᵀ / √d) v for every head. */
function attend(net: Network, name: string, x: Edge): Edge {
  const size = WIDTH / HEADS;
  const all = net.linear(`${name}.qkv`, net.layerNorm(`${name}.normal`, x), 3 * WIDTH);
  const apart = net.integers(`${name}.apart`, [0, LENGTH, 3, HEADS, size]);
  const shaped = net.call(`${name}.parts`, 'Reshape', [all.name, apart], [LENGTH, 3, HEADS, size]);
  const part = (which: string, index: number, perm: readonly number[], dims: readonly number[]) => {
    const number = new Tensor(
      `${name}.${which}.number`,
      DataType.INT64,
      [],
      new Uint8Array([index, 0, 0, 0, 0, 0, 0, 0]),
    );
    const taken = net.call(`${name}.${which}.rows`, 'Gather', [shaped.name, net.constant(number)], [], {
      axis: int(2),
    });
    return net.call(`${name}.${which}`, 'Transpose', [taken.name], dims, { perm: ints(...perm) });
  };
  const [byHead, keys] = [
    [HEADS, LENGTH, size],
    [HEADS, size, LENGTH],
  ];
  const q = part('q', 0, [0, 2, 1, 3], byHead);
  const k = part('k', 1, [0, 2, 3, 1], keys);
  const v = part('v', 2, [0, 2, 1, 3], byHead);
  const square = [HEADS, LENGTH, LENGTH];
  const scale = net.constant(Tensor.fromFloat32(`${name}.scale`, [], Float32Array.of(1 / Math.sqrt(size))));
  const products = net.call(`${name}.products`, 'MatMul', [q.name, k.name], square);
  const scores = net.call(`${name}.scores`, 'Mul', [products.name, scale], square);
  const shares = net.call(`${name}.shares`, 'Softmax', [scores.name], square, { axis: int(-1) });
  const mixed = net.call(`${name}.mixed`, 'MatMul', [shares.name, v.name], byHead);
  const side = net.call(`${name}.side`, 'Transpose', [mixed.name], [LENGTH, HEADS, size], { perm: ints(0, 2, 1, 3) });
  const together = net.integers(`${name}.together`, [0, LENGTH, WIDTH]);
  const joined = net.call(`${name}.joined`, 'Reshape', [side.name, together], [LENGTH, WIDTH]);
  return net.add(`${name}.sum`, x, net.linear(`${name}.output`, joined, WIDTH));
}

/** x + two layers for every place, twice as wide in between. */
function feedForward(net: Network, name: string, x: Edge): Edge {
  const hidden = net.linear(`${name}.hidden`, net.layerNorm(`${name}.normal`, x), 2 * WIDTH);
  return net.add(`${name}.sum`, x, net.linear(`${name}.output`, net.relu(`${name}.relu`, hidden), WIDTH));
}
