import { type Dimension, intAttribute, intsAttribute, stringAttribute, WringError } from '../../core/index.js';
import { int } from '../autodiff/graph-writer.js';
import { range } from '../autodiff/shapes.js';
import { reduce } from './arrange.js';
import {
  type Correlation,
  fixedSize,
  reachOf,
  splitPads,
  stepsOf,
  type Window,
  windowAttributes,
  windowOf,
} from './conv-geometry.js';
import { spread } from './conv-input.js';
import { weightGradient } from './conv-weight.js';
import type { Call, Rule } from './rule.js';

export const CONV: Readonly<Record<string, Rule>> = { Conv: conv, ConvTranspose: convTranspose };

/** Y = X ∗ W + b: X is the large side. ∂b = Σ dY over all but channels. */
function conv(call: Call): (string | null)[] {
  const { shapes, inputs, outputs, dy } = call;
  const large = shapes.of(inputs[0]).slice(2);
  const kernel = weightDimsOf(call).slice(2);
  const correlation = correlationOf(call, windowOf(call.node, kernel, large), large, shapes.of(outputs[0]).slice(2));
  return [
    call.wants(0) ? spread(call, correlation, dy, inputs[0]) : null,
    call.wants(1) ? weightGradient(call, correlation, inputs[0], dy) : null,
    call.wants(2) ? channelSums(call) : null,
  ];
}

/** ConvTranspose is the ∂X of a Conv, so that Y is the large side; its own ∂X is that Conv. */
function convTranspose(call: Call): (string | null)[] {
  const { write, shapes, inputs, outputs, dy } = call;
  const large = shapes.of(outputs[0]).slice(2);
  const small = shapes.of(inputs[0]).slice(2);
  const correlation = correlationOf(call, transposedWindow(call, small, large), large, small);
  const attributes = { ...windowAttributes(correlation.window), group: int(correlation.groups) };
  return [
    call.wants(0) ? write.emit('Conv', [dy, inputs[1]], attributes) : null,
    call.wants(1) ? weightGradient(call, correlation, dy, inputs[0]) : null,
    call.wants(2) ? channelSums(call) : null,
  ];
}

function correlationOf(
  call: Call,
  window: Window,
  large: readonly Dimension[],
  small: readonly Dimension[],
): Correlation {
  const groups = intAttribute(call.node, 'group', 1);
  const weightDims = weightDimsOf(call);
  return { window, groups, weight: call.inputs[1], weightDims, channels: weightDims[1] * groups, large, small };
}

function weightDimsOf({ node, shapes, inputs }: Call): readonly number[] {
  return shapes.of(inputs[1]).map((dim) => fixedSize(node, dim));
}

/**
 * pads follow from `output_shape`, or from auto_pad = SAME, by
 * (small − 1) · stride + output_padding + reach − large (ONNX, ConvTranspose).
 */
function transposedWindow(call: Call, small: readonly Dimension[], large: readonly Dimension[]): Window {
  const { node } = call;
  const kernel = weightDimsOf(call).slice(2);
  const steps = { kernel, ...stepsOf(node, kernel) };
  const extra = intsAttribute(node, 'output_padding') ?? kernel.map(() => 0);
  if (extra.some((padding, axis) => padding >= steps.strides[axis] && padding > 0)) {
    throw new WringError(
      'E_UNSUPPORTED',
      `Node "${node.name}" (ConvTranspose): output_padding [${extra}] is not below strides [${steps.strides}]; no gradient`,
    );
  }
  const automatic = stringAttribute(node, 'auto_pad', 'NOTSET');
  const stated = intsAttribute(node, 'output_shape') !== undefined || automatic.startsWith('SAME');
  if (!stated) return windowOf(node, kernel, large);
  const reach = reachOf(steps);
  const totals = range(0, kernel.length).map((axis) => {
    const full = (fixedSize(node, small[axis]) - 1) * steps.strides[axis] + extra[axis] + reach[axis];
    return Math.max(0, full - fixedSize(node, large[axis]));
  });
  return { ...steps, ...splitPads(totals, automatic === 'SAME_UPPER') };
}

function channelSums({ write, shapes, outputs, dy }: Call): string {
  const rank = shapes.rank(outputs[0]);
  return reduce(write, 'ReduceSum', dy, [0, ...range(2, rank)], false);
}
