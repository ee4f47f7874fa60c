import { intAttribute } from '../../core/index.js';
import { float } from '../autodiff/graph-writer.js';
import { fromFront, range } from '../autodiff/shapes.js';
import { alongChannels, countAlong, reduce, reshape, reshapeLike, unbroadcast } from './arrange.js';
import { attribute } from './pointwise.js';
import type { Call, Rule } from './rule.js';

export const NORMALIZATION: Readonly<Record<string, Rule>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  /** onnxruntime's, from before opset 23 had one. */
  SimplifiedLayerNormalization: rmsNormalization,
};

/** 1 / √(variance + ε) */
function inverseDeviation(call: Call, variance: string): string {
  const { write } = call;
  return write.emit('Reciprocal', [write.emit('Sqrt', [write.plus(variance, attribute(call, 'epsilon', 1e-5))])]);
}

/**
 * y = γ (x − μ) · r + β with r = 1 / √(σ² + ε), over channels:
 *   ∂β = Σ dy,  ∂γ = r (Σ dy · x − μ ∂β),  ∂x = γ r · dy  by stored statistics.
 * By those of the batch (m numbers a channel) μ and σ² move with x as well (Ioffe & Szegedy 2015, arXiv 1502.03167,
 * section 3):
 *   ∂x = γ r (dy − (∂β + x̂ ∂γ) / m),
 * the second part of which is itself a batch normalization of x, with scale −γ r ∂γ / m and bias −γ r ∂β / m.
 */
function batchNormalization(call: Call): (string | null)[] {
  const { node, write, shapes, inputs, dy } = call;
  const [x, gamma] = inputs;
  const byBatch = intAttribute(node, 'training_mode', 0) === 1;
  const [mean, variance] = byBatch ? call.outputs.slice(1) : inputs.slice(3);
  const rank = shapes.rank(x);
  const axes = [0, ...range(2, rank)];
  const along = (vector: string) => alongChannels(write, vector, rank);
  const inverse = inverseDeviation(call, variance);
  const scale = write.mul(gamma, inverse);
  const sum = byBatch || call.wants(1) || call.wants(2) ? reduce(write, 'ReduceSum', dy, axes, false) : '';
  const dGamma = () => {
    const weighted = reduce(write, 'ReduceSum', write.mul(dy, x), axes, false);
    return write.mul(inverse, write.sub(weighted, write.mul(mean, sum)));
  };
  const gammaGradient = byBatch || call.wants(1) ? dGamma() : null;
  const dx = () => {
    const direct = write.mul(dy, along(scale));
    if (!byBatch) return direct;
    const share = write.emit('Neg', [write.div(scale, countAlong(write, shapes, x, axes))]);
    const inputs = [x, write.mul(share, gammaGradient!), write.mul(share, sum), mean, variance];
    const epsilon = float(attribute(call, 'epsilon', 1e-5));
    return write.add(direct, write.emit('BatchNormalization', inputs, { epsilon }));
  };
  return [call.wants(0) ? dx() : null, call.wants(1) ? gammaGradient : null, call.wants(2) ? sum : null];
}

/** y = γ x̂ + β with x̂ = (x − μ) r over the last axes: ∂x = r (g − mean g − x̂ · mean(g x̂)), g = γ dy. */
function layerNormalization(call: Call): (string | null)[] {
  const { node, write, shapes, inputs } = call;
  const [x, gamma] = inputs;
  const rank = shapes.rank(x);
  const axes = range(fromFront(intAttribute(node, 'axis', -1), rank), rank);
  const [mean, inverse] = [call.demandOutput(1), call.demandOutput(2)];
  const normal = write.mul(write.sub(x, mean), inverse);
  return affineNormal(call, normal, gamma, () => {
    const g = write.mul(call.dy, gamma);
    return standardized(call, g, normal, inverse, axes);
  });
}

/** ∂γ = dy x̂ and ∂β = dy, summed over what they were repeated along. */
function affineNormal(call: Call, normal: string, gamma: string, dx: () => string): (string | null)[] {
  const { write, shapes, dy, inputs, outputs } = call;
  const dims = shapes.of(outputs[0]);
  return [
    call.wants(0) ? dx() : null,
    call.wants(1) ? unbroadcast(write, shapes, write.mul(dy, normal), dims, gamma) : null,
    call.wants(2) ? unbroadcast(write, shapes, dy, dims, inputs[2]) : null,
  ];
}

/** r (g − mean g − x̂ · mean(g x̂)): back through x̂ = (x − μ) r, both means over `axes`. */
function standardized({ write }: Call, g: string, normal: string, inverse: string, axes: readonly number[]): string {
  const centred = write.sub(g, reduce(write, 'ReduceMean', g, axes));
  const along = write.mul(normal, reduce(write, 'ReduceMean', write.mul(g, normal), axes));
  return write.mul(inverse, write.sub(centred, along));
}

/** Every channel of every sample has mean and variance of its own. */
function instanceNormalization(call: Call): (string | null)[] {
  const { shapes, inputs } = call;
  const rank = shapes.rank(inputs[0]);
  const { normal, inverse, axes } = recompute(call, inputs[0], range(2, rank));
  return channelAffine(call, normal, (g) => standardized(call, g, normal, inverse, axes));
}

/** As InstanceNormalization, over the channels of a group together. */
function groupNormalization(call: Call): (string | null)[] {
  const { node, write, shapes, inputs } = call;
  const groups = intAttribute(node, 'num_groups', 1);
  const grouped = (value: string) => reshape(write, value, [0, groups, -1]);
  const { normal, inverse, axes } = recompute(call, grouped(inputs[0]), [2]);
  const back = (value: string) => reshapeLike(write, shapes, value, inputs[0]);
  return channelAffine(call, back(normal), (g) => back(standardized(call, grouped(g), normal, inverse, axes)));
}

function recompute(call: Call, x: string, axes: readonly number[]) {
  const { write } = call;
  const centred = write.sub(x, reduce(write, 'ReduceMean', x, axes));
  const inverse = inverseDeviation(call, reduce(write, 'ReduceMean', write.mul(centred, centred), axes));
  return { normal: write.mul(centred, inverse), inverse, axes };
}

/** γ and β are [C]: ∂γ = Σ dy x̂, ∂β = Σ dy over all but channels. */
function channelAffine(call: Call, normal: string, back: (g: string) => string): (string | null)[] {
  const { write, shapes, inputs, dy } = call;
  const rank = shapes.rank(inputs[0]);
  const sum = (value: string) => reduce(write, 'ReduceSum', value, [0, ...range(2, rank)], false);
  return [
    call.wants(0) ? back(write.mul(dy, alongChannels(write, inputs[1], rank))) : null,
    call.wants(1) ? sum(write.mul(dy, normal)) : null,
    call.wants(2) ? sum(dy) : null,
  ];
}

/** y = γ x r with r = 1 / √(mean x² + ε): ∂x = r (g − x̂ · mean(g x̂)), x̂ = x r, g = γ dy. */
function rmsNormalization(call: Call): (string | null)[] {
  const { node, write, shapes, inputs } = call;
  const [x, gamma] = inputs;
  const rank = shapes.rank(x);
  const axes = range(fromFront(intAttribute(node, 'axis', -1), rank), rank);
  const inverse = inverseDeviation(call, reduce(write, 'ReduceMean', write.mul(x, x), axes));
  const normal = write.mul(x, inverse);
  return affineNormal(call, normal, gamma, () => {
    const g = write.mul(call.dy, gamma);
    const along = write.mul(normal, reduce(write, 'ReduceMean', write.mul(g, normal), axes));
    return write.mul(inverse, write.sub(g, along));
  });
}
