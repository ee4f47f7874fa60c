import {
  type AttributeValue,
  type Dimension,
  intsAttribute,
  type Node,
  stringAttribute,
  WringError,
} from '../../core/index.js';
import { ints } from '../autodiff/graph-writer.js';
import { range } from '../autodiff/shapes.js';

/** How a window slides over the spatial axes of a value: the attributes of Conv and of the pools, `auto_pad` resolved. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Numbers added before and after each axis. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/**
 * A convolution as a linear map from a large side [N, A, …] to a small side [N, B, …] with the weight [B, A / groups, …].
 * Conv goes that way; ConvTranspose and the ∂X of Conv go the other.
 */
export interface Correlation {
  readonly window: Window;
  readonly groups: number;
  /** Value, and its dims. */
  readonly weight: string;
  readonly weightDims: readonly number[];
  /** A. */
  readonly channels: number;
  /** Spatial dims of both sides. */
  readonly large: readonly Dimension[];
  readonly small: readonly Dimension[];
}

/**
 * @param large spatial dims of what the window slides over
 * @throws {WringError} E_UNSUPPORTED for SAME padding with a stride where the size is free
 */
export function windowOf(node: Node, kernel: readonly number[], large: readonly Dimension[]): Window {
  const { strides, dilations } = stepsOf(node, kernel);
  const pads = intsAttribute(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const automatic = stringAttribute(node, 'auto_pad', 'NOTSET');
  const rank = kernel.length;
  const window = { kernel, strides, dilations, begin: pads.slice(0, rank), end: pads.slice(rank) };
  if (automatic === 'NOTSET' || automatic === '') return window;
  const reach = reachOf(window);
  const totals = range(0, rank).map((axis) => {
    if (automatic === 'VALID') return 0;
    if (strides[axis] === 1) return reach[axis] - 1;
    const size = fixedSize(node, large[axis]);
    return Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + reach[axis] - size);
  });
  return { ...window, ...splitPads(totals, automatic !== 'SAME_LOWER') };
}

export function stepsOf(node: Node, kernel: readonly number[]): Pick<Window, 'strides' | 'dilations'> {
  const ones = kernel.map(() => 1);
  return { strides: intsAttribute(node, 'strides') ?? ones, dilations: intsAttribute(node, 'dilations') ?? ones };
}

/** Of an odd number, the larger half goes to the end, or to the beginning. */
export function splitPads(totals: readonly number[], largerAtEnd: boolean): Pick<Window, 'begin' | 'end'> {
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total) => Math.ceil(total / 2));
  return largerAtEnd ? { begin: less, end: more } : { begin: more, end: less };
}

/** How many places of an axis one window spans, from the first to the last. */
export function reachOf({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>): number[] {
  return kernel.map((size, axis) => dilations[axis] * (size - 1) + 1);
}

/** The attributes that spell a window. */
export function windowAttributes(window: Window): Record<string, AttributeValue> {
  return {
    kernel_shape: ints(window.kernel),
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    pads: ints([...window.begin, ...window.end]),
  };
}

export function isUnit(numbers: readonly number[]): boolean {
  return numbers.every((number) => number === 1);
}

export function isZero(numbers: readonly number[]): boolean {
  return numbers.every((number) => number === 0);
}

export function product(numbers: readonly number[]): number {
  return numbers.reduce((result, number) => result * number, 1);
}

/** @throws {WringError} E_UNSUPPORTED when the size is free */
export function fixedSize(node: Node, size: Dimension): number {
  if (typeof size === 'number') return size;
  throw new WringError(
    'E_UNSUPPORTED',
    `Node "${node.name}" (${node.opType}): its gradient needs a fixed size where "${size}" is free; fix the model's input dims`,
  );
}
