/** The rows of bench/ptq.mjs as text: a table a model, in the order of size, with what is on the frontier in bold. */
export function markdown({ command, node, cpu, cores, onnxruntime, rows }) {
  const names = [...new Set(rows.map(({ model }) => model))];
  const parts = names.map((name) => section(rows.filter(({ model }) => model === name)));
  return `# Post-training quantization

\`${command}\`, Node ${node}, ${cpu}, ${cores} cores, onnxruntime-node ${onnxruntime}. No training, no labels. The
machine was shared with other work, so times are upper bounds; they include the posterior, which rows of the same
number of samples have in common. Peak memory is that of the whole process so far.

\`path\`: rate-aware path following, levels along a trellis by error and bits, behind the layers that are quantized already; \`path, tuned\`: that, then
steps and biases learned from the outputs of the original in about 100 steps. \`nearest\`: every weight to the nearest multiple of its tensor's step, no data. \`uniform\`: the default method, with samples in
place of synthetic inputs. \`gpfq\`: path following with all columns in view, at steps from the posterior; \`gpfq, greedy\`: column by column;
\`gpfq, paper\`: that, at the paper's alphabets.
\`multipoint\`: points of 2, 3 or 4 bits, as many as the quality allows; \`single point\` and \`multipoint, paper\`: of one width in
all layers, with a scale a channel, or one a tensor for first points. Quality is a limit to the error of the outputs, measured on the samples. Bytes are those of
the whole .wrg file. Bold: nothing smaller is as good.

${parts.join('\n\n')}
`;
}

function section(rows) {
  const [{ model, bytes, metric, before, count }] = rows;
  const sign = metric.startsWith('NLL') ? -1 : 1;
  const digits = sign < 0 ? 4 : 2;
  const sorted = [...rows].sort((a, b) => a.wrgBytes - b.wrgBytes);
  let best = Number.NEGATIVE_INFINITY;
  const lines = sorted.map((row) => {
    const isBest = sign * row.after > best;
    if (isBest) best = sign * row.after;
    const change = row.after - before;
    const cells = [
      row.method,
      row.setting,
      row.samples || '',
      (row.wrgBytes / 1000).toFixed(1),
      `${(bytes / row.wrgBytes).toFixed(2)}x`,
      row.after.toFixed(digits),
      `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(digits)}`,
      row.seconds.toFixed(0),
      Math.round(row.peakRssBytes / 1e6),
      row.commit,
    ];
    return `| ${cells.map((cell) => (isBest && cell !== '' ? `**${cell}**` : cell)).join(' | ')} |`;
  });
  return `## ${model}

![accuracy against size](ptq-${model}.svg)

${(bytes / 1000).toFixed(1)} kB, ${metric} ${before.toFixed(digits)}, n = ${count}

| method | setting | samples | .wrg kB | ratio | ${metric} | change | s | peak RSS MB | commit |
|---|---|--:|--:|--:|--:|--:|--:|--:|---|
${lines.join('\n')}`;
}
