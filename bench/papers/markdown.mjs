// The rows of bench/papers.mjs as text.
import { machinesOf, timeOf } from '../machine.mjs';

const PAPERS = [
  ['WFN, ResNet-18, ImageNet', 'δ 0.0075', '70.3', '193', '4.15'],
  ['WFN, ResNet-18, ImageNet', 'δ 0.01', '69.7', '164', '3.01'],
  ['WFN, ResNet-18, ImageNet', 'δ 0.015', '67.3', '90', '2.72'],
  ['WFN, ResNet-34, ImageNet', 'δ 0.0075', '73.0', '233', '3.87'],
  ['WFN, ResNet-34, ImageNet', 'δ 0.01', '72.6', '164', '3.48'],
  ['WFN, ResNet-34, ImageNet', 'δ 0.015', '72.2', '117', '2.83'],
  ['WFN, ResNet-50, ImageNet', 'δ 0.0075', '76.0', '261', '4.11'],
  ['WFN, ResNet-50, ImageNet', 'δ 0.01', '75.4', '199', '4.00'],
  ['WFN, ResNet-50, ImageNet', 'δ 0.015', '75.1', '125', '3.55'],
  ['PWFN, DeiT-Tiny, ImageNet', '', '', '296', ''],
];

export function markdown({ made, onnxruntime, rows }) {
  const models = [...new Set(rows.map(({ model }) => model))];
  return `# WFN and PWFN

\`${made}\`, ${machinesOf(rows)}, onnxruntime-node ${onnxruntime}. One thread unless it says otherwise, on a machine that other work
shared, so times are upper bounds. Top-1 on all test images, looked at once a row; every choice was made on a tenth of the training data. The
models have seen those samples when they were trained (validation of the originals is above 99 %), so that tenth ranks settings and
tells no accuracy. CIFAR-10 has 20,000 training images here, of 50,000.

Values and entropy (order 0, bits) are those of all weights and biases, first and last layer in, zeros in; _of weights_: without biases, which
have far more values. Batch normalization is fused into them (\`--fuse\`) where the setting does not say otherwise: with _norms trained_ it stays apart and
float, with _norms shared_ its factors and shifts have values of the one codebook, too; both count among all values, statistics
do not. _σ times 4_: σ begins as four times the prior's; _σ half_ and the like: what σ of fixed weights becomes, in place of the deviation of those that share a value. Bytes are those of the whole .wrg file, ratio against the whole ONNX file. _chosen_: rounds without
training. _trained_: with training between rounds, by what the original says (no labels); _labels_: by labels; _released_: with the
defects of the published code. _rate_: levels trained under a rate term, down to so many bits a weight as the training counts them (see below),
without labels. _fed_: no training, unlabelled samples, error feedback to values that layers share (\`path --shared-values\`). With these two
every tensor has a step of its own (2^k; under a rate term also 1.5 · 2^k), and biases are rounded to about eight bits, so values are many
and bytes are few. _free_: the same feedback, with whatever values a tensor's step gives.

![Points lost against times smaller](papers.svg)

${models.map((model) => section(rows.filter((row) => row.model === model))).join('\n\n')}

## What bits under a rate term are

Training counts what its levels would cost an entropy coder with one table a tensor: a magnitude by how often the tensor has it, one bit more
for a sign. The mean of that over all weights is what is asked for, and files come near it. The tables above count all tensors together,
whose steps differ: a value is rare in one tensor and frequent in another, so their entropy of order 0 is higher. Where even the last count is
above what was asked for, levels were fixed by then, which the rate term no longer moves.

| model | setting | asked for | at the last count | of weights, order 0 |
|---|---|--:|--:|--:|
${models
  .flatMap((model) => rows.filter((row) => row.model === model && row.kind === 'rate'))
  .map(rateLine)
  .join('\n')}

## What the authors report

WFN: the README of its code; PWFN: the abstract (296 values for 5 million weights). No row stands against ours:

- Networks and data are others.
- Both have ten rounds, the first before any training (PWFN: after a twentieth of an epoch). Theirs have three epochs between two rounds, 27 in
  all; ours 5 epochs in all, 3 for ResNet-56, so about half an epoch between two rounds, or a third.
- WFN's δ is 0.0075 to 0.015, PWFN's 1 with b = 7. Ours go on to 0.03 and to 16 with b = 5, which gives fewer values.
- WFN here bounds single moves and sends small weights to 0 (see its README), but in _released_ rows, and in those of ResNet-56, which are older.
- Theirs are trained by labels, _trained_ rows by what the original says; only _labels_ and _released_ have labels.
- PWFN begins with a Bayesian network that was trained before, so its σ have been learned. Ours begin with the σ of the prior and
  learn them in those epochs.
- Their entropies leave out zeros and the downsampling layers; ours count both. Batch normalization shares values in WFN and stays float in
  PWFN; here it is fused into the layers but for rows that say so.
- Their bytes are not reported.

| network | setting | top-1 (%) | values | entropy, no zeros |
|---|---|--:|--:|--:|
${PAPERS.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}

function rateLine({ model, setting, command, epochs, weights }) {
  const cells = [
    model,
    setting,
    command.match(/--entropy (\S+)/)[1],
    epochs.at(-1).figures.rate.toFixed(2),
    weights.bits.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

function section(rows) {
  const [{ model, bytes, before, count }] = rows;
  const lines = [...rows]
    .sort((a, b) => a.wrgBytes - b.wrgBytes)
    .map((row) => {
      const change = row.after - before;
      const cells = [
        row.method,
        row.kind,
        row.setting,
        row.epochs.length || '',
        row.values,
        row.bits.toFixed(2),
        row.weights?.values ?? '',
        row.weights?.bits.toFixed(2) ?? '',
        (row.wrgBytes / 1000).toFixed(1),
        `${(bytes / row.wrgBytes).toFixed(2)}x`,
        row.after.toFixed(2),
        `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)}`,
        timeOf(row),
        Math.round(row.peakRssBytes / 1e6),
        `${row.commit}, ${row.date}`,
      ];
      return `| ${cells.join(' | ')} |`;
    });
  return `## ${model}

${(bytes / 1000).toFixed(1)} kB, top-1 ${before.toFixed(2)} %, n = ${count}

| method | kind | setting | epochs | values | bits | of weights: values | bits | .wrg kB | ratio | top-1 (%) | change | s | peak RSS MB | commit |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
${lines.join('\n')}`;
}
