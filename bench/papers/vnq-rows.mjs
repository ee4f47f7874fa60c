// VNQ: what npm run bench:papers -- vnq measures. The schedule of the paper is 195 epochs, 15 of them warm-up: 6,300 steps. A short
// one warms up for as many steps as it can.
const CIFAR = ['--pad', '4', '--flip'];
const MNIST = ['--pad', '1'];

/** What the authors report: error and zeros in %, on MNIST as published, and as submitted. */
const PAPER = {
  pretrained: { error: 0.73, zeros: 71.7, submitted: { error: 0.83, zeros: 75.5 } },
  scratch: { error: 0.73, zeros: 82.3, submitted: null },
};

function row(id, model, data, setting, paper, ...argv) {
  const common = ['--method', 'vnq', '--seed', '1', '--samples', '256', '--batch', '128', '--loss', 'cross-entropy'];
  return { id, model, data, method: 'vnq', setting, kind: 'vnq', paper, argv: [...common, ...argv] };
}

function lenet5(epochs, warmup, kind, more = []) {
  const argv = ['--epochs', String(epochs), '--warmup', String(warmup), ...MNIST, ...more];
  const begun = kind === 'scratch' ? 'from random weights' : 'from trained weights';
  const setting = [begun, ...more].join(' ').replaceAll(' --', ', ');
  const drawn = kind === 'scratch' ? ['--from-scratch'] : [];
  const id = ['lenet5-vnq', kind, epochs, ...more.map((word) => word.replace('--', ''))].join('-');
  return row(id, 'lenet5-caffe-mnist', 'mnist', setting, PAPER[kind], ...argv, ...drawn);
}

function resnet20(epochs, kind) {
  const argv = ['--epochs', String(epochs), ...CIFAR];
  const setting = kind === 'first' ? 'first layer kept' : 'all layers';
  const more = kind === 'first' ? ['--ignore', 'conv1.weight'] : [];
  return row(`resnet20-vnq-${kind}-${epochs}`, 'resnet20-cifar10-bn', 'cifar10', setting, null, ...argv, ...more);
}

/** From the weights of bench:trained, which began with random ones and kept the same tenth of the data back. */
function grownLenet5(epochs, warmup) {
  const argv = ['--epochs', String(epochs), '--warmup', String(warmup), ...MNIST, '--start-scale', '0.2'];
  const setting = 'from random weights, trained for 10 epochs first, start-scale 0.2';
  const plan = row(`lenet5-vnq-grown-${epochs}`, 'lenet5-caffe-mnist', 'mnist', setting, PAPER.scratch, ...argv);
  return { ...plan, pretraining: 'LeNet-5 from scratch' };
}

export const VNQ_ROWS = [
  lenet5(20, 10, 'pretrained'),
  // log σ² has some way to go, in a seventieth of the paper's steps.
  lenet5(6, 3, 'scratch', ['--rate', '0.003']),
  // The levels that the prior's form is written down for.
  lenet5(20, 10, 'scratch', ['--start-scale', '0.2']),
  resnet20(10, 'all'),
  resnet20(10, 'first'),
  lenet5(195, 15, 'pretrained'),
  // At a tenth of the rate the sum of all steps is that of twenty epochs.
  lenet5(195, 15, 'pretrained', ['--rate', '0.0001']),
  lenet5(195, 15, 'scratch', ['--start-scale', '0.2']),
  grownLenet5(20, 10),
  grownLenet5(40, 10),
];
