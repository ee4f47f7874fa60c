// The rows of VNQ as text.
import { machinesOf, timeOf } from '../machine.mjs';

export function vnqMarkdown({ made, onnxruntime, rows }) {
  const models = [...new Set(rows.map(({ model }) => model))];
  return `# VNQ

\`${made} -- vnq\`, ${machinesOf(rows)}, onnxruntime-node ${onnxruntime}. One thread unless it says otherwise, on a machine that other work
shared, so times are upper bounds. Error on all test images, looked at once a row; settings are those of the paper, but for
what a row names. \`--rate 0.0001\` was taken because zeros are lost at the paper's rate, as training shows without any test; a tenth of the
training data was kept back, but the trained weights have seen it, so it chose nothing. CIFAR-10 has 20,000 training images here, of 50,000, and the networks come with weights that have seen all of
them.

Every layer has the levels −a, 0 and a, with a learned for each; biases and batch normalization are no part of it, nor of the zeros and
bits (entropy of order 0, all layers together) below. Nothing is trained after rounding. Bytes are those of the whole .wrg file, ratio against
the whole ONNX file.

${models.map((model) => section(rows.filter((row) => row.model === model))).join('\n\n')}

![Weights over the training](papers-vnq.svg)

Weights of each layer over the training, in units of its level a: every line a histogram, from the first epoch (top) to the last.

## What the authors report

| network | error before (%) | error (%) | zeros (%) |
|---|--:|--:|--:|
| LeNet-5, MNIST, as published | 0.8 | 0.73 | 71.7 |
| LeNet-5, MNIST, as submitted | 0.8 | 0.83 | 75.5 |
| LeNet-5, MNIST, from random weights (from memory, not checked) |  | 0.73 | 82.3 |
| DenseNet, CIFAR-10, all layers, as published | 6.81 | 8.83 | 54 |
| DenseNet, CIFAR-10, first layer kept, as published (from memory, not checked) | 6.81 | 8.78 | 54 |
`;
}

function section(rows) {
  const [{ model, bytes, before, count }] = rows;
  const lines = rows.map((row) => {
    const { error, zeros } = row.paper ?? {};
    const cells = [
      row.before === before ? row.setting : `${row.setting}: ${(100 - row.before).toFixed(2)} %`,
      row.epochs.length,
      (100 - row.after).toFixed(2),
      error?.toFixed(2) ?? '',
      (100 * row.figures.zeros).toFixed(1),
      zeros?.toFixed(1) ?? '',
      row.figures.values,
      row.figures.bits.toFixed(2),
      (row.wrgBytes / 1000).toFixed(1),
      `${(bytes / row.wrgBytes).toFixed(1)}x`,
      timeOf(row),
      `${row.commit}, ${row.date}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `## ${model}

${(bytes / 1000).toFixed(1)} kB, error ${(100 - before).toFixed(2)} %, n = ${count}

| weights | epochs | error (%) | paper | zeros (%) | paper | values | bits | .wrg kB | ratio | s | commit |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
${lines.join('\n')}`;
}
