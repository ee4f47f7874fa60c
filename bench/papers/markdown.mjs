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

Values and entropy (order 0, bits) are those of all weights and biases, first and last layer in, zeros in, batch
normalization fused into them; _of weights_: without biases, which have far more values. Bytes are those of the whole .wrg file, ratio against the whole ONNX file. _chosen_: rounds without
training. _trained_: with training between rounds, by what the original says (no labels); _labels_: by labels; _released_: with the
defects of the published code. _rate_: levels trained under a rate term, down to so many bits a weight, without labels. _fed_: no training,
unlabelled samples, error feedback to values that layers share (\`path --shared-values\`). With these two every tensor
has a step of its own (2^k; under a rate term also 1.5 · 2^k), and biases are rounded to about eight bits, so values are many and bytes are few.

![Points lost against times smaller](papers.svg)

${models.map((model) => section(rows.filter((row) => row.model === model))).join('\n\n')}

## What the authors report

WFN: the README of its code; PWFN: the abstract (296 values for 5 million weights). Other networks and another data set: no row
stands against ours. Their entropies leave out zeros and the downsampling layers, and batch normalization shares values in WFN; their
bytes are not reported.

| network | setting | top-1 (%) | values | entropy, no zeros |
|---|---|--:|--:|--:|
${PAPERS.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
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
