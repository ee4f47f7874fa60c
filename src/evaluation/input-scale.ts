import { DataType, Document, type Node, type Tensor } from '../core/index.js';
import { modelBytes } from '../onnx/index.js';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.js';

/** Inputs are scale · (unit images) + offset. */
export interface InputScale {
  readonly scale: number;
  readonly offset: number;
}

/** Scale and offset depend on each other through padding; they settle at once. */
const PASSES = 3;

/**
 * The scale and offset at which the first convolution gives what the BatchNormalization behind it has seen in training:
 * its running variance fixes the scale (median over channels), its running mean the offset (least squares over
 * channels). What the training data looked like, read out of the model.
 *
 * @param unit feeds of unit images for the input `name`
 * @returns null when the input does not go into a Conv and from there into a BatchNormalization
 */
export async function scaleFromBatchNorm(
  document: Document,
  name: string,
  unit: Readonly<Record<string, RuntimeTensor>>,
  runtime: Runtime,
): Promise<InputScale | null> {
  const pair = firstNormalization(document, name);
  if (!pair || unit[name].dataType !== DataType.FLOAT) return null;
  const [conv, mean, variance] = pair;
  const { graph } = document;
  const probe = Object.assign(new Document(), document, {
    graph: { ...graph, outputs: [{ name: conv.outputs[0], dataType: DataType.FLOAT, dims: null }] },
  });
  const session = await runtime.load(modelBytes(probe));
  try {
    const stats = async (fill: ((value: number) => number) | null) => {
      const input = unit[name];
      const data = fill ? (input.data as Float32Array).map(fill) : input.data;
      const outputs = await session.run({ ...unit, [name]: { ...input, data } });
      return channelStatistics(outputs[conv.outputs[0]]);
    };
    const image = await stats(null);
    const zero = await stats(() => 0);
    const one = await stats(() => 1);
    // What padding makes of an offset: the spread between edge and middle.
    const edges = one.variance.map((value, c) => Math.max(0, value - zero.variance[c]));
    let fit: InputScale = { scale: 1, offset: 0 };
    for (let pass = 0; pass < PASSES; pass++) {
      const ratios = image.variance.map((value, c) => (variance[c] - fit.offset ** 2 * edges[c]) / value);
      const usable = ratios.filter((ratio) => ratio > 0 && Number.isFinite(ratio)).sort((a, b) => a - b);
      if (usable.length === 0) return pass === 0 ? null : fit;
      const scale = Math.sqrt(usable[usable.length >> 1]);
      let product = 0;
      let squares = 0;
      for (let c = 0; c < mean.length; c++) {
        // Channels count by what they can tell: an offset is a difference in units of the channel's own spread.
        const response = one.mean[c] - zero.mean[c];
        const missing = mean[c] - zero.mean[c] - scale * (image.mean[c] - zero.mean[c]);
        const weight = variance[c] > 0 ? 1 / variance[c] : 0;
        product += weight * response * missing;
        squares += weight * response * response;
      }
      fit = { scale, offset: squares > 0 ? product / squares : 0 };
    }
    return fit;
  } finally {
    await session.release();
  }
}

/** The Conv that reads the input, with running mean and variance of the BatchNormalization that reads the Conv. */
function firstNormalization(document: Document, name: string): [Node, Float32Array, Float32Array] | null {
  const { nodes, initializers } = document.graph;
  const conv = nodes.find((node) => node.opType === 'Conv' && node.inputs[0] === name);
  if (!conv) return null;
  const norm = nodes.find((node) => node.opType === 'BatchNormalization' && node.inputs[0] === conv.outputs[0]);
  const [mean, variance]: (Tensor | undefined)[] = (norm?.inputs.slice(3, 5) ?? []).map((input) =>
    initializers.get(input),
  );
  if (mean?.dataType !== DataType.FLOAT || variance?.dataType !== DataType.FLOAT) return null;
  return [conv, mean.toFloat32(), variance.toFloat32()];
}

function channelStatistics(tensor: RuntimeTensor): { mean: number[]; variance: number[] } {
  const [batch, channels, ...space] = tensor.dims;
  const size = space.reduce((product, dim) => product * dim, 1);
  const data = tensor.data as Float32Array;
  const mean = new Array<number>(channels).fill(0);
  const variance = new Array<number>(channels).fill(0);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    let squares = 0;
    for (let n = 0; n < batch; n++) {
      const start = (n * channels + c) * size;
      for (let p = start; p < start + size; p++) {
        sum += data[p];
        squares += data[p] * data[p];
      }
    }
    mean[c] = sum / (batch * size);
    variance[c] = squares / (batch * size) - mean[c] ** 2;
  }
  return { mean, variance };
}
