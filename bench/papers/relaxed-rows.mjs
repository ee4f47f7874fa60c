// RQ and SRQ: what npm run bench:papers -- rq (or srq) measures.
const LENET = {
  name: 'lenet5',
  model: 'lenet-5-64',
  pretraining: 'LeNet-5-64 from scratch',
  data: 'mnist',
  argv: ['--pad', '1', '--epochs', '8'],
  scratchEpochs: '18',
};
const RESNET = {
  name: 'resnet8',
  model: 'resnet-8',
  pretraining: 'ResNet-8 from scratch',
  data: 'cifar10',
  argv: ['--pad', '4', '--flip', '--no-fuse', '--epochs', '10'],
  scratchEpochs: '30',
};

/** Beside the other methods: weights alone, by what the original says. */
const RESNET20 = {
  name: 'resnet20',
  model: 'resnet20-cifar10-bn',
  data: 'cifar10',
  argv: ['--pad', '4', '--flip', '--no-fuse', '--epochs', '5', '--loss', 'distillation'],
};

/** Errors in % that the authors report for LeNet-5, by method and bits. */
const PAPER = {
  'rq 8/8': 0.56,
  'rq 4/4': 0.61,
  'rq 2/2': 0.63,
  'soft 8/8': 0.55,
  'soft 4/4': 0.58,
  'soft 2/2': 0.76,
  'srq 3/3': 0.67,
  'drop 3/3': 0.63,
};

function row({ name, model, pretraining = null, data, argv }, kind, setting, ...more) {
  const method = kind === 'rq' || kind === 'soft' ? 'rq' : 'srq';
  const id = [name, ...new Set([method, kind]), ...setting.split(/[^a-z0-9.]+/)].join('-');
  const paper = name === 'lenet5' ? (PAPER[`${kind} ${setting}`] ?? null) : null;
  const common = ['--method', method, '--seed', '1', '--samples', '256', '--loss', 'cross-entropy'];
  return { id, model, pretraining, data, method, setting, kind, paper, argv: [...common, ...argv, ...more] };
}

function fixed(network, kind, bits, activationBits = bits) {
  const more = { drop: ['--drop-bits'], soft: ['--soft'] }[kind] ?? [];
  const argv = ['--bits', String(bits), '--activation-bits', String(activationBits), ...more];
  return row(network, kind, `${bits}/${activationBits}`, ...argv);
}

/** Widths are learned from `bits` down, at a price. */
function learned(network, bits, widths, price, priceOf) {
  const argv = ['--bits', String(bits), '--activation-bits', '4', '--widths', widths, '--width-price', String(price)];
  const setting = `${widths} ${priceOf} ${price}`;
  return row(network, 'learned', setting, ...argv, '--price-of', priceOf);
}

/** The lottery ticket: the widths that were learned, with random weights, and as many epochs as both trainings had. */
function ticket(network, learnedRow) {
  const plan = row(network, 'ticket', `of ${learnedRow.setting}`, '--activation-bits', '4', '--from-scratch');
  const argvAfter = ({ widths }) => [
    ...plan.argv.map((word, i) => (plan.argv[i - 1] === '--epochs' ? network.scratchEpochs : word)),
    // Of two bits that were learned, −1, 0 and 1 are left.
    ...Object.entries(widths).flatMap(([name, bits]) => ['--tensor-bits', `${name}=${bits === 2 ? 'ternary' : bits}`]),
  ];
  return { ...plan, after: learnedRow.id, argvAfter };
}

const NETWORKS = [LENET, RESNET].flatMap((network) => {
  const byMasks = learned(network, 6, 'tensor', 0.003, 'masks');
  const others = [2, 4, 8].flatMap((bits) => ['srq', 'rq'].map((kind) => fixed(network, kind, bits)));
  return [
    ...['srq', 'drop'].map((kind) => fixed(network, kind, 3)),
    byMasks,
    fixed(network, 'rq', 3),
    ticket(network, byMasks),
    ...others,
    learned(network, 6, 'tensor', 0.001, 'masks'),
    learned(network, 6, 'tensor', 0.003, 'coder'),
    learned(network, 6, 'channel', 0.003, 'coder'),
    ...[4, 2].map((bits) => fixed(network, 'soft', bits)),
    // Beside learned widths, whose activations have four bits.
    ...[2, 3].map((bits) => fixed(network, 'srq', bits, 4)),
  ];
});

export const RELAXED_ROWS = [
  ...NETWORKS,
  ...[3, 4].map((bits) => row(RESNET20, 'srq', `${bits}/32`, '--bits', String(bits))),
];
