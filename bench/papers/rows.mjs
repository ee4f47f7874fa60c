// What npm run bench:papers measures: a model, options of `wring compress`, and what the row is called.
const CIFAR = ['--pad', '4', '--flip'];
const MNIST = ['--pad', '1'];

const MODELS = {
  lenet5: { model: 'lenet5-caffe-mnist', data: 'mnist', moves: MNIST, epochs: 5 },
  resnet20: { model: 'resnet20-cifar10-bn', data: 'cifar10', moves: CIFAR, epochs: 5 },
  resnet56: { model: 'resnet56-cifar10-bn', data: 'cifar10', moves: CIFAR, epochs: 3 },
};

/** Bits a weight, epochs where they are not the model's, and images that are mixed. */
const RATES = {
  lenet5: [[1], [0.6], [0.4]],
  resnet20: [[1.62, 2], [1.62], [1.62, 30], [1.62, 40, 'mixed'], [2]],
  resnet56: [[1.2]],
};

/** Qualities of `path` with values that layers share: 52 is the finest that takes at most three bits a weight. */
const SHARED = { resnet20: [52, 60] };

/** Qualities of `path`, where bench:ptq has no rows to hold training against. */
const FED = { lenet5: [45] };

/** By what the original says: the labels of samples that it was trained on teach it nothing. */
const DISTILLED = ['--loss', 'distillation'];

/** Other σ, and what σ becomes once a weight is fixed; normalization left as it is, or sharing values, too. */
const JOINS = ['mean-sigma', 'half', 'tenth', 'retrain'];
const MORE = {
  lenet5: [
    ['δ 1, b 7, σ times 4', ['--delta', '1', '--sigma-scale', '4']],
    ...JOINS.map((join) => [`δ 4, b 7, σ ${join}`, ['--delta', '4', '--sigma-join', join]]),
  ],
  resnet20: [
    ['δ 1, b 7, σ times 4', ['--delta', '1', '--sigma-scale', '4']],
    ['δ 16, b 5, norms trained', ['--delta', '16', '--bits', '5', '--no-fuse']],
    ['δ 16, b 5, norms shared', ['--delta', '16', '--bits', '5', '--no-fuse', '--share-norms']],
    ['δ 14, b 5, norms shared, 8 epochs', ['--delta', '14', '--bits', '5', '--no-fuse', '--share-norms'], 8],
  ],
  resnet56: [['δ 16, b 5, norms shared', ['--delta', '16', '--bits', '5', '--no-fuse', '--share-norms']]],
};

export const ROWS = Object.entries(MODELS).flatMap(([name, { model, data, moves, epochs }]) => {
  const row = (method, setting, kind, ...argv) => ({
    id: `${name}-${method}-${kind}-${setting.match(/[\d.]+|mixed|(?<=(σ|norms) )[a-z-]+/g).join('-')}`,
    model,
    data,
    method,
    setting,
    kind,
    argv: ['--method', method, '--seed', '1', '--samples', '256', ...argv],
  });
  const trainedFor = (length, method, setting, kind, ...argv) =>
    row(method, setting, kind, '--epochs', String(length), ...moves, ...argv);
  // Normalization is folded in, where a row does not say otherwise.
  const trained = (method, setting, kind, ...argv) => trainedFor(epochs, method, setting, kind, '--fuse', ...argv);
  const deltas = { wfn: [0.0075, 0.03], pwfn: [2, 8] };
  const plain = Object.entries(deltas).flatMap(([method, values]) =>
    values.map((delta) => row(method, `δ ${delta}`, 'chosen', '--epochs', '0', '--delta', String(delta))),
  );
  const fixed = [
    trained('wfn', 'δ 0.0075', 'trained', '--delta', '0.0075', ...DISTILLED),
    trained('wfn', 'δ 0.03', 'trained', '--delta', '0.03', ...DISTILLED),
    trained('pwfn', 'δ 4, b 7', 'trained', '--delta', '4', ...DISTILLED),
    trained('pwfn', 'δ 12, b 6', 'trained', '--delta', '12', '--bits', '6', ...DISTILLED),
  ];
  // As the papers do it; a look at ResNet-56 would take an hour.
  const labelled = [
    trained('wfn', 'δ 0.0075', 'released', '--delta', '0.0075', '--loss', 'cross-entropy', '--as-released'),
    trained('pwfn', 'δ 1, b 7', 'labels', '--delta', '1', '--loss', 'cross-entropy'),
    trained('pwfn', 'δ 1, b 7', 'released', '--delta', '1', '--loss', 'cross-entropy', '--as-released'),
  ];
  const more = MORE[name].map(([setting, argv, length = epochs]) => {
    const fuse = argv.includes('--no-fuse') ? [] : ['--fuse'];
    return trainedFor(length, 'pwfn', setting, 'trained', ...fuse, ...argv, ...DISTILLED);
  });
  const rated = RATES[name].map(([entropy, length = epochs, images = '']) => {
    const setting = `${entropy} bits, ${length} epochs${images && `, ${images}`}`;
    return trainedFor(length, 'pwfn', setting, 'rate', '--entropy', String(entropy), ...(images ? ['--mix', '1'] : []));
  });
  const fed = (kind, quality, ...more) => ({
    ...row('path', `quality ${quality}, 1024 samples`, kind),
    argv: ['--method', 'path', '--seed', '1', '--samples', '1024', '--quality', String(quality), ...more],
    calibrates: true,
  });
  const shared = (SHARED[name] ?? []).map((quality) => fed('fed', quality, '--shared-values'));
  const free = (FED[name] ?? []).map((quality) => fed('free', quality));
  return [...rated, ...fixed, ...(name === 'resnet56' ? [] : labelled), ...more, ...plain, ...shared, ...free];
});
