import type { Document } from '../src/core/index.js';
import { type Edge, Network } from './network.js';

export { modelBytes as networkBytes } from '../src/onnx/index.js';

const CLASSES = 10;

/** What `bench:trained` trains from random weights, and `bench:training` measures, by name; the first input is an image. */
export const PAPER_NETWORKS: Readonly<Record<string, () => Document>> = {
  'lenet-300-100': lenet300,
  'lenet-5-6': lenet5Of1998,
  'lenet-5-64': lenet5,
  'resnet-8': resnet8,
  'vgg-7': vgg7,
};

/** 784-300-100-10 with Relu. LeCun et al. 1998, section III.C.4; 266,610 parameters. */
function lenet300(): Document {
  const net = new Network('lenet-300-100');
  let x = net.flatten('pixels', net.input('image', [1, 28, 28]));
  for (const [i, width] of [300, 100].entries()) {
    x = net.relu(`dense${i + 1}.relu`, net.dense(`dense${i + 1}`, x, width));
  }
  return net.output(net.dense('output', x, CLASSES));
}

/**
 * 6C5-MP2-16C5-MP2-120FC-84FC-10FC, Relu in place of tanh, the first convolution padded: the LeNet-5 of LeCun et al. 1998, section II.B, as
 * it is mostly measured; 61,706 parameters.
 */
function lenet5Of1998(): Document {
  const net = new Network('lenet-5-6');
  let x = net.input('image', [1, 28, 28]);
  for (const [i, width] of [6, 16].entries()) {
    const name = `conv${i + 1}`;
    const conv = net.conv(name, x, width, { kernel: 5, padded: i === 0, bias: true });
    x = net.maxPool(`pool${i + 1}`, net.relu(`${name}.relu`, conv));
  }
  x = net.flatten('features', x);
  for (const [i, width] of [120, 84].entries()) {
    x = net.relu(`dense${i + 1}.relu`, net.dense(`dense${i + 1}`, x, width));
  }
  return net.output(net.dense('output', x, CLASSES));
}

/**
 * 32C5-MP2-64C5-MP2-512FC-softmax, convolutions without padding: the LeNet-5 of Louizos et al. 2019, arXiv 1810.01875, section
 * 4.1, as ternary networks had it before; 582,026 parameters.
 */
function lenet5(): Document {
  const net = new Network('lenet-5-64');
  let x = net.input('image', [1, 28, 28]);
  for (const [i, width] of [32, 64].entries()) {
    const name = `conv${i + 1}`;
    const conv = net.conv(name, x, width, { kernel: 5, padded: false, bias: true });
    x = net.maxPool(`pool${i + 1}`, net.relu(`${name}.relu`, conv));
  }
  x = net.relu('dense1.relu', net.dense('dense1', net.flatten('features', x), 512));
  return net.output(net.dense('output', x, CLASSES));
}

/**
 * The residual network for 32 × 32 images of He et al. 2016, arXiv 1512.03385, section 4.2, at n = 1: a convolution, three
 * stages of one block and 16, 32, 64 channels, average, dense. Where a block halves the image its shortcut is a 1 × 1
 * convolution (their option B).
 */
function resnet8(): Document {
  const net = new Network('resnet-8');
  let x = net.block('conv1', net.input('image', [3, 32, 32]), 16);
  for (const [i, width] of [16, 32, 64].entries()) x = residual(net, `stage${i + 1}`, x, width, i === 0 ? 1 : 2);
  return net.output(net.dense('output', net.flatten('features', net.globalAveragePool('average', x)), CLASSES));
}

function residual(net: Network, name: string, x: Edge, width: number, stride: number): Edge {
  const inner = net.block(`${name}.conv1`, x, width, { stride });
  const outer = net.batchNorm(`${name}.conv2.normal`, net.conv(`${name}.conv2`, inner, width));
  const shortcut =
    stride === 1
      ? x
      : net.batchNorm(`${name}.shortcut.normal`, net.conv(`${name}.shortcut`, x, width, { kernel: 1, stride }));
  return net.relu(`${name}.relu`, net.add(`${name}.sum`, outer, shortcut));
}

/**
 * Pairs of 3 × 3 convolutions, each pair before a pool, as Simonyan & Zisserman 2015, arXiv 1409.1556, have them, with batch
 * normalization: 24, 48 and 96 channels, then one dense layer.
 */
function vgg7(): Document {
  const net = new Network('vgg-7');
  let x = net.input('image', [3, 32, 32]);
  for (const [i, width] of [24, 48, 96].entries()) {
    for (const half of ['a', 'b']) x = net.block(`conv${i + 1}${half}`, x, width);
    x = net.maxPool(`pool${i + 1}`, x);
  }
  return net.output(net.dense('output', net.flatten('features', x), CLASSES));
}
