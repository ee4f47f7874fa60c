// The rows of RQ and SRQ as text.
import { machinesOf, timeOf } from '../machine.mjs';

const KINDS = {
  srq: 'SRQ',
  drop: 'SRQ + DropBits',
  rq: 'RQ-ST',
  soft: 'RQ',
  learned: 'SRQ, learned widths',
  ticket: 'SRQ, those widths, from random weights',
};

export function relaxedMarkdown({ made, onnxruntime, rows }) {
  const models = [...new Set(rows.map(({ model }) => model))];
  return `# Relaxed quantization

\`${made} -- rq\` and \`-- srq\`, ${machinesOf(rows)}, onnxruntime-node ${onnxruntime}. One thread unless it says otherwise, on a machine that
other work shared, so times are upper bounds; of a training that was cut off, as that of SRQ 2/2, they are of its last part alone. Error on all test images, looked at once a row; settings were chosen on a tenth of the training
data, on which nothing was trained but the statistics of batch normalization, which are taken of all samples. Of ResNet-8's rows the column
_validation_ is of statistics as training had left them, while the result has new ones. _Learned widths_ begin at six bits, with activations
of four; rows with fixed widths have as many bits for both. The networks come from [models/paper-networks.ts](../../models/paper-networks.ts), their weights
from \`npm run bench:trained\`, which kept the same tenth back.

All layers have few bits, first and last among them: weights / what layers take in, but for the image. Biases are rounded to about eight bits.
Width is the mean of a weight; bits are the entropy of order 0 of all weights and biases together. Bytes are those of the whole .wrg file,
ratio against the whole ONNX file.

${models.map((model) => section(rows.filter((row) => row.model === model))).join('\n\n')}

Weights of each layer over the training, in steps: every line a histogram, from the first epoch (top) to the last.

![Weights over the training by SRQ](papers-relaxed-srq.svg)

![Weights over the training by RQ-ST](papers-relaxed-rq.svg)

![Weights over the training by SRQ with DropBits](papers-relaxed-drop.svg)

## What the authors report

Errors in % of LeNet-5 on MNIST; 0.64 with floats. RQ: Louizos et al. 2019, the version that was submitted. SRQ: Lee et al. 2021, 3 bits, from a
summary of theirs.

| | 8/8 | 4/4 | 3/3 | 2/2 |
|---|--:|--:|--:|--:|
| RQ | 0.55 | 0.58 |  | 0.76 |
| RQ-ST | 0.56 | 0.61 |  | 0.63 |
| SRQ |  |  | 0.67 |  |
| SRQ + DropBits |  |  | 0.63 |  |

On CIFAR-10 they have VGG-7 (128, 256, 512 channels; 6.95 with floats), which has some fifty times the multiplications of ResNet-8. No row of theirs stands
against ours.

| | 8/8 | 4/4 | 3/3 | 2/2 |
|---|--:|--:|--:|--:|
| RQ | 6.70 | 8.43 |  | 11.75 |
| RQ-ST | 6.72 | 7.96 |  | 9.08 |
| SRQ |  |  | 7.08 |  |
| SRQ + DropBits |  |  | 6.94 |  |
`;
}

function section(rows) {
  const [{ model, bytes, before, count }] = rows;
  const lines = rows.map((row) => {
    const cells = [
      KINDS[row.kind],
      row.setting,
      row.epochs.length,
      row.validation === null ? '' : (100 - row.validation).toFixed(2),
      (100 - row.after).toFixed(2),
      row.paper?.toFixed(2) ?? '',
      row.figures.width.toFixed(2),
      Object.values(row.widths).join(' '),
      row.bits.toFixed(2),
      (row.wrgBytes / 1000).toFixed(1),
      `${(bytes / row.wrgBytes).toFixed(1)}x`,
      timeOf(row),
      `${row.commit}, ${row.date}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `## ${model}

${(bytes / 1000).toFixed(1)} kB, error ${(100 - before).toFixed(2)} %, n = ${count}

| method | weights/activations | epochs | validation (%) | error (%) | paper | width | of each layer | bits | .wrg kB | ratio | s | commit |
|---|---|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|---|
${lines.join('\n')}`;
}
